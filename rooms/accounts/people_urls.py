from django.urls import path

from rooms.accounts import people_views

app_name = "people"
urlpatterns = [
    path("", people_views.person_list, name="list"),
    path("new/", people_views.make, name="make"),
    path("import/", people_views.bring_in, name="import"),
    path("export.<slug:format>", people_views.export, name="export"),
    path("<slug:person_id>/", people_views.edit, name="edit"),
    path("<slug:person_id>/remove/", people_views.remove, name="remove"),
]
