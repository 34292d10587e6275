"""The API's webhook endpoints and their log."""

import logging
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rooms.accounts.models import Account, IdempotentRequest, Membership, User
from rooms.notices.hooks import endpoints
from rooms.notices.hooks.events import TYPES
from rooms.notices.hooks.models import WebhookDelivery, WebhookEndpoint
from tests.api_client import Api, Person, codes, slug
from tests.hooks import hook_rows, telling
from tests.hooks.hook_rows import URL
from tests.hooks.receiver import Receiver, status

BODY: dict[str, Any] = {"url": URL, "description": "Booking site", "event_types": ["room.made"]}
LIST = "webhook_endpoints/"
LOG = "webhook_deliveries/"


@pytest.fixture
def api(account: Account, alice: User) -> Api:
    return Api(account, "admin", made_by=alice)


@pytest.fixture
def endpoint(account: Account, alice: User) -> WebhookEndpoint:
    return hook_rows.make(account, by=alice)


def path(row: WebhookEndpoint | WebhookDelivery, action: str = "") -> str:
    return f"{LIST if isinstance(row, WebhookEndpoint) else LOG}{row.pk}/{action}"


def test_an_endpoint_is_made_and_its_secret_told_once(
    api: Api, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = api.post(LIST, BODY)
    assert answer.status_code == 201
    made = answer.json()
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    row = WebhookEndpoint.objects.get()
    assert endpoints.secret_of(row) == secret
    assert secret not in str(vars(row))
    assert {**BODY, "id": row.pk, "made_by": alice.pk, "enabled": True}.items() <= made.items()
    assert (made["disabled_why"], made["disabled_at"], made["failing_since"]) == (None,) * 3
    assert api.get(path(row)).json() == made
    assert api.get(LIST).json()["data"] == [made]
    changed = api.patch(path(row), {"description": "Shop"})
    for later in (api.get(path(row)), api.get(LIST), changed):
        assert b'secret"' not in later.content
        assert secret.encode() not in later.content
    assert secret not in caplog.text


def test_a_repeat_gets_the_same_secret_and_what_is_kept_is_encrypted(
    api: Api, account: Account
) -> None:
    first, second = (api.post(LIST, BODY, Idempotency_Key="k") for _ in range(2))
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert WebhookEndpoint.objects.count() == 1
    assert first.json()["secret"] not in IdempotentRequest.objects.get().body


def test_it_is_told_of_everything_unless_it_chooses(api: Api) -> None:
    assert api.post(LIST, {"url": URL}).json()["event_types"] == []
    chosen = ["room.made", "conference.started", "room.made"]
    told = api.post(LIST, {"url": URL, "event_types": chosen}).json()["event_types"]
    assert told == ["conference.started", "room.made"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"/url": "required"}),
        ({"url": "example.com"}, {"/url": "invalid"}),
        ({"url": "ftp://example.com/"}, {"/url": "invalid"}),
        ({"url": "http://10.0.0.1/"}, {"/url": "invalid"}),
        ({"url": URL, "event_types": ["no.such"]}, {"/event_types/0": "invalid_choice"}),
        ({"url": URL, "description": "two\nlines"}, {"/description": "invalid"}),
        ({"url": URL, "secret": "whsec_mine"}, {"/secret": "read_only"}),
        ({"url": URL, "enabled": False}, {"/enabled": "read_only"}),
    ],
)
def test_what_cannot_be_accepted_is_said_at_its_field(
    api: Api, settings: Any, body: dict[str, Any], wrong: dict[str, str]
) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    assert codes(api.post(LIST, body)) == wrong
    assert not WebhookEndpoint.objects.exists()


def test_an_account_has_so_many_endpoints_and_no_more(api: Api, account: Account) -> None:
    for _ in range(endpoints.MOST):
        hook_rows.make(account)
    refused = api.post(LIST, BODY)
    assert (refused.status_code, slug(refused)) == (409, "conflict")


def test_what_is_given_is_changed_and_the_rest_stays(api: Api, endpoint: WebhookEndpoint) -> None:
    url = "https://hooks.example.com/other"
    changed = api.patch(path(endpoint), {"url": url, "event_types": ["number.blocked"]}).json()
    assert (changed["url"], changed["event_types"]) == (url, ["number.blocked"])
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.event_types) == (url, ["number.blocked"])
    assert codes(api.patch(path(endpoint), {"made_by": "us_1"})) == {"/made_by": "read_only"}


