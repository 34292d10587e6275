from django.urls import path

from rooms.meetings import call_views

app_name = "call_me"
urlpatterns = [
    path("i/<str:token>/call/", call_views.call_me_view, name="invitee"),
    path("meetings/invitees/<slug:invitee_id>/call/", call_views.call_invitee, name="organizer"),
]
