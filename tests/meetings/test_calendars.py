"""Invitations as calendars read them: by vobject and, in a browser, by ical.js."""

import datetime as dt
import itertools
from typing import Any

import pytest
from django.utils import timezone, translation

from rooms.accounts.models import User
from rooms.meetings import calendars, invitees, occurrences, planning, times
from rooms.meetings.models import Invitee, Meeting, Occurrence, Reply
from rooms.models import PhoneNumber, Room
from tests.chromium import find_chromium
from tests.meetings.calendar_reading import (
    by_vobject,
    event,
    ical_js,
    moment,
    starts_by_vobject,
)
from tests.meetings.plans import invite, plan

DAYS = 380
browser = pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found")
# Southern ones, odd offsets, changes on days that no "last Sunday" tells, and Morocco's, which
# follow the moon.
ZONES = (
    *("Europe/Madrid", "America/New_York", "America/St_Johns", "America/Santiago"),
    *("Africa/Casablanca", "Africa/Cairo", "America/Nuuk", "Asia/Jerusalem", "Asia/Kathmandu"),
    *("Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham"),
    *("Antarctica/Troll", "Europe/Dublin", "UTC"),
)


def weekly(room: Room, alice: User, **fields: Any) -> Meeting:
    return plan(room, alice, hours=30, rrule="FREQ=WEEKLY", time_zone="Europe/Madrid", **fields)


