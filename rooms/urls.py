from django.urls import path

from rooms import views

app_name = "rooms"
urlpatterns = [
    path("rooms/", views.room_list, name="list"),
    path("rooms/new/", views.make, name="make"),
    path("rooms/<slug:room_id>/", views.room, name="room"),
    path("rooms/<slug:room_id>/edit/", views.edit, name="edit"),
    path("rooms/<slug:room_id>/archive/", views.archive, name="archive"),
    path("rooms/<slug:room_id>/code/", views.rotate_code, name="rotate_code"),
    path("r/<slug:token>/", views.public_page, name="public"),
]
