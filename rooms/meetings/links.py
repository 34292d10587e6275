"""The addresses that invitees are told; whoever has one is that invitee."""

from django.conf import settings
from django.urls import reverse

from rooms.meetings.models import Invitee, Reply


def join_page(invitee: Invitee) -> str:
    """Where the invitee finds how to join, and replies."""
    return settings.PUBLIC_URL + reverse("join:page", args=[invitee.token])


def reply(invitee: Invitee, answer: Reply) -> str:
    """Where the invitee says so, with one press of a button."""
    return settings.PUBLIC_URL + reverse("join:reply", args=[invitee.token, str(answer)])
