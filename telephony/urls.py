"""Webhook addresses. anyroom_site/wsgi.py serves these without middleware."""

from django.urls import path

from telephony import webhooks

app_name = "telephony"
urlpatterns = [
    path("answer", webhooks.answer, name="answer"),
    path("event", webhooks.event, name="event"),
    path("message-status", webhooks.message_status, name="message_status"),
    path("fallback", webhooks.fallback, name="fallback"),
    path("input/<str:token>", webhooks.keys, name="input"),
    path("outbound/answer/<str:token>", webhooks.outbound_answer, name="outbound_answer"),
    path("outbound/input/<str:token>", webhooks.outbound_key, name="outbound_input"),
    path("outbound/event/<str:token>", webhooks.outbound_event, name="outbound_event"),
]
