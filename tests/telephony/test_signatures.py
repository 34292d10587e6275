"""One contract for every webhook address: what is not signed as Vonage signs is refused."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from telephony import conversations, urls
from telephony.invite_flow import Question
from telephony.outbound import signer
from telephony.steps import Step
from tests.telephony import vonage

PAYLOAD = {
    "uuid": "a" * 32,
    "message_uuid": "b" * 32,
    "from": "15550123",
    "to": "15550100",
    "status": "ringing",
}
RAW = json.dumps(PAYLOAD).encode()
PATHS = {
    "answer": "/telephony/answer",
    "event": "/telephony/event",
    "fallback": "/telephony/fallback",
    "input": f"/telephony/input/{Step('a' * 32, 'en').token()}",
    "keys": f"/telephony/keys/{conversations.token('pt_1')}",
    "message": "/telephony/message",
    "message_status": "/telephony/message-status",
    "outbound_answer": f"/telephony/outbound/answer/{signer.sign('cr_1.1')}",
    "outbound_input": f"/telephony/outbound/input/{Question('cr_1.1', 'en').token()}",
    "recorded": f"/telephony/recorded/{conversations.token('cf_1')}",
    "outbound_event": f"/telephony/outbound/event/{signer.sign('cr_1.1')}",
}


def bearer(**changes: Any) -> str:
    return f"Bearer {vonage.token(RAW, **changes)}"


def seconds(number: int) -> int:
    return int((timezone.now() + dt.timedelta(seconds=number)).timestamp())


BAD: dict[str, Callable[[], str | None]] = {
    "missing": lambda: None,
    "empty": lambda: "",
    "another scheme": lambda: "Basic YWxhZGRpbjpvcGVuc2VzYW1l",
    "malformed": lambda: "Bearer not.a.token",
    "wrong secret": lambda: bearer(secret="another secret, as long as the right one"),
    "alg none": lambda: bearer(algorithm="none"),
    "HS512": lambda: bearer(algorithm="HS512"),
    "old": lambda: bearer(iat=seconds(-301)),
    "future": lambda: bearer(iat=seconds(45)),
    "no iat": lambda: bearer(iat=None),
    "iat in words": lambda: bearer(iat="yesterday"),
    "wrong body hash": lambda: bearer(payload_hash="0" * 64),
    "no body hash": lambda: bearer(payload_hash=None),
    "wrong application": lambda: bearer(application_id="00000000-0000-0000-0000-000000000000"),
    "no application": lambda: bearer(application_id=None),
}


def test_the_contract_covers_every_webhook_address() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == set(PATHS)
    assert get_resolver().resolve("/telephony/answer").func.guard == "webhook"


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("header", BAD.values(), ids=BAD)
def test_a_bad_signature_is_refused(
    client: Client, path: str, header: Callable[[], str | None], db: None
) -> None:
    value = header()
    headers = {} if value is None else {"Authorization": value}
    response = client.post(path, RAW, content_type="application/json", headers=headers)
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 401


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_good_signature_is_let_through(client: Client, path: str, db: None) -> None:
    for skew in (-285, 0, 25):
        headers = {"Authorization": bearer(iat=seconds(skew))}
        response = client.post(path, RAW, content_type="application/json", headers=headers)
        assert response.status_code in (200, 204), response.content


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"text"', b'{"uuid": NaN}'])
def test_a_signed_body_that_cannot_be_read_is_a_400(
    client: Client, path: str, raw: bytes, db: None
) -> None:
    headers = {"Authorization": f"Bearer {vonage.token(raw)}"}
    response = client.post(path, raw, content_type="application/json", headers=headers)
    assert response.status_code == 400
    assert response.json()["detail"]


@pytest.mark.parametrize("path", [PATHS["answer"], PATHS["fallback"]])
def test_a_get_is_signed_over_its_query(path: str, db: None) -> None:
    query = {"to": "15550100", "from": "15550123", "uuid": "b" * 32, "name": "Zoë"}
    assert _get(path, query).status_code == 200
    raw = json.dumps(query, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {"Authorization": f"Bearer {vonage.token(raw)}"}
    assert Client().get(path, {**query, "to": "1"}, headers=headers).status_code == 401


def _get(path: str, query: dict[str, str]) -> Any:
    raw = json.dumps(query, separators=(",", ":"), ensure_ascii=False).encode()
    return Client().get(path, query, headers={"Authorization": f"Bearer {vonage.token(raw)}"})


def test_an_input_address_of_another_call_is_refused(db: None) -> None:
    payload = {**PAYLOAD, "uuid": "c" * 32, "dtmf": {"digits": "1"}}
    assert vonage.post(PATHS["input"], payload).status_code == 400


def test_an_input_address_that_we_did_not_make_is_refused(db: None) -> None:
    response = vonage.post("/telephony/input/" + "a" * 32 + ".en.1.0.0.0:forged", PAYLOAD)
    assert response.status_code == 400
    assert "not made by" in response.json()["detail"]


@pytest.mark.parametrize("kind", ["answer", "input", "event"])
def test_an_address_of_an_outbound_call_that_we_did_not_make_is_refused(kind: str) -> None:
    response = vonage.post(f"/telephony/outbound/{kind}/cr_1.1~en~1.0:forged", PAYLOAD)
    assert response.status_code == 400
    assert "not made by" in response.json()["detail"]


def test_other_methods_are_refused(client: Client) -> None:
    assert client.get(PATHS["event"]).status_code == 405
    assert client.put(PATHS["answer"]).status_code == 405
