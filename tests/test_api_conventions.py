"""What holds of every operation: repeats, times, masked numbers, and errors that say what to do."""

import json
import re
from collections.abc import Iterator
from typing import Any

from rooms.accounts.models import Account, IdempotentRequest, User
from rooms.rest.problem_kinds import KINDS
from tests.api_client import Api, Person, slug
from tests.test_api_schema import OWN, _everything_of, kind, operations, schema

__all__ = ["schema"]  # a fixture

WRONG = {"no_such_field": 1}


def test_every_post_is_carried_out_once_for_a_key(
    schema: Any, account: Account, alice: User
) -> None:
    ids = _everything_of(account, alice)
    by_key, by_login = Api(account, made_by=alice), Person(alice)
    walked = 0
    for method, path, _operation in operations(schema):
        if method != "POST":
            continue
        address = path.replace("{id}", ids.get(kind(path), ""))
        api = by_login if kind(path) in OWN else by_key
        first, again = (api.post(address, WRONG, Idempotency_Key=path) for _ in range(2))
        assert 400 <= first.status_code < 500, path
        assert (first.content, "Idempotent-Replayed" in first) == (again.content, False), path
        assert again["Idempotent-Replayed"] == "true", path
        other = api.post(address, {"another": 1}, Idempotency_Key=path)
        assert (other.status_code, slug(other)) == (409, "idempotency-key-reused"), path
        walked += 1
    assert walked >= 55
    assert IdempotentRequest.objects.count() == walked


def test_times_are_in_utc_and_numbers_masked(schema: Any, account: Account, alice: User) -> None:
    """A time as RFC 3339 has it ends with Z; whole numbers are for those who control calls."""
    ids = _everything_of(account, alice)
    answers: dict[str, str] = {}
    for scopes in (["read", "billing"], ["read", "billing", "admin"]):
        api, told = Api(account, *scopes, made_by=alice), ""
        for method, path, _operation in operations(schema):
            if method != "GET" or path.endswith("/file/") or kind(path) in OWN:
                continue
            response = api.get(path.replace("{id}", ids.get(kind(path), "")))
            if response.status_code == 403:  # it needs more than that
                continue
            text = response.getvalue().decode()
            for value in _texts(json.loads(text)):
                if re.match(r"\d{4}-\d{2}-\d{2}T", value):
                    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}(\.\d+)?Z", value), (path, value)
            told += text
        answers[scopes[-1]] = told
    for number in ("+34600000098", "+34600000099"):
        assert number not in answers["billing"]
        assert number in answers["admin"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def test_every_refused_field_is_pointed_at_and_told_what_to_do(
    schema: Any, account: Account, alice: User
) -> None:
    ids = _everything_of(account, alice)
    by_key, by_login = Api(account, made_by=alice), Person(alice)
    pointed = 0
    for method, path, _operation in operations(schema):
        if method not in ("POST", "PATCH") or path == "/api/v1/sounds/":  # a form
            continue
        api = by_login if kind(path) in OWN else by_key
        response = api.send(method, path.replace("{id}", ids.get(kind(path), "")), WRONG)
        if slug(response) == "conflict":  # what it is about cannot be done at all
            continue
        problem = response.json()
        assert problem["status"] == response.status_code == 400, path
        [error] = [one for one in problem["errors"] if one["pointer"] == "/no_such_field"]
        assert error == {
            "pointer": "/no_such_field",
            "detail": "There is no such field. Leave it out or mend its name.",
            "code": "unknown",
        }
        assert problem["detail"] == KINDS["validation"].remedy
        pointed += 1
    assert pointed >= 55


def test_the_types_of_problems_are_a_promise() -> None:
    """Programs compare them: one may be added, and none is renamed or taken away."""
    promised = """
        validation malformed bad-request unauthenticated invalid-key key-expired key-revoked
        missing-scope session-required csrf no-account not-allowed not-found method-not-allowed
        conflict member-exists last-owner idempotency-key-reused request-in-progress too-large
        unsupported-media-type rate-limited internal mail-failed payment-service
    """
    assert set(promised.split()) <= KINDS.keys()
