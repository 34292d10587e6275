"""Keys during the call, as the carrier tells them: one at a time, twice, late, out of order."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from rooms.conferences import actions, leaving
from rooms.conferences.commands import SERVICE
from rooms.conferences.models import Command, Conference, Participant
from rooms.models import Room
from telephony import conversations, keys
from telephony.models import Call, KeyPress
from tests.telephony import vonage
from tests.usage_rows import at, going_on

Kind = Command.Kind
NOW = at("2026-03-15 12:00")


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def guest(room: Room) -> Participant:
    return _stay(room)


@pytest.fixture
def host(room: Room) -> Participant:
    return _stay(room, role=Participant.Role.HOST)


def _stay(room: Room, **fields: Any) -> Participant:
    uuid = f"{Call.objects.count():032x}"
    Call.objects.create(pk=uuid, room=room, status="answered")
    stay = going_on(room, "2026-03-15 11:59", uuid)
    Participant.objects.filter(pk=stay.pk).update(**fields)
    stay.refresh_from_db()
    return stay


def _payload(stay: Participant, digit: str, seconds: float) -> dict[str, Any]:
    return {
        "speech": {"results": []},
        "dtmf": {"digits": digit, "timed_out": False},
        "uuid": stay.call,
        "timestamp": vonage.stamp(NOW + dt.timedelta(seconds=seconds)),
    }


def _send(stay: Participant, payload: dict[str, Any]) -> None:
    path = conversations.KEYS_URL.removeprefix(settings.PUBLIC_URL)
    response = vonage.post(path + conversations.token(stay.pk), payload)
    assert (response.status_code, response.json()) == (200, [])


def _key(stay: Participant, digits: str, seconds: float = 0, apart: float = 0.3) -> None:
    """Key them one after the other, from `seconds` after noon on."""
    for n, digit in enumerate(digits):
        _send(stay, _payload(stay, digit, seconds + n * apart))


def _told(stay: Participant) -> list[str]:
    said = Command.objects.filter(participant=stay, kind=Kind.SAY)
    return list(said.order_by("created_at", "pk").values_list("text", flat=True))


def _asked(stay: Participant) -> list[str]:
    found = Command.objects.filter(participant=stay).exclude(kind=Kind.SAY)
    return list(found.order_by("created_at", "pk").values_list("kind", flat=True))


def _did() -> list[tuple[str, str]]:
    presses = KeyPress.objects.exclude(did__in=KeyPress.UNTOLD).order_by("at")
    return list(presses.values_list("digits", "did"))


# --- Putting presses together --------------------------------------------------------------


def test_star_6_mutes_me_and_what_it_did_is_kept(guest: Participant) -> None:
    _key(guest, "*6")
    assert _asked(guest) == ["mute"]
    assert _did() == [("*6", "mute")]
    command = Command.objects.get(kind=Kind.MUTE)
    assert command.by_participant == guest


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_presses_count_by_when_they_were_pressed(guest: Participant, order: list[int]) -> None:
    payloads = [_payload(guest, digit, 0.4 * n) for n, digit in enumerate("*5*6")]
    for n in order:
        for _copy in range(2):
            _send(guest, payloads[n])
    with time_machine.travel(NOW + dt.timedelta(seconds=3), tick=False):
        keys.sweep(timezone.now())
    assert sorted(_asked(guest)) == ["mute", "raise_hand"]
    assert _did() == [("*5", "raise_hand"), ("*6", "mute")]


def test_several_digits_in_one_delivery(guest: Participant) -> None:
    _send(guest, _payload(guest, "*6", 0))
    _send(guest, _payload(guest, "*6", 0))
    assert _asked(guest) == ["mute"]


def test_without_a_time_they_count_as_they_come(guest: Participant) -> None:
    for digit in "*6":
        payload = _payload(guest, digit, 0)
        del payload["timestamp"]
        _send(guest, payload)
        _send(guest, payload)
    assert _asked(guest) == ["mute"]


def test_a_time_that_is_hours_away_is_not_believed(guest: Participant) -> None:
    _key(guest, "*6", seconds=-3 * 3600)
    assert _asked(guest) == ["mute"]


def test_a_star_and_a_key_that_comes_too_late_are_nothing(guest: Participant) -> None:
    _key(guest, "*6", apart=4.1)
    assert _asked(guest) == []


def test_a_key_without_a_star_is_nothing_and_is_not_kept(guest: Participant) -> None:
    """Somebody keys a PIN where nobody asks for one."""
    _key(guest, "1234")
    with time_machine.travel(NOW + dt.timedelta(seconds=25), tick=False):
        keys.sweep(timezone.now())
    assert _asked(guest) == []
    assert _told(guest) == []
    assert set(KeyPress.objects.values_list("digits", "did")) == {("", "unused")}


def test_a_star_alone_waits_for_its_key_and_no_longer(guest: Participant) -> None:
    _key(guest, "*")
    with time_machine.travel(NOW + dt.timedelta(seconds=5), tick=False):
        _key(guest, "*5", seconds=5)
    assert _asked(guest) == ["raise_hand"]


def test_quick_stars_leave_the_room_at_once(guest: Participant) -> None:
    _key(guest, "**")
    assert _asked(guest) == ["move"]


def test_slow_stars_wait_for_a_key_that_may_be_under_way(guest: Participant) -> None:
    """`*6*5` whose 6 is late must not lead anybody out of the room."""
    _key(guest, "**", apart=1)
    assert _asked(guest) == []
    _send(guest, _payload(guest, "6", 0.5))
    _send(guest, _payload(guest, "5", 1.5))
    assert sorted(_asked(guest)) == ["mute", "raise_hand"]


def test_slow_stars_leave_the_room_when_nothing_comes_between(guest: Participant) -> None:
    _key(guest, "**", apart=1)
    with time_machine.travel(NOW + dt.timedelta(seconds=2), tick=False):
        keys.sweep(timezone.now())
    assert _asked(guest) == ["move"]


def test_a_process_that_is_killed_leaves_keys_to_the_sweep(
    guest: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = keys._read
    monkeypatch.setattr(keys, "_read", lambda *_: None)
    _key(guest, "*6")
    assert _asked(guest) == []
    monkeypatch.setattr(keys, "_read", read)
    with time_machine.travel(NOW + dt.timedelta(seconds=2), tick=False):
        keys.sweep(timezone.now())
        keys.sweep(timezone.now())
    assert _asked(guest) == ["mute"]


def test_a_failure_is_left_to_the_sweep(
    guest: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = actions.mute
    monkeypatch.setattr(actions, "mute", lambda *_: (_ for _ in ()).throw(OSError("no disk")))
    _key(guest, "*6")
    monkeypatch.setattr(actions, "mute", mute)
    with time_machine.travel(NOW + dt.timedelta(seconds=2), tick=False):
        keys.sweep(timezone.now())
    assert _asked(guest) == ["mute"]


def test_the_key_of_who_has_left_does_nothing(room: Room, guest: Participant) -> None:
    room.refresh_from_db()
    leaving.leave(room, call=guest.call, at=timezone.now())
    _key(guest, "*6")
    assert not KeyPress.objects.exists()
    assert not Command.objects.exists()


def test_an_address_that_is_not_ours_or_of_another_call_does_nothing(
    room: Room, guest: Participant
) -> None:
    _send(guest, {**_payload(guest, "*", 0), "uuid": "f" * 32})
    _send(guest, {"uuid": guest.call, "dtmf": None})
    _send(guest, {"uuid": guest.call, "dtmf": {"digits": "abc", "timed_out": True}})
    assert not KeyPress.objects.exists()
    response = vonage.post("/telephony/keys/pt_forged:abc", _payload(guest, "*", 0))
    assert response.status_code == 400


def test_presses_are_kept_for_a_month(guest: Participant) -> None:
    from telephony import tasks

    _key(guest, "*5")
    with time_machine.travel(NOW + dt.timedelta(days=29), tick=False):
        tasks.tidy()
    assert KeyPress.objects.count() == 2
    with time_machine.travel(NOW + dt.timedelta(days=31), tick=False):
        tasks.tidy()
    assert KeyPress.objects.count() == 0


# --- What each key does --------------------------------------------------------------------


def test_6_toggles_what_was_asked_last(guest: Participant) -> None:
    _key(guest, "*6")
    _key(guest, "*6", seconds=1)
    assert _asked(guest) == ["mute", "unmute"]
    _key(guest, "*6", seconds=2)
    assert [one.kind for one in Command.objects.pending().exclude(kind=Kind.SAY)] == ["mute"]
    Command.objects.all().delete()
    Participant.objects.filter(pk=guest.pk).update(muted=True)
    _key(guest, "*6", seconds=3)
    assert _asked(guest) == ["unmute"]


def test_5_raises_and_lowers_the_hand(guest: Participant) -> None:
    _key(guest, "*5")
    guest.refresh_from_db()
    assert guest.hand_raised_at
    _key(guest, "*5", seconds=1)
    guest.refresh_from_db()
    assert guest.hand_raised_at is None
    assert _told(guest) == ["Your hand is raised.", "Your hand is lowered."]


@pytest.mark.parametrize("key", "4789#")
def test_what_only_hosts_can_do(guest: Participant, host: Participant, key: str) -> None:
    _key(guest, f"*{key}")
    assert _told(guest) == ["Only hosts can do that."]
    assert _asked(guest) == _asked(host) == []
    assert _did() == [(f"*{key}", "not_host")]


def test_4_mutes_everybody_but_hosts(room: Room, guest: Participant, host: Participant) -> None:
    other = _stay(room)
    _key(host, "*4")
    assert _asked(guest) == _asked(other) == ["mute"]
    assert _asked(host) == []
    assert _told(host) == ["Everybody but hosts is being muted."]


def test_4_where_there_is_nobody_to_mute(host: Participant) -> None:
    _key(host, "*4")
    assert _told(host) == ["There is nobody to mute."]


def test_7_locks_and_unlocks(room: Room, host: Participant) -> None:
    _key(host, "*7")
    assert Room.objects.get().locked
    _key(host, "*7", seconds=1)
    assert not Room.objects.get().locked
    assert _told(host) == ["The room is locked.", "The room is unlocked."]


def test_8_silences_announcements(host: Participant) -> None:
    _key(host, "*8*8*8")
    assert Conference.objects.get().silenced
    assert len(_told(host)) == 3
    assert _told(host)[:2] == ["Announcements are off.", "Announcements are on."]


def test_9_starts_and_stops_the_recording(room: Room, host: Participant) -> None:
    _key(host, "*9")
    assert _asked(host) == ["record"]
    assert Room.objects.get().recording
    _key(host, "*9", seconds=1)
    assert _asked(host) == ["record", "stop_recording"]
    assert _told(host) == ["The recording is being started.", "The recording is being stopped."]
    _key(host, "*9", seconds=2)
    assert _told(host)[-1] == "That cannot be done now."


def test_hash_asks_and_1_ends_the_call_for_all(guest: Participant, host: Participant) -> None:
    _key(host, "*#")
    assert _told(host) == ["Press 1 to end the call for everybody."]
    assert _asked(guest) == []
    _key(host, "1", seconds=9)
    assert _asked(guest) == _asked(host) == ["remove"]
    assert Command.objects.get(participant=guest).why == "ended"
    assert _did() == [("*#", "ask_end"), ("1", "end")]


@pytest.mark.parametrize(
    ("keyed", "seconds"), [("1", 10.5), ("*61", 1), ("2", 1), ("*1", 1)], ids=str
)
def test_the_call_ends_for_nothing_else(
    guest: Participant, host: Participant, keyed: str, seconds: float
) -> None:
    _key(host, "*#")
    _key(host, keyed, seconds=seconds)
    assert "remove" not in _asked(guest)


def test_a_1_that_comes_before_its_hash_waits_for_it(guest: Participant, host: Participant) -> None:
    payloads = [_payload(host, digit, n) for n, digit in enumerate("*#1")]
    for payload in reversed(payloads):
        _send(host, payload)
    assert _asked(guest) == ["remove"]


def test_1_tells_who_is_here_and_no_number_in_full(room: Room, guest: Participant) -> None:
    _stay(room, name="Ana")
    _stay(room, caller="+34600123456")
    _stay(room)
    _key(guest, "*1")
    (text,) = _told(guest)
    assert text == "With you: Ana, a caller ending in 4 5 6, a caller."
    assert "600" not in text.replace(" ", "")


def test_1_tells_ten_and_how_many_others(room: Room, guest: Participant) -> None:
    for n in range(15):
        _stay(room, name=f"Person {n}")
    _key(guest, "*1")
    (text,) = _told(guest)
    assert text.endswith("Person 9, and 5 others.")
    assert "Person 10" not in text


def test_alone(guest: Participant) -> None:
    _key(guest, "*1")
    _key(guest, "*2", seconds=1)
    assert _told(guest) == ["Nobody else is here."] * 2


def test_2_tells_how_many(room: Room, guest: Participant) -> None:
    _stay(room)
    _stay(room)
    _key(guest, "*2")
    assert _told(guest) == ["3 people are here."]


def test_0_tells_each_their_keys(guest: Participant, host: Participant) -> None:
    _key(guest, "*0")
    _key(host, "*0")
    assert "lock" not in _told(guest)[0]
    assert "lock" in _told(host)[0]


def test_a_key_that_is_none(guest: Participant) -> None:
    _key(guest, "*3")
    assert _told(guest) == ["There is no such key. Press star 0 for help."]


def test_everything_is_told_in_the_rooms_language_and_soon_or_never(
    room: Room, guest: Participant
) -> None:
    Room.objects.update(language="ru")
    _key(guest, "*5")
    said = Command.objects.get(kind=Kind.SAY)
    assert (said.language, said.rank) == ("ru", Command.Rank.ANSWER)
    assert said.expires_at == NOW + dt.timedelta(seconds=15)


def test_who_is_on_hold_can_only_leave(room: Room) -> None:
    stay = _stay(room, held=True, role=Participant.Role.HOST)
    _key(stay, "*6*7*1")
    assert _told(stay) == ["You are on hold."] * 3
    assert _asked(stay) == []
    _key(stay, "**", seconds=5)
    assert _asked(stay) == ["move"]


def test_who_waits_for_a_host(room: Room) -> None:
    stay, _other = _stay(room, waiting=True), _stay(room, waiting=True, name="Ben")
    Room.objects.update(people_in=0, people_waiting=2)
    _key(stay, "*6*7*1*2")
    assert _told(stay)[:2] == ["The host is not here yet."] * 2
    assert _told(stay)[2:] == ["With you: Ben.", "2 people are waiting."]
    _key(stay, "*0", seconds=5)
    assert "star, then a key" in _told(stay)[-1]
    _key(stay, "**", seconds=6)
    assert _asked(stay) == ["move"]


def test_who_is_muted_by_the_host_can_be_heard_again(guest: Participant) -> None:
    actions.mute(guest, True, SERVICE)
    _key(guest, "*6")
    assert _asked(guest) == ["mute", "unmute"]
