"""Webhook addresses. anyroom_site/wsgi.py serves these without middleware."""

from django.urls import path

from telephony import webhooks

app_name = "telephony"
urlpatterns = [
    path("answer", webhooks.answer, name="answer"),
    path("event", webhooks.event, name="event"),
    path("fallback", webhooks.fallback, name="fallback"),
    path("input/<str:token>", webhooks.keys, name="input"),
]
