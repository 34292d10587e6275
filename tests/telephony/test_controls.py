"""Commands are carried out: what the carrier is asked for, in which order, and what follows."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.conferences import actions, commands, leaving
from rooms.conferences.commands import SERVICE, By
from rooms.conferences.models import Command, Participant
from rooms.ids import new_id
from rooms.models import Room
from telephony import controls, conversations
from telephony.models import Call
from tests.at_once import at_once
from tests.telephony.fake_api import Vonage
from tests.usage_rows import going_on

Kind = Command.Kind
SINCE = "2026-03-15 11:59"
NOW = dt.datetime(2026, 3, 15, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def stay(room: Room) -> Participant:
    return _stay(room)


def _stay(room: Room, **fields: Any) -> Participant:
    uuid = f"{Call.objects.count():032x}"
    Call.objects.create(pk=uuid, room=room, status="answered", dialled="+15550100")
    stay = going_on(room, SINCE, uuid)
    Participant.objects.filter(pk=stay.pk).update(confirmed_at=NOW, **fields)
    stay.refresh_from_db()
    return stay


def _round(seconds: float = 20) -> int:
    return controls.carry_out(until=timezone.now() + dt.timedelta(seconds=seconds))


def _fresh(stay: Participant) -> Participant:
    return Participant.objects.get(pk=stay.pk)


def _words(vonage: Vonage, stay: Participant) -> list[str]:
    return [word for call, word in vonage.words if call == stay.call]


@pytest.mark.parametrize(
    ("kind", "before", "asked", "after"),
    [
        (Kind.MUTE, {}, ["mute"], {"muted": True}),
        (Kind.UNMUTE, {"muted": True}, ["unmute"], {"muted": False}),
        (Kind.UNMUTE, {"muted": True, "held": True}, [], {"muted": False, "held": True}),
        (Kind.HOLD, {}, ["earmuff", "mute", "stream"], {"held": True, "muted": False}),
        (Kind.UNHOLD, {"held": True}, ["stop stream", "unearmuff", "unmute"], {"held": False}),
        (
            Kind.UNHOLD,
            {"held": True, "muted": True},
            ["stop stream", "unearmuff"],
            {"held": False, "muted": True},
        ),
        (Kind.STOP, {}, ["stop stream"], {}),
        (Kind.STOP, {"held": True}, [], {"held": True}),
        (Kind.PLAY, {"held": True}, [], {"held": True}),
        (Kind.REMOVE, {}, ["hangup"], {}),
    ],
)
def test_what_each_kind_asks_for(
    room: Room,
    vonage_api: Vonage,
    kind: Kind,
    before: dict[str, bool],
    asked: list[str],
    after: dict[str, bool],
) -> None:
    stay = _stay(room, **before)
    commands.write(room, [commands.new(kind, stay, "x")])
    _round(1)
    assert _words(vonage_api, stay)[: len(asked)] == asked
    assert Command.objects.get(about="x").status == "done"
    fresh = _fresh(stay)
    assert {name: getattr(fresh, name) for name in after} == after


def test_who_is_on_hold_hears_music_without_end(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    actions.hold(stay, True, SERVICE)
    _round()
    path, body = vonage_api.asked[-1]
    assert path == f"/v1/calls/{stay.call}/stream"
    assert body == {"stream_url": [conversations.HOLD_MUSIC], "loop": 0}


def test_words_and_sounds(room: Room, stay: Participant, vonage_api: Vonage) -> None:
    room.language = "de"
    actions.say_to(room, [stay], "Guten Tag", about="a")
    sound = commands.new(Kind.PLAY, stay, "b", sound_url=conversations.JOINED_CHIME)
    commands.write(room, [sound])
    assert _round() == 2
    bodies = dict(vonage_api.asked)
    assert bodies[f"/v1/calls/{stay.call}/talk"] == {"text": "Guten Tag", "language": "de-DE"}
    chime = {"stream_url": [conversations.JOINED_CHIME], "loop": 1}
    assert bodies[f"/v1/calls/{stay.call}/stream"] == chime


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("removed", "The host has removed you from this call. Goodbye."),
        ("ended", "The host has ended the call. Goodbye."),
        ("hosts_left", "The hosts have left, so this call ends. Goodbye."),
    ],
)
def test_who_is_hung_up_is_told_why(
    room: Room, stay: Participant, vonage_api: Vonage, why: str, said: str
) -> None:
    commands.write(room, [commands.new(Kind.REMOVE, stay, "end", why=why)])
    _round()
    ((path, body),) = vonage_api.asked
    assert path == f"/v1/calls/{stay.call}"
    assert body["action"] == "transfer"
    assert body["destination"]["type"] == "ncco"
    assert [one["text"] for one in body["destination"]["ncco"]] == [said]
    assert _fresh(stay).left_why == why


def test_where_the_goodbye_is_refused_the_call_is_hung_up(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    vonage_api.refuses["transfer"] = 400
    actions.remove(stay, SERVICE)
    _round()
    assert _words(vonage_api, stay) == ["transfer", "hangup"]
    assert Command.objects.get().status == "done"


def test_who_was_told_goodbye_and_is_still_there_is_hung_up(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    with time_machine.travel(NOW):
        actions.remove(stay, SERVICE)
        _round()
        controls.end_again(timezone.now())
        assert _round() == 0, "the goodbye is being said"
    with time_machine.travel(NOW + dt.timedelta(seconds=35)):
        controls.end_again(timezone.now())
        controls.end_again(timezone.now())
        _round()
    assert _words(vonage_api, stay) == ["transfer", "hangup"]


@pytest.mark.parametrize("why", ["alone", "waited", "minutes"])
def test_a_reason_that_has_gone_does_not_spare_who_was_told_goodbye(
    why: str, room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    """Their call is on its way out: nothing else would end it."""
    Participant.objects.filter(pk=stay.pk).update(left_why=why)
    told = timezone.now() - dt.timedelta(minutes=1)
    commands.write(room, [commands.new(Kind.REMOVE, stay, "told", why=why, done_at=told)])
    controls.end_again(timezone.now())
    _round()
    assert _words(vonage_api, stay) == ["hangup"]


def test_a_call_that_is_not_known_any_more_had_left(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    vonage_api.status = 404
    actions.mute(stay, True, SERVICE)
    actions.remove(stay, SERVICE)
    _round()
    assert {one.error for one in Command.objects.all()} == {"The caller had left."}
    assert not _fresh(stay).muted


def test_what_is_left_to_do_for_who_has_left_is_dropped(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    """Due or not."""
    actions.mute(stay, True, SERVICE)
    later = timezone.now() + dt.timedelta(hours=1)
    actions.say_to(room, [stay], "Hello", about="a", due_at=later)
    room.refresh_from_db()
    leaving.leave(room, call=stay.call, at=timezone.now())
    _round()
    assert vonage_api.asked == []
    assert {one.error for one in Command.objects.all()} == {"The caller had left."}


def test_words_that_come_too_late_are_dropped(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    before = timezone.now() - dt.timedelta(seconds=1)
    actions.say_to(room, [stay], "Hello", about="a", expires_at=before)
    _round()
    assert vonage_api.asked == []
    assert Command.objects.get().error == "It was too late to do it."


def test_the_newer_of_two_takes_the_place_of_the_older(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    first = actions.mute(stay, True, SERVICE)
    actions.mute(stay, False, SERVICE)
    _round()
    assert _words(vonage_api, stay)[0] == "unmute"
    first.refresh_from_db()
    assert first.error == "Something newer was asked for."


def test_what_changes_a_call_never_overtakes_what_was_asked_before(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    """The first is tried again in a while; the second waits, a hang-up does not."""
    other = _stay(room)
    vonage_api.refuses["mute"] = 503
    with time_machine.travel(NOW):
        actions.mute(stay, True, SERVICE)
        _round()
        actions.hold(stay, True, SERVICE)
        actions.hold(other, True, SERVICE)
        _round(0.5)
        assert _words(vonage_api, stay) == ["mute"]
        assert "earmuff" in _words(vonage_api, other)
    vonage_api.refuses.clear()
    with time_machine.travel(NOW + dt.timedelta(seconds=40)):
        _round()
    changes = [word for word in _words(vonage_api, stay) if word != "talk"]
    assert changes == ["mute", "mute", "earmuff", "mute", "stream"]
    assert (_fresh(stay).muted, _fresh(stay).held) == (True, True)


def test_a_hang_up_waits_for_nothing(room: Room, stay: Participant, vonage_api: Vonage) -> None:
    vonage_api.refuses["mute"] = 503
    with time_machine.travel(NOW):
        actions.mute(stay, True, SERVICE)
        _round()
        actions.remove(stay, SERVICE)
        _round()
    assert _words(vonage_api, stay) == ["mute", "transfer"]


def test_what_is_urgent_comes_first(room: Room, stay: Participant, vonage_api: Vonage) -> None:
    for n in range(30):
        actions.say_to(room, [stay], f"News {n}", about=f"news:{n}")
    actions.mute(stay, True, SERVICE)
    _round()
    assert vonage_api.words[0] == (stay.call, "mute")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_carrier_that_is_busy_is_asked_again_with_growing_pauses(
    room: Room, stay: Participant, vonage_api: Vonage, status: int
) -> None:
    vonage_api.status = status
    asked_at = []
    with time_machine.travel(NOW) as clock:
        actions.mute(stay, True, SERVICE)
        for second in range(20):
            if _round(0.5):
                asked_at.append(second)
            assert Command.objects.get().status == "pending"
            clock.move_to(NOW + dt.timedelta(seconds=second + 1))
    pauses = [later - sooner for sooner, later in pairwise(asked_at)]
    assert len(pauses) >= 3
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 4 * pauses[0]
    assert str(status) in Command.objects.get().error


def test_it_is_given_up_in_the_end_but_a_hang_up_never_is(
    room: Room, stay: Participant, settings: Any, vonage_api: Vonage
) -> None:
    settings.VONAGE_API_URL = "http://127.0.0.1:9"
    with time_machine.travel(NOW) as clock:
        mute, removal = actions.mute(stay, True, SERVICE), actions.remove(stay, SERVICE)
        for step in range(14):
            _round(0.5)
            clock.move_to(NOW + dt.timedelta(seconds=31 * (step + 1)))
    mute.refresh_from_db()
    assert (mute.status, mute.error) == ("refused", "The carrier could not be reached.")
    removal.refresh_from_db()
    assert (removal.status, removal.attempts) == ("pending", 14)


def test_a_refusal_is_told_with_its_reason(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    vonage_api.status = 400
    command = actions.hold(stay, True, SERVICE)
    _round()
    command.refresh_from_db()
    assert command.status == "refused"
    assert command.error.startswith("Vonage answered 400")
    assert not _fresh(stay).held
    assert _words(vonage_api, stay) == ["earmuff"]


def test_a_worker_that_is_killed_leaves_what_it_took(
    room: Room, stay: Participant, vonage_api: Vonage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first of the three requests of a hold; its lease is over when it is found."""

    class Killed(BaseException):
        pass

    real = controls._settle

    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(controls, "_settle", killed)
    with time_machine.travel(NOW):
        command = actions.hold(stay, True, SERVICE)
        with pytest.raises(Killed):
            _round()
        assert _round() == 0, "it counts as taken for a while"
    monkeypatch.setattr(controls, "_settle", real)
    assert command.status == "pending"
    with time_machine.travel(NOW + controls.TAKEN_FOR + dt.timedelta(seconds=1)):
        assert _round() == 1
    assert _words(vonage_api, stay) == ["earmuff", "mute", "stream"] * 2
    assert _fresh(stay).held


