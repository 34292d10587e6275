from django.urls import path

from rooms.conferences import panel_views, recording_views, sound_views, views

app_name = "conferences"
urlpatterns = [
    path("<slug:room_id>/recordings/", recording_views.recordings, name="recordings"),
    path("<slug:room_id>/recordings/<slug:recording_id>/", recording_views.row, name="recording"),
    path(
        "<slug:room_id>/recordings/<slug:recording_id>/file/",
        recording_views.file,
        name="recording_file",
    ),
    path(
        "<slug:room_id>/recordings/<slug:recording_id>/delete/",
        recording_views.delete,
        name="delete_recording",
    ),
    path("<slug:room_id>/play/", sound_views.play, name="play"),
    path("<slug:room_id>/play/stop/", sound_views.stop, name="stop_playing"),
    path("<slug:room_id>/live/", views.live_part, name="live"),
    path("<slug:room_id>/control/", panel_views.control, name="control"),
    path("<slug:room_id>/announce/", panel_views.announce, name="announce"),
]
