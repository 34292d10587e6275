"""What invitees get: invitations, updates and cancellations, by e-mail and by SMS."""

import datetime as dt
import email
import re
from email import policy
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone, translation

from rooms import sms
from rooms.accounts.models import User
from rooms.meetings import invitees, mailings, planning
from rooms.meetings.models import Invitee, Mailing, Meeting, Occurrence, Reply
from rooms.models import Room
from rooms.notices import delivery
from rooms.notices.models import Notice
from tests.meetings.calendar_reading import event
from tests.meetings.plans import invite, plan

Status = Notice.Status


def soon() -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=60)


def send_all() -> list[Any]:
    """Write and send what is due; returns the e-mails."""
    before = len(getattr(mail, "outbox", []))
    mailings.write_due(until=soon())
    delivery.deliver_due(until=soon())
    return list(getattr(mail, "outbox", [])[before:])


def letter_to(person: Invitee) -> Any:
    """The only new e-mail to somebody, and nothing to others is looked at."""
    (found,) = [one for one in send_all() if one.to == [person.email]]
    return found


def parsed(message: Any) -> Any:
    """As a mail program gets it, from the bytes."""
    return email.message_from_bytes(message.message().as_bytes(), policy=policy.default)


def labels(message: Any) -> list[bytes]:
    """What the bytes say that the calendar part is."""
    return re.findall(rb"\nContent-Type: (text/calendar.*)\n", message.message().as_bytes())


@pytest.fixture
def sent_sms(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []

    def send(*, to: str, text: str) -> str:
        kept.append((to, text))
        return f"id-{len(kept)}"

    monkeypatch.setattr(sms, "send", send)
    return kept


def test_an_invitation_has_the_parts_that_mail_programs_look_for(
    meeting: Meeting, ana: Invitee
) -> None:
    sent = letter_to(ana)
    message = parsed(sent)
    shape = [part.get_content_type() for part in message.walk()]
    assert shape == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    assert message["From"] == "Alice via AnyRoom <noreply@localhost>"
    assert (message["To"], message["Reply-To"]) == ("ana@example.org", "alice@example.com")
    notice = Notice.objects.get(invitee=ana)
    assert message["Message-ID"] == f"<{notice.pk}@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"].startswith("Invitation: Budget, ")
    calendar, attached = list(message.walk())[4:]
    assert labels(sent) == [b"text/calendar; method=REQUEST; charset=UTF-8"]
    assert attached.get_filename() == "invite.ics"
    text = calendar.get_payload(decode=True)
    assert text.replace(b"\r\n", b"\n") == attached.get_content().replace(b"\r\n", b"\n")
    assert b"\r\n" in attached.get_content()
    assert event(attached.get_content().decode()).attendee.value == "mailto:ana@example.org"
    assert (notice.status, notice.subject) == (Status.SENT, message["Subject"])
    assert "BEGIN:VCALENDAR" not in notice.text


def test_the_plain_text_is_enough(meeting: Meeting, ana: Invitee) -> None:
    """When, how, the code and the links, without a trace of HTML; in Ana's zone first."""
    Room.objects.update(personal_pins=True, opens_before=10)
    text = letter_to(ana).body
    code = meeting.room.access_code or ""
    there = Occurrence.objects.get().starts_at.astimezone(invitees_zone(ana))
    page = f"http://localhost:8000/i/{ana.token}/"
    for told in (
        "Alice invites you to “Budget”, a meeting by phone.",
        f"{there:%H:%M}–{there + dt.timedelta(minutes=45):%H:%M}, Madrid time",
        f"{there:%A}, {there.day} {there:%B} {there.year}",
        "Planned for ",
        "Dial +34 915 55 01 00",
        f"Then key {code[:3]} {code[3:]} #",
        f"Then key your PIN {ana.pin[:3]} {ana.pin[3:]} #",
        f"+34915550100,,{code}#,,{ana.pin}#",
        "+1 555 0100",
        "The room opens 10 minutes before the start.",
        f"\n{page}\n",
        f"Accept: {page}reply/accepted/",
        f"Decline: {page}reply/declined/",
        "Read <b>all</b> of it: https://example.org/plan",
    ):
        assert told in text
    for trace in ("&", "style=", "{%", "{{", "</", "\n\n\n"):
        assert trace not in text.replace("</b>", "")


