"""The API as the tools ask it: with the caller's key, each change once, refusals in words."""

import asyncio
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

import httpx2
from mcp.server.mcpserver import Context, Resolve
from mcp.server.mcpserver.exceptions import ToolError

TIMEOUT = httpx2.Timeout(15.0, connect=5.0)
TRIES = 3
PAGE = 200  # the longest page of a list

Row = dict[str, Any]


class Api:
    """The API for one tool call; whatever it refuses is raised as a ToolError."""

    def __init__(self, client: httpx2.AsyncClient, bearer: str | None = None) -> None:
        self._client = client
        self._headers = {"Authorization": bearer} if bearer else {}

    async def get(self, path: str, query: Mapping[str, Any] | None = None) -> Row:
        """What is at `path`; parts of the query that are None are left out."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        found: Row = await self._answer("GET", path, params=given)
        return found

    async def rows(
        self, path: str, query: Mapping[str, Any] | None = None, *, most: int = 1000
    ) -> list[Row]:
        """The first `most` rows of the list at `path`, of as many pages as it takes."""
        found: list[Row] = []
        cursor: str | None = None
        while len(found) < most:
            limit = min(PAGE, most - len(found))
            page = await self.get(path, {**(query or {}), "limit": limit, "cursor": cursor})
            found += page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return found

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Do what `path` does, once: a try that got no answer is repeated under the same key."""
        once = {"Idempotency-Key": uuid.uuid4().hex}
        given = {name: value for name, value in (body or {}).items() if value is not None}
        return await self._answer("POST", path, headers=once, json=given)

    async def _answer(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> Any:
        headers = {**self._headers, **(headers or {})}
        for left in reversed(range(TRIES)):
            try:
                answer = await self._client.request(method, path, headers=headers, **rest)
            except httpx2.TransportError as error:
                if not left:
                    raise _silent(method, error) from error
            else:
                if not left or not _passes(answer):
                    return _content(answer)
            await asyncio.sleep(1)
        raise AssertionError("the last try answers or raises")


def _content(answer: httpx2.Response) -> Any:
    """What was answered; raises a ToolError for a problem."""
    if answer.is_success:
        return answer.json() if answer.content else {}
    problem = _problem(answer)
    if "title" not in problem:
        raise ToolError(f"AnyRoom answered {answer.status_code} without saying why.")
    raise ToolError(_words(problem, answer.headers.get("Retry-After")))


def _problem(answer: httpx2.Response) -> Row:
    """What the API says of a refusal; empty where something before it answered."""
    with suppress(ValueError):
        problem = answer.json()
        if isinstance(problem, dict):
            return problem
    return {}


def _words(problem: Row, retry_after: str | None) -> str:
    """A problem as a text: what happened, what to do, and which fields are meant."""
    words = [f"Refused ({_kind(problem)}): {problem['title']} {problem['detail']}"]
    for error in problem.get("errors", ()):
        where = error.get("pointer", "").strip("/") or error.get("parameter", "")
        words.append(f"- {where}: {error['detail']}" if where else f"- {error['detail']}")
    if retry_after:
        words.append(f"Try again in {retry_after} seconds.")
    return "\n".join(words)


def _kind(problem: Row) -> str:
    return str(problem.get("type", "")).rpartition("/")[2]


def _passes(answer: httpx2.Response) -> bool:
    """Whether the refusal goes by itself: a proxy's, or that the same request goes on still."""
    if answer.status_code == 409:
        return _kind(_problem(answer)) == "request-in-progress"
    return answer.status_code in (502, 504)


def _silent(method: str, error: Exception) -> ToolError:
    text = f"AnyRoom does not answer ({type(error).__name__})."
    if method == "POST":
        text += " It may have been done or not: look before you ask for it again."
    return ToolError(text)


def reach(ctx: Context[httpx2.AsyncClient, Any]) -> Api:
    """The API with the key that came with this message, or the program's own."""
    return Api(ctx.request_context.lifespan_context, (ctx.headers or {}).get("authorization"))


Reached = Annotated[Api, Resolve(reach)]


def only(row: Mapping[str, Any], *names: str) -> Row:
    """The parts of a row that an assistant needs; it reads every word."""
    return {name: row[name] for name in names if name in row}
