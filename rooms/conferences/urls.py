from django.urls import path

from rooms.conferences import views

app_name = "conferences"
urlpatterns = [
    path("<slug:room_id>/live/", views.live_part, name="live"),
]