def invitees_zone(invitee: Invitee) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(invitee.zone_name)


def test_the_html_says_the_same_and_loads_nothing(meeting: Meeting, ana: Invitee) -> None:
    html = parsed(letter_to(ana)).get_body(("html",)).get_content()
    page = f"http://localhost:8000/i/{ana.token}/"
    for told in (
        "+34 915 55 01 00",
        f'href="tel:+34915550100,,{meeting.room.access_code}#"',
        f'href="{page}"',
        f'href="{page}reply/accepted/"',
        f'href="{page}reply/declined/"',
        "Read &lt;b&gt;all&lt;/b&gt; of it",
        "prefers-color-scheme: dark",
    ):
        assert told in html
    for remote in ("<img", "url(", "<link", "<script", "@import", "src="):
        assert remote not in html
    assert len(html) < 90_000, "Gmail cuts longer ones"


def test_a_series_tells_its_rule_and_the_next_times(room: Room, alice: User) -> None:
    meeting = plan(room, alice, hours=30, rrule="FREQ=WEEKLY;COUNT=9")
    ana = invite(meeting, "Ana")
    message = letter_to(ana)
    assert ", from " in message.subject
    assert ", 9 times" in message.body
    coming = [row.starts_at for row in Occurrence.objects.order_by("starts_at")]
    listed = message.body.partition("The next times:\n")[2]
    assert [f"{at.day} {at:%B %Y, %H:%M}–" in listed for at in coming] == [
        False, *[True] * 5, *[False] * 3
    ]  # fmt: skip


def test_an_update_tells_the_newest_and_its_calendar_matches(
    meeting: Meeting, ana: Invitee
) -> None:
    first = letter_to(ana)
    planning.change(meeting, by=None, title="Budget, really")
    second = letter_to(ana)
    assert second.subject.startswith("Updated: Budget, really, ")
    assert "“Budget, really” has changed." in second.body
    one, two = (event(message.alternatives[1][0]) for message in (first, second))
    assert one.uid.value == two.uid.value
    assert int(two.sequence.value) > int(one.sequence.value)


def test_who_has_had_no_invitation_gets_one_instead_of_an_update(
    meeting: Meeting, ana: Invitee
) -> None:
    """It was written and not sent, or not even written, when the meeting was changed."""
    planning.change(meeting, by=None, title="Budget, really")
    message = letter_to(ana)
    assert message.subject.startswith("Invitation: Budget, really, ")
    assert send_all() == []


def test_one_time_that_was_moved_and_one_that_was_cancelled(room: Room, alice: User) -> None:
    meeting = plan(room, alice, hours=30, rrule="FREQ=WEEKLY;COUNT=9", time_zone="Europe/London")
    ana = invite(meeting, "Ana", time_zone="Asia/Kolkata")
    send_all()
    second, third = Occurrence.objects.order_by("starts_at")[1:3]
    was = second.starts_at.astimezone(invitees_zone(ana))
    planning.move(second, day=second.day, starts=dt.time(23, 45), by=None)
    message = letter_to(ana)
    assert "This one time of “Budget” was moved. The others stay." in message.body
    told = f"Instead of {was:%A}, {was.day} {was:%B %Y, %H:%M}."
    assert told in message.body
    assert told in message.alternatives[0][0]
    moved = event(message.alternatives[1][0])
    assert moved.recurrence_id.value == second.starts_at
    planning.cancel_one(third, by=None)
    message = letter_to(ana)
    assert message.subject.startswith("Cancelled: Budget, ")
    assert "The others take place." in message.body
    assert room.access_code not in message.body
    label = parsed(message).get_body(("html",))
    assert "Accept" not in label.get_content()
    assert labels(message) == [b"text/calendar; method=CANCEL; charset=UTF-8"]
    assert event(message.alternatives[1][0]).recurrence_id.value == third.starts_at


def test_a_cancelled_meeting(meeting: Meeting, ana: Invitee) -> None:
    send_all()
    planning.cancel(meeting, by=None)
    message = letter_to(ana)
    assert message.subject.startswith("Cancelled: Budget, ")
    assert "“Budget” was cancelled. It does not take place." in message.body
    found = event(message.alternatives[1][0])
    assert (found.status.value, found.sequence.value) == ("CANCELLED", "1")


