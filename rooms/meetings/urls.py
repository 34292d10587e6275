from django.urls import path

from rooms.meetings import (
    invitee_views,
    mailing_views,
    occurrence_views,
    plan_views,
    views,
)

app_name = "meetings"
urlpatterns = [
    path("", views.meeting_list, name="list"),
    path("new/", plan_views.make, name="make"),
    path("preview/", plan_views.preview, name="preview"),
    path("start/", plan_views.start_now, name="start_now"),
    path("times/<slug:occurrence_id>/", occurrence_views.occurrence, name="occurrence"),
    path("times/<slug:occurrence_id>/cancel/", occurrence_views.cancel_one, name="cancel_one"),
    path("invitees/<slug:invitee_id>/", invitee_views.invitee, name="invitee"),
    path("invitees/<slug:invitee_id>/remove/", invitee_views.remove, name="remove"),
    path("invitees/<slug:invitee_id>/send/", invitee_views.resend, name="resend"),
    path("mailings/<slug:mailing_id>/stop/", mailing_views.stop, name="stop"),
    path("mailings/<slug:mailing_id>/resume/", mailing_views.resume, name="resume"),
    path("<slug:meeting_id>/", views.meeting, name="meeting"),
    path("<slug:meeting_id>/edit/", plan_views.edit, name="edit"),
    path("<slug:meeting_id>/cancel/", plan_views.cancel, name="cancel"),
    path("<slug:meeting_id>/people/", views.people, name="people"),
    path("<slug:meeting_id>/mailing/", views.mailing, name="mailing"),
    path("<slug:meeting_id>/invite/one/", invitee_views.invite_one, name="invite_one"),
    path("<slug:meeting_id>/invite/list/", invitee_views.invite_list, name="invite_list"),
    path("<slug:meeting_id>/invite/people/", invitee_views.invite_people, name="invite_people"),
    path("<slug:meeting_id>/send/<slug:what>/", mailing_views.send, name="send"),
]
