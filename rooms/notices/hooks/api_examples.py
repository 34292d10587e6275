"""Examples of webhooks for the API's schema, in the manner of rooms/api_examples.py."""

from typing import Any

NEW_ENDPOINT: dict[str, Any] = {
    "url": "https://booking.example/anyroom",
    "description": "Booking site",
    "event_types": ["conference.started", "conference.ended"],
}
ENDPOINT = {
    "id": "we_01jd2r6b8w0e2h4k6m8p1s3v5x",
    **NEW_ENDPOINT,
    "enabled": True,
    "disabled_at": None,
    "disabled_why": None,
    "failing_since": None,
    "previous_secret_until": None,
    "made_by": "us_01jd2k40q1w2e3r4t5y6v7b8n9",
    "created_at": "2026-11-22T10:10:00Z",
}
MADE_ENDPOINT = {**ENDPOINT, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
DELIVERY = {
    "id": "wd_01jd2r7c9x1f3j5m7q9t2w4y6z",
    "endpoint": ENDPOINT["id"],
    "event": "ev_01jd2r7c8w0e2h4k6m8p1s3v5x",
    "event_type": "conference.started",
    "status": "delivered",
    "tries": 1,
    "due_at": None,
    "created_at": "2026-11-23T09:00:04Z",
    "delivered_at": "2026-11-23T09:00:05Z",
}
BODY = (
    '{"id":"ev_01jd2r7c8w0e2h4k6m8p1s3v5x","type":"conference.started",'
    '"timestamp":"2026-11-23T09:00:04Z","data":{}}'
)
ATTEMPT = {
    "id": "wa_01jd2r7d1z3h5k7p9s2v4x6b8e",
    "at": "2026-11-23T09:00:04Z",
    "milliseconds": 84,
    "request_headers": {
        "content-type": "application/json",
        "webhook-id": DELIVERY["event"],
        "webhook-timestamp": "1795424404",
        "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    },
    "request_body": BODY,
    "status_code": 204,
    "response_headers": {"date": "Mon, 23 Nov 2026 09:00:05 GMT"},
    "response_body": "",
    "error": "",
}
TOLD_DELIVERY = {**DELIVERY, "body": BODY, "attempts": [ATTEMPT]}
