"""What the live panel shows of people who are called into the room."""

from django import template
from django.utils import timezone

from rooms.meetings import call_in_choices
from rooms.meetings.call_in_choices import Choice, Shown
from rooms.models import Room

register = template.Library()


@register.simple_tag
def callable_into(room: Room) -> list[Choice]:
    """Who can be called in."""
    return call_in_choices.offered(room, timezone.now())


@register.simple_tag
def calls_into(room: Room) -> list[Shown]:
    """Who is being called, and what became of it lately."""
    return call_in_choices.shown(room, timezone.now())
