"""An id that another account has is as good as one that nothing has, wherever it is given."""

from typing import Any

from rooms.accounts.models import Account, User
from rooms.models import PhoneNumber
from rooms.rest.schema import HOLD_IDS, _fields
from tests.api_client import Api, slug
from tests.test_api_schema import _everything_of, _state, kind, operations, schema

__all__ = ["schema"]  # a fixture

# Whose ids fields and parameters of these names hold, where it is not their plural.
HELD = {"person": "people", "endpoint": "webhook_endpoints", "organizer": "users"}
NOWHERE = "zz_00000000000000000000000000"


def test_ids_of_another_account_are_not_found_in_bodies_and_queries(
    schema: Any, account: Account, alice: User, charlie: User
) -> None:
    """Nor are they told from ids that nothing has."""
    own_account = charlie.accounts.get()
    theirs, own = _everything_of(account, alice), _everything_of(own_account, charlie)
    theirs["users"] = alice.pk
    theirs["events"] = account.webhook_events.get(type="ping").pk
    outsider = Api(own_account, made_by=charlie)
    before = _state(account)
    walked = set()
    for method, path, operation in operations(schema):
        for name in _holding_ids(schema, operation):
            pk = theirs[HELD.get(name, f"{name}s")]
            address = path.replace("{id}", own.get(kind(path), ""))
            found = [
                _asked(outsider, method, address, operation, name, one) for one in (pk, NOWHERE)
            ]
            fixed = (method, kind(path)) == ("PATCH", "meetings")  # cannot be set at all
            expected = (400, "validation") if fixed else (404, "not-found")
            for response in found:
                assert (response.status_code, slug(response)) == expected, (method, path, name)
            [first, second] = [response.json() for response in found]
            assert first["errors"] == second["errors"], (method, path, name)
            walked.add((path, name))
    assert len(walked) >= 20
    assert _state(account) == before


def _holding_ids(schema: Any, operation: Any) -> set[str]:
    shapes = schema["components"]["schemas"]
    query = {one["name"] for one in operation.get("parameters", []) if one.get("in") == "query"}
    return (query | _fields(operation, shapes)) & HOLD_IDS


def _asked(api: Api, method: str, address: str, operation: Any, name: str, pk: str) -> Any:
    """The operation's own example, but with this id."""
    if method == "GET":
        return api.get(f"{address}?{name}={pk}")
    [content] = operation["requestBody"]["content"].values()
    examples = [one["value"] for one in content.get("examples", {}).values()]
    example = examples[0] if examples else {}
    kept = {field: value for field, value in example.items() if field not in HOLD_IDS}
    return api.send(method, address, {**kept, name: pk})


def test_a_number_of_another_account_is_not_told_from_one_that_is_nobodys(
    account: Account, charlie: User
) -> None:
    PhoneNumber.objects.create(number="+15550777", account=account)
    api = Api(charlie.accounts.get())
    answers = [
        api.post("rooms/", {"name": "Mine", "shown_numbers": [number]}).json()["errors"]
        for number in ("+15550777", "+15550778")
    ]
    assert answers[0] == answers[1]
