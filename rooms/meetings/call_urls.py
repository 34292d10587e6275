from django.urls import path

from rooms.meetings import call_in_views, call_views

app_name = "call_me"
urlpatterns = [
    path("i/<str:token>/call/", call_views.call_me_view, name="invitee"),
    path("rooms/<slug:room_id>/call-in/", call_in_views.call_in_view, name="call_in"),
    path("meetings/invitees/<slug:invitee_id>/call/", call_views.call_invitee, name="organizer"),
]
