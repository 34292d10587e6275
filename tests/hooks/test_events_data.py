"""The data of an event is what the API shows, to a key that may read and no more."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone, translation
from jsonschema import Draft202012Validator

from anyroom_site.api import docs
from rooms.accounts.models import Account, Scope
from rooms.conferences.models import Participant
from rooms.meetings import planning
from rooms.models import Room
from rooms.notices.hooks import events
from rooms.notices.hooks.models import WebhookEvent
from tests.api_client import Api
from tests.hooks.happenings import ANEW, HAPPENINGS, World, gather, listen, told
from tests.meetings.plans import invite, plan
from tests.on_the_line import ANA, BEN, CARL, enter, go

pytestmark = pytest.mark.django_db

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "webhooks.md"
# What the data is, where it stands in the API, and its shape there.
SHOWN = {
    "conference": ("conferences/{id}/", "Conference"),
    "participant": ("participants/{id}/", "Participant"),
    "recording": ("recordings/{id}/", "Recording"),
    "meeting": ("meetings/{id}/", "Meeting"),
    "invitee": ("invitees/{id}/", "Invitee"),
    "room": ("rooms/{id}/", "Room"),
    "plan": ("billing/", "Plan"),
    "blocked number": ("blocked_numbers/{id}/", "BlockedNumber"),
}
# The API does not find these any more.
GONE = {"recording.deleted", "number.unblocked"}


@pytest.fixture(scope="module")
def shapes() -> Any:
    return json.loads(json.dumps(docs._schema("en"), default=str))["components"]


def documented() -> dict[str, str]:
    """What each event's data is, by the table in docs/webhooks.md."""
    row = r"^\| `([a-z_.]+)` \|[^|]+\| an? ([a-z ]+?)(?: and the `occurrence`)? \|$"
    return dict(re.findall(row, DOCUMENT.read_text(), re.M))


def test_every_event_is_documented() -> None:
    assert set(documented()) == set(events.TYPES)
    assert set(documented().values()) == set(SHOWN)


@pytest.mark.parametrize("name", [*HAPPENINGS, *ANEW])
def test_the_data_is_what_a_key_that_may_read_is_answered(
    world: World, name: str, shapes: Any
) -> None:
    listen(world.account)
    (HAPPENINGS | ANEW)[name](world)()
    gather()
    event = WebhookEvent.objects.get(type=name)
    body = json.loads(events.body_of(event))
    path, shape = SHOWN[documented()[name]]
    _fits(shapes, _envelope(shape), body)
    data = body["data"]
    occurrence = data.pop("occurrence", None)
    assert (occurrence is None) or name == "meeting.changed"
    if name not in GONE:
        answer = Api(world.account, Scope.READ, Scope.BILLING).get(path.format(**data))
        assert answer.json() == data
    _holds_no_number(event)


def test_the_example_is_one(shapes: Any) -> None:
    example = DOCUMENT.read_text().partition("```json")[2].partition("```")[0]
    _fits(shapes, _envelope("Participant"), json.loads(example))


def _envelope(shape: str) -> Any:
    """As docs/webhooks.md says of every event."""
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["id", "type", "timestamp", "account", "data"],
        "properties": {
            "id": {"type": "string", "pattern": "^ev_[0-9a-z]{26}$"},
            "type": {"enum": list(events.TYPES)},
            "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-9.]+Z$"},
            "account": text,
            "conference": text,
            "sequence": {"type": "integer", "minimum": 1},
            "data": {"$ref": f"#/components/schemas/{shape}"},
        },
        "dependentRequired": {"conference": ["sequence"], "sequence": ["conference"]},
        "additionalProperties": False,
    }


def _fits(shapes: Any, shape: Any, value: Any) -> None:
    Draft202012Validator({**shape, "components": shapes}).validate(value)


def _holds_no_number(event: WebhookEvent) -> None:
    digits = re.sub(r"[^\d]", "", json.dumps(event.data))
    for number in (ANA, BEN, CARL):
        assert number not in json.dumps(event.data)
        assert number.removeprefix("+") not in digits


def test_callers_are_masked(world: World) -> None:
    listen(world.account)
    go(enter(world.room, ANA))
    gather()
    callers = {one.data["caller"] for one in told() if one.type.startswith("participant")}
    assert callers == {"+34 ••• •• •• 11"}


def test_an_invitees_number_pin_and_page_are_nobodys(world: World) -> None:
    listen(world.account, "meeting.replied")
    HAPPENINGS["meeting.replied"](world)()
    [replied] = told()
    assert replied.data["phone"] == "+34 ••• •• •• 11"
    assert (replied.data["reply"], replied.data["name"]) == ("accepted", "Ana")
    assert replied.data["pin"] is replied.data["join_url"] is None


def test_a_room_tells_its_code_and_no_host_pin(world: World) -> None:
    listen(world.account)
    HAPPENINGS["room.changed"](world)()
    [changed] = told()
    assert changed.data["access_code"] == world.room.access_code
    assert changed.data["host_pin"] is None
    assert changed.data["name"] == "Daily"


def test_it_is_told_in_utc_and_english_wherever_it_happens(world: World) -> None:
    listen(world.account, "meeting.changed")
    meeting = plan(world.room, world.alice, rrule="FREQ=DAILY")
    with translation.override("ru"), timezone.override("Asia/Tokyo"):
        planning.change(meeting, by=None, title="Plans")
    [changed] = told()
    assert changed.data["recurrence_text"] == "Every day"
    assert changed.data["changed_at"].endswith("Z")


def test_a_time_that_is_moved_or_called_off_is_told_with_its_meeting(world: World) -> None:
    listen(world.account, "meeting.changed")
    meeting = plan(world.room, world.alice, hours=30, rrule="FREQ=DAILY")
    first, second = meeting.occurrences.all()[:2]
    for _again in range(2):  # the second time it is there already
        planning.move(first, day=first.day, starts=meeting.starts.replace(minute=1), by=None)
        first.refresh_from_db()
    planning.cancel_one(second, by=None)
    moved, cancelled = told()
    assert moved.data["id"] == cancelled.data["id"] == meeting.pk
    assert (moved.data["occurrence"]["id"], moved.data["occurrence"]["moved"]) == (first.pk, True)
    assert cancelled.data["occurrence"]["state"] == "cancelled"
    reader = Api(world.account, Scope.READ)
    assert reader.get(f"occurrences/{first.pk}/").json() == moved.data["occurrence"]


def test_who_is_invited_is_not_told_of_with_the_meeting(world: World) -> None:
    listen(world.account)
    meeting = plan(world.room, world.alice)
    invite(meeting, "Ana", phone=ANA)
    planning.cancel(meeting, by=None)
    assert [event.type for event in told()] == ["meeting.planned", "meeting.cancelled"]
    assert told()[-1].data["invitee_count"] == 2
    assert "Ana" not in json.dumps(told()[-1].data)


def test_things_of_another_account_are_never_told(world: World, charlie: Any) -> None:
    other: Account = charlie.accounts.get()
    listen(other)
    go(enter(world.room, ANA))
    gather()
    assert Participant.objects.count() == 1
    assert Room.objects.filter(presence_due_at__isnull=False).exists()
    assert told() == []