def test_who_is_taken_off_is_told_and_loses_it_from_the_calendar(
    meeting: Meeting, ana: Invitee
) -> None:
    send_all()
    invitees.remove(ana, by=None)
    message = letter_to(ana)
    assert message.subject == "You are no longer invited: Budget"
    assert "METHOD:CANCEL" in message.alternatives[1][0]


def test_what_is_of_no_use_any_more_is_skipped_with_the_reason(
    meeting: Meeting, alice: User
) -> None:
    people = [invite(meeting, name) for name in ("Ana", "Ben", "Cid")]
    mailings.write_due(until=soon())
    invitees.remove(people[0], by=None)
    Invitee.objects.filter(pk=people[1].pk).update(email="")
    assert {message.to[0] for message in send_all()} == {"alice@example.com", "cid@example.org"}
    reasons = dict(Notice.objects.filter(status=Status.SKIPPED).values_list("invitee", "error"))
    assert reasons[people[1].pk] == "There is no address to send it to."
    assert set(Notice.objects.filter(invitee=people[0]).values_list("status", "error")) == {
        (Status.SKIPPED, "Taken off the list meanwhile."),
        (Status.SKIPPED, "There was no invitation to take back."),
    }
    late = invite(meeting, "Dan")
    mailings.write_due(until=soon())
    Occurrence.objects.update(ends_at=timezone.now())
    assert send_all() == []
    assert Notice.objects.get(invitee=late).error == "The meeting is over."


def test_somebody_who_is_put_back_keeps_the_meeting(meeting: Meeting, ana: Invitee) -> None:
    """The cancellation may be sent after the new invitation."""
    send_all()
    invitees.remove(ana, by=None)
    back = invite(meeting, "Ana")
    message = letter_to(back)
    assert message.subject.startswith("Invitation: ")
    assert Notice.objects.get(kind="cancellation").error == "The invitation holds."


def test_the_newest_address_counts(meeting: Meeting, ana: Invitee) -> None:
    mailings.write_due(until=soon())
    invitees.change(ana, email="ana@new.example")
    message = letter_to(Invitee.objects.get(pk=ana.pk))
    assert event(message.alternatives[1][0]).attendee.value == "mailto:ana@new.example"
    assert Notice.objects.get(invitee=ana).address == "ana@new.example"


def test_a_retry_after_the_meeting_was_cancelled_is_not_sent(
    meeting: Meeting, ana: Invitee
) -> None:
    mailings.write_due(until=soon())
    Notice.objects.filter(invitee=ana).update(due_at=timezone.now() + dt.timedelta(hours=1))
    send_all()
    planning.cancel(meeting, by=None)
    Notice.objects.update(due_at=timezone.now())
    assert all(message.to != [ana.email] for message in send_all())
    assert set(Notice.objects.filter(invitee=ana).values_list("status", flat=True)) == {"skipped"}


def test_the_organizer_gets_it_from_the_service(meeting: Meeting, alice: User) -> None:
    mailings.start(meeting, Mailing.Kind.INVITATION, by=alice)
    (message,) = send_all()
    assert message.to == ["alice@example.com"]
    assert message.from_email == "AnyRoom <noreply@localhost>"
    assert message.reply_to == []
    assert "You planned “Budget”" in message.body
    assert "Accept" not in message.body
    assert event(message.alternatives[1][0]).organizer.value == "mailto:noreply@localhost"


def test_in_russian(meeting: Meeting) -> None:
    ivan = invite(meeting, "Ivan", language="ru", time_zone="Europe/Moscow")
    Meeting.objects.update(title="План на год")
    message = letter_to(ivan)
    with translation.override("ru"):
        invitation = translation.gettext("Invitation: %(title)s, %(when)s")
        expected = [translation.gettext("Will you be there?"), translation.gettext("Agenda:")]
    assert message.subject.startswith(invitation.partition(":")[0])
    assert all(text in message.body for text in expected)
    assert "+7 495 555-01-00" in message.body
    there = Occurrence.objects.get().starts_at.astimezone(invitees_zone(ivan))
    assert f"{there:%H:%M}" in message.body
    assert not any(month in message.body for month in ("January", "June", "November", "December"))
    assert b"\xd0\x9f\xd0\xbb\xd0\xb0\xd0\xbd" in message.message().as_bytes()
    assert '<html lang="ru">' in message.alternatives[0][0]


