"""What those hear who wait for a host, are left by the last one, or are alone; and their end."""

import datetime as dt

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from rooms.accounts.models import Account
from rooms.conferences import actions, commands
from rooms.conferences.models import Command, Conference, Participant
from rooms.models import Room
from telephony import room_news, waiting_news
from tests.at_once import at_once
from tests.telephony.stays import NOON, after, ended, enter, go, said

NOT_YET = "The host is not here yet."
HERE = "The host is here."
LEFT = "The host has left. This call ends in two minutes."
BACK = "The host is back."
LAST = "No host has come back. This call ends in a few seconds."


@pytest.fixture
def waiting_room(account: Account, room: Room) -> Room:
    """A room in which guests wait for a host, and that ends with its hosts."""
    Account.objects.update(hosting_until=NOON + dt.timedelta(days=30))
    Room.objects.update(waits_for_host=True, after_hosts=Room.AfterHosts.END, announcements="off")
    room.refresh_from_db()
    return room


@pytest.fixture
def open_room(waiting_room: Room) -> Room:
    """One that waits for nobody, and goes on."""
    Room.objects.update(waits_for_host=False, after_hosts=Room.AfterHosts.GO_ON)
    waiting_room.refresh_from_db()
    return waiting_room


def sweep(moment: dt.datetime) -> int:
    with time_machine.travel(moment, tick=False):
        return room_news.sweep(moment)


def sweeps(start: dt.datetime, end: dt.datetime) -> None:
    """As beat starts them."""
    while start <= end:
        sweep(start)
        start += dt.timedelta(seconds=2)


def carried_out() -> None:
    """The carrier has said and done it all."""
    for command in Command.objects.pending():
        commands.done(command)


# --- Waiting -------------------------------------------------------------------------------


def test_every_forty_seconds_they_hear_how_many_wait(waiting_room: Room) -> None:
    ana = enter(waiting_room, "+15550111", after(0))
    sweeps(after(0), after(38))
    assert said(ana) == [], "they have heard it on entering"
    sweeps(after(40), after(70))
    assert said(ana) == [f"{NOT_YET} Nobody else is waiting."]
    ben = enter(waiting_room, "+15550122", after(71))
    enter(waiting_room, "+15550133", after(75))
    sweeps(after(80), after(112))
    assert said(ana)[1:] == [f"{NOT_YET} You are one of 3 waiting."]
    assert said(ben) == [f"{NOT_YET} You are one of 3 waiting."], "by their own clock"
    sweeps(after(114), after(160))
    assert (len(said(ana)), len(said(ben))) == (4, 2)


def test_what_cannot_be_said_in_time_is_dropped(waiting_room: Room) -> None:
    ana = enter(waiting_room, "+15550111", after(0))
    sweep(after(55))
    assert said(ana) == [], "the workers were busy; the next one is soon"
    sweep(after(81))
    assert len(said(ana)) == 1
    command = Command.objects.get()
    assert (command.rank, command.expires_at) == (Command.Rank.NEWS, after(96))


def test_when_the_host_comes_all_who_waited_are_told(waiting_room: Room) -> None:
    guests = [enter(waiting_room, f"+1555011{n}", after(n)) for n in range(3)]
    sweep(after(10))
    host = enter(waiting_room, "+15550199", after(20), host=True, name="Hanna")
    sweeps(after(20), after(60))
    assert [said(guest) for guest in guests] == [[HERE]] * 3
    assert said(host) == []
    late = enter(waiting_room, "+15550177", after(70))
    sweeps(after(70), after(120))
    assert said(late) == [], "nobody waits any more"


def test_who_is_made_host_while_waiting_lets_the_others_in(waiting_room: Room) -> None:
    ana = enter(waiting_room, "+15550111", after(0))
    ben = enter(waiting_room, "+15550122", after(1))
    with time_machine.travel(after(20)):
        actions.promote(ana, commands.SERVICE)
    sweeps(after(21), after(60))
    assert (said(ana), said(ben)) == ([], [HERE])


