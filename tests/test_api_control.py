"""Control of conferences and participants on the API."""

from typing import Any

import pytest
from django.test import Client

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.conferences import actions, commands
from rooms.conferences.models import Command, Conference, Participant
from rooms.models import Room
from tests.api_client import Api, codes, slug
from tests.on_the_line import ANA, BEN, CARL, carry_out, enter, go

Kind = Command.Kind


@pytest.fixture
def api(account: Account, alice: User) -> Api:
    return Api(account, "read", "control", made_by=alice)


def _conference(room: Room) -> Conference:
    return Conference.objects.get(room=room, ended_at=None)


def _act(api: Api, about: Any, name: str, body: Any = None) -> Any:
    kind = "conferences" if isinstance(about, Conference) else "participants"
    return api.post(f"{kind}/{about.pk}/{name}/", body)


def _listed(api: Api, room: Room, command: Any) -> Any:
    """The command as the conference's list tells it."""
    rows = api.get(f"conferences/{_conference(room).pk}/commands/").json()["data"]
    return next(row for row in rows if row["id"] == command["id"])


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [("mute", "muted", True), ("hold", "held", True), ("remove", "left_why", "removed")],
)
def test_what_the_carrier_does_is_pending_first(
    name: str, field: str, value: Any, api: Api, room: Room, alice: User
) -> None:
    ana = enter(room)
    answer = _act(api, ana, name)
    assert answer.status_code == 202
    command = answer.json()
    assert command == {
        "id": command["id"],
        "kind": name,
        "status": "pending",
        "error": "",
        "participant": ana.pk,
        "text": "",
        "asked_by": alice.pk,
        "created_at": command["created_at"],
        "done_at": None,
    }
    assert api.get(f"participants/{ana.pk}/").json()[field] in (False, "")
    carry_out()
    assert api.get(f"participants/{ana.pk}/").json()[field] == value
    listed = _listed(api, room, command)
    assert listed["status"] == "done"
    assert listed["done_at"]


def test_what_is_undone(api: Api, room: Room) -> None:
    ana = enter(room)
    for name, field in (("mute", "muted"), ("hold", "held")):
        for done in (name, f"un{name}"):
            assert _act(api, ana, done).status_code == 202
            carry_out()
            assert api.get(f"participants/{ana.pk}/").json()[field] == (done == name)


def test_a_host_is_made_and_a_hand_is_lowered_at_once(api: Api, room: Room) -> None:
    ana = enter(room)
    actions.raise_hand(ana, True, commands.By(participant=ana))
    assert api.get(f"participants/{ana.pk}/").json()["hand_raised_at"]
    assert _act(api, ana, "lower_hand").json()["status"] == "done"
    assert _act(api, ana, "promote").json()["status"] == "done"
    shown = api.get(f"participants/{ana.pk}/").json()
    assert (shown["hand_raised_at"], shown["role"]) == (None, "host")
    again = _act(api, ana, "promote")
    assert (again.status_code, slug(again)) == (409, "conflict")


def test_a_refusal_says_why(api: Api, room: Room) -> None:
    ana = enter(room)
    asked = _act(api, ana, "mute").json()
    carry_out(refuse=lambda _command: "The carrier knows no such call.")
    listed = _listed(api, room, asked)
    assert (listed["status"], listed["error"]) == ("refused", "The carrier knows no such call.")
    assert api.get(f"participants/{ana.pk}/").json()["muted"] is False


def test_all_are_muted_and_hung_up(api: Api, room: Room) -> None:
    enter(room, ANA, host=True)
    guests = [enter(room, BEN), enter(room, CARL)]
    conference = _conference(room)
    answer = _act(api, conference, "mute_all")
    assert answer.status_code == 202
    assert {one["participant"] for one in answer.json()["data"]} == {one.pk for one in guests}
    carry_out()
    ended = _act(api, conference, "end").json()["data"]
    assert sorted(one["kind"] for one in ended) == ["end", "remove", "remove", "remove"]
    again = _act(api, conference, "end").json()["data"]
    assert [one["kind"] for one in again] == ["end"]  # the others are hung up already
    assert carry_out() == [Kind.REMOVE] * 3


def test_the_state_of_the_conference(api: Api, room: Room) -> None:
    enter(room, host=True)
    conference = _conference(room)
    for name, field in (("lock", "locked"), ("silence", "silenced"), ("record", "recording")):
        [command] = _act(api, conference, name).json()["data"]
        assert command["kind"] == name
        assert api.get(f"conferences/{conference.pk}/").json()[field] is True
    carry_out()
    shown = api.get(f"rooms/{room.pk}/").json()
    assert (shown["locked"], shown["people_in"], shown["hosts_in"]) == (True, 1, 1)
    refused = _act(api, conference, "record")
    assert (refused.status_code, slug(refused)) == (409, "conflict")
    for name in ("unlock", "unsilence", "stop_recording"):
        assert _act(api, conference, name).status_code == 202
    carry_out()
    shown = api.get(f"conferences/{conference.pk}/").json()
    assert [shown[field] for field in ("locked", "silenced", "recording")] == [False] * 3


