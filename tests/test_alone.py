"""Since when somebody is alone in a room, in whatever order it is told who came and went."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from rooms.conferences import leaving
from rooms.models import Room
from tests.on_the_line import ANA, BEN, enter


def test_who_came_after_the_others_had_gone_is_alone_since_then(room: Room) -> None:
    """That Ana was lost is found out late: Ben has not been alone for that long."""
    ana = enter(room, ANA, minutes=20)
    ben = enter(room, BEN, minutes=1)
    with transaction.atomic():
        locked = Room.objects.locked().get()
        gone_at = timezone.now() - dt.timedelta(minutes=14)
        assert leaving.leave(locked, call=ana.call, at=gone_at)
    room.refresh_from_db()
    assert room.alone_since == ben.joined_at


def test_who_is_left_behind_is_alone_since_then(room: Room) -> None:
    ana = enter(room, ANA, minutes=20)
    enter(room, BEN, minutes=19)
    gone_at = timezone.now() - dt.timedelta(minutes=2)
    with transaction.atomic():
        assert leaving.leave(Room.objects.locked().get(), call=ana.call, at=gone_at)
    room.refresh_from_db()
    assert room.alone_since == gone_at
