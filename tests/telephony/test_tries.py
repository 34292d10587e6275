"""Budgets of guesses as a caller meets them; guessing.py itself has tests of its own."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from rooms import changes
from rooms.models import PhoneNumber, Room
from telephony import call_flow, guessing
from telephony.models import Call, WrongCode
from tests.at_once import at_once
from tests.telephony import vonage
from tests.telephony.doorstep import call, phone, stay
from tests.telephony.vonage import Phone

NOW = dt.datetime(2026, 11, 22, 10, 35, tzinfo=dt.UTC)
CLOSED = "Too many wrong codes from this number. Try again in 25 minutes. Goodbye."


@pytest.fixture(autouse=True)
def _service(number: PhoneNumber, room: Room) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        room.account.hosting_until = NOW + dt.timedelta(days=9)
        room.account.save()
        yield


def guess(times: int, caller: str = "15550101") -> None:
    """So many wrong codes, three a call."""
    one = Phone(caller)
    for turn in range(times):
        if turn % 3 == 0:
            one = Phone(caller).dial()
        assert "is not a room" in one.key("999999").heard


def left(caller: str = "+15550101") -> int:
    """How many tries the number has left; asking costs none."""
    taken = 0
    while guessing.take(caller, NOW).open:
        taken += 1
    for _one in range(taken):
        guessing.refund(caller, NOW)
    return taken


def test_after_nine_wrong_codes_an_hour_the_right_one_does_not_open(room: Room) -> None:
    guess(9)
    one = phone(1).dial()
    assert "Key your room code" in one.heard
    one.key(room.access_code or "")
    assert one.heard == CLOSED
    assert [action["action"] for action in one.ncco] == ["talk"]
    assert call(room, 2).conversation_name == room.pk, "others are let in"
    with time_machine.travel(NOW + dt.timedelta(minutes=25), tick=False):
        assert call(room, 1).conversation_name == room.pk


def test_the_ninth_may_still_be_right(room: Room) -> None:
    guess(8)
    assert call(room, 1).conversation_name == room.pk
    assert left() == 1


def test_hidden_callers_are_told_to_show_their_number(room: Room) -> None:
    guess(60, "anonymous")
    one = Phone("anonymous").dial().key(room.access_code or "")
    assert one.heard == (
        "Too many wrong codes came from hidden numbers. Call with your number shown. Goodbye."
    )


@pytest.mark.parametrize("digits", ["", "*", "12*"])
def test_silence_and_stars_cost_nothing(room: Room, digits: str) -> None:
    phone(1).dial().key(digits, timed_out=True)
    assert left() == 9
    assert not WrongCode.objects.exists()


def test_what_was_right_is_given_back(room: Room) -> None:
    for _call in range(12):
        assert call(room, 1).conversation_name
    Room.objects.update(locked=True)
    assert "locked" in call(room, 1).heard
    assert left() == 9, "a code that is a room's is no guess, let in or not"


def test_a_failure_of_ours_costs_the_caller_no_try(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = phone(1).dial()
    monkeypatch.setattr(call_flow, "ask_again", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        one.key("999999")
    assert left() == 9


def test_wrong_codes_and_pins_are_kept_with_what_they_were_tried_at(room: Room) -> None:
    changes.change(room, guest_pin="1357")
    one = phone(1).dial().key("999999").key(room.access_code or "").key("1358")
    assert [(row.digits, row.room, row.caller, row.call) for row in WrongCode.objects.all()] == [
        ("999999", None, "+15550101", one.uuid),
        ("", room, "+15550101", one.uuid),
    ]
    assert left() == 7
    one.key("1357")
    assert stay(one)
    assert left() == 7


def test_a_spent_budget_passes_no_pin_either(room: Room) -> None:
    changes.change(room, guest_pin="1357")
    one = call(room, 1)
    guess(9)
    assert one.key("1357").heard == CLOSED


def test_a_repeated_delivery_takes_one_try_and_hears_the_same(room: Room) -> None:
    guess(8)
    one = phone(1).dial()
    asked = one.input_path
    first = one.key("999999").ncco
    for _time in range(5):
        assert one.key("999999", url=asked).ncco == first, "though the budget is spent by now"
    assert WrongCode.objects.count() == 9
    assert one.key("888888").heard == CLOSED
    assert Call.objects.get(pk=one.uuid).steps["2"]["said"] == "tries_used_up"


def test_a_repeated_right_code_is_given_back_each_time(room: Room) -> None:
    one = phone(1).dial()
    asked = one.input_path
    one.key(room.access_code or "")
    for _time in range(12):
        one.key(room.access_code or "", url=asked)
    assert left() == 9


@pytest.mark.django_db(transaction=True)
def test_deliveries_at_the_same_moment_take_one_try(room: Room) -> None:
    one = phone(1).dial()
    payload = {**one.facts, "dtmf": {"digits": "999999", "timed_out": False}}
    answers: Any = at_once(*[lambda: vonage.post(one.input_path, payload).json()] * 4)
    assert all(answer == answers[0] for answer in answers)
    assert WrongCode.objects.count() == 1
    assert left() == 8


def test_in_a_suspicious_time_strange_numbers_have_one_try(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(room, 2)
    monkeypatch.setattr(guessing, "suspicious", lambda _at: True)
    stranger, known = phone(1).dial().key("999999"), phone(2).dial().key("999999")
    assert stranger.heard.endswith("then call again. Goodbye.")
    assert known.heard.endswith("Key your room code again, then hash.")


def test_the_numbers_own_room_takes_no_try(room: Room) -> None:
    guess(9)
    PhoneNumber.objects.create(number="+15550777", room=room)
    assert Phone("15550101", to="15550777").dial().conversation_name == room.pk
