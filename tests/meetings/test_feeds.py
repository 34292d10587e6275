"""Calendar feeds: secret addresses, what they tell, and who may make and revoke them."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms import changes
from rooms.accounts import members
from rooms.accounts.models import Account, Membership, User
from rooms.meetings import feeds, planning
from rooms.meetings.models import Feed, Meeting, Occurrence
from rooms.models import PhoneNumber, Room
from tests.chromium import find_chromium
from tests.meetings.calendar_reading import by_vobject, ical_js, moment
from tests.meetings.plans import plan


@pytest.fixture
def feed(account: Account, alice: User) -> Feed:
    return feeds.make(account, by=alice)


def read(client: Client, feed: Feed, **headers: str) -> Any:
    return client.get(f"/feeds/{feed.token}.ics", headers=headers)


def titles(response: Any) -> set[str]:
    assert response.status_code == 200
    return {event.summary.value for event in by_vobject(response.content.decode()).vevent_list}


def test_anybody_with_the_address_reads_the_meetings(
    feed: Feed, room: Room, alice: User, charlie_client: Client, bob_client: Client
) -> None:
    PhoneNumber.objects.create(number="+15550100")
    meeting = plan(room, alice, title="Budget; all of it", rrule="FREQ=DAILY;COUNT=5")
    for client in (Client(), bob_client, charlie_client):
        response = read(client, feed)
        assert titles(response) == {"Budget; all of it"}
        assert response["Content-Type"] == "text/calendar; charset=utf-8"
        assert response["Cache-Control"] == "private, max-age=300"
        assert "Set-Cookie" not in response
    calendar = by_vobject(response.content.decode())
    assert calendar.method.value == "PUBLISH"
    event = calendar.vevent
    assert event.uid.value == meeting.uid
    assert f"+15550100,,{room.access_code}#" in event.location.value
    assert f"Then key {room.access_code[:3]} " in event.description.value
    assert not hasattr(event, "attendee")
    assert b"X-WR-CALNAME:Acme" in response.content


def test_past_sixty_days_on_and_what_takes_place(
    feed: Feed, room: Room, alice: User, charlie: User
) -> None:
    now = timezone.now()
    old, recent, gone, elsewhere = (plan(room, alice, title=name) for name in "ABCD")
    Occurrence.objects.filter(meeting=old).update(ends_at=now - dt.timedelta(days=61))
    Occurrence.objects.filter(meeting=recent).update(ends_at=now - dt.timedelta(days=59))
    planning.cancel(gone, by=alice)
    others = changes.make(Membership.objects.get(user=charlie).account, name="Theirs")
    plan(others, charlie, title="Not ours")
    archived = changes.make(room.account, name="Old room")
    plan(archived, alice, title="Archived")
    changes.archive(archived)
    assert titles(read(Client(), feed)) == {"B", "D"}
    assert elsewhere.title == "D"


def test_a_room_has_its_own(feed: Feed, room: Room, account: Account, alice: User) -> None:
    second = changes.make(account, name="Second")
    plan(room, alice, title="One")
    plan(second, alice, title="Two")
    of_second = feeds.make(account, by=alice, room=second)
    assert titles(read(Client(), of_second)) == {"Two"}
    assert titles(read(Client(), feed)) == {"One", "Two"}
    assert b"X-WR-CALNAME:Second" in read(Client(), of_second).content


def test_what_is_unchanged_is_not_sent_again(feed: Feed, room: Room, alice: User) -> None:
    PhoneNumber.objects.create(number="+15550100")
    meeting = plan(room, alice)
    first = read(Client(), feed)
    etag = first["ETag"]
    assert first["Last-Modified"]
    again = read(Client(), feed, if_none_match=etag)
    assert (again.status_code, again.content) == (304, b"")
    planning.change(meeting, by=alice, title="New")
    changed = read(Client(), feed, if_none_match=etag)
    assert titles(changed) == {"New"}
    changes.rotate_code(room)
    rotated = read(Client(), feed, if_none_match=changed["ETag"])
    assert rotated.status_code == 200, "an old code must not stay in calendars"


def test_when_it_was_read_is_noted_now_and_then(feed: Feed) -> None:
    read(Client(), feed)
    feed.refresh_from_db()
    noted = feed.read_at
    assert noted
    read(Client(), feed)
    feed.refresh_from_db()
    assert feed.read_at == noted
    Feed.objects.update(read_at=noted - dt.timedelta(hours=1))
    read(Client(), feed)
    feed.refresh_from_db()
    assert feed.read_at
    assert feed.read_at >= noted


def test_after_revocation_or_leaving_it_is_not_found(
    feed: Feed, account: Account, bob: User
) -> None:
    bobs = feeds.make(account, by=bob)
    feeds.revoke(feed)
    feeds.revoke(feed)
    assert read(Client(), feed).status_code == 404
    assert read(Client(), bobs).status_code == 200
    members.leave(Membership.objects.get(user=bob))
    assert read(Client(), bobs).status_code == 404
    assert Client().get("/feeds/nonsense.ics").status_code == 404


def test_constant_statements(
    feed: Feed, account: Account, room: Room, alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        one = changes.make(account, name=f"Room {number}")
        meeting = plan(one, alice, rrule="FREQ=DAILY", time_zone="Europe/Madrid")
        planning.cancel_one(meeting.occurrences.all()[5], by=alice)
    with django_assert_max_num_queries(8):
        read(Client(), feed)
    for number in range(9):
        plan(room, alice, title=f"{number}", time_zone="America/New_York")
    with django_assert_max_num_queries(8):
        assert len(titles(read(Client(), feed))) == 10


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found")
def test_a_calendar_program_shows_the_times_that_we_have(
    feed: Feed, room: Room, alice: User
) -> None:
    for zone in ("Europe/Madrid", "Australia/Lord_Howe"):
        meeting = plan(
            room,
            alice,
            first_day=timezone.now().date() + dt.timedelta(days=4),
            starts=dt.time(9, 30),
            title=zone,
            time_zone=zone,
            rrule="FREQ=WEEKLY;COUNT=40",
        )
        moved, gone = meeting.occurrences.order_by("day")[3:5]
        planning.move(moved, day=moved.day, starts=dt.time(17, 0), by=alice)
        planning.cancel_one(gone, by=alice)
    text = read(Client(), feed).content.decode()
    with ical_js() as by_ical_js:
        (calendar,) = by_ical_js(text)
    ours = Occurrence.objects.taking_place().values_list("starts_at", flat=True)
    assert sorted(moment(starts) for starts, _ends in calendar["times"]) == sorted(ours)
    assert calendar["zones"] == 2


def test_members_make_and_revoke_on_a_page(
    alice_client: Client, bob_client: Client, room: Room
) -> None:
    page = reverse("feeds:list")
    assert "Make your first feed" in bob_client.get(page).content.decode()
    made = bob_client.post(page, {"room": room.pk}, follow=True).content.decode()
    feed = Feed.objects.get()
    assert (feed.room, feed.made_by and feed.made_by.email) == (room, "bob@example.com")
    assert f'value="http://localhost:8000/feeds/{feed.token}.ics"' in made
    assert "Meetings of the room “Standup”" in made
    assert "No calendar has read it yet." in made
    read(Client(), feed)
    assert "Last read now." in bob_client.get(page).content.decode()
    managers = alice_client.get(page).content.decode()
    assert "Made by Bob, who alone knows the address." in managers
    assert feed.token not in managers
    asks = reverse("feeds:revoke", args=[feed.pk])
    assert "get no more meetings" in alice_client.get(asks).content.decode()
    assert read(Client(), feed).status_code == 200, "asking is not doing"
    alice_client.post(asks)
    assert read(Client(), feed).status_code == 404
    assert alice_client.post(asks).status_code == 404


def test_others_may_neither_see_nor_revoke(
    feed: Feed, room: Room, bob_client: Client, charlie_client: Client
) -> None:
    page, revoke = reverse("feeds:list"), reverse("feeds:revoke", args=[feed.pk])
    for client in (bob_client, charlie_client):
        assert feed.pk not in client.get(page).content.decode()
        assert client.get(revoke).status_code == 404
        assert client.post(revoke).status_code == 404
    for address in (page, revoke):
        assert "/accounts/login/" in Client().get(address)["Location"]
    assert charlie_client.post(page, {"room": room.pk}).status_code == 200
    assert feeds.working().count() == 1


def test_no_more_than_anybody_needs(
    account: Account, alice: User, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST", 1)
    feeds.make(account, by=alice)
    with pytest.raises(ValidationError):
        feeds.make(account, by=alice)
    refused = alice_client.post(reverse("feeds:list"), {})
    assert "Revoke one that nobody reads." in refused.content.decode()
    assert Meeting.objects.count() == 0