INJECTED = "Bob\r\nBcc: victim@example.com\r\n\r\n<script>x</script>"


def test_names_cannot_add_headers_or_markup(meeting: Meeting, ana: Invitee) -> None:
    name = f'{INJECTED} "; ,: Ж' + "щ" * 20
    User.objects.update(name=name)
    Meeting.objects.update(title=name[:150], agenda="<img src=x onerror=alert(1)>")
    Invitee.objects.filter(pk=ana.pk).update(name=name)
    message = parsed(letter_to(ana))
    assert message["Bcc"] is None
    assert message["To"] == "ana@example.org"
    (sender,) = message["From"].addresses
    assert sender.addr_spec == "noreply@localhost"
    assert sender.display_name.startswith("Bob Bcc: victim@example.com <script>")
    assert sender.display_name.endswith("via AnyRoom")
    assert "\n" not in message["Subject"]
    html = message.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "<img" not in html
    for line in letter_headers(message):
        assert len(line) <= 998


def letter_headers(message: Any) -> list[bytes]:
    return bytes(message).partition(b"\n\n")[0].splitlines()


def test_an_sms_tells_the_same_shortly(
    meeting: Meeting, ana: Invitee, alice: User, sent_sms: list[tuple[str, str]]
) -> None:
    Room.objects.update(personal_pins=True)
    mailings.start(meeting, Mailing.Kind.INVITATION, by=alice, channel=Mailing.Channel.SMS)
    send_all()
    ((to, text),) = sent_sms
    code = meeting.room.access_code
    there = Occurrence.objects.get().starts_at.astimezone(invitees_zone(ana))
    assert to == "+34600123456"
    assert text == (
        f'Alice invites you: "Budget", {there.day} {there:%B, %H:%M} (Madrid). '
        f"Dial +34915550100, code {code}#, PIN {ana.pin}#. http://localhost:8000/i/{ana.token}/"
    )
    assert text.isascii()
    notice = Notice.objects.get(channel="sms")
    assert (notice.carrier_id, notice.text) == ("id-1", text)


def test_who_has_a_phone_alone_hears_of_changes_by_sms(
    meeting: Meeting, alice: User, sent_sms: list[tuple[str, str]]
) -> None:
    known = invitees.Guest(name="Dan", phone="+34600111222")
    unknown = invitees.Guest(name="Eve", phone="+34600111333")
    (dan,) = invitees.add(meeting, [known], by=None).new
    one = Mailing.Audience.ONE
    sms_alone = Mailing.Channel.SMS
    mailings.start(meeting, "invitation", by=alice, audience=one, invitee=dan, channel=sms_alone)
    send_all()
    invitees.add(meeting, [unknown], by=None)
    planning.change(meeting, by=alice, title="Budget, new")
    send_all()
    planning.cancel(meeting, by=alice)
    send_all()
    assert {to for to, _text in sent_sms} == {dan.phone}
    starts = [text.partition(",")[0] for _to, text in sent_sms]
    assert starts == ['Alice invites you: "Budget"', 'Changed: "Budget', 'Cancelled: "Budget']


def test_a_reply_stays_in_what_is_sent_later(meeting: Meeting, ana: Invitee) -> None:
    send_all()
    invitees.reply(ana, Reply.ACCEPTED)
    planning.change(meeting, by=None, title="Budget, new")
    found = event(letter_to(ana).alternatives[1][0])
    assert found.attendee.params["PARTSTAT"] == ["ACCEPTED"]


def test_a_letter_costs_few_statements(
    room: Room, alice: User, django_assert_max_num_queries: Any
) -> None:
    """However many people, numbers and times there are."""
    meeting = plan(room, alice, hours=30, rrule="FREQ=DAILY")
    invite(meeting, "Ana")
    mailings.write_due(until=soon())
    notice = delivery.claim_next(timezone.now())
    assert notice
    with django_assert_max_num_queries(12):
        delivery.deliver(notice)