def test_nobody_waits_longer_than_the_room_allows(waiting_room: Room) -> None:
    Room.objects.update(alone_minutes=5)
    ana = enter(waiting_room, "+15550111", after(0))
    ben = enter(waiting_room, "+15550122", after(minutes=3))
    sweeps(after(minutes=3, seconds=55), after(minutes=4, seconds=50))
    assert said(ana)[-1] == "No host has come. This call ends in one minute."
    assert not any(NOT_YET in text for text in said(ana)[1:]), "no more in the last minute"
    assert ended(ana) == []
    sweeps(after(minutes=4, seconds=52), after(minutes=5, seconds=10))
    assert ended(ana) == [Participant.LeftWhy.WAITED]
    assert ended(ben) == []


def test_nobody_is_hung_up_without_a_minutes_notice(waiting_room: Room) -> None:
    """The workers were away for long, or the longest wait is the shortest that can be chosen."""
    Room.objects.update(alone_minutes=1)
    ana = enter(waiting_room, "+15550111", after(0))
    sweep(after(minutes=20))
    assert (len(said(ana)), ended(ana)) == (1, [])
    sweep(after(minutes=20, seconds=58))
    assert ended(ana) == []
    sweep(after(minutes=21, seconds=1))
    assert ended(ana) == [Participant.LeftWhy.WAITED]


def test_a_hang_up_that_is_not_done_yet_is_off_when_the_host_comes(waiting_room: Room) -> None:
    Room.objects.update(alone_minutes=1)
    enter(waiting_room, "+15550111", after(0))
    sweep(after(10))
    sweep(after(75))
    hang_up = Command.objects.get(kind=Command.Kind.REMOVE)
    assert waiting_news.still_due(hang_up)
    enter(waiting_room, "+15550199", after(76), host=True)
    assert not waiting_news.still_due(hang_up)


# --- Alone ---------------------------------------------------------------------------------


def test_who_is_alone_for_too_long_is_told_and_hung_up(open_room: Room) -> None:
    ana = enter(open_room, "+15550111", after(0))
    sweeps(after(minutes=13, seconds=30), after(minutes=14, seconds=30))
    assert said(ana) == ["Nobody else is here. This call ends in one minute."]
    sweep(after(minutes=14, seconds=58))
    assert ended(ana) == []
    sweeps(after(minutes=15), after(minutes=15, seconds=20))
    assert ended(ana) == [Participant.LeftWhy.ALONE]


def test_somebody_who_comes_in_time_keeps_the_call(open_room: Room) -> None:
    ana = enter(open_room, "+15550111", after(0))
    sweep(after(minutes=14))
    ben = enter(open_room, "+15550122", after(minutes=14, seconds=50))
    sweeps(after(minutes=14, seconds=52), after(minutes=15, seconds=30))
    assert ended(ana) == []
    go(ben, after(minutes=20))
    sweeps(after(minutes=20), after(minutes=34, seconds=50))
    assert said(ana)[1:] == [
        "You are alone now.",
        "Nobody else is here. This call ends in one minute.",
    ]
    sweep(after(minutes=35, seconds=2))
    assert ended(ana) == [Participant.LeftWhy.ALONE]


def test_somebody_who_comes_while_the_hang_up_waits_for_the_carrier(open_room: Room) -> None:
    enter(open_room, "+15550111", after(0))
    sweep(after(minutes=14))
    sweep(after(minutes=15, seconds=2))
    hang_up = Command.objects.get(kind=Command.Kind.REMOVE)
    assert waiting_news.still_due(hang_up)
    ben = enter(open_room, "+15550122", after(minutes=15, seconds=3))
    assert not waiting_news.still_due(hang_up)
    go(ben, after(minutes=15, seconds=30))
    assert not waiting_news.still_due(hang_up), "they are alone anew"


