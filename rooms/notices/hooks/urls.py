from django.urls import path

from rooms.notices.hooks import delivery_views, views

app_name = "hooks"
urlpatterns = [
    path("", views.endpoint_list, name="list"),
    path("new/", views.make, name="make"),
    path("deliveries/<slug:delivery_id>/", delivery_views.delivery, name="delivery"),
    path("deliveries/<slug:delivery_id>/state/", delivery_views.state, name="delivery_state"),
    path("deliveries/<slug:delivery_id>/again/", delivery_views.send_again, name="send_again"),
    path("<slug:endpoint_id>/", views.endpoint, name="endpoint"),
    path("<slug:endpoint_id>/edit/", views.edit, name="edit"),
    path("<slug:endpoint_id>/ping/", views.ping, name="ping"),
    path("<slug:endpoint_id>/secret/", views.rotate, name="rotate"),
    path("<slug:endpoint_id>/switch/", views.switch, name="switch"),
    path("<slug:endpoint_id>/delete/", views.delete, name="delete"),
]
