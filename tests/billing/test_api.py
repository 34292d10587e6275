"""The API's plan: the scope billing, and the same rules as on the pages."""

from typing import Any

import pytest
from django.utils import timezone

from billing import checkout
from billing.models import CheckoutAttempt, Customer
from rooms.accounts.models import Account, User
from tests.api_client import Api, Person, codes, slug
from tests.billing.fake_stripe import FakeStripe
from tests.billing.money import DAY, subscribe, unpaid_since

READ = ["billing/", "billing/invoices/"]
SENT = ["billing/checkout/", "billing/portal/"]


def down(_method: str, _path: str) -> tuple[int, dict[str, Any]]:
    return 503, {"error": {"type": "api_error", "message": "down"}}


@pytest.fixture
def api(account: Account, alice: User) -> Api:
    return Api(account, "billing", made_by=alice)


@pytest.mark.parametrize("path", READ)
def test_reading_needs_the_scope(
    account: Account, alice: User, bob: User, fake: FakeStripe, path: str
) -> None:
    assert Api(account, "billing").get(path).status_code == 200
    assert Person(alice).get(path).status_code == 200
    for lacking in (Api(account, "read", "rooms", "admin"), Person(bob)):
        assert slug(lacking.get(path)) == "missing-scope"
    assert slug(Api().get(path)) == "unauthenticated"


@pytest.mark.parametrize("path", SENT)
def test_so_does_paying(account: Account, bob: User, fake: FakeStripe, path: str) -> None:
    for lacking in (Api(account, "read", "rooms", "admin"), Person(bob)):
        assert lacking.post(path).status_code == 403
    assert slug(Api().post(path)) == "unauthenticated"
    assert fake.requests == []


def test_a_trial(api: Api) -> None:
    told = api.get("billing").json()
    assert (told["phase"], told["trial_days_left"], told["hosting"]) == ("trial", 14, True)
    assert told["price"] == {"amount": 5000, "currency": "usd", "interval": "month"}
    assert told["renews_at"] is None


def test_a_failed_payment(api: Api, account: Account) -> None:
    unpaid_since(account, 8 * DAY)
    told = api.get("billing").json()
    assert (told["phase"], told["hosting"]) == ("past_due", False)
    assert told["grace_until"] == told["hosting_until"]


def test_each_reads_their_own(account: Account, charlie: User) -> None:
    subscribe(account)
    assert Person(charlie).get("billing").json()["phase"] == "trial"


def test_checkout_gives_one_page_however_often_it_is_asked(
    api: Api, account: Account, fake: FakeStripe
) -> None:
    found = {api.post("billing/checkout").json()["url"] for _time in range(3)}
    assert found == {CheckoutAttempt.objects.get().url}
    assert Customer.objects.get().email == "alice@example.com"


def test_a_key_that_nobody_made_pays_for_the_owner(
    account: Account, alice: User, fake: FakeStripe
) -> None:
    assert Api(account, "billing").post("billing/checkout").status_code == 200
    assert Customer.objects.get().email == "alice@example.com"


def test_it_takes_no_fields(api: Api, fake: FakeStripe) -> None:
    assert codes(api.post("billing/checkout", {"price": "1"})) == {"/price": "unknown"}
    assert codes(api.post("billing/portal", {"price": "1"})) == {"/price": "unknown"}


def test_who_never_paid_has_no_portal(api: Api, fake: FakeStripe) -> None:
    assert slug(api.post("billing/portal")) == "conflict"


def test_the_portal(api: Api, customer: Customer) -> None:
    assert api.post("billing/portal").json()["url"].startswith("https://")


@pytest.mark.parametrize("path", SENT)
def test_stripe_being_down_is_a_problem_that_passes(
    api: Api, customer: Customer, fake: FakeStripe, path: str
) -> None:
    fake.trouble = down
    failed = api.post(path, Idempotency_Key="once")
    assert slug(failed) == "payment-service"
    fake.trouble = None
    assert api.post(path, Idempotency_Key="once").status_code == 200, "a failure is not kept"


def test_the_plan_is_told_while_stripe_is_down(
    api: Api, customer: Customer, fake: FakeStripe
) -> None:
    fake.trouble = down
    assert api.get("billing").json()["phase"] == "trial"
    assert slug(api.get("billing/invoices")) == "payment-service"


def test_invoices(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    made = timezone.now()
    invoice = checkout.Invoice("in_1", "A-1", "paid", 5000, "usd", made, None, None)
    monkeypatch.setattr(checkout, "invoices", lambda _account: [invoice])
    told = api.get("billing/invoices").json()
    assert told["next_cursor"] is None
    assert [one["number"] for one in told["data"]] == ["A-1"]
