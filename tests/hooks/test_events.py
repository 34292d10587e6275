"""Every event is recorded by what makes it happen, once, and in its transaction."""

import datetime as dt
import json
from contextlib import suppress
from typing import Any

import pytest
from celery import current_app
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import changes
from rooms.accounts import blocked
from rooms.accounts.models import Account
from rooms.conferences import actions, commands
from rooms.conferences.models import Command
from rooms.notices import presence
from rooms.notices.hooks import events
from rooms.notices.hooks.models import WebhookDelivery, WebhookEvent
from tests.hooks.happenings import (
    ANEW,
    HAPPENINGS,
    KEY,
    World,
    gather,
    listen,
    told,
    types,
)
from tests.on_the_line import ANA, BEN, carry_out, enter, go

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def count(name: str) -> int:
    return WebhookEvent.objects.filter(type=name).count()


def test_there_is_a_way_to_make_each_event_happen() -> None:
    assert set(events.TYPES) == set(HAPPENINGS) | set(ANEW)
    assert all(name == one.name and str(one.label) for name, one in events.TYPES.items())


@pytest.mark.parametrize("name", HAPPENINGS)
def test_each_event_is_recorded_once_however_often_it_is_repeated(world: World, name: str) -> None:
    listen(world.account)
    act = HAPPENINGS[name](world)
    before = count(name)
    for _again in range(3):
        with suppress(ValidationError):
            act()
        gather()
    assert (before, count(name)) == (0, 1)
    later = timezone.now() + DAY
    presence.collect(later)
    gather()
    assert count(name) == 1, "nor when the joins are told to the organizers"


@pytest.mark.parametrize("name", ANEW)
def test_what_happens_again_is_another_event(world: World, name: str) -> None:
    listen(world.account)
    act = ANEW[name](world)
    act()
    act()
    assert [event.type for event in told()] == [name, name]


@pytest.mark.parametrize("name", [*HAPPENINGS, *ANEW])
def test_without_an_endpoint_nothing_is_written(world: World, name: str, charlie: Any) -> None:
    listen(world.account, disabled_at=timezone.now())
    listen(charlie.accounts.get())
    (HAPPENINGS | ANEW)[name](world)()
    gather()
    presence.collect(timezone.now() + DAY)
    assert told() == []


def test_deliveries_are_made_for_those_who_want_the_event(world: World) -> None:
    every, some = listen(world.account), listen(world.account, "participant.left")
    listen(world.account, disabled_at=timezone.now())
    go(enter(world.room, ANA))
    assert gather() == 4
    wanted = WebhookDelivery.objects.order_by("event__sequence")
    assert [one.event.type for one in wanted.filter(endpoint=every)] == types()
    [one] = wanted.filter(endpoint=some)
    assert (one.event.type, one.event.sequence, one.status) == ("participant.left", 3, "pending")
    assert one.give_up_at > timezone.now() + DAY


def test_what_nobody_wants_is_written_only_where_it_is_numbered(world: World) -> None:
    listen(world.account, "participant.left")
    changes.rotate_code(world.room)
    enter(world.room, ANA)
    gather()
    assert types() == ["conference.started", "participant.joined"]
    assert not WebhookDelivery.objects.exists()


def test_a_change_that_is_undone_leaves_no_event(world: World) -> None:
    listen(world.account)
    stay = enter(world.room, ANA)

    class Undone(Exception):
        pass

    with suppress(Undone), transaction.atomic():
        actions.raise_hand(stay, True, KEY)
        blocked.block(world.account, BEN)
        changes.archive(world.room)
        assert len(told()) == 5
        raise Undone
    assert told() == []
    assert WebhookDelivery.objects.count() == 0
    assert gather() == 2, "and its numbers are free again"
    assert [event.sequence for event in told()] == [1, 2]


def test_a_change_that_changes_nothing_is_no_event(world: World) -> None:
    room = world.room
    listen(world.account)
    changes.change(room, name=room.name, shown_numbers=[])
    stay = enter(room, ANA)
    actions.lock(room, False, KEY)
    actions.raise_hand(stay, False, KEY)
    actions.mute(stay, False, KEY)
    carry_out()
    actions.mute(stay, False, KEY)
    carry_out()
    assert types() == []


def test_what_the_carrier_refuses_is_no_event(world: World) -> None:
    listen(world.account)
    stay = enter(world.room, ANA)
    actions.mute(stay, True, KEY)
    carry_out(lambda _command: "No.")
    actions.mute(stay, True, KEY)
    go(stay)
    commands.done(Command.objects.pending().get())
    assert "participant.muted" not in types()


def test_what_a_key_or_a_page_does_at_once_comes_after_who_was_there(world: World) -> None:
    listen(world.account)
    actions.raise_hand(enter(world.room, ANA), True, KEY)
    actions.lock(world.room, True, KEY)
    assert types() == [
        "conference.started",
        "participant.joined",
        "participant.raised_hand",
        "conference.locked",
    ]


def test_a_number_that_is_blocked_for_the_whole_service_is_no_accounts_event(
    world: World,
) -> None:
    listen(world.account)
    blocked.unblock(blocked.block(None, BEN))
    assert told() == []


def test_the_room_that_an_account_is_closed_with_is_archived(world: World) -> None:
    listen(world.account)
    changes.archive_all(world.account)
    assert types() == ["room.archived"]
    assert told()[0].data["access_code"] is None
    assert told()[0].data["archived_at"]


def test_the_same_key_of_another_account_is_another_thing(world: World, charlie: Any) -> None:
    other: Account = charlie.accounts.get()
    listen(world.account)
    listen(other)
    for account in (world.account, other, other):
        events.record(account.pk, "room.changed", "the same", {"id": 1})
    assert sorted(event.account_id for event in told()) == sorted([world.account.pk, other.pk])


def test_the_body_is_the_same_bytes_every_time(world: World) -> None:
    """JSON of a database may come back in another order than it was written in."""
    listen(world.account)
    data = {"z": 1, "name": "Ana Ñ 🎉", "a": {"y": [3, 2], "b": None}}
    at = dt.datetime(2026, 3, 2, 11, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    made = events.record(world.account.pk, "room.changed", "key", data, at=at)
    assert made
    body = events.body_of(made)
    assert body == events.body_of(WebhookEvent.objects.get())
    assert json.loads(body) == {
        "id": made.pk,
        "type": "room.changed",
        "timestamp": "2026-03-02T10:00:00Z",
        "account": world.account.pk,
        "data": data,
    }
    assert list(json.loads(body)) == ["id", "type", "timestamp", "account", "data"]
    assert "Ñ 🎉" in body


def test_an_event_of_a_conference_names_it_and_its_place(world: World) -> None:
    listen(world.account)
    stay = enter(world.room, ANA)
    gather()
    body = json.loads(events.body_of(told()[1]))
    assert (body["conference"], body["sequence"]) == (stay.conference_id, 2)
    assert body["data"]["conference"] == stay.conference_id


def test_who_does_not_listen_costs_one_question(world: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        events.record(world.account.pk, "room.changed", "key", lambda: pytest.fail("not asked"))
    assert len(asked) == 1


def test_a_worker_is_woken_when_it_is_committed(
    world: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_options: woken.append(name))
    listen(world.account, "room.code_rotated")
    with django_capture_on_commit_callbacks(execute=True):
        changes.change(world.room, name="Daily")
    assert woken == []
    with django_capture_on_commit_callbacks(execute=True):
        changes.rotate_code(world.room)
    assert woken == ["hooks.deliver"]