def test_it_is_switched_off_and_on(api: Api, endpoint: WebhookEndpoint) -> None:
    off = api.patch(path(endpoint), {"enabled": False}).json()
    assert (off["enabled"], off["disabled_why"]) == (False, "member")
    assert off["disabled_at"]
    assert api.patch(path(endpoint), {"enabled": False}).json() == off
    on = api.patch(path(endpoint), {"enabled": True}).json()
    assert (on["enabled"], on["disabled_why"], on["disabled_at"]) == (True, None, None)


def test_a_new_secret_is_told_once_and_the_old_one_signs_for_a_day(
    api: Api, endpoint: WebhookEndpoint
) -> None:
    old = endpoints.secret_of(endpoint)
    rotated = api.post(path(endpoint, "rotate_secret/")).json()
    secret = rotated.pop("secret")
    assert secret != old
    endpoint.refresh_from_db()
    assert endpoints.secret_of(endpoint) == secret
    assert endpoint.signs_with_previous(timezone.now())
    assert rotated["previous_secret_until"]
    assert api.get(path(endpoint)).json() == rotated
    assert codes(api.post(path(endpoint, "rotate_secret/"), {"x": 1})) == {"/x": "unknown"}


def test_a_deleted_endpoint_takes_its_log_with_it(
    api: Api, endpoint: WebhookEndpoint, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        hook_rows.attempt(hook_rows.delivery(endpoint))
    with django_assert_max_num_queries(20):  # however long the log is
        assert api.delete(path(endpoint)).status_code == 204
    assert api.get(path(endpoint)).status_code == 404
    assert api.get(LOG).json()["data"] == []
    assert not WebhookDelivery.objects.exists()


def test_a_ping_makes_a_delivery_that_can_be_read(api: Api, endpoint: WebhookEndpoint) -> None:
    endpoints.change(endpoint, event_types=["room.made"])
    answer = api.post(path(endpoint, "ping/"))
    assert answer.status_code == 201
    made = answer.json()
    assert (made["event_type"], made["status"]) == ("ping", "pending")
    assert (made["endpoint"], made["delivered_at"]) == (endpoint.pk, None)
    assert made["due_at"]
    told = api.get(f"{LOG}{made['id']}/").json()
    assert made.items() <= told.items()
    assert '"type":"ping"' in told["body"]
    assert told["attempts"] == []
    api.patch(path(endpoint), {"enabled": False})
    assert slug(api.post(path(endpoint, "ping/"))) == "conflict"


def test_the_log_tells_what_was_sent_and_answered(api: Api, endpoint: WebhookEndpoint) -> None:
    row = hook_rows.delivery(endpoint, "failed", tries=2)
    hook_rows.attempt(row, None)
    hook_rows.attempt(row, 500)
    told = api.get(path(row)).json()
    assert (told["event"], told["event_type"]) == (row.event_id, "room.made")
    assert (told["status"], told["tries"], told["due_at"]) == ("failed", 2, None)
    nothing, refused = told["attempts"]
    assert (nothing["status_code"], nothing["error"]) == (None, "Nothing answered.")
    assert (refused["status_code"], refused["milliseconds"]) == (500, 1234)
    assert refused["request_headers"]["webhook-id"] == row.event_id
    assert refused["response_body"].startswith("{")


def test_the_log_is_sorted_filtered_and_paged(
    api: Api, account: Account, endpoint: WebhookEndpoint
) -> None:
    second = hook_rows.make(account)
    rows = [hook_rows.delivery(endpoint, ago=10 * n) for n in range(3)]
    other = hook_rows.delivery(second, "failed", ago=15)
    order = [rows[0], rows[1], other, rows[2]]

    def listed(query: str = "") -> list[str]:
        return [one["id"] for one in api.get(f"{LOG}?{query}").json()["data"]]

    assert listed() == [row.pk for row in order]
    assert listed("status=failed") == listed(f"endpoint={second.pk}") == [other.pk]
    assert listed(f"event={rows[1].event_id}") == [rows[1].pk]
    assert listed(f"endpoint={endpoint.pk}&status=failed") == []
    first = api.get(f"{LOG}?limit=3").json()
    assert len(first["data"]) == 3
    assert listed(f"limit=3&cursor={first['next_cursor']}") == [rows[2].pk]
    assert codes(api.get(f"{LOG}?status=lost")) == {"status": "invalid"}
    for name in ("endpoint", "event"):
        assert api.get(f"{LOG}?{name}=we_00000000000000000000000000").status_code == 404
        assert api.get(f"{LOG}?{name}=x").status_code == 404


def test_the_log_takes_few_statements_however_long_it_is(
    api: Api, endpoint: WebhookEndpoint, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        hook_rows.attempt(hook_rows.delivery(endpoint))
    with django_assert_max_num_queries(10):
        assert len(api.get(LOG).json()["data"]) == 30


def test_what_arrived_or_failed_is_sent_again(api: Api, endpoint: WebhookEndpoint) -> None:
    for ended in ("failed", "delivered"):
        row = hook_rows.delivery(endpoint, ended, tries=9)
        again = api.post(path(row, "send_again/"))
        assert again.status_code == 200
        told = again.json()
        assert (told["status"], told["tries"], told["event"]) == ("pending", 0, row.event_id)
        assert slug(api.post(path(row, "send_again/"))) == "conflict", "it waits already"
    failed = hook_rows.delivery(endpoint, "failed")
    api.patch(path(endpoint), {"enabled": False})
    assert slug(api.post(path(failed, "send_again/"))) == "conflict"


def test_what_is_sent_and_answered_can_be_read_and_is_the_same_again(
    api: Api, account: Account
) -> None:
    with Receiver(status(500, b'{"why": "moving"}')) as receiver:
        made = api.post(LIST, {"url": receiver.url}).json()
        ping = api.post(f"{LIST}{made['id']}/ping/").json()
        telling.deliver()
        failed = api.get(f"{LOG}{ping['id']}/").json()
        [tried] = failed["attempts"]
        assert (tried["status_code"], tried["response_body"]) == (500, '{"why": "moving"}')
        receiver.then = status(204, b"")
        api.post(f"{LOG}{ping['id']}/send_again/")
        telling.deliver()
        told = api.get(f"{LOG}{ping['id']}/").json()
        first, second = receiver.verified(made["secret"])
    assert first == second
    assert [one.body.decode() for one in receiver.got] == [told["body"]] * 2
    assert receiver.events() == [ping["event"]] * 2
    assert (failed["status"], told["status"], told["tries"]) == ("failed", "delivered", 1)
    assert [one["status_code"] for one in told["attempts"]] == [500, 204]
    assert [one["request_body"] for one in told["attempts"]] == [told["body"]] * 2


def _operations(endpoint: WebhookEndpoint, row: WebhookDelivery) -> list[tuple[str, str, Any]]:
    return [
        ("GET", LIST, None),
        ("POST", LIST, BODY),
        ("GET", path(endpoint), None),
        ("PATCH", path(endpoint), {"description": "Mine"}),
        ("POST", path(endpoint, "rotate_secret/"), None),
        ("POST", path(endpoint, "ping/"), None),
        ("GET", LOG, None),
        ("GET", path(row), None),
        ("POST", path(row, "send_again/"), None),
        ("DELETE", path(endpoint), None),
    ]


def test_only_who_manages_the_account_is_let_in(
    account: Account, endpoint: WebhookEndpoint, bob: User
) -> None:
    row = hook_rows.delivery(endpoint, "failed")
    others = Api(account, "read", "rooms", "meetings", "control", "billing")
    for method, address, body in _operations(endpoint, row):
        for caller in (others, Person(bob)):
            refused = caller.send(method, address, body)
            assert (refused.status_code, slug(refused)) == (403, "missing-scope"), address
            assert URL not in refused.content.decode()
        assert Api().send(method, address, body).status_code == 401
    Membership.objects.filter(user=bob).update(role="admin")
    for method, address, body in _operations(endpoint, row):
        assert Person(bob).send(method, address, body).status_code < 300, address


def test_an_outsider_finds_nothing(endpoint: WebhookEndpoint, charlie: User) -> None:
    row = hook_rows.delivery(endpoint, "failed")
    for caller in (Person(charlie), Api(charlie.accounts.get())):
        assert caller.get(LIST).json()["data"] == caller.get(LOG).json()["data"] == []
        for method, address, body in _operations(endpoint, row):
            if address not in (LIST, LOG):
                assert caller.send(method, address, body).status_code == 404, address
        assert caller.get(f"{LOG}?endpoint={endpoint.pk}").status_code == 404
        assert caller.get(f"{LOG}?event={row.event_id}").status_code == 404
    endpoint.refresh_from_db()
    assert endpoint.description == ""
    row.refresh_from_db()
    assert row.status == "failed"


def test_the_schema_names_every_event(client: Client, db: None) -> None:
    schema = client.get("/api/v1/schema/").json()["components"]["schemas"]
    items = schema["WebhookEndpoint"]["properties"]["event_types"]["items"]
    named = schema[items["$ref"].rpartition("/")[2]] if "$ref" in items else items
    assert named["enum"] == list(TYPES)
    for name, one in TYPES.items():
        assert f"* `{name}` - {one.label}" in named["description"]
