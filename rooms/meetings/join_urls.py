from django.urls import path

from rooms.meetings import join_views

app_name = "join"
urlpatterns = [
    path("<slug:token>/", join_views.page, name="page"),
    path("<slug:token>/reply/<slug:answer>/", join_views.reply, name="reply"),
    path("<slug:token>/zone/", join_views.zone, name="zone"),
    path("<slug:token>/reminders/", join_views.reminders, name="reminders"),
    path("<slug:token>/meeting.ics", join_views.calendar, name="calendar"),
]
