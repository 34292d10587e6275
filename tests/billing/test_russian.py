"""Billing in Russian: its pages, the sandbox's, and what is told about money and minutes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from billing import notices
from rooms.accounts.models import Account, User
from rooms.models import Room
from rooms.notices import minutes, outbox
from rooms.notices.models import Notice
from tests.billing.fake_stripe import FakeStripe
from tests.billing.money import DAY, ended, subscribe, trial_left, unpaid_since, where
from tests.billing.test_sandbox_api import customer, session, subscribed
from tests.billing.test_sandbox_pages import portal_of
from tests.russian import ASKS, check, foreign
from tests.usage_rows import at, going_on

Prepare = Callable[[Account], Any]
STATES: dict[str, Prepare] = {
    "trial": lambda one: trial_left(one, 10 * DAY),
    "trial ending": lambda one: trial_left(one, 2 * DAY),
    "trial over": lambda one: trial_left(one, -DAY),
    "active": subscribe,
    "ending": lambda one: subscribe(one, cancel_at=timezone.now() + DAY),
    "past due": lambda one: unpaid_since(one, 2 * DAY),
    "unpaid": lambda one: unpaid_since(one, 8 * DAY),
    "ended": lambda one: ended(one, DAY),
    "doubled": lambda one: (subscribe(one), subscribe(one)),
}


@pytest.fixture
def russian(alice: User, bob: User, account: Account) -> Account:
    User.objects.filter(pk=alice.pk).update(name="Анна", language="ru", time_zone="Europe/Moscow")
    User.objects.filter(pk=bob.pk).update(name="Борис", language="ru")
    Account.objects.update(name="Мастерская", language="ru")
    account.refresh_from_db()
    return account


def told() -> list[str]:
    """Every notice, subject first, once it was seen to be in Russian."""
    texts = [f"{one.subject}\n{one.text}" for one in Notice.objects.order_by("created_at", "pk")]
    for text in texts:
        assert foreign(text) == set(), text
    return texts


@pytest.mark.parametrize("state", STATES)
def test_the_plan_is_in_russian_however_the_account_stands(
    fake: FakeStripe, russian: Account, alice_client: Client, bob_client: Client, state: str
) -> None:
    STATES[state](russian)
    check(alice_client, "/billing/")
    for client in (alice_client, bob_client):
        banner = strip_tags(client.get("/billing/banner/", headers=ASKS).text)
        assert foreign(banner) == set(), banner


@pytest.mark.django_db
def test_the_sandbox_is_in_russian(client: Client) -> None:
    opened = session(customer().id)
    check(client, f"/billing/sandbox/checkout/{opened.id}/")
    made = subscribed()
    check(client, portal_of(made))
    check(client, f"/billing/sandbox/invoices/{made.invoices.get().pk}/")


@pytest.mark.parametrize("state", ["trial over", "unpaid", "ended", "trial ending"])
def test_what_the_sweep_tells_is_in_russian(russian: Account, state: str) -> None:
    STATES[state](russian)
    notices.sweep()
    (text,) = told()
    assert "аккаунта «Мастерская»" in text


def test_what_a_change_tells_is_in_russian(russian: Account) -> None:
    unpaid_since(russian, 2 * DAY)
    standing = where(russian)
    notices.tell_payment_failed(russian, standing)
    notices.tell_payment_ok(russian, standing, standing)
    notices.tell_doubled(russian, standing)
    assert len(told()) == 3


def test_what_the_minutes_tell_is_in_russian(russian: Account, room: Room, settings: Any) -> None:
    settings.INCLUDED_MINUTES = 100
    Room.objects.update(name="Планёрка")
    now = at("2026-03-15 12:00")
    going_on(room, "2026-03-15 10:35")
    minutes.tell(now)
    minutes.tell(now + DAY / 24)
    for used_up in (True, False):
        outbox.record(
            russian,
            kind=Notice.Kind.REFUSED,
            key=f"refused:{used_up}",
            template="usage/notices/refused.txt",
            context={"room": Room.objects.get(), "at": now, "used_up": used_up},
        )
    texts = told()
    assert texts[0].startswith("Мастерская: использовано 80 % минут (отведено: 100 минут)\n")
    assert len(texts) == 4
