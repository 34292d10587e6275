from django.urls import path

from rooms.conferences import history_views

app_name = "history"
urlpatterns = [
    path("history/", history_views.of_account, name="list"),
    path("history/export/<slug:format>/", history_views.export, name="export"),
    path("rooms/<slug:room_id>/history/", history_views.of_room, name="of_room"),
    path("conferences/<slug:conference_id>/", history_views.conference, name="conference"),
    path(
        "conferences/<slug:conference_id>/export/<slug:format>/",
        history_views.export_one,
        name="export_one",
    ),
]