def test_a_fault_of_ours_with_one_command_leaves_the_others_alone(
    room: Room, stay: Participant, vonage_api: Vonage, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = _stay(room)
    from telephony.vonage.client import Client

    real = Client.mute

    def mute(self: Client, uuid: str) -> None:
        if uuid == stay.call:
            raise RuntimeError("a fault")
        real(self, uuid)

    monkeypatch.setattr(Client, "mute", mute)
    first, second = actions.mute(stay, True, SERVICE), actions.mute(other, True, SERVICE)
    _round(0.5)
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.status, second.status) == ("pending", "done")


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_ask_once_and_not_too_fast(room: Room, vonage_api: Vonage) -> None:
    stays = [_stay(room) for _n in range(14)]
    vonage_api.seconds = 0.1
    actions.mute_all(room, SERVICE)

    def sweep() -> None:
        for _turn in range(8):
            _round(10)

    at_once(*[sweep] * 3)
    mutes = [call for call, word in vonage_api.words if word == "mute"]
    assert sorted(mutes) == sorted(stay.call for stay in stays)
    assert Participant.objects.filter(muted=True).count() == 14
    at = sorted(vonage_api.at)
    busiest = max(sum(1 for other in at if one <= other < one + 1) for one in at)
    assert busiest <= 15
    assert at[-1] - at[0] < 0.2 * len(at), "it does not wait for each answer"


