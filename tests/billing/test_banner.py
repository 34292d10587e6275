"""The banner: who sees what, and the one button that mends it."""

import datetime as dt
import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rooms.accounts.models import Account, Membership, Role, User
from tests.billing.money import DAY, ended, subscribe, trial_left, unpaid_since

CHECKOUT = 'action="/billing/checkout/"'
PORTAL = 'action="/billing/portal/"'


def banner(client: Client, **headers: str) -> str:
    response = client.get(reverse("billing:banner"), headers=headers)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def nothing(account: Account) -> None:
    pass


@pytest.mark.parametrize(
    ("prepare", "words", "button"),
    [
        (lambda one: trial_left(one, 3 * DAY - dt.timedelta(hours=1)), "Your trial ends", CHECKOUT),
        (lambda one: trial_left(one, -DAY), "Your trial is over", CHECKOUT),
        (lambda one: unpaid_since(one, 2 * DAY), "The last payment failed.", PORTAL),
        (lambda one: unpaid_since(one, 8 * DAY), "because the last payment failed", PORTAL),
        (lambda one: ended(one, DAY), "Your subscription has ended", CHECKOUT),
    ],
    ids=["trial ends soon", "trial over", "payment failed", "grace over", "ended"],
)
def test_what_is_wrong_comes_with_the_button_that_mends_it(
    account: Account,
    alice_client: Client,
    prepare: Callable[[Account], Any],
    words: str,
    button: str,
) -> None:
    prepare(account)
    page = banner(alice_client)
    assert words in page
    assert page.count("<button") == 1
    assert button in page


@pytest.mark.parametrize(
    "prepare",
    [nothing, subscribe, lambda one: subscribe(one, cancel_at_period_end=True)],
    ids=["trial of two weeks", "subscribed", "cancelled"],
)
def test_where_nothing_is_wrong_there_is_no_banner(
    account: Account, alice_client: Client, prepare: Callable[[Account], Any]
) -> None:
    prepare(account)
    page = banner(alice_client)
    assert "<button" not in page
    assert "<section" not in page


def test_the_plans_page_says_it_itself(account: Account, alice_client: Client) -> None:
    trial_left(account, -DAY)
    assert "<button" not in banner(alice_client, HX_Current_URL="http://testserver/billing/")
    assert "<button" in banner(alice_client, HX_Current_URL="http://testserver/rooms/")


def test_the_days_of_the_trial_are_on_every_page(account: Account, alice_client: Client) -> None:
    assert "trial: 14 days left" in banner(alice_client)
    trial_left(account, dt.timedelta(hours=3))
    assert "trial: 1 day left" in banner(alice_client)
    subscribe(account)
    assert "trial" not in banner(alice_client)


@pytest.mark.parametrize("left", [2 * DAY, 14 * DAY])
def test_organizers_are_told_nothing_of_the_trial(
    account: Account, bob_client: Client, left: dt.timedelta
) -> None:
    trial_left(account, left)
    assert banner(bob_client).strip() == ""


def test_organizers_learn_that_rooms_are_closed_and_whom_to_tell(
    account: Account, alice: User, bob_client: Client
) -> None:
    unpaid_since(account, 8 * DAY)
    page = banner(bob_client)
    assert "Your rooms are closed at the moment." in page
    assert "mailto:alice@example.com" in page
    for word in ("payment", "trial", "$", "ubscri", "<button", "<form"):
        assert word not in page


def test_organizers_see_nothing_while_a_failed_payment_does_not_close_rooms(
    account: Account, bob_client: Client
) -> None:
    unpaid_since(account, 2 * DAY)
    assert banner(bob_client).strip() == ""


def test_admins_see_what_owners_see(account: Account, bob: User, bob_client: Client) -> None:
    Membership.objects.filter(user=bob).update(role=Role.ADMIN)
    unpaid_since(account, 8 * DAY)
    assert PORTAL in banner(bob_client)


def test_each_sees_their_own_account(account: Account, alice: User, charlie_client: Client) -> None:
    unpaid_since(account, 8 * DAY)
    assert "<section" not in banner(charlie_client)


def test_strangers_log_in_first(client: Client, db: None) -> None:
    response = client.get(reverse("billing:banner"))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_every_page_of_a_member_fetches_it(
    account: Account, alice_client: Client, client: Client
) -> None:
    fetched = f'hx-get="{reverse("billing:banner")}"'
    for name in ("rooms:list", "accounts:you", "notices:list", "billing:plan"):
        assert fetched in alice_client.get(reverse(name)).content.decode()
    assert fetched not in client.get(reverse("landing")).content.decode()
