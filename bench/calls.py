"""Rooms to call, and the webhooks of calls to them, signed before the clock starts."""

import hashlib
import json
import random
import time
import uuid

import django
import jwt
from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.load import request

django.setup()

from rooms.accounts.models import Account, trial_end  # noqa: E402
from rooms.conferences.models import Participant  # noqa: E402
from rooms.models import PhoneNumber, Room  # noqa: E402
from telephony.models import Call  # noqa: E402
from telephony.steps import Step  # noqa: E402

CALLERS_PER_ROOM = 5
_codes: list[str] = []


def fill(size: int) -> None:
    """Empty the database and make `size` rooms in accounts of ten."""
    tables = ", ".join(
        f'"{model._meta.db_table}"'
        for model in django.apps.apps.get_models()
        if model._meta.app_label
        in {"accounts", "rooms", "conferences", "notices", "meetings", "telephony"}
    )
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")
    PhoneNumber.objects.create(number="+15550100")
    now, until = timezone.now(), trial_end()
    accounts = [Account(name=f"Account {n}", hosting_until=until) for n in range(size // 10)]
    Account.objects.bulk_create(accounts, batch_size=5_000)
    _codes[:] = [str(10**11 + n * 97) for n in range(size)]
    ids = [account.pk for account in accounts]
    given = ("id", "account_id", "name", "access_code", "public_token", "created_at")
    columns = {
        field.attname: field.get_default()
        for field in Room._meta.concrete_fields
        if field.attname not in given and not field.null
    }
    names = ", ".join([*given, *columns])
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY rooms_room ({names}) FROM STDIN") as copy,
    ):
        for n, code in enumerate(_codes):
            key = f"rm_{n:026d}"
            copy.write_row((key, ids[n // 10], f"Room {n}", code, key, now, *columns.values()))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def answers(number: int) -> list[bytes]:
    """Answer webhooks of new calls to the shared number."""
    return [_post("/telephony/answer", _facts(uuid.uuid4().hex)) for _ in range(number)]


def inputs(number: int) -> list[bytes]:
    """Input webhooks that let calls in: five callers a room, rooms at random.

    As on a real line, `started` has made the call's row before the caller has keyed anything.
    """
    rooms = random.sample(_codes, min(len(_codes), number // CALLERS_PER_ROOM))
    made = []
    started: list[Call] = []
    now = timezone.now()
    for n in range(number):
        call = uuid.uuid4().hex
        started.append(Call(uuid=call, created_at=now, seen_at=now))
        facts = _facts(call)
        facts.pop("region_url")  # the answer alone tells it
        payload = {
            **facts,
            "dtmf": {"digits": rooms[n % len(rooms)], "timed_out": False},
        }
        step = Step(call, "en", "api-us.vonage.com")
        made.append(_post(f"/telephony/input/{step.token()}", payload))
    Call.objects.bulk_create(started)
    return made


def check_admitted(number: int) -> None:
    """Raises RuntimeError unless that many callers are in: a fast refusal is no result."""
    found = Participant.objects.filter(left_at=None).count()
    if found != number or Room.objects.filter(people_in__gt=0).count() == 0:
        raise RuntimeError(f"{found} callers are in a room, not {number}")


def _facts(call: str) -> dict[str, str]:
    return {
        "from": f"1555{random.randrange(10**7):07}",
        "to": "15550100",
        "uuid": call,
        "conversation_uuid": f"CON-{uuid.uuid4()}",
        "region_url": "https://api-us.vonage.com",
    }


def _post(path: str, payload: dict[str, object] | dict[str, str]) -> bytes:
    body = json.dumps(payload).encode()
    claims = {
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "iss": "Vonage",
        "application_id": settings.VONAGE_APPLICATION_ID,
        "payload_hash": hashlib.sha256(body).hexdigest(),
    }
    token = jwt.encode(claims, settings.VONAGE_SIGNATURE_SECRET, algorithm="HS256")
    return request(path, body, {"Authorization": f"Bearer {token}"})