def test_with_nothing_to_do_a_sweep_is_few_statements(room: Room, stay: Participant) -> None:
    with CaptureQueriesContext(connection) as queries:
        controls.end_again(timezone.now())
        _round()
    assert len(queries) == 3


def test_begin_and_recording_are_transfers_into_the_same_conversation(
    room: Room, vonage_api: Vonage
) -> None:
    stay = _stay(room, muted=True)
    commands.write(room, [commands.new(Kind.BEGIN, stay, "b")])
    _round()
    assert _words(vonage_api, stay) == ["transfer", "mute"]
    listen, enter = vonage_api.asked[0][1]["destination"]["ncco"]
    assert listen["eventUrl"][0].endswith(conversations.token(stay.pk))
    assert enter == {"action": "conversation", "name": room.pk}


def test_who_leaves_for_another_room_is_asked_for_a_code_and_has_left_this_one(
    room: Room, stay: Participant, vonage_api: Vonage
) -> None:
    actions.move(stay, By(participant=stay))
    _round()
    ((_path, body),) = vonage_api.asked
    talk, gather = body["destination"]["ncco"]
    assert talk["action"] == "talk"
    assert gather["action"] == "input"
    fresh = _fresh(stay)
    assert (fresh.left_why, fresh.left_at is None) == ("moved", False)
    assert Room.objects.get().people_in == 0
    assert Command.objects.get(kind=Kind.MOVE).status == "done"


