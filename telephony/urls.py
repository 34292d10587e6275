"""Webhook addresses. anyroom_site/wsgi.py serves these without middleware."""

from django.urls import path

from telephony import webhooks

app_name = "telephony"
urlpatterns = [
    path("answer", webhooks.answer, name="answer"),
    path("event", webhooks.event, name="event"),
    path("message", webhooks.message, name="message"),
    path("message-status", webhooks.message_status, name="message_status"),
    path("fallback", webhooks.fallback, name="fallback"),
    path("input/<str:token>", webhooks.keys, name="input"),
    path("keys/<str:token>", webhooks.key_in_call, name="keys"),
    path("recorded/<str:token>", webhooks.recording, name="recorded"),
    path("outbound/answer/<str:token>", webhooks.outbound_answer, name="outbound_answer"),
    path("outbound/input/<str:token>", webhooks.outbound_key, name="outbound_input"),
    path("outbound/event/<str:token>", webhooks.outbound_event, name="outbound_event"),
]