def test_more_minutes_that_are_allowed_meanwhile_count(open_room: Room) -> None:
    ana = enter(open_room, "+15550111", after(0))
    sweep(after(minutes=14))
    Room.objects.update(alone_minutes=30)
    sweep(after(minutes=15, seconds=2))
    assert ended(ana) == []
    sweep(after(minutes=29, seconds=1))
    assert len(said(ana)) == 2
    sweep(after(minutes=30, seconds=3))
    assert ended(ana) == [Participant.LeftWhy.ALONE]


# --- The last host leaves ------------------------------------------------------------------


@pytest.fixture
def left_behind(waiting_room: Room) -> list[Participant]:
    """The host has left two guests at noon."""
    host = enter(waiting_room, "+15550199", after(minutes=-10), host=True)
    guests = [enter(waiting_room, f"+1555011{n}", after(minutes=-9)) for n in range(2)]
    sweep(after(minutes=-8))
    go(host, NOON)
    return guests


def heard(guests: list[Participant]) -> list[str]:
    """What each of them hears, which is the same."""
    (words,) = {tuple(said(guest)) for guest in guests}
    return list(words)


def test_those_left_behind_are_told_and_the_call_ends(left_behind: list[Participant]) -> None:
    sweeps(after(1), after(98))
    assert heard(left_behind) == [LEFT]
    sweeps(after(100), after(118))
    assert heard(left_behind) == [LEFT, LAST]
    assert [ended(guest) for guest in left_behind] == [[], []]
    sweeps(after(120), after(130))
    assert [ended(guest) for guest in left_behind] == [[Participant.LeftWhy.HOSTS_LEFT]] * 2
    assert Command.objects.filter(kind=Command.Kind.END).count() == 1


def test_a_host_who_comes_back_keeps_the_call(
    left_behind: list[Participant], waiting_room: Room
) -> None:
    sweep(after(1))
    carried_out()
    host = enter(waiting_room, "+15550199", after(60), host=True)
    sweeps(after(60), after(180))
    assert heard(left_behind) == [LEFT, BACK]
    assert said(host) == []
    go(host, after(200))
    sweeps(after(201), after(301))
    assert heard(left_behind) == [LEFT, BACK, LEFT, LAST], "and anew"


def test_a_guest_who_is_made_host_keeps_the_call(left_behind: list[Participant]) -> None:
    sweep(after(1))
    carried_out()
    with time_machine.travel(after(60), tick=False):
        actions.promote(left_behind[0], commands.SERVICE)
    assert Conference.objects.get().ends_at is None
    sweeps(after(60), after(180))
    assert said(left_behind[1]) == [LEFT, BACK]
    assert said(left_behind[0]) == [LEFT], "they know"


def test_what_was_not_said_before_the_host_was_back_is_not_said(
    left_behind: list[Participant], waiting_room: Room
) -> None:
    sweep(after(1))
    enter(waiting_room, "+15550199", after(2), host=True)
    sweeps(after(3), after(20))
    assert not Command.objects.pending().exists()
    assert heard(left_behind) == [LEFT], "it was written, and called off"
    assert not Command.objects.filter(error="").exists()


def test_while_another_host_is_there_nothing_is_said(
    left_behind: list[Participant], waiting_room: Room
) -> None:
    second = enter(waiting_room, "+15550188", after(10), host=True)
    third = enter(waiting_room, "+15550177", after(11), host=True)
    sweep(after(20))
    go(second, after(30))
    sweeps(after(31), after(200))
    assert heard(left_behind) == []
    assert said(third) == []


def test_where_a_room_goes_on_nothing_is_said(open_room: Room) -> None:
    host = enter(open_room, "+15550199", after(0), host=True)
    guests = [enter(open_room, f"+1555011{n}", after(0)) for n in range(2)]
    go(host, after(60))
    sweeps(after(61), after(240))
    assert heard(guests) == []
    assert not Command.objects.exists()