def lines(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_an_invitation_tells_its_invitee_how_to_join(meeting: Meeting, ana: Invitee) -> None:
    invite(meeting, "Ben")
    text = calendars.request(meeting, ana)
    found = event(text)
    code = meeting.room.access_code
    call = f"CONFERENCE;FEATURE=PHONE;LABEL=Standup;VALUE=URI:tel:+34915550100,,{code}%23"
    assert call in lines(text)
    assert found.uid.value == meeting.uid
    assert found.summary.value == "Budget"
    assert found.dtstart.value == Occurrence.objects.get().starts_at
    assert found.dtend.value - found.dtstart.value == dt.timedelta(minutes=45)
    assert found.location.value == f"+34915550100,,{code}#"
    page = f"http://localhost:8000/i/{ana.token}/"
    assert found.url.value == page
    for told in ("+34 915 55 01 00", "+1 555 0100", page, "Read <b>all</b> of it"):
        assert told in found.description.value
    assert found.organizer.value == "mailto:alice@example.com"
    assert found.organizer.params["SENT-BY"] == ["mailto:noreply@localhost"]
    (attendee,) = found.attendee_list
    assert attendee.value == "mailto:ana@example.org"
    wanted = {"CN": "Ana", "RSVP": "TRUE", "PARTSTAT": "NEEDS-ACTION", "ROLE": "REQ-PARTICIPANT"}
    assert {name: attendee.params[name][0] for name in wanted} == wanted
    assert found.valarm.trigger.value == dt.timedelta(minutes=-10)
    assert found.status.value == "CONFIRMED"
    assert "CLASS:PUBLIC" in lines(text)
    assert (found.sequence.value, found.transp.value) == ("0", "OPAQUE")


def test_who_replied_keeps_the_reply_and_the_organizer_is_invited_by_the_service(
    meeting: Meeting, ana: Invitee
) -> None:
    invitees.reply(ana, Reply.DECLINED)
    assert event(calendars.request(meeting, ana)).attendee.params["PARTSTAT"] == ["DECLINED"]
    organizer = meeting.invitees.get(is_organizer=True)
    found = event(calendars.request(meeting, organizer))
    assert found.organizer.value == "mailto:noreply@localhost"
    assert found.attendee.value == "mailto:alice@example.com"
    assert found.attendee.params["PARTSTAT"] == ["ACCEPTED"]


def test_personal_pins_are_keyed_by_the_one_tap_line_and_kept_private(
    meeting: Meeting, ana: Invitee
) -> None:
    Room.objects.update(personal_pins=True)
    meeting.room.refresh_from_db()
    text = calendars.request(meeting, ana)
    found = event(text)
    assert found.location.value.endswith(f",,{meeting.room.access_code}#,,{ana.pin}#")
    assert "CLASS:PRIVATE" in lines(text)
    shown = f"{ana.pin[:3]} {ana.pin[3:]}"
    assert f"your PIN {shown} #" in found.description.value


def test_without_a_number_or_an_invitee(room: Room, alice: User) -> None:
    meeting = plan(room, alice)
    text = calendars.request(meeting, None)
    assert "METHOD:PUBLISH" in lines(text)
    found = event(text)
    assert found.location.value == found.url.value
    assert room.public_token in found.url.value
    assert not hasattr(found, "attendee")
    by_phone = invitees.add(meeting, [invitees.Guest(phone="+34600111222")], by=None).new[0]
    assert "METHOD:PUBLISH" in lines(calendars.request(meeting, by_phone))


def test_updates_and_cancellations_match_by_uid_and_rise(room: Room, alice: User) -> None:
    """Two libraries agree on what each message is about."""
    meeting = weekly(room, alice)
    ana = invite(meeting, "Ana")
    rows = list(Occurrence.objects.order_by("starts_at")[:4])
    texts = [calendars.request(meeting, ana)]
    meeting = planning.change(meeting, by=alice, title="Budget, new")
    texts.append(calendars.request(meeting, ana))
    elsewhen = dt.time(23, 15)
    moved = planning.move(rows[1], day=rows[1].day, starts=elsewhen, by=alice)
    texts.append(calendars.request(moved.meeting, ana, moved))
    gone = planning.cancel_one(rows[2], by=alice)
    texts.append(calendars.cancel(gone.meeting, ana, gone))
    texts.append(calendars.request(gone.meeting, ana))
    meeting = planning.cancel(meeting, by=alice)
    texts.append(calendars.cancel(meeting, ana))

    read = [by_vobject(text) for text in texts]
    methods = ["REQUEST", "REQUEST", "REQUEST", "CANCEL", "REQUEST", "CANCEL"]
    assert [one.method.value for one in read] == methods
    events = [one.vevent_list for one in read]
    assert {one.uid.value for found in events for one in found} == {meeting.uid}
    assert [int(found[0].sequence.value) for found in events] == [0, 1, 2, 3, 3, 4]
    assert [len(found) for found in events] == [1, 1, 1, 1, 2, 1]
    (update,), (cancellation,) = events[2], events[3]
    assert update.recurrence_id.value == rows[1].starts_at
    assert update.dtstart.value == moved.starts_at != rows[1].starts_at
    assert not hasattr(update, "rrule")
    assert cancellation.recurrence_id.value == rows[2].starts_at
    assert cancellation.status.value == events[5][0].status.value == "CANCELLED"
    assert not hasattr(events[5][0], "recurrence_id")
    assert rows[2].starts_at in events[4][0].exdate.value

    if find_chromium():
        with ical_js() as by_ical_js:
            again = by_ical_js(*texts, most=3)
        assert [one["method"] for one in again] == methods
        assert {e["uid"] for one in again for e in one["events"]} == {meeting.uid}
        assert [one["events"][0]["sequence"] for one in again] == [0, 1, 2, 3, 3, 4]
        assert moment(again[2]["events"][0]["recurrence"]) == rows[1].starts_at
        assert moment(again[3]["events"][0]["recurrence"]) == rows[2].starts_at
        # Without the third, and the second where it was moved to.
        expected = [rows[0].starts_at, moved.starts_at, rows[3].starts_at]
        assert [moment(starts) for starts, _ends in again[4]["times"]] == expected


def test_a_single_meeting_that_is_moved_has_no_recurrence(room: Room, alice: User) -> None:
    meeting = plan(room, alice, hours=30)
    ana = invite(meeting, "Ana")
    row = Occurrence.objects.get()
    moved = planning.move(row, day=row.day, starts=dt.time(23, 59), by=alice)
    for text in (
        calendars.request(moved.meeting, ana, moved),
        calendars.request(moved.meeting, ana),
    ):
        found = event(text)
        assert found.dtstart.value == moved.starts_at
        assert not hasattr(found, "recurrence_id")
    planning.cancel_one(moved, by=alice)
    assert event(calendars.cancel(moved.meeting, ana, moved)).dtstart.value == moved.starts_at


@pytest.mark.browser
@browser
def test_the_file_gives_the_same_moments_as_ours_in_every_zone(room: Room, alice: User) -> None:
    """Every day of more than a year, by the zone and the rule that stand in the file.

    At 9:30, and at hours around which clocks are changed. Where they are, a time that is skipped or
    comes twice is read in as many ways as there are libraries; those are left out.
    """
    first = timezone.now().date() + dt.timedelta(days=3)
    cases = []
    for zone, starts in itertools.product(ZONES, (dt.time(2, 30), dt.time(9, 30), dt.time(23, 45))):
        meeting = Meeting.objects.create(
            room=room,
            organizer=alice,
            title="Daily",
            first_day=first,
            starts=starts,
            time_zone=zone,
            minutes=90,
            rrule="FREQ=DAILY",
        )
        cases.append((meeting, calendars.request(meeting, None)))
    with ical_js() as by_ical_js:
        answers = by_ical_js(*(text for _meeting, text in cases), most=DAYS)
    changed, left_out = set(), 0
    for (meeting, text), answer in zip(cases, answers, strict=True):
        rows = [Occurrence(meeting=meeting, day=first + dt.timedelta(n)) for n in range(DAYS)]
        for row in rows:
            occurrences.place(row)
        clear = [n for n, row in enumerate(rows) if not unclear(row)]
        left_out += DAYS - len(clear)
        ours = [rows[n].starts_at for n in clear]
        theirs = [moment(starts) for starts, _ends in answer["times"]]
        assert [theirs[n] for n in clear] == ours, (meeting.time_zone, meeting.starts)
        also = starts_by_vobject(text, DAYS)
        assert [also[n] for n in clear] == ours, (meeting.time_zone, meeting.starts)
        if meeting.starts.hour == 9:
            assert {ends - starts for starts, ends in answer["times"]} == {90 * 60_000}
        if len({row.local_start.utcoffset() for row in rows}) > 1:
            changed.add(meeting.time_zone)
    assert changed == set(ZONES) - {"UTC", "Asia/Kathmandu"}
    assert left_out < 2 * len(cases)


def unclear(row: Occurrence) -> bool:
    """Whether clocks are changed over the start."""
    start = (row.day, row.meeting.starts, row.meeting.time_zone)
    return times.skipped(*start) or times.twice(*start)


def test_zones_are_told_shortly(room: Room, alice: User) -> None:
    """By one rule for each change where there is one."""

    def told(zone: str, **fields: Any) -> list[str]:
        meeting = plan(room, alice, hours=30, time_zone=zone, **fields)
        return lines(calendars.request(meeting, None))

    madrid = told("Europe/Madrid", rrule="FREQ=WEEKLY")
    assert [line for line in madrid if "YEARLY" in line] == [
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    ]
    assert "TZID:Europe/Madrid" in madrid
    assert "BEGIN:VTIMEZONE" not in told("UTC")
    assert told("Asia/Kathmandu").count("BEGIN:STANDARD") == 1
    once, forever = (told("Africa/Casablanca", **f) for f in ({}, {"rrule": "FREQ=WEEKLY"}))
    dates = [sum(line.count("T0") for line in text if "RDATE" in line) for text in (once, forever)]
    assert dates[0] <= 4 < 20 <= dates[1]


def test_an_end_of_the_rule_is_a_moment(room: Room, alice: User) -> None:
    first = timezone.now().date() + dt.timedelta(days=3)
    until = first + dt.timedelta(days=21)
    meeting = plan(
        room,
        alice,
        first_day=first,
        starts=dt.time(23, 30),
        time_zone="America/New_York",
        rrule=f"FREQ=WEEKLY;UNTIL={until:%Y%m%d}",
    )
    text = calendars.request(meeting, None)
    last = meeting.occurrences.latest("starts_at")
    assert last.day == until
    assert f"UNTIL={last.starts_at:%Y%m%dT%H%M%SZ}" in event(text).rrule.value
    assert starts_by_vobject(text, 100) == [row.starts_at for row in meeting.occurrences.all()]


NAMES = (
    'Zoë; "the, boss": O\'Neil \\ Ко',
    "Ana\r\nATTENDEE:mailto:evil@example.com",
    "x" * 99 + "é",
    "会议 🎉 встреча",
)


def test_names_and_titles_cannot_break_out(meeting: Meeting, ana: Invitee) -> None:
    """Past the checks of forms: signs of the format, line breaks, letters of many bytes."""
    texts = []
    for name in NAMES:
        User.objects.filter(pk=meeting.organizer_id).update(name=name)
        Room.objects.filter(pk=meeting.room_id).update(name=name[:100])
        Meeting.objects.filter(pk=meeting.pk).update(title=name, agenda=f"{name}\nEND:VEVENT\n")
        Invitee.objects.filter(pk=ana.pk).update(name=name)
        known = Invitee.objects.select_related("meeting__room__account", "meeting__organizer")
        invitee = known.get(pk=ana.pk)
        texts.append(calendars.request(invitee.meeting, invitee))
    for name, text in zip(NAMES, texts, strict=True):
        found = event(text)
        plain = " ".join(name.split())
        quoted = plain.replace('"', "'")
        assert found.summary.value == plain
        assert name.replace("\r\n", "\n") in found.description.value.replace("\r\n", "\n")
        assert [one.value for one in found.attendee_list] == ["mailto:ana@example.org"]
        assert found.attendee.params["CN"] == [quoted]
        assert found.organizer.params["CN"] == [quoted]
        assert lines(text).count("END:VEVENT") == 1
    if find_chromium():
        with ical_js() as by_ical_js:
            for name, found in zip(NAMES, by_ical_js(*texts), strict=True):
                (one,) = found["events"]
                plain = " ".join(name.split())
                assert one["summary"] == plain
                assert one["attendees"] == [["mailto:ana@example.org", plain.replace('"', "'")]]


def test_in_the_language_of_the_invitee(meeting: Meeting) -> None:
    ivan = invite(meeting, "Ivan", language="ru", time_zone="Europe/Moscow")
    with translation.override("en"):
        found = event(calendars.request(meeting, ivan))
        assert translation.get_language() == "en"
    assert found.location.value.startswith("+74955550100")
    with translation.override("ru"):
        expected = translation.gettext("Dial %(number)s") % {"number": "+7 495 555-01-00"}
    assert expected in found.description.value


def test_a_message_costs_few_statements(
    meeting: Meeting, ana: Invitee, django_assert_max_num_queries: Any
) -> None:
    PhoneNumber.objects.create(number="+441632960000")
    with django_assert_max_num_queries(3):
        calendars.request(meeting, ana)
