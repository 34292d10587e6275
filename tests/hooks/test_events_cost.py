"""What recording costs: nothing for callers, next to nothing where nobody listens, little else."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import changes
from rooms.conferences import leaving, presence
from rooms.conferences.models import Participant
from rooms.models import PhoneNumber, Room
from rooms.notices import presence as notices
from rooms.notices.hooks import conference_news
from rooms.notices.hooks.models import WebhookDelivery, WebhookEvent
from telephony import guessing, lines
from tests.hooks.happenings import gather, listen
from tests.on_the_line import ANA, enter
from tests.telephony.vonage import Phone

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(minutes=1)


def cost(act: Callable[[], object]) -> int:
    """How many statements it takes."""
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


def test_a_caller_waits_no_longer_where_programs_listen(room: Room) -> None:
    PhoneNumber.objects.create(number="+15550100")
    lines.forget()
    guessing.forget()
    code = room.access_code or ""
    Phone("15550120").dial().key(code)
    before = cost(lambda: Phone("15550121").dial().key(code))
    listen(room.account)
    assert cost(lambda: Phone("15550122").dial().key(code)) == before
    assert not WebhookEvent.objects.exists()


def crowd(room: Room, size: int) -> None:
    """They came within ten seconds, and every other one has left."""
    now = timezone.now()
    with transaction.atomic():
        for n in range(size):
            at = now - dt.timedelta(seconds=10 - 10 * n / size)
            call = f"call {room.pk} {n}"
            assert presence.join(call=call, caller=f"+3460{n:07}", at=at, room_id=room.pk)
    stays = list(Participant.objects.filter(room=room).order_by("joined_at"))[::2]
    with transaction.atomic():
        locked = Room.objects.locked().select_related("account").get(pk=room.pk)
        for stay in stays:
            Participant.objects.filter(pk=stay.pk).update(left_at=now, left_why="hung_up")
        leaving.recount(locked, now)


def test_three_hundred_joins_take_as_many_statements_as_thirty(room: Room) -> None:
    few = changes.make(room.account, name="Small")
    listen(room.account)
    listen(room.account)
    crowd(few, 30)
    for_few = cost(lambda: _flush(few))
    crowd(room, 300)
    for_many = cost(lambda: _flush(room))
    assert WebhookEvent.objects.filter(conference__room=room).count() == 451
    assert WebhookDelivery.objects.count() == 2 * (451 + 46)
    # SQLite takes 999 values in one statement: a hundred events, or as many deliveries.
    steps = 0 if connection.vendor == "postgresql" else (451 + 2 * 451) // 99
    assert for_few <= 14
    assert for_many <= for_few + steps
    assert cost(lambda: _flush(room)) <= 9, "what is told is asked for again, and no more"


@transaction.atomic
def _flush(room: Room) -> int:
    return conference_news.flush(Room.objects.locked().get(pk=room.pk))


def test_without_an_endpoint_a_sweep_asks_once(room: Room) -> None:
    listen(room.account, disabled_at=timezone.now())
    enter(room, ANA)
    assert cost(gather) == 1


def test_the_organizers_notice_takes_one_statement_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(room, ANA)
    with_events = cost(lambda: notices.collect(timezone.now() + LATER))
    enter(changes.make(room.account, name="Second"), ANA)
    monkeypatch.setattr(conference_news, "flush", lambda _room: 0)
    assert with_events == cost(lambda: notices.collect(timezone.now() + LATER)) + 1
