"""Addresses of the pages about calls; those of webhooks are in urls.py."""

from django.urls import path

from telephony import call_views

app_name = "calls"
urlpatterns = [
    path("rooms/<slug:room_id>/calls/", call_views.of_room, name="of_room"),
    path("rooms/<slug:room_id>/calls/lately/", call_views.lately, name="lately"),
    path("calls/find/", call_views.find, name="find"),
    path("calls/<slug:uuid>/", call_views.call, name="call"),
]