def test_the_grace_begins_anew_where_nobody_was_told_in_time(
    left_behind: list[Participant],
) -> None:
    """The end of the host's call was told late, or the workers were away."""
    sweep(after(minutes=10))
    assert heard(left_behind) == [LEFT]
    assert Conference.objects.get().ends_at == after(minutes=12)
    sweep(after(minutes=13))
    assert heard(left_behind) == [LEFT, LAST]
    assert ended(left_behind[0]) == [], "the last word is being said"
    sweep(after(minutes=13, seconds=16))
    assert ended(left_behind[0]) == [Participant.LeftWhy.HOSTS_LEFT]


def test_who_comes_in_the_last_minute_hears_the_last_word(
    left_behind: list[Participant], waiting_room: Room
) -> None:
    sweep(after(1))
    late = enter(waiting_room, "+15550166", after(60))
    sweeps(after(61), after(110))
    assert said(late) == [LAST]


def test_a_host_who_leaves_nobody_ends_it_at_once(waiting_room: Room) -> None:
    go(enter(waiting_room, "+15550199", after(0), host=True), after(60))
    assert Conference.objects.get().ended_at == after(60)
    assert sweep(after(65)) == 0 or not Command.objects.exists()


# --- Sweeps --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_time_write_everything_once(waiting_room: Room) -> None:
    alone = Room.objects.create(account=waiting_room.account, name="Alone", access_code="98")
    left = Room.objects.create(
        account=waiting_room.account, name="Left", access_code="97", after_hosts="end"
    )
    ana = enter(waiting_room, "+15550111", after(0))
    ben = enter(alone, "+15550122", after(minutes=-14))
    host = enter(left, "+15550199", after(minutes=-5), host=True)
    cleo = enter(left, "+15550133", after(minutes=-4))
    go(host, after(39))
    with time_machine.travel(after(41), tick=False):
        at_once(*[lambda: room_news.sweep(after(41))] * 4)
    assert [len(said(stay)) for stay in (ana, ben)] == [1, 1]
    assert said(cleo).count(LEFT) == 1
    with time_machine.travel(after(170), tick=False):
        at_once(*[lambda: room_news.sweep(after(170))] * 4)
        at_once(*[lambda: room_news.sweep(after(190))] * 4)
    assert [ended(stay) for stay in (ben, cleo)] == [["alone"], ["hosts_left"]]


def test_a_fault_in_one_room_leaves_the_others_their_news(
    waiting_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Room.objects.create(
        account=waiting_room.account, name="Other", access_code="98", waits_for_host=True
    )
    ana = enter(waiting_room, "+15550111", after(0))
    ben = enter(other, "+15550122", after(0))
    write = commands.write

    def failing(room: Room, asked: list[Command]) -> list[Command]:
        written = write(room, asked)
        if room.pk == other.pk:
            raise RuntimeError("a fault, or a kill, before it was committed")
        return written

    with monkeypatch.context() as patched:
        patched.setattr(commands, "write", failing)
        sweep(after(40))
    assert (len(said(ana)), said(ben)) == (1, [])
    sweep(after(42))
    assert (len(said(ana)), len(said(ben))) == (1, 1)


def test_between_two_words_a_sweep_locks_nothing(waiting_room: Room) -> None:
    enter(waiting_room, "+15550111", after(0))
    sweep(after(10))
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        assert sweep(after(20)) == 0
    assert not [one for one in queries if "FOR " in one["sql"] or "UPDATE" in one["sql"]]
    assert len(queries) <= 6


@pytest.mark.parametrize("waiting", [2, 5, 21, 180])
def test_the_words_count_those_who_wait(waiting_room: Room, waiting: int) -> None:
    ana = enter(waiting_room, "+15550111", after(0))
    Room.objects.update(people_waiting=waiting)
    sweep(after(40))
    assert said(ana) == [f"{NOT_YET} You are one of {waiting} waiting."]
