"""Hosts are told that people wait for them, that nobody came, and who did; each thing once."""

import datetime as dt

import pytest
from django.utils import timezone

from rooms.accounts.models import Account, Membership, User
from rooms.meetings import planning, watch
from rooms.meetings.models import Meeting, Occurrence
from rooms.models import PhoneNumber, Room
from rooms.notices.models import Notice
from tests.at_once import at_once
from tests.meetings.gathering import ANA, BEN, at, conference, invited, planned, stay


@pytest.fixture
def weekly(room: Room, alice: User) -> Occurrence:
    return planned(room, alice)


def _told() -> list[tuple[str, str]]:
    rows = Notice.objects.filter(kind__in=("waiting", "missed", "report"))
    return sorted(rows.values_list("kind", "recipient__name"))


def _sweep(clock: str, day: int = 0) -> None:
    for _again in range(2):
        watch.tell_waiting(at(clock, day))
        watch.settle(at(clock, day))


def test_hosts_hear_that_people_wait(weekly: Occurrence, room: Room, bob: User) -> None:
    PhoneNumber.objects.all().delete()
    PhoneNumber.objects.create(number="+15550100")
    invited(weekly.meeting, "Ana", ANA)
    talk = conference(room, "09:58")
    stay(talk, "09:58", None, ANA)
    stay(talk, "09:59", "10:01", BEN)
    stay(talk, "10:03")
    _sweep("10:04")
    assert _told() == []
    _sweep("10:05")
    _sweep("10:20")
    assert _told() == [("waiting", "Alice")]
    notice = Notice.objects.get(kind="waiting")
    assert notice.subject == "Weekly: 2 people wait for you"
    assert "- Ana, since 09:58\n- number withheld, since 10:03" in notice.text
    assert f"\ntel:+15550100,,{room.access_code}#\n" in notice.text
    assert "Verify your phone" in notice.text
    assert weekly.meeting.invitees.get(is_organizer=True).pin not in notice.text


def test_the_one_tap_line_keys_the_hosts_own_pin(weekly: Occurrence, room: Room, bob: User) -> None:
    Room.objects.update(personal_pins=True)
    PhoneNumber.objects.all().delete()
    PhoneNumber.objects.create(number="+15550100")
    stay(conference(room, "10:00"), "10:00", None, ANA)
    bobs = invited(weekly.meeting, "Bob")
    weekly.meeting.invitees.filter(pk=bobs.pk).update(email="bob@example.com")
    _sweep("10:05")
    assert _told() == [("waiting", "Alice"), ("waiting", "Bob")], "members who are invited"
    for notice in Notice.objects.filter(kind="waiting"):
        pin = weekly.meeting.invitees.get(email=notice.address).pin
        assert f"tel:+15550100,,{room.access_code}#,,{pin}#" in notice.text
        assert notice.subject == "Weekly: +34 ••• •• •• 01 waits for you"


@pytest.mark.parametrize("who", ["organizer", "member", "invited member", "left again"])
def test_a_host_who_came_need_not_be_told(
    weekly: Occurrence, room: Room, bob: User, who: str
) -> None:
    talk = conference(room, "10:00")
    stay(talk, "10:00", None, ANA)
    if who == "member":
        User.objects.filter(pk=bob.pk).update(phone=BEN)
        stay(talk, "10:00", None, BEN)
    elif who == "invited member":
        bobs = invited(weekly.meeting, "Bob")
        weekly.meeting.invitees.filter(pk=bobs.pk).update(email="bob@example.com")
        stay(talk, "10:00", None, invitee=bobs)
    else:
        organizer = weekly.meeting.invitees.get(is_organizer=True)
        stay(talk, "10:00", "10:02" if who == "left again" else None, invitee=organizer)
    _sweep("10:05")
    assert _told() == []


def test_nobody_waits_where_nobody_is_or_it_is_called_off(
    weekly: Occurrence, room: Room, alice: User
) -> None:
    _sweep("10:10")
    stay(conference(room, "10:00"), "10:00", None, ANA)
    planning.cancel(weekly.meeting, by=alice)
    _sweep("10:20")
    _sweep("12:00")
    assert _told() == []


def test_one_that_was_moved_is_told_of_anew(weekly: Occurrence, room: Room, alice: User) -> None:
    stay(conference(room, "10:00"), "10:00", None, ANA)
    _sweep("10:05")
    day = at("12:00").date()
    planning.move(weekly, day=day, starts=dt.time(12), by=alice, tell=False)
    _sweep("12:05")
    assert _told() == [("waiting", "Alice")] * 2