def test_a_text_is_said_to_all(api: Api, room: Room) -> None:
    enter(room, ANA)
    enter(room, BEN)
    answer = _act(api, _conference(room), "announce", {"text": "We go\non soon."})
    assert answer.status_code == 202
    assert [one["text"] for one in answer.json()["data"]] == ["We go on soon."] * 2
    assert carry_out() == [Kind.SAY] * 2
    for text, code in (("", "blank"), ("a" * 501, "max_length")):
        refused = _act(api, _conference(room), "announce", {"text": text})
        assert codes(refused) == {"/text": code}
    assert codes(_act(api, _conference(room), "announce", {})) == {"/text": "required"}


def test_those_who_wait_are_told_apart(api: Api, room: Room) -> None:
    changes.change(room, waits_for_host=True)
    ana = enter(room)
    assert api.get(f"rooms/{room.pk}/").json()["people_waiting"] == 1
    assert api.get(f"participants/{ana.pk}/").json()["waiting"] is True
    assert _act(api, ana, "promote").status_code == 202
    shown = api.get(f"participants/{ana.pk}/").json()
    assert shown["waiting"] is False
    assert shown["admitted_at"]
    assert api.get(f"rooms/{room.pk}/").json()["people_waiting"] == 0


def test_who_waits_is_not_put_on_hold_and_who_is_not_on_hold_not_taken_off_it(
    api: Api, room: Room
) -> None:
    changes.change(room, waits_for_host=True)
    ana = enter(room)
    for name, told in (
        ("hold", "They wait for a host, and hear music already."),
        ("unhold", "They are not on hold."),
    ):
        refused = _act(api, ana, name)
        assert (refused.status_code, slug(refused)) == (409, "conflict")
        assert refused.json()["detail"] == told
    _act(api, ana, "promote")
    assert _act(api, ana, "unhold").status_code == 409
    assert _act(api, ana, "hold").status_code == 202
    assert _act(api, ana, "unhold").status_code == 202, "what is about to be done is taken back"
    assert _act(api, ana, "hold").status_code == 202
    carry_out()
    assert _act(api, ana, "unhold").status_code == 202


@pytest.mark.parametrize("name", ["mute", "hold", "remove", "promote", "lower_hand"])
def test_who_has_left_is_a_conflict(name: str, api: Api, room: Room) -> None:
    ana = enter(room)
    go(ana)
    refused = _act(api, ana, name)
    assert (refused.status_code, slug(refused)) == (409, "conflict")
    assert refused.json()["detail"] == "They have left."
    assert not Command.objects.exists()


@pytest.mark.parametrize("name", ["mute_all", "lock", "silence", "record", "end", "announce"])
def test_a_conference_that_is_over_is_left_alone(name: str, api: Api, room: Room) -> None:
    ana = enter(room)
    first = _conference(room)
    go(ana)
    body = {"text": "Hello"} if name == "announce" else None
    for detail in ("Nobody is on the line.", "This conference is over."):
        refused = _act(api, first, name, body)
        assert (refused.status_code, slug(refused)) == (409, "conflict")
        assert refused.json()["detail"] == detail
        if not Participant.objects.filter(left_at=None):
            enter(room, BEN)
    assert not Command.objects.exists()


def test_commands_are_listed_newest_first(api: Api, room: Room) -> None:
    ana = enter(room)
    conference = _conference(room)
    asked = [_act(api, ana, name).json()["id"] for name in ("mute", "hold", "unmute")]
    page = api.get(f"conferences/{conference.pk}/commands/?limit=2").json()
    assert [one["id"] for one in page["data"]] == [asked[2], asked[1]]
    rest = f"conferences/{conference.pk}/commands/?limit=2&cursor={page['next_cursor']}"
    assert [one["id"] for one in api.get(rest).json()["data"]] == [asked[0]]


def test_the_same_request_is_carried_out_once(api: Api, room: Room) -> None:
    ana = enter(room)
    path = f"participants/{ana.pk}/mute/"
    answers = [api.post(path, Idempotency_Key="one").json() for _try in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert Command.objects.count() == 1


def test_it_takes_the_scope_control(account: Account, room: Room, charlie: User) -> None:
    ana = enter(room)
    for scopes in (("read",), ("rooms", "read"), ("admin", "read")):
        refused = _act(Api(account, *scopes), ana, "mute")
        assert (refused.status_code, slug(refused)) == (403, "missing-scope")
    reads_not = _act(Api(account, "control"), ana, "mute")
    assert reads_not.status_code == 202
    outsider = Api(charlie.accounts.get())
    for about, name in ((ana, "mute"), (_conference(room), "end")):
        refused = _act(outsider, about, name)
        assert (refused.status_code, slug(refused)) == (404, "not-found")
    assert Command.objects.count() == 1


def test_an_organizer_controls_calls_and_sees_numbers_masked(
    room: Room, bob: User, bob_client: Client
) -> None:
    ana = enter(room)
    answer = bob_client.post(
        f"/api/v1/participants/{ana.pk}/mute/", content_type="application/json"
    )
    assert answer.status_code == 202
    assert answer.json()["asked_by"] == bob.pk
    assert "•" in bob_client.get(f"/api/v1/participants/{ana.pk}/").json()["caller"]
