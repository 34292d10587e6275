from django.urls import path

from rooms.accounts import blocked_views

app_name = "blocked"
urlpatterns = [
    path("", blocked_views.numbers, name="numbers"),
    path("<slug:number_id>/unblock/", blocked_views.unblock, name="unblock"),
]
