"""Webhooks as Vonage sends them: payloads in its shapes, signed as it signs."""

import datetime as dt
import hashlib
import json
import uuid
import warnings
from typing import Any

import jwt
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from jwt.warnings import InsecureKeyLengthWarning

from tests.telephony.ncco_rules import vonage_would_take

Payload = dict[str, Any]
CLIENT = Client()  # one for all: webhooks know no cookies, and loading the middleware takes long


def new_uuid() -> str:
    return uuid.uuid4().hex


def token(raw: bytes, *, secret: str = "", algorithm: str = "HS256", **claims: Any) -> str:
    """The JWT of a webhook; `claims` replace its own, None takes one away."""
    own = {
        "iat": int(timezone.now().timestamp()),
        "jti": str(uuid.uuid4()),
        "iss": "Vonage",
        "application_id": settings.VONAGE_APPLICATION_ID,
        "payload_hash": hashlib.sha256(raw).hexdigest(),
    }
    kept = {name: value for name, value in {**own, **claims}.items() if value is not None}
    key = "" if algorithm == "none" else secret or settings.VONAGE_SIGNATURE_SECRET
    with warnings.catch_warnings():
        # HS512 wants a longer key than ours; it is here to be refused.
        warnings.simplefilter("ignore", InsecureKeyLengthWarning)
        return jwt.encode(kept, key or None, algorithm=algorithm)


def post(path: str, payload: Payload) -> Any:
    """POST a signed webhook; returns the response."""
    raw = json.dumps(payload).encode()
    return CLIENT.post(
        path,
        raw,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token(raw)}"},
    )


def get(path: str, payload: Payload) -> Any:
    """GET a signed webhook, the payload in the query."""
    raw = json.dumps(payload, separators=(",", ":")).encode()
    headers = {"Authorization": f"Bearer {token(raw)}"}
    return CLIENT.get(path, payload, headers=headers)


def stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Phone:
    """A phone that dials, for tests: it keeps what it was answered last."""

    def __init__(self, number: str = "15550123", to: str = "15550100") -> None:
        self.number = number
        self.to = to
        self.uuid = new_uuid()
        self.conversation = f"CON-{uuid.uuid4()}"
        self.ncco: list[dict[str, Any]] = []
        self.last: HttpResponse | None = None

    @property
    def facts(self) -> Payload:
        return {
            "from": self.number,
            "to": self.to,
            "uuid": self.uuid,
            "conversation_uuid": self.conversation,
        }

    def dial(self) -> "Phone":
        payload = {**self.facts, "endpoint_type": "phone", "region_url": "https://api.nexmo.com"}
        return self._heard(post("/telephony/answer", payload))

    def key(self, digits: str, *, timed_out: bool = False, url: str = "") -> "Phone":
        payload = {
            **self.facts,
            "dtmf": {"digits": digits, "timed_out": timed_out},
            "speech": {"results": []},
            "timestamp": stamp(timezone.now()),
        }
        return self._heard(post(url or self.input_path, payload))

    def _heard(self, response: Any) -> "Phone":
        assert response.status_code == 200, response.content
        self.last, self.ncco = response, response.json()
        vonage_would_take(self.ncco)
        return self

    @property
    def input_path(self) -> str:
        """Where the next keys go: at a question, or one by one in a room."""
        (action,) = (one for one in self.ncco if one["action"] == "input")
        return str(action["eventUrl"][0]).removeprefix(settings.PUBLIC_URL)

    @property
    def heard(self) -> str:
        return " ".join(one["text"] for one in self.ncco if one["action"] == "talk")

    @property
    def conversation_name(self) -> str | None:
        names = [one["name"] for one in self.ncco if one["action"] == "conversation"]
        return names[0] if names else None

    def event(self, status: str, at: dt.datetime | None = None, **more: Any) -> Payload:
        return {
            "headers": {},
            **self.facts,
            "status": status,
            "direction": "inbound",
            "timestamp": stamp(at or timezone.now()),
            **more,
        }

    def completed(self, start: dt.datetime, end: dt.datetime) -> Payload:
        return self.event(
            "completed",
            end,
            start_time=stamp(start),
            end_time=stamp(end),
            duration=str(int((end - start).total_seconds())),
            rate="0.00450000",
            price="0.00052500",
            network="US-FIXED",
            disconnected_by="user",
        )

    def transfer(self, at: dt.datetime | None = None) -> Payload:
        return {
            "type": "transfer",
            "uuid": self.uuid,
            "conversation_uuid_from": self.conversation,
            "conversation_uuid_to": f"CON-{uuid.uuid4()}",
            "timestamp": stamp(at or timezone.now()),
        }
