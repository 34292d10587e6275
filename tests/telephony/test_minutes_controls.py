"""Warnings and hang-ups when the minutes run out, up to the requests that the carrier gets."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences import cap
from rooms.conferences.models import Command, Participant
from rooms.models import Room
from telephony import carrier, controls, minutes_left
from telephony.models import Call
from telephony.vonage.client import VonageError
from tests.at_once import at_once
from tests.telephony.fake_api import Vonage
from tests.usage_rows import at, ended, going_on

NOW = at("2026-03-15 12:00")
GOODBYE = "The minutes of this room are used up, so this call ends. Goodbye."


@pytest.fixture
def capped(account: Account) -> Account:
    """60 minutes a month, of which 40 are used."""
    account.minutes_cap, account.hosting_until = 60, NOW + dt.timedelta(days=365)
    account.save()
    return account


def _call(room: Room, since: str = "2026-03-15 11:59") -> str:
    uuid = f"{Call.objects.count():032x}"
    Call.objects.create(pk=uuid, room=room, status="answered")
    going_on(room, since, uuid)
    return uuid


def _round(now: dt.datetime) -> int:
    with time_machine.travel(now):
        minutes_left.plan(now)
        return controls.carry_out(until=now + dt.timedelta(seconds=20))


def _said(vonage: Vonage) -> list[str]:
    """What the callers heard; the goodbye is a script of its own, at whose end the call ends."""
    scripts = [
        body["destination"]["ncco"] if "action" in body else [body] for _, body in vonage.asked
    ]
    return [one["text"] for script in scripts for one in script]


def _after(**time: float) -> dt.datetime:
    return NOW + dt.timedelta(**time)


def test_a_call_hears_two_warnings_and_is_hung_up(
    capped: Account, room: Room, vonage_api: Vonage
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:40")
    call = _call(room)  # 19 minutes are left
    assert _round(NOW) == 0
    for _again in range(3):
        _round(_after(minutes=9, seconds=1))
    talk = f"/v1/calls/{call}/talk"
    first = {"text": "This call ends in about 10 minutes.", "language": "en-US"}
    assert vonage_api.asked == [(talk, first)]
    for _again in range(3):
        _round(_after(minutes=17, seconds=2))
    second = {"text": "This call ends in about 2 minutes.", "language": "en-US"}
    assert vonage_api.asked[1:] == [(talk, second)]
    for seconds in (0, 5, 10):
        _round(_after(minutes=19, seconds=seconds))
    assert [path for path, _body in vonage_api.asked[2:]] == [f"/v1/calls/{call}"]
    assert _said(vonage_api)[2:] == [GOODBYE]
    assert Participant.objects.get(call=call).left_why == "minutes"


def test_each_room_is_warned_in_its_language_and_other_accounts_are_not(
    capped: Account, room: Room, charlie: Any, vonage_api: Vonage
) -> None:
    Room.objects.update(language="ru")
    ended(room, "2026-03-02 10:00", "2026-03-02 10:55")
    _call(room)
    _call(changes.make(charlie.accounts.get(), name="Other"))
    _round(NOW)
    assert [body for _path, body in vonage_api.asked] == [
        {"text": "Разговор закончится примерно через 4 минуты.", "language": "ru-RU"}
    ]


def test_the_greeting_is_not_talked_into(capped: Account, room: Room, vonage_api: Vonage) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:55")
    _call(room, "2026-03-15 11:59:50")
    assert _round(NOW) == 0
    Participant.objects.filter(left_at=None).update(confirmed_at=NOW)
    assert _round(NOW) == 1


def test_two_on_the_line_use_the_minutes_up_twice_as_fast(
    capped: Account, room: Room, vonage_api: Vonage
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:44")
    _call(room)
    assert _round(NOW) == 0, "15 minutes are left"
    _call(room)
    assert _round(NOW) == 2, "7 for each of two"
    assert "about 7 minutes" in vonage_api.asked[0][1]["text"]


def test_nobody_is_hung_up_without_a_warning_before(
    capped: Account, room: Room, vonage_api: Vonage
) -> None:
    """The owner lowers the cap below what is used, while people talk."""
    ended(room, "2026-03-02 10:00", "2026-03-02 11:30")
    _call(room)
    cap.choose(capped, 60, NOW)
    _round(NOW)
    assert [body.get("text") for _path, body in vonage_api.asked] == [
        "This call ends in about 1 minute."
    ]
    _round(_after(seconds=55))
    assert len(vonage_api.asked) == 1
    _round(_after(seconds=62))
    assert _said(vonage_api)[1:] == [GOODBYE]


def test_a_cap_that_is_raised_in_time_keeps_the_call(
    capped: Account, room: Room, vonage_api: Vonage
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 11:30")
    _call(room)
    _round(NOW)
    hang_ups = Command.objects.filter(kind=Command.Kind.REMOVE)
    assert hang_ups.count() == 1
    cap.choose(capped, 1000, NOW)
    _round(_after(minutes=2))
    assert GOODBYE not in _said(vonage_api)
    assert not hang_ups.exists()
    cap.choose(capped, 60, _after(minutes=2))
    _round(_after(minutes=2))
    _round(_after(minutes=4))
    assert _said(vonage_api)[-1] == GOODBYE


def test_a_call_that_is_over_is_left_alone(capped: Account, room: Room, vonage_api: Vonage) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:55")
    call = _call(room)
    minutes_left.plan(NOW)
    Call.objects.filter(pk=call).update(ended_at=NOW)
    _round(NOW)
    assert vonage_api.asked == []
    assert Command.objects.get().error == "The caller had left."


def test_a_warning_that_comes_too_late_is_not_said(
    capped: Account, room: Room, vonage_api: Vonage
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:55")
    _call(room)
    minutes_left.plan(NOW)
    with time_machine.travel(_after(minutes=5)):
        controls.carry_out(until=_after(minutes=6))
    assert vonage_api.asked == []
    assert Command.objects.get().error == "It was too late to do it."


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_carrier_that_is_busy_is_asked_again(
    capped: Account, room: Room, vonage_api: Vonage, status: int
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:55")
    _call(room)
    vonage_api.status = status
    _round(NOW)
    command = Command.objects.get()
    assert (command.done_at, command.attempts) == (None, 1)
    assert command.error
    _round(_after(seconds=0.5))
    assert len(vonage_api.asked) == 1, "not at once"
    vonage_api.status = 200
    _round(_after(seconds=5))
    command.refresh_from_db()
    assert command.status == "done"
    assert len(vonage_api.asked) == 2


def test_what_the_carrier_refuses_for_good_is_not_asked_again(
    capped: Account, room: Room, vonage_api: Vonage
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:55")
    _call(room)
    vonage_api.status = 404
    for seconds in (0, 40, 80):
        _round(_after(seconds=seconds))
    assert len(vonage_api.asked) == 1
    assert Command.objects.get().error == "The caller had left."


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_time_say_everything_once_and_not_too_fast(
    capped: Account, room: Room, vonage_api: Vonage
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:20")
    calls = [_call(room) for _n in range(10)]
    with time_machine.travel(NOW):

        def sweep() -> None:
            minutes_left.plan(NOW)
            controls.carry_out(until=_after(seconds=30))

        at_once(*[sweep] * 4)
        controls.carry_out(until=_after(seconds=30))
    assert sorted(path for path, _body in vonage_api.asked) == [
        f"/v1/calls/{c}/talk" for c in calls
    ]
    assert max(vonage_api.at) - min(vonage_api.at) > 0.4, "9 pauses of a twelfth"


def test_without_caps_a_sweep_is_one_statement(account: Account, room: Room) -> None:
    _call(room)
    with CaptureQueriesContext(connection) as queries:
        minutes_left.plan(NOW)
    assert len(queries) == 1


def test_a_stay_whose_call_is_unknown_is_no_obstacle(
    capped: Account, room: Room, vonage_api: Vonage
) -> None:
    ended(room, "2026-03-02 10:00", "2026-03-02 10:55")
    going_on(room, "2026-03-15 11:59")
    vonage_api.status = 404
    _round(NOW)
    assert Command.objects.get().error == "The caller had left."
    assert Participant.objects.filter(left_at=None).count() == 1


def test_the_client_tells_a_dead_carrier_from_a_refusal(settings: Any, vonage_api: Vonage) -> None:
    client = carrier.client()
    vonage_api.status = 400
    with pytest.raises(VonageError) as refusal:
        client.hangup("a" * 32)
    assert refusal.value.permanent
    settings.VONAGE_API_URL = "http://127.0.0.1:9"
    with pytest.raises(VonageError) as dead:
        carrier.client().talk("a" * 32, "Hello", language="en-US")
    assert not dead.value.permanent
