from django.urls import path

from rooms.meetings import feed_views

app_name = "feeds"
urlpatterns = [
    path("", feed_views.feed_list, name="list"),
    path("<str:token>.ics", feed_views.feed, name="feed"),
    path("<slug:feed_id>/revoke/", feed_views.revoke, name="revoke"),
]