@pytest.mark.parametrize(
    ("own", "on", "said"),
    [
        (True, True, "You are muted."),
        (False, True, "You have been muted. Press star 6 to be heard again."),
        (True, False, "You can be heard again."),
        (False, False, "You can be heard again."),
    ],
)
def test_who_is_muted_is_told_once_it_is_so(
    room: Room, stay: Participant, vonage_api: Vonage, own: bool, on: bool, said: str
) -> None:
    vonage_api.status = 503
    with time_machine.travel(NOW):
        actions.mute(stay, on, By(participant=stay) if own else SERVICE)
        _round()
        assert not Command.objects.filter(kind=Kind.SAY).exists()
    vonage_api.status = 200
    with time_machine.travel(NOW + dt.timedelta(seconds=5)):
        _round()
    assert vonage_api.asked[-1][1] == {"text": said, "language": "en-US"}


def test_a_key_that_did_not_work_is_told(room: Room, stay: Participant, vonage_api: Vonage) -> None:
    vonage_api.refuses["mute"] = 400
    actions.mute(stay, True, By(participant=stay))
    _round()
    assert vonage_api.asked[-1][1]["text"] == "That did not work. Please try again."


def test_commands_wake_a_worker_and_a_queue_that_is_away_is_no_failure(
    room: Room,
    stay: Participant,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    from telephony import tasks

    woken = []

    def apply_async(**options: Any) -> None:
        woken.append(options)
        raise OSError("no queue")

    monkeypatch.setattr(tasks.control_calls, "apply_async", apply_async)
    with django_capture_on_commit_callbacks(execute=True):
        actions.mute(stay, True, SERVICE)
    with django_capture_on_commit_callbacks(execute=True):
        actions.lock(room, True, SERVICE)
    assert len(woken) == 1, "a lock needs no carrier"
    assert Command.objects.filter(about__startswith=new_id("mute")[:5]).exists()
