"""The operator's money: who stands where, what they bring and cost, and events to run again."""

import datetime as dt
import html
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import books, subscriptions
from billing.models import Customer, StripeEvent
from rooms import changes
from rooms.accounts.models import Account, User
from rooms.conferences.models import Conference, Participant, UsageRecord
from tests.billing.money import DAY, ended, subscribe, trial_left, unpaid_since

ACCOUNTS = "/admin/accounts/account/"
EVENTS = "/admin/billing/stripeevent/"
NOW = timezone.now()


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    user = User.objects.create_superuser("operator@example.com", "correct horse battery")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, address: str) -> str:
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return " ".join(html.unescape(response.content.decode()).split())


def used(account: Account, cost: str | None, ended_at: dt.datetime = NOW) -> None:
    """An hour in a room that the carrier charged `cost` euros for."""
    room = changes.make(account, name="Standup")
    conference = Conference.objects.create(room=room, started_at=ended_at)
    stay = Participant.objects.create(
        room=room,
        conference=conference,
        call=f"call-{Participant.objects.count()}",
        joined_at=ended_at - dt.timedelta(hours=1),
        left_at=ended_at,
    )
    UsageRecord.objects.create(
        participant=stay,
        account=account,
        room=room,
        started_at=ended_at - dt.timedelta(hours=1),
        ended_at=ended_at,
        seconds=3600,
        carrier_cost=cost and Decimal(cost),
    )


def book(account: Account) -> Any:
    return books.with_books(Account.objects.filter(pk=account.pk), NOW.date()).get()


@pytest.mark.parametrize(
    ("prepare", "state"),
    [
        (lambda one: None, "trial"),
        (lambda one: trial_left(one, -DAY), "none"),
        (subscribe, "active"),
        (lambda one: subscribe(one, cancel_at_period_end=True), "ending"),
        (lambda one: subscribe(one, cancel_at=NOW + DAY), "ending"),
        (lambda one: unpaid_since(one, 2 * DAY), "past_due"),
        (lambda one: unpaid_since(one, 9 * DAY), "past_due"),
        (lambda one: ended(one, DAY), "ended"),
        (lambda one: subscribe(one, price_id="price_other"), "none"),
        (lambda one: subscribe(one, status="incomplete_expired"), "none"),
    ],
)
def test_sql_finds_the_state_that_the_pages_tell(
    account: Account, prepare: Any, state: str
) -> None:
    prepare(account)
    account.refresh_from_db()
    assert book(account).state == state
    assert subscriptions.standing(account, timezone.now()).phase == state


def test_a_closed_account_is_told_apart(account: Account) -> None:
    Account.objects.update(closed_at=NOW)
    assert book(account).state == "closed"


def test_revenue_is_what_is_paid_each_month(account: Account) -> None:
    assert book(account).revenue == 0
    subscribe(account)
    assert book(account).revenue == 5000
    subscribe(account)
    assert book(account).revenue == 10_000, "a doubled one is paid twice"
    subscribe(account, price_id="price_other", amount=900)
    subscribe(account, status="past_due")
    ended(account, DAY)
    assert book(account).revenue == 10_000


def test_cost_is_of_one_month(account: Account, charlie: User, settings: Any) -> None:
    settings.EURO_IN_CENTS = 120
    subscribe(account)
    used(account, "1.5")
    used(account, "0.25")
    used(account, None)
    used(account, "99", ended_at=NOW - 40 * DAY)
    used(charlie.accounts.get(), "7")
    told = book(account)
    assert (told.cost, told.seconds) == (Decimal("1.75"), 3 * 3600)
    assert books.margin(told.revenue, told.cost) == 5000 - 210
    of_all = books.totals(NOW.date())
    assert (of_all.revenue, of_all.cost, of_all.unpriced) == (5000, Decimal("8.75"), 1)
    assert of_all.margin == 5000 - 1050


def test_the_list_shows_it(account: Account, charlie: User, operator: Client) -> None:
    subscribe(account)
    used(account, "10")
    found = " ".join(re.sub("<[^>]+>", " ", page(operator, ACCOUNTS)).split())
    assert "$50 60 €10 $39" in found
    assert "on trial 1 paying 1 " in found


