"""The API's description is whole, true and safe to walk with somebody else's ids."""

import datetime as dt
import json
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from anyroom_site.api import docs
from rooms import changes
from rooms.accounts import blocked
from rooms.accounts.models import (
    Account,
    ApiKey,
    BlockedNumber,
    Erasure,
    Invitation,
    Membership,
    Person,
    User,
)
from rooms.conferences.models import Conference, Participant, Recording, Sound
from rooms.ids import call_id
from rooms.meetings import feeds, mailings, planning
from rooms.meetings.models import CallRequest, Feed, Invitee, Mailing, Meeting, Occurrence
from rooms.models import Room
from rooms.notices.hooks import endpoints
from rooms.notices.hooks.models import WebhookDelivery, WebhookEndpoint
from rooms.notices.models import Notice
from telephony.models import Call, NearGuess, WrongCode
from tests.api_client import Api, slug


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(json.dumps(docs._schema("en"), default=str))


# What belongs to a person, not to a program: a key is refused.
OWN = {"me", "accounts", "notice_preferences"}


def kind(path: str) -> str:
    return path.split("/")[3]


def operations(schema: Any) -> list[tuple[str, str, Any]]:
    return [
        (method.upper(), path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_is_valid_openapi_3_1(schema: Any) -> None:
    assert schema["openapi"].startswith("3.1")
    validate(schema)


def test_it_is_made_without_a_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def _fits(schema: Any, shape: Any, value: Any) -> None:
    Draft202012Validator({**shape, "components": schema["components"]}).validate(value)


def test_its_examples_fit_its_shapes(schema: Any) -> None:
    seen = 0
    answers = [
        answer
        for _method, _path, operation in operations(schema)
        for answer in [*operation["responses"].values(), operation.get("requestBody", {})]
    ]
    for answer in [*answers, *schema["components"]["responses"].values()]:
        for content in answer.get("content", {}).values():
            for example in content.get("examples", {}).values():
                _fits(schema, content["schema"], example["value"])
                seen += 1
    assert seen > 40


def test_answers_fit_its_shapes(schema: Any, account: Account, alice: User) -> None:
    ids = _everything_of(account, alice)
    by_key, by_login = Api(account, made_by=alice), Api()
    by_login.client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    problem = {"$ref": "#/components/schemas/Problem"}
    for method, path, operation in operations(schema):
        address = path.replace("{id}", ids.get(kind(path), ""))
        api = by_login if kind(path) in OWN else by_key
        if method == "GET" and path.endswith("/file/"):
            continue  # no JSON
        if method == "GET":
            answer = api.get(address)
            shape = operation["responses"]["200"]["content"]["application/json"]["schema"]
            _fits(schema, shape, json.loads(answer.getvalue()))  # it may be sent in parts
        elif method in ("POST", "PATCH"):
            _fits(schema, problem, api.send(method, address, {"no_such_field": 1}).json())


def test_it_is_served_to_everybody(db: None, client: Client) -> None:
    served = client.get("/api/v1/schema/")
    assert served["Content-Type"] == "application/json"
    assert "/api/v1/rooms/" in served.json()["paths"]
    wrong_key = {"Authorization": "Bearer ark_wrong"}
    assert client.get("/api/v1/schema/", headers=wrong_key).status_code == 200


def test_every_operation_explains_itself(schema: Any) -> None:
    found = operations(schema)
    assert len(found) >= 25
    names = [operation["operationId"] for _method, _path, operation in found]
    assert len(set(names)) == len(names)
    for method, path, operation in found:
        where = f"{method} {path}"
        assert operation["summary"], where
        assert len(operation["description"]) > 20, where
        own = kind(path) in OWN
        assert operation["security"] == [{"key": []}] * (not own) + [{"session": []}], where
        assert {"401", "403", "429", "500"} <= set(operation["responses"]), where
        has_key = {"$ref": "#/components/parameters/IdempotencyKey"} in operation.get(
            "parameters", []
        )
        assert has_key == (method == "POST"), where
        if "{" in path:
            assert "404" in operation["responses"], where


def test_it_names_every_address(schema: Any) -> None:
    """What is routed is described, but for the root and what explains the API."""
    [api] = [
        one
        for one in get_resolver().url_patterns
        if isinstance(one, URLResolver) and one.namespace == "api"
    ]
    routed = {simplify_regex(f"/api/v1/{one.pattern}".replace("^", "")) for one in _leaves(api)}
    unexplained = {"", "schema/", "docs/", "problems/", "problems/<slug>/"}
    described = {path.replace("{id}", "<pk>") for path in schema["paths"]}
    routed = {path.replace("<id>", "<pk>") for path in routed}
    assert routed - {f"/api/v1/{path}" for path in unexplained} == described


def _leaves(resolver: URLResolver) -> list[URLPattern]:
    found = []
    for one in resolver.url_patterns:
        found += _leaves(one) if isinstance(one, URLResolver) else [one]
    return found


def test_a_stranger_is_let_in_nowhere(schema: Any, db: None) -> None:
    for method, path, _operation in operations(schema):
        address = path.replace("{id}", "rm_00000000000000000000000000")
        response = Api().send(method, address, {} if method in ("POST", "PATCH") else None)
        assert (response.status_code, slug(response)) == (401, "unauthenticated"), address


def test_a_key_touches_nothing_that_is_somebodys_own(
    schema: Any, account: Account, alice: User
) -> None:
    api = Api(account, made_by=alice)
    before = User.objects.values().get()
    walked = 0
    for method, path, _operation in operations(schema):
        if kind(path) in OWN:
            address = path.replace("{id}", "in_00000000000000000000000000")
            response = api.send(method, address, {} if method in ("POST", "PATCH") else None)
            assert (response.status_code, slug(response)) == (403, "session-required"), path
            walked += 1
    assert walked == 9
    assert User.objects.values().get() == before


def test_an_organizer_manages_nothing(
    schema: Any, account: Account, alice: User, bob: User, bob_client: Client
) -> None:
    ids = _everything_of(account, alice)
    before = _state(account)
    managed = {"account", "members", "invitations", "api_keys", "erasures"}
    walked = 0
    for method, path, _operation in operations(schema):
        thing = kind(path)
        if thing not in managed or (method == "GET" and thing != "api_keys"):
            continue
        address = path.replace("{id}", ids.get(thing, ""))
        response = bob_client.generic(method, address, "{}", content_type="application/json")
        assert (response.status_code, slug(response)) == (403, "missing-scope"), address
        walked += 1
    assert walked == 12
    assert _state(account) == before


def test_ids_of_another_account_are_not_found(
    schema: Any, account: Account, alice: User, charlie: User
) -> None:
    """Every operation with an id in its path, by a key and by a login of the outsider."""
    theirs = _everything_of(account, alice)
    outsider = Api(charlie.accounts.get(), made_by=charlie)
    browser = Client()
    browser.force_login(charlie, backend="django.contrib.auth.backends.ModelBackend")
    before = _state(account)
    walked = 0
    for method, path, _operation in operations(schema):
        if "{" not in path:
            continue
        address = path.replace("{id}", theirs[kind(path)])
        by_key = outsider.send(method, address, {} if method in ("POST", "PATCH") else None)
        by_login = browser.generic(method, address, "{}", content_type="application/json")
        own = kind(path) in OWN  # a key is refused before anything is looked for
        assert (by_key.status_code, slug(by_key)) == (
            (403, "session-required") if own else (404, "not-found")
        ), address
        assert (by_login.status_code, slug(by_login)) == (404, "not-found"), address
        walked += 1
    assert walked >= 11
    assert _state(account) == before


def test_lists_hold_nothing_of_another_account(
    schema: Any, account: Account, alice: User, charlie: User
) -> None:
    _everything_of(account, alice)
    own = Api(account, made_by=alice)
    outsider = Api(charlie.accounts.get(), made_by=charlie)
    shown_to_own = 0
    for method, path, operation in operations(schema):
        if method != "GET" or "{" in path or not operation["operationId"].endswith("_list"):
            continue
        ours = {json.dumps(one) for one in own.get(path).json()["data"]}
        seen = {json.dumps(one) for one in outsider.get(path).json()["data"]}
        if path != "/api/v1/numbers/":  # the shared ones are everybody's
            assert ours, path
            assert not ours & seen, path
            shown_to_own += 1
    assert shown_to_own >= 15


def _everything_of(account: Account, user: User) -> dict[str, str]:
    """An id of each kind of thing, by the word in the path."""
    room = changes.make(account, name="Secret")
    now = timezone.now()
    conference = Conference.objects.create(room=room, started_at=now)
    stay = Participant.objects.create(conference=conference, room=room, call=room.pk, joined_at=now)
    recording = Recording.objects.create(conference=conference, room=room, started_at=now)
    sound = Sound.objects.create(account=account, name="Secret", file="sounds/x.wav", size=1)
    invitation = Invitation.objects.create(account=account, email="x@y.example", token_hash=room.pk)
    notice = Notice.objects.create(
        account=account,
        recipient=user,
        key=room.pk,
        status="failed",
        kind="presence",
        channel="sms",
    )
    key, _secret = ApiKey.make(account, name="Theirs", scopes=["read"])
    endpoint, _secret = endpoints.make(account, url="https://secret.example/", by=user)
    person = Person.objects.create(account=account, email="theirs@example.com")
    day = timezone.localdate() + dt.timedelta(days=2)
    meeting = planning.plan(
        room, user, title="Secret", first_day=day, starts=dt.time(9), time_zone="UTC"
    )
    invitee = meeting.invitees.get()
    mailing = mailings.start(meeting, "invitation", by=user, audience="one", invitee=invitee)
    occurrence = meeting.occurrences.get()
    asked = CallRequest.objects.create(
        room=room, occurrence=occurrence, invitee=invitee, due_at=occurrence.starts_at
    )
    call = Call.objects.create(uuid=f"63f61863-4a51-{room.pk}", room=room)
    wrong = WrongCode.objects.create(call=call.pk, caller="+34600000098", digits="12", at=now)
    guess = NearGuess.objects.create(wrong=wrong, room=room, at=now)
    return {
        "calls": call_id(call.pk),
        "guesses": f"gs_{guess.pk:026}",
        "meetings": meeting.pk,
        "call_requests": asked.pk,
        "occurrences": occurrence.pk,
        "invitees": invitee.pk,
        "mailings": mailing.pk,
        "feeds": feeds.make(account, by=user).pk,
        "rooms": room.pk,
        "conferences": conference.pk,
        "participants": stay.pk,
        "recordings": recording.pk,
        "sounds": sound.pk,
        "people": person.pk,
        "blocked_numbers": blocked.block(account, "+34600000099").pk,
        "members": Membership.objects.get(user=user).pk,
        "invitations": invitation.pk,
        "me": invitation.pk,
        "notices": notice.pk,
        "api_keys": key.pk,
        "erasures": Erasure.objects.create(account=account, hint="+34 ••• 99").pk,
        "webhook_endpoints": endpoint.pk,
        "webhook_deliveries": endpoints.ping(endpoint).pk,
    }


def _state(account: Account) -> list[Any]:
    models: list[Any] = [
        Account,
        Room,
        Conference,
        Participant,
        Recording,
        Sound,
        Membership,
        Invitation,
        Notice,
        Person,
        BlockedNumber,
        WebhookEndpoint,
        WebhookDelivery,
        Erasure,
    ]
    models += [Meeting, Occurrence, Invitee, Mailing, Feed, CallRequest]
    rows = [list(model.objects.order_by("pk").values()) for model in models]
    return [*rows, list(account.api_keys.values_list("pk", "revoked_at"))]


def test_the_page_to_try_it_needs_no_inline_script_or_style(db: None, client: Client) -> None:
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "unsafe" not in policy
    text = page.content.decode()
    assert "<style" not in text
    assert " style=" not in text
    assert text.count("<script") == text.count("<script src=")
    assert 'data-schema="/api/v1/schema' in text


def test_the_root_says_where_to_look(db: None, client: Client) -> None:
    root = client.get("/api/v1/").json()
    assert root["schema"] == f"{settings.PUBLIC_URL}/api/v1/schema/"
    for name in ("schema", "docs", "problems"):
        assert client.get(root[name].removeprefix(settings.PUBLIC_URL)).status_code == 200
