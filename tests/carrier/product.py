"""A small product for the carrier to call. No Django."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from carrier import app
from carrier.settings import Settings
from tests.carrier.phone import Phone

APPLICATION = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
SECRET = "a signature secret that is long enough for HS256"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def free_port() -> int:
    with socket(AF_INET, SOCK_STREAM) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Received:
    """One webhook as it arrived."""

    path: str
    method: str
    raw: bytes
    query: dict[str, str]
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)

    @property
    def body(self) -> Json:
        parsed: Json = json.loads(self.raw)
        return parsed

    def claims(self) -> Json:
        token = self.headers["Authorization"].removeprefix("Bearer ")
        claims: Json = jwt.decode(token, SECRET, algorithms=["HS256"])
        return claims


class Product:
    """Answers /answer, /input and /fallback with what a test puts there; keeps all it receives."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: dict[str, Any] = {"/answer": [], "/input": None, "/event": None}
        self.port = free_port()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.received.append(
            Received(request.path, request.method, raw, dict(request.query), dict(request.headers))
        )
        answer = self.answers.get(request.path)
        if isinstance(answer, Script):
            answer = answer.next()
        if callable(answer):
            answer = answer(request)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if isinstance(answer, int):
            return web.Response(status=answer)
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.Response(status=204) if answer is None else web.json_response(answer)

    def at(self, path: str) -> list[Received]:
        return [one for one in self.received if one.path == path]

    def events(self) -> list[Json]:
        return [one.body for one in self.at("/event")]

    def labels(self, path: str = "/event") -> list[str]:
        bodies = [one.body for one in self.at(path)]
        return [str(e.get("status") or e.get("type") or "error") for e in bodies]


class Script:
    """Answers one after the other; the last one stays."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    def next(self) -> Any:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@dataclass
class World:
    """A carrier, the product it calls, and an HTTP client."""

    product: Product
    http: aiohttp.ClientSession
    base: str
    settings: Settings

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        async with self.http.request(method, self.base + path, json=body, headers=headers) as got:
            text = await got.text()
            return got.status, json.loads(text) if text else None

    async def dial(self, caller: str = "+15550123", to: str = "+15550100") -> Phone:
        status, answer = await self.ask("POST", "/phone/calls", {"from": caller, "to": to})
        assert status == 201, answer
        return Phone(self, answer["uuid"])

    def order(self, **changes: Any) -> Json:
        """What POST /v1/calls is sent; None takes a field away."""
        body: Json = {
            "to": [{"type": "phone", "number": "34600123456"}],
            "from": {"type": "phone", "number": "15550100"},
            "answer_url": [self.product.url("/answer")],
            "answer_method": "POST",
        }
        return {key: value for key, value in (body | changes).items() if value is not None}

    async def place(self, **changes: Any) -> Phone:
        """The product calls a phone, which rings."""
        status, answer = await self.ask("POST", "/v1/calls", self.order(**changes), self.token())
        assert status == 201, answer
        return Phone(self, answer["uuid"])

    async def switch(self, **wishes: Any) -> None:
        status, answer = await self.ask("PUT", "/phone/switches", wishes)
        assert status == 200, answer

    def token(self, **changes: Any) -> dict[str, str]:
        now = int(time.time())
        claims = {"application_id": APPLICATION, "iat": now, "exp": now + 60, "jti": "one"}
        claims = {key: value for key, value in (claims | changes).items() if value is not None}
        return {"Authorization": f"Bearer {jwt.encode(claims, PRIVATE_PEM, algorithm='RS256')}"}

    async def until(self, look: Callable[[], bool], seconds: float = 3) -> None:
        end = time.monotonic() + seconds
        while not look():
            assert time.monotonic() < end, self.product.labels()
            await asyncio.sleep(0.005)

    async def events_until(self, label: str) -> list[Json]:
        await self.until(lambda: label in self.product.labels())
        return self.product.events()


@asynccontextmanager
async def world(**changes: Any) -> AsyncIterator[World]:
    """A product and a carrier on free ports. Speech is quick and patience is short."""
    product = Product()
    site = web.Application()
    site.router.add_route("*", "/{rest:.*}", product.handle)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", product.port).start()
    settings = Settings(
        answer_url=product.url("/answer"),
        event_url=product.url("/event"),
        fallback_url=product.url("/fallback"),
        application_id=APPLICATION,
        signature_secret=SECRET,
        public_key=KEY.public_key(),
        api_key="abcd1234",
        port=free_port(),
        speech_rate=100_000,
        connect_timeout=0.3,
        answer_timeout=0.3,
    )
    changes.setdefault("fallback_url", None)
    for name, url in changes.items():
        if name.endswith("_url") and str(url).startswith("/"):
            changes[name] = product.url(url)
    settings = replace(settings, **changes)
    carrier = await app.start(settings)
    try:
        async with aiohttp.ClientSession() as http:
            yield World(product, http, settings.region_url, settings)
    finally:
        await carrier.close(grace=0.2)
        await runner.cleanup()


def play(test: Callable[[World], Coroutine[Any, Any, None]], **changes: Any) -> None:
    """Run a test against a world of its own."""

    async def inside() -> None:
        async with world(**changes) as one:
            await test(one)

    asyncio.run(inside())


def environment(product_url: str, folder: Path) -> dict[str, str]:
    """The environment of a carrier that is started as a process."""
    (folder / "public.pem").write_bytes(PUBLIC_PEM)
    return {
        "CARRIER_PORT": str(free_port()),
        "CARRIER_ANSWER_URL": f"{product_url}/answer",
        "CARRIER_EVENT_URL": f"{product_url}/event",
        "VONAGE_APPLICATION_ID": APPLICATION,
        "VONAGE_SIGNATURE_SECRET": "short",
        "CARRIER_PUBLIC_KEY": str(folder / "public.pem"),
        "CARRIER_SPEECH_RATE": "10000",
    }
