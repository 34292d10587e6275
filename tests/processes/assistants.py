"""AI assistants as tests play them: the SDK's own client, local and over HTTP."""

import asyncio
import json
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from tests.processes.installation import ROOT, Installation

Connect = Callable[[Installation, str], AbstractAsyncContextManager[Client]]
SCOPES = ["read", "rooms", "meetings", "control"]
MAKE_KEY = """
import json
from rooms.accounts.models import ApiKey, User
user = User.objects.get(email="demo@example.com")
account = user.memberships.get().account
_key, secret = ApiKey.make(account, name="Assistant", scopes=SCOPES, made_by=user)
print(json.dumps(secret))
"""


def key(installation: Installation, scopes: list[str]) -> str:
    return str(installation.shell(MAKE_KEY.replace("SCOPES", repr(scopes))))


def address(installation: Installation) -> str:
    return f"http://localhost:{installation.ports['ASSISTANT_PORT']}/mcp"


@asynccontextmanager
async def local(installation: Installation, secret: str) -> AsyncIterator[Client]:
    """A program of its own, as a desktop assistant starts it."""
    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "anyroom_site.assistant"],
        env={"ANYROOM_URL": installation.url, "ANYROOM_KEY": secret},
        cwd=ROOT,
    )
    async with Client(program) as client:
        yield client


@asynccontextmanager
async def hosted(
    installation: Installation, secret: str, mode: str = "auto"
) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {secret}"}
    async with create_mcp_http_client(headers=headers) as http:
        over_http = streamable_http_client(address(installation), http_client=http)
        async with Client(over_http, mode=mode) as client:
            yield client


@asynccontextmanager
async def hosted_as_before(installation: Installation, secret: str) -> AsyncIterator[Client]:
    """By the protocol that most assistants speak still."""
    async with hosted(installation, secret, "legacy") as client:
        yield client


async def ask(client: Client, tool: str, **arguments: Any) -> Any:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    return answer.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    answer = await client.call_tool(tool, arguments)
    assert answer.is_error, answer.structured_content
    [content] = answer.content
    return str(getattr(content, "text", ""))


def talk(
    connect: Connect,
    installation: Installation,
    secret: str,
    about: Callable[[Client], Awaitable[None]],
) -> None:
    async def run() -> None:
        async with asyncio.timeout(60), connect(installation, secret) as client:
            await about(client)

    asyncio.run(run())


def posted(installation: Installation, **headers: str) -> tuple[int, dict[str, str], str]:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
    accepts = "application/json, text/event-stream"
    headers = {"Content-Type": "application/json", "Accept": accepts, **headers}
    request = urllib.request.Request(address(installation), body, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()
