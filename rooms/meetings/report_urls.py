from django.urls import path

from rooms.meetings import report_views

app_name = "reports"
urlpatterns = [
    path("<slug:occurrence_id>/report/", report_views.report, name="report"),
    path("<slug:occurrence_id>/report/notes/", report_views.notes, name="notes"),
    path("<slug:occurrence_id>/report/csv/", report_views.as_csv, name="csv"),
]
