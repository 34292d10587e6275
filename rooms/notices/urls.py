from django.urls import path

from rooms.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.notice_list, name="list"),
    path("wanted/", views.wanted, name="wanted"),
    path("<slug:notice_id>/again/", views.try_again, name="try_again"),
]
