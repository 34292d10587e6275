"""/v1/: credentials, calls, messages, and the refusal of everything else."""

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from vonage_jwt import JwtClient

from tests.carrier.actions import conversation
from tests.carrier.product import APPLICATION, PRIVATE_PEM, World, play

SMS = {"channel": "sms", "message_type": "text", "to": "15550123", "from": "15550100"}
NOW = int(time.time())
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
GOOD = {"application_id": APPLICATION, "iat": NOW, "exp": NOW + 600, "jti": "one"}


@pytest.mark.parametrize(
    "change",
    [
        {"application_id": "another"},
        {"exp": NOW - 120},
        {"iat": NOW + 600, "exp": NOW + 700},
        {"exp": NOW + 90_000},
        {"exp": str(NOW + 60)},
        {"jti": None},
        {"iat": None},
        {"exp": None},
        {"application_id": None},
    ],
)
def test_a_jwt_with_wrong_claims_is_refused(change: dict[str, Any]) -> None:
    async def test(world: World) -> None:
        headers = world.token(**change)
        status, answer = await world.ask("GET", "/v1/calls/x", headers=headers)
        assert status == 401
        assert answer["title"] == "Unauthorized"
        assert answer["detail"]

    play(test)


def test_a_jwt_that_somebody_else_signed_is_refused() -> None:
    async def test(world: World) -> None:
        secret = "a secret of at least thirty-two bytes"
        tokens = [
            jwt.encode(GOOD, STRANGER, algorithm="RS256"),
            jwt.encode(GOOD, secret, algorithm="HS256"),
            jwt.encode(GOOD, "", algorithm="none"),
            "nonsense",
            "",
        ]
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}"}
            for method, path in (("GET", "/v1/calls/x"), ("POST", "/v1/messages"), ("GET", "/v1/")):
                status, _ = await world.ask(method, path, headers=headers)
                assert status == 401, (token, path)
        assert (await world.ask("POST", "/v1/messages", SMS | {"text": "x"}))[0] == 401
        assert (await world.ask("GET", "/phone/messages"))[1] == []

    play(test)


def test_the_sdks_own_jwt_is_accepted() -> None:
    async def test(world: World) -> None:
        token = JwtClient(APPLICATION, PRIVATE_PEM).generate_application_jwt().decode()
        headers = {"Authorization": f"Bearer {token}"}
        status, answer = await world.ask("GET", "/v1/calls/" + "0" * 32, headers=headers)
        assert status == 404
        assert set(answer) == {"type", "title", "detail", "instance"}

    play(test)


def test_the_detail_of_a_call() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        path, headers = f"/v1/calls/{phone.uuid}", world.token()
        _, live = await world.ask("GET", path, headers=headers)
        assert live.pop("conversation_uuid").startswith("CON-")
        assert live == {
            "_links": {"self": {"href": path}},
            "uuid": phone.uuid,
            "to": {"type": "phone", "number": "15550100"},
            "from": {"type": "phone", "number": "15550123"},
            "status": "answered",
            "direction": "inbound",
        }
        status, _ = await world.ask("PUT", path, {"action": "hangup"}, headers)
        assert status == 204
        _, over = await world.ask("GET", path, headers=headers)
        assert over["status"] == "completed"
        assert over["duration"] == "0"
        assert over["rate"] == "0.00450000"
        assert (await world.events_until("completed"))[-1]["disconnected_by"] == "platform"
        assert (await world.ask("PUT", path, {"action": "hangup"}, headers))[0] == 400

    play(test)


def test_what_is_missing_is_named() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        phone = await world.dial()
        path, headers = f"/v1/calls/{phone.uuid}", world.token()
        for method, place in [
            ("PUT", f"{path}/dtmf"),
            ("PUT", f"{path}/input/dtmf"),
            ("DELETE", path),
            ("POST", "/v1/conversations"),
        ]:
            status, answer = await world.ask(method, place, {}, headers)
            assert status == 501
            assert f"does not implement {method} {place}" in answer["detail"]
        bodies: list[Any] = [{"no": 1}, {"action": "dance"}, {"action": ["mute"]}, [], None]
        for body in bodies:
            assert (await world.ask("PUT", path, body, headers))[0] == 400

    play(test)


def test_an_sms_reaches_the_phone() -> None:
    async def test(world: World) -> None:
        body = SMS | {"text": "Your room: 4829301", "client_ref": "notice-1"}
        status, answer = await world.ask("POST", "/v1/messages", body, world.token())
        assert status == 202
        _, mine = await world.ask("GET", "/phone/messages?to=%2B15550123")
        (message,) = mine
        assert message["message_uuid"] == answer["message_uuid"]
        assert message["text"] == "Your room: 4829301"
        assert message["from"] == "15550100"
        assert (await world.ask("GET", "/phone/messages?to=15550199"))[1] == []

    play(test)


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"to": "+15550123"}, 422, "to"),
        ({"to": None}, 422, "to"),
        ({"text": "x" * 3201}, 422, "text"),
        ({"text": ""}, 422, "text"),
        ({"channel": None}, 422, "channel"),
        ({"channel": "whatsapp"}, 501, "'whatsapp'"),
        ({"message_type": "image"}, 501, "'image'"),
        ({"ttl": 600}, 501, "'ttl'"),
    ],
)
def test_another_message_is_refused(change: dict[str, Any], status: int, word: str) -> None:
    async def test(world: World) -> None:
        body = {k: v for k, v in (SMS | {"text": "x"} | change).items() if v is not None}
        got, answer = await world.ask("POST", "/v1/messages", body, world.token())
        assert got == status
        assert word in answer["detail"]

    play(test)
