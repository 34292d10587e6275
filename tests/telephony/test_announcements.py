"""What those in a room hear of who comes and goes."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.accounts.models import Account, Person
from rooms.conferences import actions, announcing, commands
from rooms.conferences.models import Command, Participant
from rooms.models import Room
from telephony import room_news
from tests.at_once import at_once
from tests.telephony.stays import NOON, after, enter, go, played, said

ANA, BEN, CLEO = "+15550111", "+15550122", "+15550133"


@pytest.fixture
def named(account: Account, room: Room) -> Room:
    """A room that says names."""
    Account.objects.update(hosting_until=NOON + dt.timedelta(days=30))
    Room.objects.update(announcements=Room.Announcements.NAMES)
    room.refresh_from_db()
    return room


def sweep(moment: dt.datetime) -> int:
    with time_machine.travel(moment, tick=False):
        return room_news.sweep(moment)


@pytest.fixture
def listener(named: Room) -> Participant:
    """Somebody who has been in for ten minutes, and heard all until now."""
    stay = enter(named, "+15550100", after(minutes=-10), name="Lea")
    sweep(after(minutes=-9))
    return stay


def test_several_who_come_within_seconds_are_told_in_one_sentence(
    named: Room, listener: Participant
) -> None:
    enter(named, ANA, after(0), name="Ana")
    assert sweep(after(2)) == 0, "others may follow"
    enter(named, BEN, after(2))
    enter(named, CLEO, after(2.5))
    assert sweep(after(3)) == 1
    assert said(listener) == ["Ana and 2 others joined."]
    assert sweep(after(60)) == 0
    assert len(said(listener)) == 1


def test_they_are_called_by_the_people_list_or_the_end_of_their_number(
    named: Room, listener: Participant
) -> None:
    Person.objects.create(account=named.account, name="Ben <b>", phone=BEN)
    Person.objects.create(account=named.account, email="cleo@example.com", phone=CLEO)
    ben, cleo, hidden = (enter(named, number, after(0)) for number in (BEN, CLEO, ""))
    sweep(after(3))
    go(cleo, after(60))
    sweep(after(63))
    go(hidden, after(120))
    sweep(after(123))
    go(ben, after(180))
    sweep(after(183))
    assert said(listener) == [
        "Ben b and 2 others joined.",
        "A caller ending in 1 3 3 left.",
        "A caller left.",
        "Ben b left. You are alone now.",
    ]
    assert not any(CLEO[1:] in text or "cleo" in text for text in said(listener))


def test_who_comes_and_who_goes_in_one_batch(named: Room, listener: Participant) -> None:
    ben = enter(named, BEN, after(-60), name="Ben")
    sweep(after(-50))
    enter(named, ANA, after(0), name="Ana")
    enter(named, CLEO, after(1), name="Cleo")
    go(ben, after(2))
    sweep(after(4))
    assert said(listener)[1:] == ["Ana and Cleo joined. Ben left."]


@pytest.mark.parametrize(
    ("others", "text"),
    [
        (0, "Ana joined."),
        (1, "Ana and 1 other joined."),
        (2, "Ana and 2 others joined."),
        (5, "Ana and 5 others joined."),
    ],
)
def test_the_sentence_counts(named: Room, listener: Participant, others: int, text: str) -> None:
    enter(named, ANA, after(0), name="Ana")
    for _hidden in range(others):
        enter(named, "", after(0))
    sweep(after(3))
    assert said(listener) == [text]


def test_each_hears_only_of_those_who_came_after(named: Room) -> None:
    """The others were counted for them when they entered."""
    ana = enter(named, ANA, after(0), name="Ana")
    ben = enter(named, BEN, after(1), name="Ben")
    cleo = enter(named, CLEO, after(2), name="Cleo")
    sweep(after(4))
    assert said(ana) == ["Ben and Cleo joined."]
    assert said(ben) == ["Cleo joined."]
    assert said(cleo) == []


def test_who_is_on_hold_or_still_greeted_is_not_talked_to(
    named: Room, listener: Participant
) -> None:
    greeted = enter(named, BEN, after(-5))
    Participant.objects.filter(pk=greeted.pk).update(confirmed_at=None)
    Participant.objects.filter(pk=listener.pk).update(held=True)
    enter(named, ANA, after(0), name="Ana")
    sweep(after(3))
    assert (said(listener), said(greeted)) == ([], [])


def test_who_joined_and_left_within_the_batch_is_not_told(
    named: Room, listener: Participant
) -> None:
    go(enter(named, ANA, after(0), name="Ana"), after(2))
    assert sweep(after(4)) == 1
    assert said(listener) == []


def test_who_dropped_out_and_is_back_is_no_news(named: Room, listener: Participant) -> None:
    ana = enter(named, ANA, after(-60), name="Ana")
    sweep(after(-50))
    go(ana, after(0))
    back = enter(named, ANA, after(2), name="Ana")
    sweep(after(3))
    assert said(listener) == ["Ana joined."]
    go(back, after(60))
    sweep(after(63))
    assert said(listener)[1:] == ["Ana left. You are alone now."]


def test_a_chime_for_all_of_them(named: Room, listener: Participant) -> None:
    Room.objects.update(announcements=Room.Announcements.CHIME)
    ana, _ben = enter(named, ANA, after(0)), enter(named, BEN, after(1))
    sweep(after(3))
    assert played(listener) == ["joined.wav"]
    go(ana, after(60))
    Command.objects.update(done_at=after(61))
    sweep(after(63))
    assert played(listener) == ["joined.wav", "left.wav"]
    assert said(listener) == []


def test_a_chime_does_not_push_out_what_a_host_plays(named: Room, listener: Participant) -> None:
    Room.objects.update(announcements=Room.Announcements.CHIME)
    tune = commands.new(Command.Kind.PLAY, listener, "tune", sound_url="https://x/tune.mp3")
    commands.write(named, [tune])
    enter(named, ANA, after(0))
    sweep(after(3))
    assert played(listener) == ["tune.mp3"]
    assert Command.objects.pending().count() == 1


@pytest.mark.parametrize("off", ["setting", "key"])
def test_nothing_is_heard_where_announcements_are_off(
    named: Room, listener: Participant, off: str
) -> None:
    if off == "setting":
        Room.objects.update(announcements=Room.Announcements.OFF)
    else:
        actions.silence(named, True, commands.SERVICE)
    enter(named, ANA, after(0))
    assert sweep(after(3)) == 1
    Room.objects.update(announcements=Room.Announcements.NAMES)
    if off == "key":
        actions.silence(named, False, commands.SERVICE)
    sweep(after(60))
    assert said(listener) == [], "what went by unsaid is not made up for"


def test_a_crowd_is_heard_as_chimes_and_a_great_one_not_at_all(named: Room) -> None:
    first = [enter(named, "", after(-60)) for _n in range(25)]
    sweep(after(-50))
    enter(named, ANA, after(0), name="Ana")
    sweep(after(3))
    chimes = Command.objects.filter(kind=Command.Kind.PLAY)
    assert chimes.count() == 25
    assert {one.rank for one in chimes} == {Command.Rank.NEWS}
    assert {one.expires_at for one in chimes} == {after(13)}, "too late is not at all"
    assert not Command.objects.filter(kind=Command.Kind.SAY).exists()
    Command.objects.all().delete()
    for _n in range(35):
        enter(named, "", after(60))
    assert sweep(after(63)) == 1
    go(first[0], after(120))
    sweep(after(123))
    assert not Command.objects.exists()
    assert not Participant.objects.filter(join_announced=False).exists()


def test_twenty_still_hear_names(named: Room) -> None:
    first = [enter(named, "", after(-60)) for _n in range(19)]
    sweep(after(-50))
    enter(named, ANA, after(0), name="Ana")
    sweep(after(3))
    assert {text for stay in first for text in said(stay)} == {"Ana joined."}


def test_what_is_heard_of_late_is_not_told(named: Room, listener: Participant) -> None:
    ana = enter(named, ANA, after(0), name="Ana")
    sweep(after(60))
    assert said(listener) == []
    enter(named, BEN, after(100), name="Ben")
    sweep(after(103))
    go(ana, after(120))  # the event that tells it comes much later
    assert sweep(after(minutes=10)) == 1
    assert said(listener) == ["Ben joined."]


def test_who_was_left_alone_is_told_whatever_the_setting(
    named: Room, listener: Participant
) -> None:
    Room.objects.update(announcements=Room.Announcements.OFF)
    ana = enter(named, ANA, after(0))
    sweep(after(3))
    go(ana, after(60))
    sweep(after(63))
    assert said(listener) == ["You are alone now."]


def test_who_is_still_greeted_when_left_alone_is_told_after_it(
    named: Room, listener: Participant
) -> None:
    ana = enter(named, ANA, after(0), name="Ana")
    Participant.objects.filter(pk=ana.pk).update(confirmed_at=None)
    go(listener, after(2))
    sweep(after(5))
    assert said(ana) == []
    Participant.objects.filter(pk=ana.pk).update(confirmed_at=after(7))
    sweep(after(8))
    assert said(ana) == ["Lea left. You are alone now."]


def test_who_comes_first_is_not_told_to_be_alone(named: Room) -> None:
    ana = enter(named, ANA, after(0))
    sweep(after(3))
    assert said(ana) == []


def test_in_the_rooms_language(named: Room, listener: Participant) -> None:
    Room.objects.update(language="de")
    enter(named, ANA, after(0), name="Ana")
    sweep(after(3))
    assert Command.objects.get().language == "de"


def test_one_room_that_fails_keeps_no_other_from_its_news(
    named: Room, listener: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Room.objects.create(
        account=named.account, name="Other", access_code="99", announcements="names"
    )
    there = enter(other, "+15550177", after(minutes=-10))
    sweep(after(minutes=-9))
    enter(other, BEN, after(0), name="Ben")
    enter(named, ANA, after(0.5), name="Ana")
    gather = announcing.gather

    def failing(room: Room, now: dt.datetime) -> announcing.Batch | None:
        batch = gather(room, now)
        if room.pk == other.pk:
            raise RuntimeError("a fault, or a kill, before all was written")
        return batch

    with monkeypatch.context() as patched:
        patched.setattr(announcing, "gather", failing)
        sweep(after(4))
    assert (said(there), said(listener)) == ([], ["Ana joined."])
    sweep(after(6))
    assert said(there) == ["Ben joined."], "nothing is lost: it was not marked as told"


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_time_tell_it_once(named: Room) -> None:
    first = [enter(named, "", after(-60)) for _n in range(5)]
    sweep(after(-50))
    enter(named, ANA, after(0), name="Ana")
    with time_machine.travel(after(3), tick=False):
        at_once(*[lambda: room_news.sweep(after(3))] * 4)
    assert [said(stay) for stay in first] == [["Ana joined."]] * 5


def test_where_nothing_happened_a_sweep_is_three_statements(
    named: Room, listener: Participant
) -> None:
    enter(named, BEN, after(minutes=-5))
    sweep(after(minutes=-4))
    with CaptureQueriesContext(connection) as queries:
        assert sweep(after(0)) == 0
    assert len(queries) == 3