def test_nobody_came(weekly: Occurrence, alice: User, bob: User) -> None:
    ana = invited(weekly.meeting, "Ana", ANA)
    ana.reply = "accepted"
    ana.save()
    _sweep("10:59")
    assert _told() == []
    _sweep("11:00")
    assert _told() == [("missed", "Alice")]
    notice = Notice.objects.get(kind="missed")
    assert notice.subject.endswith("nobody came")
    assert "- Ana (accepted)" in notice.text
    assert f"/meetings/times/{weekly.pk}/report/" in notice.text


def test_the_report_waits_for_those_who_talk_on(
    weekly: Occurrence, room: Room, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Kolkata")
    invited(weekly.meeting, "Ana", ANA)
    invited(weekly.meeting, "Ben", BEN)
    talk = conference(room, "10:00")
    stay(talk, "10:00", "10:20", ANA)
    stay(talk, "10:21", "10:22", ANA)
    last = stay(talk, "10:30")
    _sweep("11:00")
    assert _told() == []
    last.left_at = at("11:40")
    last.save()
    _sweep("11:40")
    assert _told() == [("report", "Alice")]
    notice = Notice.objects.get(kind="report")
    assert notice.subject.endswith("2 people came")
    assert "from 15:30 to 17:10 (Asia/Kolkata)" in notice.text
    assert "Of 3 invited, 1 came." in notice.text
    assert "- Ana: 15:30–15:52, 21 min, came back 1 time\n" in notice.text
    assert "Who did not come:\n- Alice (accepted)\n- Ben\n" in notice.text
    assert f"/meetings/times/{weekly.pk}/report/" in notice.text


def test_a_conference_that_never_ends_is_reported_after_four_hours(
    weekly: Occurrence, room: Room
) -> None:
    stay(conference(room, "10:00"), "10:00", None, ANA)
    watch.settle(at("14:59"))
    assert _told() == []
    watch.settle(at("15:00"))
    assert _told() == [("report", "Alice")]
    assert "still goes on" in Notice.objects.get(kind="report").text


def test_after_a_day_without_sweeps_reports_are_caught_up(
    weekly: Occurrence, room: Room, alice: User
) -> None:
    talk = conference(room, "10:00", "10:30")
    stay(talk, "10:00", "10:30", ANA)
    planned(room, alice, "12:00")
    _sweep("14:00", day=1)
    assert _told() == [("missed", "Alice"), ("report", "Alice")]


def test_what_is_long_past_is_told_to_nobody(weekly: Occurrence) -> None:
    _sweep("14:00", day=8)
    weekly.refresh_from_db()
    assert weekly.settled_at is not None
    assert _told() == []


def test_what_was_called_off_is_not_missed(weekly: Occurrence, room: Room, alice: User) -> None:
    single = planned(room, alice, "12:00")
    planning.cancel_one(single, by=alice)
    planning.cancel(weekly.meeting, by=alice)
    _sweep("14:00")
    assert _told() == []
    over = planned(room, alice, "15:00")
    Meeting.objects.filter(pk=over.meeting_id).update(cancelled_at=at("16:30"))
    _sweep("17:00")
    assert _told() == [("missed", "Alice")], "it was called off when it was over"


def test_times_written_down_afterwards_are_not_missed(room: Room, alice: User) -> None:
    """A series that is said to have begun yesterday."""
    day = at("10:00").date() - dt.timedelta(days=3)
    weekly = planned(room, alice, first_day=day, rrule="FREQ=DAILY")
    assert weekly.day == day
    watch.settle(timezone.now())
    weekly.refresh_from_db()
    assert weekly.settled_at is not None
    assert _told() == []


def test_the_owners_hear_where_the_organizer_is_gone(
    room: Room, alice: User, bob: User, account: Account
) -> None:
    planned(room, bob)
    Membership.objects.get(account=account, user=bob).delete()
    _sweep("12:00")
    assert _told() == [("missed", "Alice")]


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_moment_tell_once(room: Room, alice: User) -> None:
    weekly = planned(room, alice)
    stay(conference(room, "10:00"), "10:00", None, ANA)
    at_once(*[lambda: watch.tell_waiting(at("10:10"))] * 3)
    Occurrence.objects.filter(pk=weekly.pk).update(ends_at=at("10:01"), starts_at=at("09:00"))
    at_once(*[lambda: watch.settle(at("18:00"))] * 3)
    assert _told() == [("report", "Alice"), ("waiting", "Alice")]
