"""The organizer's pages of meetings: who may do what, the agenda and the month, starting now."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.meetings import planning
from rooms.meetings.models import Mailing, Meeting, Occurrence
from rooms.models import PhoneNumber, Room
from tests.meetings.pages import (
    BACKEND,
    NOW,
    page,
    plan,
    text_of,
    url,
)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def meeting(room: Room, alice: User) -> Meeting:
    return plan(room, alice, rrule="FREQ=WEEKLY;BYDAY=WE")


def test_who_may_see_and_do_what(
    meeting: Meeting,
    alice_client: Client,
    bob_client: Client,
    charlie_client: Client,
    client: Client,
    room: Room,
) -> None:
    time = meeting.occurrences.first()
    person = meeting.invitees.get()
    mailing = Mailing.objects.create(meeting=meeting, kind="update")
    assert time
    shown = [
        url("meeting", meeting.pk),
        url("edit", meeting.pk),
        url("cancel", meeting.pk),
        url("people", meeting.pk),
        url("mailing", meeting.pk),
        url("send", meeting.pk, "all"),
        url("occurrence", time.pk),
        url("invitee", person.pk),
        url("remove", person.pk),
    ]
    done = [
        url("cancel_one", time.pk),
        url("resend", person.pk),
        url("stop", mailing.pk),
        url("resume", mailing.pk),
        *(url(f"invite_{way}", meeting.pk) for way in ("one", "list", "people")),
    ]
    for address in shown:
        assert alice_client.get(address).status_code == 200, address
        assert bob_client.get(address).status_code == 200, address
    for address in [*shown, *done]:
        for method in ("get", "post"):
            assert getattr(charlie_client, method)(address).status_code in (404, 405), address
            stranger = getattr(client, method)(address)
            assert stranger.status_code in (302, 405)
            assert stranger.status_code == 405 or "/accounts/login/" in stranger["Location"]
    for address in (url("list"), url("make"), url("preview")):
        assert bob_client.get(address).status_code == 200
        assert client.get(address).status_code == 302
    assert "Weekly sync" not in page(charlie_client, url("list"))
    assert charlie_client.get(url("list", room=room.pk)).status_code == 404
    assert charlie_client.post(url("start_now"), {"room": room.pk}).status_code == 404
    meeting.refresh_from_db()
    assert (meeting.cancelled_at, meeting.invitees.count()) == (None, 1)
    assert Mailing.objects.get().stopped_at is None


def test_an_empty_list_says_what_to_do_next(alice_client: Client, account: Account) -> None:
    shown = page(alice_client, url("list"))
    assert "Plan your first meeting" in shown
    assert f'href="{reverse("meetings:make")}"' in shown
    assert "Start now" in shown
    assert "Make a room first" in page(alice_client, url("make"))
    assert "No meeting in this month" in page(alice_client, url("list", view="month"))


def test_the_agenda_goes_by_the_readers_days_and_can_be_walked_both_ways(
    room: Room, alice: User, alice_client: Client
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Pacific/Auckland")
    plan(room, alice, title="Daily", starts=dt.time(18), rrule="FREQ=DAILY")
    shown = page(alice_client, url("list"))
    # 18:00 in Madrid is 06:00 of the next day in Auckland.
    assert "Thursday, 26 November" in shown
    assert "06:00" in shown
    assert "Pacific/Auckland" in shown
    seen, address = [], url("list")
    for _step in range(3):
        shown = page(alice_client, address)
        seen += re.findall(r'<time datetime="([^"]+)">06:00</time>', shown)
        address = _link(shown, "later")
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen)
    back = _link(page(alice_client, address), "earlier")
    earlier = re.findall(r'<time datetime="([^"]+)">06:00</time>', page(alice_client, back))
    assert earlier == seen[80:]
    assert re.findall(r'<h2 id="day-([^"]+)"', page(alice_client, url("list", day="2027-01-01")))[
        :2
    ] == ["2027-01-01", "2027-01-02"]


def _link(shown: str, id: str) -> str:
    found = re.search(rf'id="{id}"[^>]*?href="([^"]+)"', shown, re.DOTALL)
    assert found, id
    return reverse("meetings:list") + found[1]


def test_cancelled_times_are_struck_through_and_what_is_on_looks_alive(
    room: Room, alice: User, alice_client: Client
) -> None:
    weekly = plan(room, alice, rrule="FREQ=WEEKLY;BYDAY=WE")
    first = weekly.occurrences.order_by("starts_at")[0]
    planning.cancel_one(first, by=alice)
    gone = plan(room, alice, title="Gone", rrule="FREQ=DAILY")
    planning.cancel(gone, by=alice)
    planning.start_now(room.account, alice, room)
    shown = page(alice_client, url("list"))
    assert shown.count("<s>Weekly sync</s>") == 1
    assert shown.count("<s>Gone</s>") == 1  # not one for each day of it
    assert re.search(r'class="badge live">\s*now', shown)
    assert "Meeting at" in shown
    month = page(alice_client, url("list", view="month"))
    assert "<s>Weekly sync</s>" in month
    with time_machine.travel(NOW + dt.timedelta(days=30), tick=False):
        alice_client.force_login(alice, backend=BACKEND)
        later = page(alice_client, url("list", before="20261215T000000Z"))
        assert "Weekly sync" in later
        assert "No meeting is to come" not in later


@pytest.mark.parametrize(
    "nonsense",
    [
        "view=month&month=2026-13",
        "view=month&month=0000-01",
        "view=month&month=٢٠٢٦-01",
        "from=now",
        "before=20261399T000000Z",
        "day=2026-02-30",
        "day=9999-12-31",
        "room=rm_none",
    ],
)
def test_addresses_that_no_page_has_given_are_not_found(
    nonsense: str, alice_client: Client
) -> None:
    assert alice_client.get(f"{reverse('meetings:list')}?{nonsense}").status_code == 404


def test_a_month_is_a_table_of_the_readers_weeks(
    room: Room, alice: User, alice_client: Client
) -> None:
    for n in range(7):
        plan(room, alice, title=f"Sync {n}", starts=dt.time(10 + n))
    shown = page(alice_client, url("list", view="month"))
    assert "November 2026" in shown
    heads = re.findall(r'<th scope="col" abbr="(\w+)">', shown)
    assert (heads[0], len(heads)) == ("Sunday", 7)
    assert "3 more" in shown
    assert "Sync 3" in shown
    assert "Sync 4" not in shown
    assert 'datetime="2026-11-24"' in shown
    assert shown.count('aria-current="date"') == 2  # the day's cell, and the link to it
    assert "Sync 4" in page(alice_client, url("list", day="2026-11-25"))
    User.objects.update(language="ru")
    shown = page(alice_client, url("list", view="month", month="2027-01"))
    assert re.search(r'<th scope="col" abbr="Понедельник">', shown)
    assert "Sync" not in shown


def test_lists_take_the_same_statements_however_much_there_is(
    room: Room, account: Account, alice: User, alice_client: Client, django_assert_num_queries: Any
) -> None:
    def statements(address: str) -> None:
        with django_assert_num_queries(counts[address]):
            alice_client.get(address)

    # session, user, memberships, rooms; where now is, times, earlier ones; when, and what
    counts = {url("list"): 7, url("list", view="month"): 6}
    plan(room, alice)
    for address in counts:
        statements(address)
    other = changes.make(account, name="Other")
    for n in range(15):
        plan(other if n % 2 else room, alice, title=f"M {n}", rrule="FREQ=DAILY")
    for address in counts:
        statements(address)
    assert "Other" not in re.sub(
        "<select.*?</select>", "", page(alice_client, url("list", room=room.pk)), flags=re.DOTALL
    )


def test_a_meeting_starts_from_nothing_in_one_click(
    account: Account, alice_client: Client, bob_client: Client
) -> None:
    PhoneNumber.objects.get_or_create(number="+15550100")
    started = alice_client.post(url("start_now"), follow=True)
    shown = text_of(started)
    room = Room.objects.get(account=account)
    assert "Meeting at 09:30" in shown
    assert re.search(r'<details name="invite" open><summary>Paste a list', shown)
    assert (room.access_code or "?")[:3] in shown
    assert Occurrence.objects.get().starts_at == NOW
    bob_client.post(url("start_now"), {"room": room.pk})
    assert Room.objects.count() == 1
    assert Occurrence.objects.count() == 2
    # The room's page has both too.
    assert page(bob_client, reverse("rooms:room", args=[room.pk])).count("Meeting at 09:30") == 2
    assert alice_client.get(url("start_now")).status_code == 405
