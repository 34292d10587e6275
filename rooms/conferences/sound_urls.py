from django.urls import path, re_path

from rooms.conferences import sound_views

app_name = "sounds"
urlpatterns = [
    path("", sound_views.sound_list, name="list"),
    re_path(
        r"^(?P<token>[A-Za-z0-9_-]{32})\.(?:wav|mp3)$", sound_views.for_carrier, name="for_carrier"
    ),
    path("<slug:sound_id>/file/", sound_views.file, name="file"),
    path("<slug:sound_id>/delete/", sound_views.delete, name="delete"),
]
