"""The assistant's tools, on a run with callers: what they do, and what they refuse."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from mcp import Client

from tests.processes.assistants import (
    SCOPES,
    Connect,
    ask,
    hosted,
    hosted_as_before,
    key,
    local,
    posted,
    refusal,
    talk,
)
from tests.processes.installation import ROOT, Installation, wait_for
from tests.processes.phones import ENTER_CODE, Line

TOOLS = [
    *("list_rooms", "make_room", "who_is_on_the_line", "mute_participant", "mute_everybody"),
    *("lock_room", "announce", "remove_participant", "end_conference", "list_meetings"),
    *("show_meeting", "plan_meeting", "invite_to_meeting", "cancel_meeting", "list_conferences"),
    *("show_conference", "list_calls", "explain_call"),
]


@pytest.fixture(scope="module")
def secret(installation: Installation) -> str:
    return key(installation, SCOPES)


@pytest.fixture(scope="module")
def line(installation: Installation) -> Line:
    return Line(installation)


@pytest.mark.parametrize("connect", [local, hosted_as_before])
def test_a_call_in_a_room_of_its_own(
    installation: Installation, line: Line, secret: str, connect: Connect
) -> None:
    async def about(client: Client) -> None:
        room = await ask(client, "make_room", name=f"Made by {connect.__name__}")
        assert room["access_code"].isdigit()
        assert room["host_pin"].isdigit()
        listed = await ask(client, "list_rooms", name=f"by {connect.__name__}")
        assert [one["id"] for one in listed["rooms"]] == [room["id"]]

        phone = line.dial("+34600123456").enters((ENTER_CODE, f"{room['access_code']}#"))
        phone.hears("You are the first here")
        [shown] = (await ask(client, "who_is_on_the_line", room=room["id"]))["rooms"]
        [person] = shown["people"]
        assert person["caller"] == "+34600123456"
        assert not person["muted"]

        done = {"done": 1, "under_way": 0}
        assert await ask(client, "mute_participant", participant=person["id"]) == done
        phone.shows("muted", True)
        assert await ask(client, "announce", room=room["id"], text="Five minutes left.") == done
        phone.hears("Five minutes left.")
        assert (await ask(client, "lock_room", room=room["id"]))["locked"]
        await ask(client, "remove_participant", participant=person["id"])
        phone.is_over()
        wait_for("the room to be empty", lambda: not line.api(f"rooms/{room['id']}/")["people_in"])

        nobody = await refusal(client, "mute_everybody", room=room["id"])
        assert nobody.endswith("Nobody is on the line in this room.")
        [past] = (await ask(client, "list_conferences", room=room["id"]))["conferences"]
        told = await ask(client, "show_conference", conference=past["id"])
        assert [stay["left_why"] for stay in told["participants"]] == ["removed"]
        [call] = (await ask(client, "list_calls", room=room["id"]))["calls"]
        explained = await ask(client, "explain_call", call=call["id"])
        assert "Five minutes left." in json.dumps(explained["timeline"])

    talk(connect, installation, secret, about)


def test_a_meeting_is_planned_and_cancelled(installation: Installation, secret: str) -> None:
    async def about(client: Client) -> None:
        room = await ask(client, "make_room", name="Quarterly")
        meeting = await ask(
            client,
            "plan_meeting",
            room=room["id"],
            title="Numbers",
            day="2031-03-10",
            starts="09:30",
            time_zone="Europe/Madrid",
            rrule="FREQ=WEEKLY;COUNT=2",
            invitees=[{"name": "Ana", "email": "ana@example.com"}],
        )
        assert len(meeting["invited"]["invited"]) == 1
        again = [{"email": "ana@example.com"}, {"name": "Ben", "email": "ben@example.com"}]
        added = await ask(client, "invite_to_meeting", meeting=meeting["id"], invitees=again)
        assert (len(added["invited"]), added["were_invited_already"]) == (1, ["ana@example.com"])
        listed = await ask(client, "list_meetings", room=room["id"])
        assert [time["starts_at"] for time in listed["times"]] == [
            *("2031-03-10T08:30:00Z", "2031-03-17T08:30:00Z")
        ]
        shown = await ask(client, "show_meeting", meeting=meeting["id"])
        assert {one["email"] for one in shown["invitees"]} >= {"ana@example.com", "ben@example.com"}
        wrong = await refusal(
            client, "invite_to_meeting", meeting=meeting["id"], invitees=[{"email": "eva@"}]
        )
        assert "Refused (validation)" in wrong
        assert "- invitees/0/email: " in wrong
        await ask(client, "cancel_meeting", meeting=meeting["id"])
        assert (await ask(client, "show_meeting", meeting=meeting["id"]))["cancelled_at"]

    talk(hosted, installation, secret, about)


def test_it_can_do_no_more_than_its_key(installation: Installation) -> None:
    async def about(client: Client) -> None:
        assert (await ask(client, "list_rooms"))["rooms"]
        refused = await refusal(client, "make_room", name="No")
        assert "Refused (missing-scope)" in refused
        assert "The key does not have the scope “rooms”." in refused

    talk(hosted, installation, key(installation, ["read"]), about)


def test_the_tools_are_known_and_described(installation: Installation, secret: str) -> None:
    found: list[list[Any]] = []

    async def about(client: Client) -> None:
        found.append((await client.list_tools()).tools)
        assert "list_rooms" in (client.instructions or "")

    for connect in (local, hosted):
        talk(connect, installation, secret, about)
    assert found[0] == found[1]
    assert [tool.name for tool in found[0]] == TOOLS
    for tool in found[0]:
        assert len(tool.description) > 40, tool.name
        reads = tool.name.startswith(("list_", "show_", "who_", "explain_"))
        assert tool.annotations.read_only_hint == reads, tool.name
        ends = tool.name.startswith(("remove_", "end_", "cancel_"))
        assert bool(tool.annotations.destructive_hint) == ends, tool.name


def test_nobody_is_let_in_without_a_key_that_works(installation: Installation, secret: str) -> None:
    status, headers, body = posted(installation)
    assert (status, headers["www-authenticate"]) == (401, 'Bearer realm="AnyRoom"')
    assert json.loads(body)["type"] == "/api/v1/problems/unauthenticated"
    assert posted(installation, Authorization="Bearer no key at all")[0] == 401
    status, headers, body = posted(installation, Authorization="Bearer ark_wrong")
    assert (status, json.loads(body)["type"]) == (401, "/api/v1/problems/invalid-key")
    right = {"Authorization": f"Bearer {secret}"}
    assert posted(installation, **right)[0] == 200
    assert posted(installation, **right, Host="evil.example")[0] == 421
    assert posted(installation, **right, Origin="https://evil.example")[0] == 403
    assert secret.removeprefix("ark_") not in installation.running.said


def test_the_local_program_says_what_it_lacks(installation: Installation) -> None:
    for variables, told in (
        ({}, "ANYROOM_URL is not set"),
        ({"ANYROOM_URL": "https://rooms.example.com"}, "ANYROOM_KEY is not set"),
    ):
        environment = {**os.environ, "ANYROOM_URL": "", "ANYROOM_KEY": "", **variables}
        done = _run(environment)
        assert done.startswith(told)
        assert len(done.strip().splitlines()) == 1


def _run(environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "anyroom_site.assistant"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    return done.stderr
