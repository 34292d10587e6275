"""Examples for the API's schema, one of each thing."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer

ROOM: dict[str, Any] = {
    "id": "rm_01jd2k42vn7ex4h1t0y6qs9w0a",
    "name": "Monday call",
    "language": "en",
    "greeting": "Welcome to the Monday call.",
    "opens_before": None,
    "personal_pins": False,
    "host_pin": "730164",
    "guest_pin": "",
    "waits_for_host": True,
    "after_hosts": "go_on",
    "known_callers": False,
    "announcements": "chime",
    "asks_when_alone": False,
    "alone_minutes": 15,
    "records": False,
    "recording_days": 30,
    "shown_numbers": [],
    "access_code": "4829301",
    "numbers": [
        {
            "number": "+15550100",
            "language": "en",
            "country": "US",
            "label": "",
            "asks_for_code": True,
            "one_tap": "tel:+15550100,,4829301#",
        }
    ],
    "one_tap": "tel:+15550100,,4829301#",
    "public_url": "https://anyroom.example/r/kJ3x0vQ9aLw2Zt8bNf5yRg/",
    "people_in": 0,
    "people_waiting": 0,
    "hosts_in": 0,
    "locked": False,
    "open_conference": None,
    "created_at": "2026-11-22T09:30:00Z",
    "archived_at": None,
}
NEW_ROOM = {"name": "Monday call", "language": "en"}
CONFERENCE = {
    "id": "cf_01jd2m8r5c6v2w9q4k1x7z3b0e",
    "room": ROOM["id"],
    "started_at": "2026-11-23T09:00:04Z",
    "ended_at": "2026-11-23T09:41:37Z",
    "participant_count": 4,
    "locked": False,
    "silenced": False,
    "recording": False,
    "ends_at": None,
}
PARTICIPANT = {
    "id": "pt_01jd2m8r6d1f3g5h7j9k0m2n4p",
    "conference": CONFERENCE["id"],
    "room": ROOM["id"],
    "call": "cl_63f61863-4a51-4f6b-86e1-46edebcf9356",
    "caller": "+34 ••• •• •• 56",
    "name": "Ana Ruiz",
    "invitee": None,
    "joined_at": "2026-11-23T09:00:04Z",
    "confirmed_at": "2026-11-23T09:00:05Z",
    "role": "guest",
    "waiting": False,
    "admitted_at": None,
    "muted": False,
    "held": False,
    "hand_raised_at": None,
    "left_at": "2026-11-23T09:41:37Z",
    "left_why": "hung_up",
}
COMMAND = {
    "id": "cm_01jd2ma2c4e6g8j1k3m5p7r9t1",
    "kind": "mute",
    "status": "pending",
    "error": "",
    "participant": PARTICIPANT["id"],
    "text": "",
    "asked_by": "us_01jd2k40q1w2e3r4t5y6v7b8n9",
    "created_at": "2026-11-23T09:12:30Z",
    "done_at": None,
}
NEW_ANNOUNCEMENT = {"text": "We go on in five minutes."}

NUMBER = {
    "number": "+15550100",
    "display": "+1 555 0100",
    "country": "US",
    "label": "",
    "language": "en",
    "dedicated": False,
    "room": None,
}
ACCOUNT = {
    "id": "ac_01jd2k3z9q8w7e6r5t4y3u2p1a",
    "name": "Acme",
    "time_zone": "Europe/Madrid",
    "language": "en",
    "history_days": 365,
    "hosting_until": "2026-12-06T09:30:00Z",
    "created_at": "2026-11-22T09:30:00Z",
}
MEMBER = {
    "id": "mb_01jd2k41a2s3d4f5g6h7j8k9m0",
    "user": {
        "id": "us_01jd2k40q1w2e3r4t5y6v7b8n9",
        "name": "Alice",
        "email": "alice@example.com",
    },
    "role": "owner",
    "created_at": "2026-11-22T09:30:00Z",
}
ME = {
    **MEMBER["user"],  # type: ignore[dict-item]
    "language": "en",
    "time_zone": "Europe/Madrid",
    "phone": "+34600123456",
    "accounts": [
        {"id": ACCOUNT["id"], "name": "Acme", "role": "owner", "member": MEMBER["id"]},
    ],
    "invitations": [],
}
MY_PHONE = {"number": "+34600123456"}
CODE = {"code": "482930"}
NEW_ACCOUNT = {"name": "Acme", "time_zone": "Europe/Madrid"}
NEW_INVITATION = {"email": "bob@example.com", "role": "organizer"}
INVITATION = {
    "id": "in_01jd2n1c3v5b7n9m1k3j5h7g9f",
    **NEW_INVITATION,
    "invited_by": "us_01jd2k40q1w2e3r4t5y6v7b8n9",
    "created_at": "2026-11-22T10:00:00Z",
    "expires_at": "2026-11-29T10:00:00Z",
}
NEW_KEY = {"name": "Booking site", "scopes": ["read", "rooms"], "expires_at": None}
KEY = {
    "id": "ak_01jd2n5x7c9v1b3n5m7k9j1h3g",
    **NEW_KEY,
    "hint": "w0Zq",
    "made_by": "us_01jd2k40q1w2e3r4t5y6v7b8n9",
    "created_at": "2026-11-22T10:05:00Z",
    "last_used_at": "2026-11-23T08:59:00Z",
    "revoked_at": None,
}
MADE_KEY = {**KEY, "last_used_at": None, "secret": "ark_…w0Zq"}
NOTICE = {
    "id": "nt_01jd2m9k1j3h5g7f9d1s3a5q7w",
    "room": ROOM["id"],
    "recipient": "us_01jd2k40q1w2e3r4t5y6v7b8n9",
    "invitee": None,
    "kind": "presence",
    "channel": "email",
    "address": "alice@example.com",
    "subject": "Monday call: +34 ••• •• •• 56 joined",
    "text": "+34 ••• •• •• 56 joined Monday call.",
    "status": "sent",
    "due_at": "2026-11-23T09:00:24Z",
    "attempts": 1,
    "error": "",
    "created_at": "2026-11-23T09:00:24Z",
    "sent_at": "2026-11-23T09:00:26Z",
    "delivered_at": None,
}

NOTICE_PREFERENCES = {
    "channels": {
        "presence": ["email"],
        "waiting": ["email", "sms"],
        "missed": ["email"],
        "report": ["email"],
        "refused": [],
        "minutes": ["email"],
    },
    "presence_minutes": 15,
    "quiet_from": "22:00:00",
    "quiet_until": "07:00:00",
}


def with_examples(
    answer: dict[str, Any], body: dict[str, Any] | None = None
) -> Callable[[type[Any]], type[Any]]:
    """Shows `answer`, and `body` where something is made, in the schema."""
    examples = [OpenApiExample("answer", value=answer, response_only=True)]
    if body:
        examples.append(OpenApiExample("body", value=body, request_only=True))
    decorate: Callable[[type[Any]], type[Any]] = extend_schema_serializer(examples=examples)
    return decorate
