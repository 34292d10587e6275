"""What happens in a conference is told in its order, without a gap, and nothing of it twice."""

import datetime as dt
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from rooms import changes
from rooms.conferences import actions, finding, leaving, presence
from rooms.conferences.models import Conference, Participant
from rooms.models import Room
from rooms.notices import presence as notices
from rooms.notices.hooks import conference_news
from rooms.notices.hooks.models import WebhookDelivery
from tests.at_once import at_once
from tests.hooks.happenings import KEY, gather, in_order, listen, told, types
from tests.on_the_line import ANA, BEN, CARL, carry_out, enter, go


def sooner(seconds: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(seconds=seconds)


@transaction.atomic
def leave(stay: Participant, at: dt.datetime) -> None:
    room = Room.objects.locked().select_related("account").get(pk=stay.room_id)
    assert leaving.leave(room, call=stay.call, at=at)


@pytest.mark.django_db
def test_who_comes_back_is_another_participant_of_the_same_conference(room: Room) -> None:
    listen(room.account)
    ana = enter(room, ANA, minutes=3)
    enter(room, BEN, minutes=2)
    leave(ana, sooner(60))
    again = enter(room, ANA)
    gather()
    assert [(event.type, event.data["id"]) for event in told() if "part" in event.type][2:] == [
        ("participant.left", ana.pk),
        ("participant.joined", again.pk),
    ]


@pytest.mark.django_db
def test_one_conference_after_another_has_numbers_of_its_own(room: Room) -> None:
    """Both before anything was told."""
    listen(room.account)
    go(enter(room, ANA, minutes=2))
    go(enter(room, ANA, minutes=1))
    gather()
    for conference in Conference.objects.all():
        assert [event.type for event in in_order(conference)] == [
            "conference.started",
            "participant.joined",
            "participant.left",
            "conference.ended",
        ]


@pytest.mark.django_db
def test_whoever_leaves_as_another_comes_is_told_first(room: Room) -> None:
    listen(room.account)
    ana, ben = enter(room, ANA, minutes=2), enter(room, BEN, minutes=1)
    leave(ana, ben.joined_at)
    leave(ben, ben.joined_at)
    gather()
    about = [(event.type, event.data["id"]) for event in told()]
    assert about[2:5] == [
        ("participant.left", ana.pk),
        ("participant.joined", ben.pk),
        ("participant.left", ben.pk),
    ]


@pytest.mark.django_db
def test_what_is_heard_of_late_is_told_late_with_its_time(room: Room) -> None:
    """A stay that reconciliation found, and an end that came after the conference had gone on."""
    listen(room.account)
    ana, ben = enter(room, ANA, minutes=9), enter(room, BEN, minutes=8)
    gather()
    with transaction.atomic():
        locked = Room.objects.locked().get()
        now = timezone.now()
        carl = finding.found(locked, call="found", caller=CARL, at=sooner(500), now=now)
    assert carl
    gather()
    leave(ben, sooner(420))
    gather()
    late = told()[3:]
    assert [(event.type, event.data["id"]) for event in late] == [
        ("participant.joined", carl.pk),
        ("participant.left", ben.pk),
    ]
    assert [event.created_at for event in late] == [carl.joined_at, late[1].created_at]
    assert late[1].created_at < sooner(400)
    leave(ana, sooner(1))
    leave(carl, sooner(2))
    gather()
    [conference] = Conference.objects.all()
    assert in_order(conference)[-1].type == "conference.ended"
    assert in_order(conference)[-1].created_at == conference.ended_at


@pytest.mark.django_db
def test_an_end_is_told_although_all_stays_were_told_before(room: Room) -> None:
    """The organizers' notice came between the join and the leave."""
    listen(room.account)
    ana = enter(room, ANA)
    notices.collect(timezone.now() + dt.timedelta(minutes=1))
    go(ana)
    notices.collect(timezone.now() + dt.timedelta(minutes=1))
    assert types()[-2:] == ["participant.left", "conference.ended"]
    assert Participant.objects.filter(join_told=True, leave_told=True).count() == 1


@pytest.mark.django_db
def test_an_endpoint_that_comes_in_between_hears_whole_stays(room: Room) -> None:
    """A program hears nothing of somebody who has not joined, as far as it knows."""
    ana, ben = enter(room, ANA, minutes=2), enter(room, BEN, minutes=1)
    notices.collect(timezone.now())
    listen(room.account)
    gather()
    assert types() == []
    actions.mute(ana, True, KEY)
    carry_out()
    go(ben)
    gather()
    assert [(event.type, event.data["id"]) for event in told()] == [
        ("conference.started", ana.conference_id),
        ("participant.joined", ana.pk),
        ("participant.muted", ana.pk),
        ("participant.joined", ben.pk),
        ("participant.left", ben.pk),
    ]


@pytest.mark.django_db
def test_a_fault_in_one_room_keeps_no_other_from_being_told(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    listen(room.account)
    other = changes.make(room.account, name="Second")
    enter(room, ANA)
    enter(other, BEN)
    flush = conference_news.flush

    def broken(found: Room) -> int:
        return flush(found) if found.pk == other.pk else 1 // 0

    monkeypatch.setattr(conference_news, "flush", broken)
    assert gather() == 2
    assert room.pk in caplog.text
    monkeypatch.undo()
    assert gather() == 2


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_nothing_is_lost_doubled_or_left_out(room: Room) -> None:
    """Callers come and go, hosts do this and that, and workers gather, all at once."""
    listen(room.account)
    listen(room.account, "participant.left")
    staying = enter(room, ANA)

    def come_and_go(n: int) -> None:
        stay = _enter(room, f"+3460000{n:04}")
        actions.raise_hand(stay, True, KEY)
        go(stay)

    def busy() -> None:
        for _turn in range(4):
            gather()
            notices.collect(timezone.now() + dt.timedelta(minutes=1))

    def fiddle() -> None:
        for turn in range(4):
            actions.lock(room, turn % 2 == 0, KEY)
            actions.raise_hand(staying, turn % 2 == 0, KEY)

    def three_of(first: int) -> None:
        for n in range(first, first + 3):
            come_and_go(n)

    callers = [partial(three_of, first) for first in (10, 20, 30)]
    at_once(*callers, busy, busy, fiddle)
    go(staying)
    gather()
    [conference] = Conference.objects.all()
    names = [event.type for event in in_order(conference)]
    assert names[0] == "conference.started"
    assert names[-1] == "conference.ended"
    counts = {name: names.count(name) for name in set(names)}
    assert counts == {
        "conference.started": 1,
        "conference.ended": 1,
        "conference.locked": 2,
        "conference.unlocked": 2,
        "participant.joined": 10,
        "participant.left": 10,
        "participant.raised_hand": 11,
        "participant.lowered_hand": 2,
    }
    assert WebhookDelivery.objects.count() == len(names) + 10
    whole = [event.data["id"] for event in told() if event.type == "participant.joined"]
    assert len(set(whole)) == 10


def _enter(room: Room, caller: str) -> Participant:
    with transaction.atomic():
        joined = presence.join(
            call=f"call {caller}", caller=caller, at=timezone.now(), room_id=room.pk, host=True
        )
    assert joined
    return Participant.objects.get(pk=joined.participant_id)
