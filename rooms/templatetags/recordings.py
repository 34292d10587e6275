"""What templates say about recordings and sounds."""

from django import template

from rooms.conferences import sounds
from rooms.conferences.models import Sound
from rooms.conferences.sounds import BuiltIn
from rooms.models import Room

register = template.Library()


@register.filter
def clock(seconds: int) -> str:
    """`4:05` or `1:04:05`."""
    minutes, left = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


@register.simple_tag
def sounds_of(room: Room) -> list[Sound | BuiltIn]:
    """What can be played into the room."""
    return sounds.choices(room.account)
