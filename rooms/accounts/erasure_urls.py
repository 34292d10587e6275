from django.urls import path

from rooms.accounts import erasure_views

app_name = "erasures"
urlpatterns = [
    path("", erasure_views.receipts, name="list"),
    path("new/", erasure_views.ask, name="ask"),
    path("erase/", erasure_views.erase, name="erase"),
    path("<slug:erasure_id>/", erasure_views.receipt, name="receipt"),
    path("<slug:erasure_id>/receipt.json", erasure_views.as_json, name="json"),
]
