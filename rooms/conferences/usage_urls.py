from django.urls import path

from rooms.conferences import usage_views

app_name = "usage"
urlpatterns = [
    path("", usage_views.month, name="month"),
    path("csv/", usage_views.as_csv, name="csv"),
    path("cap/", usage_views.change_cap, name="cap"),
]
