from django.urls import path

from telephony import guess_views

app_name = "guesses"
urlpatterns = [
    path("", guess_views.lately, name="lately"),
    path("<int:wrong_id>/block/", guess_views.block, name="block"),
]
