"""Every error is a problem that says what to do."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from rooms import changes
from rooms.accounts.models import Account
from rooms.models import Room
from rooms.rest.problem_kinds import KINDS
from rooms.rest.rate_limit import RateLimit
from tests.api_client import Api, codes, slug


@pytest.fixture
def api(account: Account) -> Api:
    return Api(account)


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "kind"),
    [
        ("GET", "/api/v1/nothing", None, {}, 404, "not-found"),
        ("GET", "/api/", None, {}, 404, "not-found"),
        ("GET", "/api", None, {}, 404, "not-found"),
        ("PUT", "/api/v2/rooms/", {}, {}, 404, "not-found"),
        ("GET", "problems/unheard-of", None, {}, 404, "not-found"),
        ("GET", "rooms/rm_00000000000000000000000000", None, {}, 404, "not-found"),
        ("GET", "rooms/%00", None, {}, 404, "not-found"),
        ("GET", "conferences/?room=%00", None, {}, 404, "not-found"),
        ("DELETE", "rooms/", None, {}, 405, "method-not-allowed"),
        ("OPTIONS", "rooms/", None, {}, 405, "method-not-allowed"),
        ("POST", "schema/", None, {}, 405, "method-not-allowed"),
        ("POST", "rooms/", "{", {}, 400, "malformed"),
        ("POST", "rooms/", b"\xff", {}, 400, "malformed"),
        ("POST", "rooms/", "[" * 100_000, {}, 400, "malformed"),
        ("POST", "rooms/", '{"name": "\\ud800"}', {}, 400, "malformed"),
        ("POST", "rooms/", '{"\\ud800": 1}', {}, 400, "malformed"),
        ("GET", "rooms/", None, {"Host": "elsewhere.example"}, 400, "bad-request"),
        ("POST", "rooms/", "a=1", {"Content_Type": "text/plain"}, 415, "unsupported-media-type"),
        ("POST", "rooms/", "x" * 2_700_000, {}, 413, "too-large"),
        ("POST", "rooms/", [], {}, 400, "validation"),
        ("POST", "rooms/", "null", {}, 400, "validation"),
    ],
)
def test_an_error_is_a_problem(
    api: Api, method: str, path: str, body: Any, headers: dict[str, str], status: int, kind: str
) -> None:
    response = api.send(method, path, body, **headers)
    assert (response.status_code, slug(response)) == (status, kind)
    assert response.json()["instance"].startswith("/api")
    assert kind == "bad-request" or "RateLimit" in response


def test_405_names_what_is_allowed(api: Api) -> None:
    assert set(api.delete("rooms/")["Allow"].split(", ")) >= {"GET", "POST"}


def test_a_fault_of_ours_is_a_problem_too(
    api: Api, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "archive", lambda _room: 1 / 0)
    response = api.post(f"rooms/{room.pk}/archive")
    assert (response.status_code, slug(response)) == (500, "internal")
    assert b"ZeroDivision" not in response.content


@pytest.mark.parametrize("path", ["/api/v1/rooms/", "/rooms/"])
def test_a_fault_before_the_view_is_a_problem_on_the_api_alone(
    api: Api, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.accounts.middleware.translation.activate", lambda _language: 1 / 0)
    response = api.get(path)
    assert response.status_code == 500
    assert (response["Content-Type"] == "application/problem+json") == (path != "/rooms/")


def test_errors_point_at_the_fields(api: Api) -> None:
    response = api.post("rooms/", {"name": "x" * 101, "language": "xx", "colour": "red", "id": 1})
    assert codes(response) == {
        "/name": "max_length",
        "/language": "invalid_choice",
        "/colour": "unknown",
        "/id": "read_only",
    }
    assert codes(api.post("rooms/", {})) == {"/name": "required"}
    assert codes(api.post("rooms/", {"a/b~c": 1, "name": "x"})) == {"/a~1b~0c": "unknown"}


def test_an_error_in_a_list_points_at_its_place(api: Api) -> None:
    response = api.post("api_keys/", {"name": "x", "scopes": ["read", "all"]})
    assert codes(response) == {"/scopes/1": "invalid_choice"}


def test_a_value_has_the_type_that_is_described(api: Api) -> None:
    """The framework would take 0 for a text, "no" for a boolean and {} for an empty list."""
    wrong = {"name": 0, "records": "no", "recording_days": "30", "greeting": 1, "opens_before": 1.5}
    assert codes(api.post("rooms/", {**wrong, "shown_numbers": {}})) == {
        **{f"/{name}": "invalid" for name in wrong},
        "/shown_numbers": "not_a_list",
    }
    for number in (1, "\0", {}):
        body = {"name": "x", "shown_numbers": [number]}
        assert codes(api.post("rooms/", body)) == {"/shown_numbers/0": "invalid"}
    whole = {"name": "x", "recording_days": 30.0, "opens_before": None}
    assert api.post("rooms/", whole).json()["recording_days"] == 30
    response = api.post("api_keys/", {"name": "x", "scopes": ["read", 1]})
    assert list(codes(response)) == ["/scopes/1"]


def test_an_action_takes_no_fields(api: Api, room: Room) -> None:
    assert codes(api.post(f"rooms/{room.pk}/archive", {"why": "x"})) == {"/why": "unknown"}
    assert api.post(f"rooms/{room.pk}/archive", {}).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_resolves_to_an_explanation(db: None, client: Client, kind: str) -> None:
    path = f"/api/v1/problems/{kind}"
    explained = client.get(path).json()
    assert explained["type"] == path
    assert explained["remedy"]
    page = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page["Content-Type"].startswith("text/html")
    assert kind in page.content.decode()


def test_all_problems_are_listed(db: None, client: Client) -> None:
    listed = client.get("/api/v1/problems/").json()["data"]
    assert [one["type"].rpartition("/")[2] for one in listed] == list(KINDS)


def test_a_key_may_only_ask_so_often(
    account: Account, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RateLimit, "rate", "3/min", raising=False)
    clock = dt.datetime(2026, 11, 23, 9, 0, 10, tzinfo=dt.UTC)
    with time_machine.travel(clock, tick=False) as traveller:
        _ask_too_often(account, api)
        traveller.shift(50)
        assert api.get("rooms/").status_code == 200


def _ask_too_often(account: Account, api: Api) -> None:
    left = []
    for _ in range(3):
        response = api.get("rooms/")
        assert response.status_code == 200
        assert response["RateLimit-Policy"] == '"api";q=3;w=60'
        left.append(response["RateLimit"])
    assert left == ['"api";r=2;t=50', '"api";r=1;t=50', '"api";r=0;t=50']
    refused = api.get("rooms/")
    assert (refused.status_code, slug(refused)) == (429, "rate-limited")
    assert refused["Retry-After"] == "50"
    assert Api(account).get("rooms/").status_code == 200, "another key has its own count"


def test_refused_requests_count_too(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RateLimit, "rate", "2/min", raising=False)
    api = Api(secret="ark_wrong")
    assert [api.get("rooms/").status_code for _ in range(3)] == [401, 401, 429]
    weak = Api(account, "rooms")
    assert [weak.get("rooms/").status_code for _ in range(3)] == [403, 403, 429]


def test_a_stranger_cannot_choose_where_they_are_counted(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RateLimit, "rate", "1/min", raising=False)
    seen = [Api().get("rooms/", X_Forwarded_For=f"192.0.2.{n}").status_code for n in range(2)]
    assert seen == [401, 429]
