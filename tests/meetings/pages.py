"""What the tests of the organizer's pages share."""

import datetime as dt
import html
import re
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts.models import User
from rooms.meetings import invitees, mailings, planning
from rooms.meetings.invitees import Guest
from rooms.meetings.models import Invitee, Meeting
from rooms.models import Room

NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)  # a Tuesday
BACKEND = "django.contrib.auth.backends.ModelBackend"


def plan(room: Room, organizer: User, **fields: Any) -> Meeting:
    """By default at 10:00 in Madrid on Wednesday, 25 November 2026."""
    given = {
        "title": "Weekly sync",
        "first_day": dt.date(2026, 11, 25),
        "starts": dt.time(10),
        "time_zone": "Europe/Madrid",
        **fields,
    }
    return planning.plan(room, organizer, **given)


def invite(meeting: Meeting, *emails: str, **fields: str) -> list[Invitee]:
    guests = [Guest(name=one.partition("@")[0], email=one, **fields) for one in emails]
    return invitees.add(meeting, guests, by=None, tell=False).new


def write_all() -> None:
    mailings.write_due(until=timezone.now() + dt.timedelta(seconds=30))


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return text_of(response)


def post(client: Client, address: str, **data: Any) -> str:
    response = client.post(address, data, follow=True)
    assert response.status_code == 200, address
    return text_of(response)


def text_of(response: Any) -> str:
    """The page without the spaces around tags, where the template's author broke its lines."""
    return re.sub(r"\s*([<>])\s*", r"\1", html.unescape(response.content.decode()))


def url(name: str, *args: str, **query: str) -> str:
    address = reverse(f"meetings:{name}", args=args)
    return f"{address}?{'&'.join(f'{key}={value}' for key, value in query.items())}"


def form(**fields: Any) -> dict[str, Any]:
    return {
        "title": "Weekly sync",
        "agenda": "",
        "first_day": "2026-11-25",
        "starts": "10:00",
        "minutes": "45",
        "time_zone": "Europe/Madrid",
        "frequency": "",
        **fields,
    }
