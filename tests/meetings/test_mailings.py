"""Writing to all invitees: nobody gets two and nobody is lost, whatever happens meanwhile."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from rooms.accounts.models import Account, Membership, User
from rooms.ids import new_id
from rooms.meetings import invitees, mailings, planning, progress
from rooms.meetings.invitees import Guest
from rooms.meetings.models import Invitee, Mailing, Meeting
from rooms.models import Room
from rooms.notices import delivery
from rooms.notices.models import Notice
from tests.at_once import at_once
from tests.meetings.plans import invite, plan

Status = Notice.Status
Audience = Mailing.Audience
SECOND = dt.timedelta(seconds=1)


def soon() -> dt.datetime:
    return timezone.now() + 60 * SECOND


def invitees_of(meeting: Meeting, count: int, **fields: Any) -> list[Invitee]:
    """Many, without their invitation."""
    guests = [invitees.Guest(email=f"{new_id('x')}@example.org", **fields) for _n in range(count)]
    return invitees.add(meeting, guests, by=None, tell=False).new


def start(meeting: Meeting, kind: str = "invitation", **fields: Any) -> Mailing:
    return mailings.start(meeting, kind, by=None, **fields)


def deliver() -> Counter[str]:
    """Send what is due; returns how many each address got by this."""
    before = len(getattr(mail, "outbox", []))
    delivery.deliver_due(until=soon())
    return Counter(message.to[0] for message in getattr(mail, "outbox", [])[before:])


def everybody(meeting: Meeting) -> set[str]:
    return set(meeting.invitees.exclude(email="").values_list("email", flat=True))


def statuses(mailing: Mailing) -> Counter[str]:
    return Counter(Notice.objects.filter(mailing=mailing).values_list("status", flat=True))


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailings, "STEP", 3)


@pytest.fixture
def meeting(room: Room, alice: User) -> Meeting:
    return plan(room, alice, hours=30, rrule="FREQ=WEEKLY")


def test_everybody_gets_one(meeting: Meeting, small_steps: None) -> None:
    invitees_of(meeting, 10)
    mailing = start(meeting)
    assert mailings.write_due(until=soon()) == 11
    mailing.refresh_from_db()
    assert mailing.finished_at
    assert deliver() == dict.fromkeys(everybody(meeting), 1)
    assert mailings.write_due(until=soon()) == 0
    assert not meeting.invitees.filter(invited_at=None).exists()


def test_time_runs_out_and_the_next_goes_on(meeting: Meeting, small_steps: None) -> None:
    invitees_of(meeting, 10)
    start(meeting)
    while mailings.write_due(until=timezone.now() + 0.001 * SECOND):
        pass
    mailings.write_due(until=soon())
    assert deliver() == dict.fromkeys(everybody(meeting), 1)


@pytest.mark.parametrize("table", ["notices_notice", "meetings_mailing"])
def test_a_worker_that_is_killed_within_a_step_leaves_nothing_half_written(
    meeting: Meeting, small_steps: None, table: str
) -> None:
    """Killed after the notices were written, or after the mailing was: the step is undone."""
    from django.db import connection, transaction

    invitees_of(meeting, 10)
    mailing = start(meeting)
    assert mailings._write_step() == 3

    class Killed(Exception):
        pass

    def kill(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if sql.startswith(("INSERT", "UPDATE")) and f'"{table}"' in sql:
            raise Killed
        return answer

    with pytest.raises(Killed), connection.execute_wrapper(kill), transaction.atomic():
        mailings._write_step()
    assert statuses(mailing) == {Status.PENDING: 3}
    assert meeting.invitees.exclude(invited_at=None).count() == 3
    mailings.write_due(until=soon())
    assert deliver() == dict.fromkeys(everybody(meeting), 1)


def test_pressed_twice_it_is_sent_once(meeting: Meeting, small_steps: None) -> None:
    people = invitees_of(meeting, 4)
    assert start(meeting) == start(meeting)
    resent = start(meeting, audience=Audience.ONE, invitee=people[0])
    assert start(meeting, audience=Audience.ONE, invitee=people[0]) == resent
    assert start(meeting, audience=Audience.ONE, invitee=people[1]) != resent
    mailings.write_due(until=soon())
    got = deliver()
    assert got == {**dict.fromkeys(everybody(meeting), 1), people[0].email: 2, people[1].email: 2}


def test_those_not_invited_yet(meeting: Meeting) -> None:
    """After a mailing to all, and beside it: who is new gets one, the others no second."""
    early = invitees_of(meeting, 3)
    start(meeting)
    late = [invite(meeting, "Late"), invite(meeting, "Later")]
    assert Mailing.objects.filter(audience=Audience.NEW).count() == 2
    mailings.write_due(until=soon())
    assert deliver() == dict.fromkeys(everybody(meeting), 1)
    assert {one.email for one in early + late} < everybody(meeting)
    start(meeting, audience=Audience.NEW)
    mailings.write_due(until=soon())
    assert deliver() == {}


def test_a_change_while_invitations_are_on_their_way(meeting: Meeting, small_steps: None) -> None:
    """Sent, written, and not even written: all get the newest, and none more than that."""
    invitees_of(meeting, 9)
    first = start(meeting, audience=Audience.NEW)
    assert mailings._write_step() == 3
    sent = deliver()
    assert sent.total() == 3
    assert mailings._write_step() == 3
    planning.change(meeting, by=None, title="New title")
    first.refresh_from_db()
    assert first.stopped_why == "A newer message took its place."
    mailings.write_due(until=soon())
    assert deliver() == dict.fromkeys(everybody(meeting), 1)
    subjects = {message.to[0]: message.subject for message in mail.outbox[3:]}
    for address, subject in subjects.items():
        assert subject.startswith("Updated: New title" if address in sent else "Invitation: New")


def test_whom_nobody_wanted_to_tell_hears_of_no_update(meeting: Meeting) -> None:
    quiet = invitees_of(meeting, 2)
    invite(meeting, "Ana")
    mailings.write_due(until=soon())
    Invitee.objects.filter(pk__in=[one.pk for one in quiet]).update(invited_at=None)
    Notice.objects.filter(invitee__in=quiet).delete()
    deliver()
    planning.change(meeting, by=None, title="New")
    mailings.write_due(until=soon())
    assert not {one.email for one in quiet} & set(deliver())


def test_stopped_in_the_middle_and_then_the_rest(meeting: Meeting, small_steps: None) -> None:
    """What was not sent is not sent; who was held back is not invited, until it goes on."""
    invitees_of(meeting, 9)
    mailing = start(meeting, audience=Audience.NEW)
    mailings._write_step()
    got = deliver()
    mailings._write_step()
    in_hand = delivery.claim_next(timezone.now())
    assert in_hand
    mailings.stop(mailing)
    delivery.deliver(in_hand)
    assert mailings.write_due(until=soon()) == 0
    assert deliver() == {}
    assert statuses(mailing) == {Status.SENT: 3, Status.SKIPPED: 3}
    invited = meeting.invitees.exclude(invited_at=None)
    assert set(invited.values_list("email", flat=True)) == set(got)
    planning.change(meeting, by=None, title="New")
    mailings.write_due(until=soon())
    assert deliver() == got, "an update is for those who had an invitation"
    start(meeting, audience=Audience.NEW)
    mailings.write_due(until=soon())
    assert deliver() == dict.fromkeys(everybody(meeting) - set(got), 1)


def test_stopped_and_resumed(meeting: Meeting, small_steps: None) -> None:
    invitees_of(meeting, 9)
    mailing = start(meeting)
    mailings._write_step()
    got = deliver()
    mailings._write_step()
    mailings.stop(mailing)
    assert progress.resume(mailing)
    late = invite(meeting, "Late")
    mailings.write_due(until=soon())
    assert got + deliver() == dict.fromkeys(everybody(meeting), 1)
    assert late.email in everybody(meeting)
    assert not meeting.invitees.filter(invited_at=None).exists()


def test_taken_off_in_between(meeting: Meeting, small_steps: None) -> None:
    people = invitees_of(meeting, 9)
    start(meeting)
    mailings._write_step()
    for person in (people[0], people[-1]):  # one is written already, one is not
        invitees.remove(person, by=None)
    mailings.write_due(until=soon())
    gone = {people[0].email, people[-1].email}
    assert deliver() == dict.fromkeys(everybody(meeting) - gone, 1)


def test_who_has_a_phone_alone_is_told_by_sms(meeting: Meeting) -> None:
    ana = invitees.add(meeting, [Guest(name="Ana", phone="+34600123456")], by=None, tell=False)
    (person,) = ana.new
    mailings.resend(person, "sms", by=None)
    mailings.write_due(until=soon())
    Notice.objects.update(status=Notice.Status.SENT)
    person.refresh_from_db()
    invitees.remove(person, by=None)
    mailings.write_due(until=soon())
    told = Notice.objects.get(kind=Notice.Kind.CANCELLATION)
    assert (told.channel, told.address) == ("sms", "+34600123456")


def test_an_invitation_needs_an_address(meeting: Meeting) -> None:
    guest = Guest(name="Ana", phone="+34600123456")
    person = invitees.add(meeting, [guest], by=None, tell=False).new[0]
    with pytest.raises(ValidationError) as refused:
        mailings.resend(person, "email", by=None)
    assert list(refused.value.error_dict) == ["channel"]
    assert not Mailing.objects.exists()


def test_cancelled_in_the_middle(meeting: Meeting, small_steps: None) -> None:
    """Only those who have had an invitation are told that it is off."""
    invitees_of(meeting, 9)
    start(meeting)
    mailings._write_step()
    got = deliver()
    mailings._write_step()
    planning.cancel(meeting, by=None)
    mailings.write_due(until=soon())
    assert deliver() == got
    assert all(message.subject.startswith("Cancelled: ") for message in mail.outbox[-3:])


def test_one_fault_does_not_stop_the_others(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rooms.meetings import letters

    people = invitees_of(meeting, 3)
    real = letters._content

    def stumble(notice: Notice, letter: Any) -> Any:
        if letter.invitee.pk == people[1].pk:
            raise ZeroDivisionError
        return real(notice, letter)

    monkeypatch.setattr(letters, "_content", stumble)
    mailing = start(meeting)
    mailings.write_due(until=soon())
    assert deliver().total() == 3
    assert statuses(mailing) == {Status.SENT: 3, Status.PENDING: 1}
    monkeypatch.undo()
    Notice.objects.update(due_at=timezone.now())
    assert deliver() == {people[1].email: 1}


def test_the_web_process_nudges_a_worker(
    meeting: Meeting, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rooms.meetings import tasks

    asked: list[str] = []
    monkeypatch.setattr(tasks.write_mailings, "delay", lambda: asked.append("write"))
    with django_capture_on_commit_callbacks(execute=True):
        start(meeting)
    assert asked == ["write"]
    monkeypatch.setattr(tasks.outbox.sweep, "delay", lambda: asked.append("send"))
    assert tasks.write_mailings() == 1
    assert tasks.write_mailings() == 0
    assert asked == ["write", "send"]


@pytest.mark.django_db(transaction=True)
def test_started_twice_and_written_by_four_workers_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from rooms import changes

    monkeypatch.setattr(mailings, "STEP", 5)
    monkeypatch.setattr(mailings, "_nudge", lambda: None)
    account = Account.objects.create(name="Acme")
    alice = User.objects.create_user("alice@example.com", name="Alice")
    Membership.objects.create(account=account, user=alice)
    meeting = plan(changes.make(account, name="Standup"), alice, hours=30)
    invitees_of(meeting, 40)
    started = at_once(lambda: start(meeting), lambda: start(meeting))
    assert len({one.pk for one in started}) == 1
    invitees_of(meeting, 10)
    at_once(*[lambda: start(meeting, audience=Audience.NEW)] * 2)
    at_once(*[lambda: mailings.write_due(until=soon())] * 4)
    at_once(*[lambda: delivery.deliver_due(until=soon())] * 4)
    got = Counter(message.to[0] for message in mail.outbox)
    assert got == dict.fromkeys(everybody(meeting), 1)
    assert set(Notice.objects.values_list("status", "attempts")) == {(Status.SENT, 1)}


def test_five_thousand(room: Room, alice: User, django_assert_max_num_queries: Any) -> None:
    """They are written down at once, and written to in steps that are few."""
    meeting = plan(room, alice, hours=30)
    guests = [invitees.Guest(email=f"p{n}@example.org") for n in range(4999)]
    invitees.add(meeting, guests, by=None)
    with django_assert_max_num_queries(12 * (5000 // mailings.STEP + 2)):
        assert mailings.write_due(until=soon()) == 5000  # the organizer too
    assert Notice.objects.filter(status=Status.PENDING).values("invitee").distinct().count() == 5000