def test_it_is_filtered_by_state_and_month(
    account: Account, charlie: User, operator: Client
) -> None:
    subscribe(account)
    used(account, "10")
    assert "Acme" in page(operator, f"{ACCOUNTS}?state=active")
    assert ">Acme<" not in page(operator, f"{ACCOUNTS}?state=trial")
    before = NOW.date().replace(day=1) - DAY
    assert "€10" not in page(operator, f"{ACCOUNTS}?month={before:%Y-%m}")
    assert "€10" in page(operator, f"{ACCOUNTS}?month={NOW:%Y-%m}")
    assert "€10" in page(operator, f"{ACCOUNTS}?month=nonsense")
    for column in range(2, 7):
        assert ">Acme<" in page(operator, f"{ACCOUNTS}?o={column}")


@pytest.fixture
def event(account: Account) -> StripeEvent:
    """About a customer who is not ours: nothing is to be asked of Stripe."""
    return StripeEvent.objects.create(
        id="evt_1",
        type="invoice.paid",
        livemode=False,
        body={"id": "evt_1", "data": {"object": {"object": "customer", "id": "cus_other"}}},
        attempts=3,
        error="OperationalError: locked",
    )


def test_events_that_failed_are_found(event: StripeEvent, operator: Client) -> None:
    assert "evt_1" in page(operator, f"{EVENTS}?outcome=failed")
    assert "evt_1" not in page(operator, f"{EVENTS}?outcome=done")
    assert "?outcome=failed" in page(operator, ACCOUNTS)


def test_an_event_is_run_again_by_its_button(event: StripeEvent, operator: Client) -> None:
    again = reverse("admin:billing_stripeevent_run_again", args=[event.pk])
    own = f"{EVENTS}{event.pk}/change/"
    assert again in page(operator, own)
    assert operator.get(again).status_code == 405
    response = operator.post(again, follow=True)
    assert "1 event was processed." in response.content.decode()
    event.refresh_from_db()
    assert event.processed_at
    assert event.error == ""
    assert again not in page(operator, own)


def test_or_with_others_from_the_list(event: StripeEvent, operator: Client) -> None:
    data = {"action": "run_again", "_selected_action": [event.pk]}
    response = operator.post(EVENTS, data, follow=True)
    assert "1 event was processed." in response.content.decode()


def test_one_that_fails_again_says_so(
    event: StripeEvent, account: Account, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_account: Account) -> None:
        raise ValueError("still broken")

    monkeypatch.setattr(subscriptions, "sync_account", fail)
    Customer.objects.create(
        account=account, stripe_id="cus_other", email="a@example.com", trial_end=NOW
    )
    again = reverse("admin:billing_stripeevent_run_again", args=[event.pk])
    assert "The others still fail." in operator.post(again, follow=True).content.decode()
    event.refresh_from_db()
    assert event.error == "ValueError: still broken"


def test_members_and_strangers_run_nothing(
    event: StripeEvent, alice_client: Client, bob_client: Client, charlie_client: Client
) -> None:
    again = reverse("admin:billing_stripeevent_run_again", args=[event.pk])
    for somebody in (alice_client, bob_client, charlie_client, Client()):
        assert somebody.post(again).status_code == 302
    event.refresh_from_db()
    assert event.processed_at is None


def test_staff_without_the_permission_run_nothing(
    event: StripeEvent, alice: User, alice_client: Client
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    again = reverse("admin:billing_stripeevent_run_again", args=[event.pk])
    assert alice_client.post(again).status_code == 403


def test_its_theme_widens_the_policy_there_alone(operator: Client) -> None:
    wider, strict = (
        operator.get(address).headers["Content-Security-Policy"] for address in ("/admin/", "/")
    )
    assert "script-src 'self' 'unsafe-eval'" in wider
    assert "style-src 'self' 'unsafe-inline'" in wider
    assert "script-src 'self' 'unsafe-inline'" not in wider
    assert "unsafe" not in strict
