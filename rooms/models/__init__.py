"""Rooms: durable places that an account owns, and the numbers and codes that lead to them."""

from rooms.models.numbers import AccessCode, PhoneNumber
from rooms.models.pins import check_pins, new_host_pin
from rooms.models.room import MOST_BEFORE, Room, RoomQuerySet, new_public_token

__all__ = [
    "MOST_BEFORE",
    "AccessCode",
    "PhoneNumber",
    "Room",
    "RoomQuerySet",
    "check_pins",
    "new_host_pin",
    "new_public_token",
]
