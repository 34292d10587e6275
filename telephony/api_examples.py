"""Examples for the API's schema."""

from rooms.api_examples import ROOM

CALL = {
    "id": "cl_63f61863-4a51-4f6b-86e1-46edebcf9356",
    "direction": "inbound",
    "status": "completed",
    "room": ROOM["id"],
    "caller": "+34 ••• •• •• 56",
    "dialled": "+15550100",
    "created_at": "2026-11-23T09:00:01Z",
    "answered_at": "2026-11-23T09:00:02Z",
    "ended_at": "2026-11-23T09:00:31Z",
    "outcome": "Not let in. Last heard: “This room is locked.”",
    "failed": True,
}
WHOLE_CALL = {
    **CALL,
    "timeline": [
        {
            "at": "2026-11-23T09:00:01Z",
            "kind": "dialled",
            "text": "+34 ••• •• •• 56 dialled +1 555 0100.",
        },
        {"at": "2026-11-23T09:00:19Z", "kind": "keyed", "text": "Keyed what was asked for."},
        {"at": "2026-11-23T09:00:19Z", "kind": "heard", "text": "Heard: “This room is locked.”"},
        {"at": "2026-11-23T09:00:31Z", "kind": "ended", "text": "The caller hung up."},
    ],
}
NEW_BROWSER_TOKEN = {"name": "Ana Ruiz"}
BROWSER_TOKEN = {
    "join_token": "eyJyb29tIjoicm1fMDFqZDJrNDJ2bjdleDRoMXQwe…:k3QJx",
    "jwt": "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9…",
    "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "user": "browser_01jd2m8q7w9e1r3t5y7u9i1o3p",
    "expires_at": "2026-11-23T09:15:00Z",
    "session_expires_at": "2026-11-23T12:00:00Z",
}
