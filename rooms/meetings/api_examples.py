"""Examples of meetings for the API's schema, in the manner of rooms/api_examples.py."""

from typing import Any

from rooms.api_examples import PARTICIPANT, ROOM

MEETING_ID = "mt_01jd2q5a7s9d1f3g5h7j9k1l3z"
OCCURRENCE_ID = "oc_01jd2q5a8t1e3g5h7j9k1l3z5x"
NEXT = {
    "occurrence": OCCURRENCE_ID,
    "starts_at": "2026-11-30T08:00:00Z",
    "ends_at": "2026-11-30T09:00:00Z",
}
NEW_MEETING: dict[str, Any] = {
    "room": ROOM["id"],
    "title": "Weekly",
    "agenda": "What was, what comes.",
    "day": "2026-11-23",
    "starts": "09:00",
    "time_zone": "Europe/Madrid",
    "minutes": 60,
    "rrule": "FREQ=WEEKLY;BYDAY=MO",
    "reminders": [{"channel": "email", "minutes": 1440}],
}
MEETING: dict[str, Any] = {
    "id": MEETING_ID,
    **NEW_MEETING,
    "organizer": "us_01jd2k40q1w2e3r4t5y6v7b8n9",
    "recurrence_text": "Every week on Monday",
    "next": [NEXT],
    "quiet_from": "22:00",
    "quiet_until": "08:00",
    "invitee_count": 12,
    "uid": "0b0f1d7e-6c39-4b8e-9a3b-51d3a3b7a0c1",
    "created_at": "2026-11-22T10:10:00Z",
    "changed_at": "2026-11-22T10:10:00Z",
    "cancelled_at": None,
}
OCCURRENCE: dict[str, Any] = {
    "id": OCCURRENCE_ID,
    "meeting": MEETING_ID,
    "room": ROOM["id"],
    "title": "Weekly",
    "rule_day": "2026-11-30",
    "day": "2026-11-30",
    "starts": "09:00",
    "time_zone": "Europe/Madrid",
    "starts_at": NEXT["starts_at"],
    "ends_at": NEXT["ends_at"],
    "moved": False,
    "state": "coming",
    "notes": "",
    "cancelled_at": None,
}
MOVE = {"day": "2026-12-01", "starts": "10:00", "tell": True}
INVITEE: dict[str, Any] = {
    "id": "iv_01jd2q7c9v1b3n5m7k9j1h3g5f",
    "meeting": MEETING_ID,
    "name": "Ana Ruiz",
    "email": "ana@example.com",
    "phone": "+34 ••• •• •• 56",
    "language": "",
    "time_zone": "",
    "organizer": False,
    "pin": "482930",
    "join_url": "https://anyroom.example/i/q9w0aJ3x0vQ9aLw2Zt8bNf/",
    "reply": "accepted",
    "replied_at": "2026-11-22T11:00:00Z",
    "opened_at": "2026-11-22T10:59:00Z",
    "wants_reminders": True,
    "wants_call": False,
    "delivery": {
        "invitation": "arrived",
        "why": "",
        "channel": "email",
        "invited_at": "2026-11-22T10:12:00Z",
        "reminded_at": None,
        "joined_at": None,
        "call": None,
    },
    "created_at": "2026-11-22T10:11:00Z",
    "removed_at": None,
}
CALL_REQUEST: dict[str, Any] = {
    "id": "cr_01jd2q7c9v1b3n5m7k9j1h3g5f",
    "kind": "meeting",
    "room": ROOM["id"],
    "invitee": INVITEE["id"],
    "occurrence": "oc_01jd2q7c9v1b3n5m7k9j1h3g5f",
    "person": None,
    "asked_by": None,
    "status": "waiting",
    "due_at": "2026-11-24T08:00:00Z",
    "tries": 0,
    "call": None,
    "why": "",
    "created_at": "2026-11-22T11:02:00Z",
}
NEW_CALL_IN: dict[str, Any] = {"invitee": INVITEE["id"]}
INVITE: dict[str, Any] = {
    "invitees": [{"name": "Ana Ruiz", "email": "ana@example.com", "phone": "+34600123456"}],
    "text": "Ben <ben@example.com>; Cid, +34 600 123 457",
    "country": "ES",
    "tell": True,
}
INVITED: dict[str, Any] = {
    "added": [INVITEE["id"]],
    "repeated": ["ben@example.com"],
    "problems": [{"line": 3, "text": "Eva eva@", "why": "“eva@” is not an e-mail address."}],
}
MAILING: dict[str, Any] = {
    "id": "ml_01jd2q8d1f3g5h7j9k1l3z5x7c",
    "meeting": MEETING_ID,
    "kind": "invitation",
    "channel": "email",
    "audience": "new",
    "invitee": None,
    "occurrence": None,
    "progress": {"total": 12, "sent": 9, "failed": 1, "skipped": 0, "waiting": 2},
    "created_at": "2026-11-22T10:11:00Z",
    "finished_at": "2026-11-22T10:11:05Z",
    "stopped_at": None,
    "stopped_why": "",
}
REPORT: dict[str, Any] = {
    "occurrence": OCCURRENCE_ID,
    "starts_at": NEXT["starts_at"],
    "ends_at": NEXT["ends_at"],
    "going_on": False,
    "invited": 2,
    "came": 1,
    "most_at_once": 1,
    "seconds": 2910,
    "first_joined": "2026-11-30T08:00:04Z",
    "last_left": "2026-11-30T08:50:37Z",
    "participants": [
        {
            "name": "Ana Ruiz",
            "number": PARTICIPANT["caller"],
            "invitee": INVITEE["id"],
            "seconds": 2910,
            "stays": [
                {"joined_at": "2026-11-30T08:00:04Z", "left_at": "2026-11-30T08:20:00Z"},
                {"joined_at": "2026-11-30T08:22:03Z", "left_at": "2026-11-30T08:50:37Z"},
            ],
        }
    ],
    "absent": [
        {
            "invitee": "iv_01jd2q7c9v1b3n5m7k9j1h3g6g",
            "name": "Ben",
            "email": "ben@example.com",
            "reply": "",
        }
    ],
    "forgotten": False,
    "notes": "Ben brings the figures next week.",
}
FEED: dict[str, Any] = {
    "id": "fd_01jd2q9e3r5t7y9u1i3o5p7a9s",
    "room": None,
    "url": "https://anyroom.example/feeds/….ics",
    "made_by": "us_01jd2k40q1w2e3r4t5y6v7b8n9",
    "created_at": "2026-11-22T10:20:00Z",
    "read_at": "2026-11-23T08:59:00Z",
}
