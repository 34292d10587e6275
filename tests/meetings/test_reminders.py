"""Reminders: who gets them and when, each once, and none that is of no use."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.meetings import invitees, planning, reminder_sweep, reminders
from rooms.meetings.invitees import Guest
from rooms.meetings.models import Invitee, Meeting, Occurrence, Reminder, Reply
from rooms.models import PhoneNumber, Room
from rooms.notices.models import Notice
from tests.at_once import at_once
from tests.meetings.plans import invite
from tests.meetings.reminding import Clock, Texts, leads, leads_told, occurrence, plan, reminded
from tests.meetings.reminding import told as _told

BEGUN = "The meeting had begun."
TOOK_PLACE = "A later reminder took its place."
QUIET = "It would have come in quiet hours."


@pytest.fixture
def clock(account: Account, settings: Any) -> Iterator[Clock]:
    settings.SMS_BACKEND = "tests.meetings.reminding.Texts"
    Texts.sent.clear()
    Account.objects.update(hosting_until=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    with time_machine.travel(dt.datetime(2027, 3, 10, 8, tzinfo=dt.UTC), tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture
def host(alice: User) -> User:
    """Organizes meetings, and has no address that reminders could go to."""
    return alice


def meeting_at_ten(room: Room, host: User, *reminders: dict[str, Any], **fields: Any) -> Meeting:
    """At 10:00, two hours from now; the organizer is reminded of nothing."""
    meeting = plan(room, host, "2027-03-10 10:00", *reminders, **fields)
    meeting.invitees.update(wants_reminders=False)
    return meeting


def test_each_who_wants_it_is_reminded_in_their_language_and_zone(
    room: Room, host: User, clock: Clock
) -> None:
    Room.objects.update(personal_pins=True)
    PhoneNumber.objects.all().delete()
    PhoneNumber.objects.create(number="+15550100", language="en")
    sms = leads(15, channel="sms")
    meeting = meeting_at_ten(room, host, *leads(60), *sms, title="Quarterly")
    ana = invite(meeting, "Ana", time_zone="America/Bogota", phone="+573001234567")
    invite(meeting, "Igor", language="ru", time_zone="Europe/Moscow")
    quiet = invite(meeting, "Quinn")
    Invitee.objects.filter(pk=quiet.pk).update(wants_reminders=False)
    invitees.reply(invite(meeting, "Dora"), Reply.DECLINED)
    invitees.remove(invite(meeting, "Rob"), by=host)
    mail.outbox.clear()
    clock.to("2027-03-10 08:59:59")
    assert mail.outbox == []
    clock.to("2027-03-10 09:00:04")
    assert {message.to[0] for message in mail.outbox} == {"ana@example.org", "igor@example.org"}
    letters = {message.to[0]: message for message in mail.outbox}
    hers, his = letters["ana@example.org"], letters["igor@example.org"]
    assert hers.subject == "Quarterly: in 1 hour"
    assert "Wednesday, 10 March 2027, 05:00–06:00 (Bogota time)" in hers.body
    code = room.access_code or ""
    assert f"\ntel:+15550100,,{code}#,,{ana.pin}#\n" in hers.body
    assert f"Then your PIN {ana.pin[:3]} {ana.pin[3:]} #" in hers.body
    assert f"/i/{ana.token}/" in hers.body
    html = str(hers.alternatives[0][0])  # type: ignore[attr-defined]
    assert f'href="tel:+15550100,,{code}#,,{ana.pin}#"' in html
    assert "13:00–14:00" in his.body
    assert hers.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert hers.extra_headers["List-Unsubscribe"][1:-1] in hers.body
    clock.to("2027-03-10 09:45")
    ((number, text),) = Texts.sent
    assert number == "+573001234567"
    assert text.startswith("Quarterly: in 15 minutes, 05:00 (Bogota). +15550100, code ")
    assert text.endswith(f"PIN {ana.pin}#. http://localhost:8000/i/{ana.token}/")
    assert len(text) < 300
    assert leads_told() == [(60, True, ""), (15, True, "")]


def test_an_sms_of_a_long_title_is_shortened_there(
    room: Room, host: User, clock: Clock, settings: Any
) -> None:
    settings.PUBLIC_URL = f"https://{'long.' * 20}example"
    meeting = meeting_at_ten(room, host, *leads(15, channel="sms"), title="Abc " * 37)
    invite(meeting, "Ana", phone="+573001234567", time_zone="America/Argentina/Buenos_Aires")
    clock.to("2027-03-10 09:45")
    ((_number, text),) = Texts.sent
    assert len(text) == 300
    assert text.startswith("Abc Abc Abc")
    assert "...: in 15 minutes, 07:00 (Buenos Aires)." in text
    assert f"/i/{meeting.invitees.get(name='Ana').token}/" in text


def test_whatever_happens_to_clock_and_sweeps_it_comes_once(
    room: Room, host: User, clock: Clock
) -> None:
    invite(meeting_at_ten(room, host, *leads(60)), "Ana")
    for time in ("09:00", "09:00:10", "09:00:10", "08:10", "08:59", "09:00", "09:10", "08:30"):
        clock.to(f"2027-03-10 {time}")
    clock.to("2027-03-10 09:59")
    assert reminded() == [("ana@example.org", "Budget: in 1 hour")]


def test_after_a_pause_the_last_useful_one_tells_the_true_time(
    room: Room, host: User, clock: Clock
) -> None:
    invite(meeting_at_ten(room, host, *leads(90, 60, 30, 5)), "Ana")
    clock.to("2027-03-10 09:38")
    assert reminded() == [("ana@example.org", "Budget: in 22 minutes")]
    assert _told() == [
        (90, "skipped", TOOK_PLACE),
        (60, "skipped", TOOK_PLACE),
        (30, "sent", ""),
    ]
    clock.to("2027-03-10 10:00")
    assert _told()[3:] == [(5, "skipped", BEGUN)]
    assert leads_told() == [
        (90, False, TOOK_PLACE),
        (60, False, TOOK_PLACE),
        (30, True, ""),
        (5, False, BEGUN),
    ]
    assert not Occurrence.objects.exclude(remind_at=None).exists(), "nothing is looked at for ever"


def test_mail_that_waited_too_long_is_not_sent(room: Room, host: User, clock: Clock) -> None:
    """Beat was there and the workers were not."""
    invite(meeting_at_ten(room, host, *leads(60, 30, 10)), "Ana")
    for time in ("09:00", "09:30"):
        clock.stand(f"2027-03-10 {time}")
        clock.sweep()
    clock.deliver()
    assert _told() == [(60, "skipped", TOOK_PLACE), (30, "sent", "")]
    clock.stand("2027-03-10 09:50")
    clock.sweep()
    clock.stand("2027-03-10 10:00")
    clock.deliver()
    assert _told()[2:] == [(10, "skipped", BEGUN)]


def test_a_meeting_that_moved_is_reminded_of_anew(room: Room, host: User, clock: Clock) -> None:
    meeting = meeting_at_ten(room, host, *leads(60))
    invite(meeting, "Ana")
    clock.stand("2027-03-10 09:00")
    clock.sweep()
    day = dt.date(2027, 3, 10)
    planning.move(occurrence(meeting), day=day, starts=dt.time(11), by=host, tell=False)
    clock.to("2027-03-10 09:01")
    assert _told() == [(60, "skipped", "The meeting was moved.")]
    clock.to("2027-03-10 10:00")
    assert _told(status="sent") == [(60, "sent", "")]
    planning.move(occurrence(meeting), day=day, starts=dt.time(10, 30), by=host, tell=False)
    clock.to("2027-03-10 10:10")
    assert len(_told()) == 2, "an hour before is over for this start"
    assert Occurrence.objects.get().remind_at is None


def test_a_move_while_sweeps_are_away_is_caught_up(room: Room, host: User, clock: Clock) -> None:
    meeting = meeting_at_ten(room, host, *leads(60, 30))
    invite(meeting, "Ana")
    clock.stand("2027-03-10 08:30")
    planning.change(meeting, by=host, starts=dt.time(11), tell=False)
    clock.to("2027-03-10 10:05")
    assert reminded() == [("ana@example.org", "Budget: in 55 minutes")]
    assert _told() == [(60, "sent", "")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda m, i: planning.cancel(m, by=None, tell=False), "The meeting was cancelled."),
        (
            lambda m, i: planning.cancel_one(occurrence(m), by=None, tell=False),
            "The meeting was cancelled.",
        ),
        (lambda m, i: changes.archive(m.room), "The meeting was cancelled."),
        (lambda m, i: invitees.remove(i, by=None, tell=False), "No longer invited."),
        (lambda m, i: invitees.reply(i, Reply.DECLINED), "The invitation was declined."),
        (
            lambda m, i: Invitee.objects.filter(pk=i.pk).update(wants_reminders=False),
            "Reminders were turned off.",
        ),
        (lambda m, i: invitees.change(i, email="new@example.org"), "The address was changed."),
        (
            lambda m, i: planning.change(
                m, by=None, quiet_from=dt.time(9), quiet_until=dt.time(9, 30)
            ),
            QUIET,
        ),
        (
            lambda m, i: Account.objects.update(hosting_until="2027-03-10T08:30Z"),
            "The account may not hold meetings now.",
        ),
        (lambda m, i: Occurrence.objects.all().delete(), "The meeting was moved."),
    ],
)
def test_what_changes_before_it_leaves_counts(
    change: Any, why: str, room: Room, host: User, clock: Clock
) -> None:
    meeting = meeting_at_ten(room, host, *leads(60))
    ana = invite(meeting, "Ana")
    clock.stand("2027-03-10 09:00")
    clock.sweep()
    change(meeting, ana)
    clock.deliver()
    assert _told() == [(60, "skipped", why)]


def test_what_changes_before_it_is_due_counts(room: Room, host: User, clock: Clock) -> None:
    """Nothing is written ahead, so nothing has to be taken back."""
    meeting = meeting_at_ten(room, host, *leads(60))
    ana, ben = invite(meeting, "Ana"), invite(meeting, "Ben")
    clock.to("2027-03-10 08:50")
    invitees.reply(ana, Reply.DECLINED)
    Invitee.objects.filter(pk=ben.pk).update(wants_reminders=False)
    invite(meeting, "Cat")
    clock.to("2027-03-10 08:55")
    invitees.reply(ana, Reply.ACCEPTED)
    clock.to("2027-03-10 09:00")
    got = {to for to, subject in reminded() if subject == "Budget: in 1 hour"}
    assert got == {"ana@example.org", "cat@example.org"}
    invite(meeting, "Dan")
    clock.to("2027-03-10 09:30")
    assert len(_told()) == 2, "who is invited after that is not reminded of it"


def test_lead_times_may_be_changed(room: Room, host: User, clock: Clock) -> None:
    meeting = meeting_at_ten(room, host, *leads(60))
    invite(meeting, "Ana")
    clock.to("2027-03-10 09:20")
    planning.change(meeting, by=host, reminders=leads(60, 50, 20))
    clock.to("2027-03-10 09:30")
    assert _told() == [(60, "sent", "")], "50 minutes before had passed when it was chosen"
    clock.to("2027-03-10 09:40")
    planning.change(meeting, by=host, reminders=[])
    clock.to("2027-03-10 09:59")
    assert _told() == [(60, "sent", ""), (20, "sent", "")]


def test_quiet_hours_are_each_ones_own(room: Room, host: User, clock: Clock) -> None:
    """From 22:00 to 08:00. In Madrid it is an hour later than in UTC, in Auckland thirteen."""
    quiet = {"quiet_from": dt.time(22), "quiet_until": dt.time(8)}
    meeting = plan(room, host, "2027-03-11 07:30", *leads(60), **quiet)
    meeting.invitees.update(wants_reminders=False)
    invite(meeting, "Madrid", time_zone="Europe/Madrid")  # 06:30 there is 07:30: 08:00 is in time
    invite(meeting, "London", time_zone="Europe/London")  # at 08:00 it has begun: 21:59
    invite(meeting, "Auckland", time_zone="Pacific/Auckland")  # 19:30: not quiet at all
    clock.sweep()
    assert Occurrence.objects.get().remind_at == dt.datetime(2027, 3, 10, 21, 59, tzinfo=dt.UTC)
    came = []
    for time in (
        "10 21:58",
        "10 21:59",
        "10 23:30",
        "11 06:29",
        "11 06:30",
        "11 06:59",
        "11 07:00",
    ):
        before = len(mail.outbox)
        clock.to(f"2027-03-{time}")
        came += [(time, message.to[0], message.subject) for message in mail.outbox[before:]]
    reminders = [one for one in came if "Budget: in" in one[2]]
    assert reminders == [
        ("10 21:59", "london@example.org", "Budget: in 9 hours 31 minutes"),
        ("11 06:30", "auckland@example.org", "Budget: in 1 hour"),
        ("11 07:00", "madrid@example.org", "Budget: in 30 minutes"),
    ]
    assert {row[1] for row in _told()} == {"sent"}
    assert leads_told() == [(60, True, "")]


def test_what_would_have_had_to_come_before_is_not_sent(
    room: Room, host: User, clock: Clock
) -> None:
    clock.stand("2027-03-10 23:00")
    quiet = {"quiet_from": dt.time(22), "quiet_until": dt.time(8)}
    meeting = plan(room, host, "2027-03-11 07:30", *leads(600, 60, 30), **quiet)
    clock.to("2027-03-11 06:29")
    assert _told() == [], "ten hours before had passed already"
    for time in ("06:30", "06:45", "07:00", "07:10"):
        clock.to(f"2027-03-11 {time}")
    assert _told() == [(60, "skipped", QUIET), (30, "skipped", QUIET)]
    assert meeting.invitees.count() == 1


def test_sweeps_that_come_back_in_quiet_hours_wake_nobody(
    room: Room, host: User, clock: Clock
) -> None:
    quiet = {"quiet_from": dt.time(22), "quiet_until": dt.time(8)}
    first = plan(room, host, "2027-03-11 09:00", *leads(720, 30), **quiet)
    second = plan(room, host, "2027-03-11 07:00", *leads(720), title="Early", **quiet)
    Invitee.objects.filter(meeting=first).update(email="nine@example.org")
    Invitee.objects.filter(meeting=second).update(email="seven@example.org")
    clock.to("2027-03-10 23:00")
    assert mail.outbox == []
    assert _told(invitee__meeting=second) == [(720, "skipped", QUIET)]
    clock.to("2027-03-11 08:00")
    clock.to("2027-03-11 08:30")
    assert reminded() == [
        ("nine@example.org", "Budget: in 1 hour"),
        ("nine@example.org", "Budget: in 30 minutes"),
    ]


def test_who_is_invited_later_from_elsewhere_is_reminded_in_time(
    room: Room, host: User, clock: Clock
) -> None:
    """Quiet hours begin sooner in the east: an occurrence is looked at sooner, too."""
    quiet = {"quiet_from": dt.time(22), "quiet_until": dt.time(8)}
    meeting = plan(room, host, "2027-03-11 02:00", *leads(60), **quiet)
    meeting.invitees.update(wants_reminders=False)
    clock.sweep()
    assert Occurrence.objects.get().remind_at == dt.datetime(2027, 3, 10, 21, 59, tzinfo=dt.UTC)
    kim = invite(meeting, "Kim", time_zone="Asia/Dubai")  # 01:00 is 05:00 there, quiet until 08:00
    clock.sweep()
    assert Occurrence.objects.get().remind_at == dt.datetime(2027, 3, 10, 17, 59, tzinfo=dt.UTC)
    invitees.change(kim, time_zone="Asia/Dhaka")
    clock.to("2027-03-10 15:59")
    assert ("kim@example.org", "Budget: in 10 hours 1 minute") in reminded()


def test_every_time_of_a_series_is_reminded_of(room: Room, host: User, clock: Clock) -> None:
    meeting = plan(room, host, "2027-03-10 10:00", *leads(60), rrule="FREQ=DAILY;COUNT=3")
    cancelled = Occurrence.objects.get(day=dt.date(2027, 3, 11))
    planning.cancel_one(cancelled, by=host, tell=False)
    for day in (10, 11, 12, 13):
        clock.to(f"2027-03-{day} 09:00")
    assert reminded() == [("alice@example.com", "Budget: in 1 hour")] * 2
    assert meeting.occurrences.exclude(remind_at=None).count() == 0


def test_a_lead_time_that_nobody_wants_is_marked(room: Room, host: User, clock: Clock) -> None:
    meeting_at_ten(room, host, *leads(60, channel="sms"))
    clock.to("2027-03-10 09:00")
    assert leads_told() == [(60, False, "Nobody is to be reminded.")]


def test_many_are_written_in_steps_and_a_killed_look_is_made_again(
    room: Room, host: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = meeting_at_ten(room, host, *leads(60))
    guests = [Guest(email=f"{number}@example.org") for number in range(25)]
    invitees.add(meeting, guests, by=host, tell=False)
    monkeypatch.setattr(reminder_sweep, "STEP", 10)
    real = reminder_sweep.Look.step

    def killed(look: reminder_sweep.Look) -> bool:
        if look.after:
            raise KeyboardInterrupt
        return real(look)

    monkeypatch.setattr(reminder_sweep.Look, "step", killed)
    clock.stand("2027-03-10 09:00")
    with pytest.raises(KeyboardInterrupt):
        clock.sweep()
    assert Notice.objects.filter(kind="reminder").count() == 9, "and the organizer, who wants none"
    assert not Reminder.objects.exists()
    monkeypatch.setattr(reminder_sweep.Look, "step", real)
    assert clock.sweep() == 0, "it is left alone for a minute"
    clock.stand("2027-03-10 09:01:01")
    assert clock.sweep() == 1
    assert Notice.objects.filter(kind="reminder").count() == 25
    assert leads_told() == [(60, True, "")]


def test_a_fault_in_one_does_not_stop_the_others(room: Room, host: User, clock: Clock) -> None:
    broken = meeting_at_ten(room, host, *leads(61))
    invite(meeting_at_ten(room, host, *leads(60)), "Ana")
    Invitee.objects.filter(meeting=broken).update(time_zone="Mars/Olympus", wants_reminders=True)
    clock.to("2027-03-10 09:00")
    assert ("ana@example.org", "Budget: in 1 hour") in reminded()
    Invitee.objects.filter(meeting=broken).update(time_zone="Europe/Madrid")
    clock.to("2027-03-10 09:05")
    assert _told(invitee__meeting=broken) == [(61, "sent", "")]


def test_a_sweep_is_one_query_where_nothing_is_due(room: Room, host: User, clock: Clock) -> None:
    meeting = plan(room, host, "2027-03-20 10:00", *leads(60), rrule="FREQ=DAILY;COUNT=300")
    for _sweep in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert clock.sweep() == 0
        asked = [one["sql"] for one in queries if "SELECT" in one["sql"]]
        assert len(asked) == 1
    assert meeting.occurrences.count() == 300
    if connection.vendor == "sqlite":
        looked = Occurrence.objects.filter(remind_at__lte=dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
        assert "occurrences_to_remind" in looked.order_by("remind_at").explain()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_each_once(room: Room, host: User, clock: Clock) -> None:
    meetings = [meeting_at_ten(room, host, *leads(60, 30), title=str(n)) for n in range(5)]
    for meeting in meetings:
        guests = [Guest(email=f"{number}@example.org") for number in range(20)]
        invitees.add(meeting, guests, by=host, tell=False)
    clock.stand("2027-03-10 09:31")
    at_once(clock.sweep, clock.sweep, clock.sweep)
    assert Notice.objects.filter(kind="reminder", status="pending").count() == 100
    assert Notice.objects.filter(kind="reminder", status="skipped").count() == 100
    at_once(clock.deliver, clock.deliver)
    assert Notice.objects.filter(status="sent", attempts=1).count() == 100
    assert len(mail.outbox) == 100
    assert leads_told() == [(60, False, TOOK_PLACE)] * 5 + [(30, True, "")] * 5


@pytest.mark.django_db(transaction=True)
def test_a_move_and_a_sweep_at_once_agree(room: Room, host: User, clock: Clock) -> None:
    """Whichever is first: no mail tells the old time, and the new one is not forgotten."""
    meeting = meeting_at_ten(room, host, *leads(60))
    invitees.add(meeting, [Guest(email="ana@example.org")], by=host, tell=False)
    clock.stand("2027-03-10 09:00")

    def move() -> None:
        day = dt.date(2027, 3, 10)
        planning.move(occurrence(meeting), day=day, starts=dt.time(12), by=host, tell=False)

    at_once(clock.sweep, move, clock.sweep)
    clock.to("2027-03-10 09:01")
    assert reminded() == []
    clock.to("2027-03-10 11:00")
    assert reminded() == [("ana@example.org", "Budget: in 1 hour")]


def test_reminders_are_turned_off_by_one_post(room: Room, host: User, clock: Clock) -> None:
    meeting = meeting_at_ten(room, host, *leads(60, 30))
    ana = invite(meeting, "Ana", language="ru")
    invite(meeting, "Ben")
    clock.to("2027-03-10 09:00")
    (hers,) = [message for message in mail.outbox if message.to == ["ana@example.org"]]
    url = hers.extra_headers["List-Unsubscribe"][1:-1]
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(url).content.decode()
    assert "Budget" in page
    assert 'lang="ru"' in page
    for _click in range(2):
        answer = strict.post(url, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert f"/i/{ana.token}/" in answer.content.decode(), "where they are turned on again"
    clock.to("2027-03-10 09:30")
    assert [to for to, subject in reminded()[2:]] == ["ben@example.org"]
    invitees.remove(ana, by=host)
    assert strict.get(url).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        "60",
        {},
        [60],
        [{"channel": "email"}],
        [{"channel": "pigeon", "minutes": 5}],
        [{"channel": "sms", "minutes": 0}],
        [{"channel": "sms", "minutes": 20161}],
        [{"channel": "sms", "minutes": "5"}],
        [{"channel": "sms", "minutes": True}],
        [{"channel": "sms", "minutes": 5, "more": 1}],
        leads(*range(1, 10)),
        leads(5, 5),
    ],
)
def test_lead_times_that_cannot_be_kept_are_refused(wrong: Any, room: Room, alice: User) -> None:
    with pytest.raises(ValidationError) as refused:
        reminders.check(wrong)
    assert list(refused.value.message_dict) == ["reminders"]
    with pytest.raises(ValidationError):
        plan(room, alice, "2100-01-01 10:00", reminders=wrong)


def test_lead_times_that_can_be_kept() -> None:
    reminders.check([])
    reminders.check([*leads(1, 20160), *leads(1, 20160, channel="sms")])
