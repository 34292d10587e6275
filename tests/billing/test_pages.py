"""The plan's pages: owners and admins see money, organizers and strangers do not."""

import datetime as dt
import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import checkout
from billing.models import CheckoutAttempt, Customer
from rooms.accounts.models import Account, Membership, Role, User
from tests.billing.fake_stripe import FakeStripe
from tests.billing.money import DAY, ended, subscribe, trial_left, unpaid_since

PLAN = "/billing/"
READ = ["billing:plan", "billing:invoices", "billing:returned", "billing:back"]
SENT = ["billing:checkout", "billing:portal"]
CHECKOUT = 'action="/billing/checkout/"'
PORTAL = 'action="/billing/portal/"'


def page(client: Client, name: str = "billing:plan", **headers: str) -> str:
    response = client.get(reverse(name), follow=True, headers=headers)
    assert response.status_code == 200
    return " ".join(html.unescape(response.content.decode()).split())


def down(_method: str, _path: str) -> tuple[int, dict[str, Any]]:
    return 503, {"error": {"type": "api_error", "message": "down"}}


@pytest.mark.parametrize("name", READ)
def test_money_is_for_owners_and_admins(
    fake: FakeStripe, alice_client: Client, bob: User, bob_client: Client, client: Client, name: str
) -> None:
    assert alice_client.get(reverse(name), follow=True).status_code == 200
    assert bob_client.get(reverse(name)).status_code == 403
    assert client.get(reverse(name)).headers["Location"].startswith("/accounts/login/")
    Membership.objects.filter(user=bob).update(role=Role.ADMIN)
    assert bob_client.get(reverse(name), follow=True).status_code == 200


@pytest.mark.parametrize("name", SENT)
def test_only_they_are_sent_to_stripe(
    fake: FakeStripe, alice_client: Client, bob_client: Client, client: Client, name: str
) -> None:
    assert bob_client.post(reverse(name)).status_code == 403
    assert client.post(reverse(name)).headers["Location"].startswith("/accounts/login/")
    assert fake.requests == []
    assert alice_client.get(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", SENT)
def test_another_site_cannot_send_them_there(fake: FakeStripe, alice: User, name: str) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert careful.post(reverse(name)).status_code == 403
    assert fake.requests == []


def test_organizers_find_no_way_to_money(bob_client: Client) -> None:
    assert reverse("billing:plan") not in page(bob_client, "accounts:you").replace(
        reverse("billing:banner"), ""
    )


def test_a_trial_says_how_long_it_lasts_and_what_follows(
    account: Account, alice_client: Client
) -> None:
    trial_left(account, 5 * DAY - dt.timedelta(hours=1))
    found = page(alice_client)
    assert "5 days are left" in found
    assert "$50" in found
    assert "Nothing is deleted" in found
    assert found.count(CHECKOUT) == 1
    assert PORTAL not in found


def test_a_subscriber_is_offered_the_portal_alone(account: Account, alice_client: Client) -> None:
    made = subscribe(account)
    found = page(alice_client)
    assert made.current_period_end
    day = timezone.localtime(made.current_period_end, dt.UTC)
    assert f"The next payment is on {day.day} {day:%B %Y}" in found
    assert PORTAL in found
    assert CHECKOUT not in found


@pytest.mark.parametrize("field", ["cancel_at", "cancel_at_period_end"])
def test_a_cancelled_one_can_be_kept(account: Account, alice_client: Client, field: str) -> None:
    subscribe(account, **{field: True if field.endswith("end") else timezone.now() + DAY})
    found = page(alice_client)
    assert "You have cancelled." in found
    assert "Keep the subscription" in found


def test_a_failed_payment_is_paid_in_the_portal(account: Account, alice_client: Client) -> None:
    unpaid_since(account, 2 * DAY)
    found = page(alice_client)
    assert "The last payment failed." in found
    assert "Pay now" in found
    assert CHECKOUT not in found


def test_an_ended_one_is_subscribed_anew(account: Account, alice_client: Client) -> None:
    ended(account, DAY)
    found = page(alice_client)
    assert "Your subscription has ended, and your rooms are closed." in found
    assert CHECKOUT in found


def test_a_doubled_one_shows(account: Account, alice_client: Client) -> None:
    subscribe(account)
    assert "twice" not in page(alice_client)
    subscribe(account)
    assert "You are subscribed twice, and pay twice." in page(alice_client)


def test_nobody_sees_anothers_plan(account: Account, charlie_client: Client) -> None:
    unpaid_since(account, 8 * DAY)
    assert "14 days are left" in page(charlie_client)


def test_checkout_leads_to_stripes_page(
    fake: FakeStripe, account: Account, alice_client: Client
) -> None:
    response = alice_client.post(reverse("billing:checkout"))
    assert response.status_code == 302
    attempt = CheckoutAttempt.objects.get(account=account)
    assert response.headers["Location"] == attempt.url
    assert Customer.objects.get().email == "alice@example.com"
    again = alice_client.post(reverse("billing:checkout"))
    assert again.headers["Location"] == attempt.url


def test_a_form_may_lead_to_stripe(alice_client: Client) -> None:
    policy = alice_client.get(PLAN).headers["Content-Security-Policy"]
    allowed = next(part for part in policy.split("; ") if part.startswith("form-action"))
    assert allowed.split()[1:] == [
        "'self'",
        "https://checkout.stripe.com",
        "https://billing.stripe.com",
    ]


@pytest.mark.parametrize("name", SENT)
def test_stripe_being_down_is_told_and_nothing_breaks(
    customer: Customer, fake: FakeStripe, alice_client: Client, name: str
) -> None:
    fake.trouble = down
    response = alice_client.post(reverse(name), follow=True)
    assert response.redirect_chain == [(PLAN, 302)]
    assert "does not answer" in response.content.decode()


def test_every_page_renders_while_stripe_is_down(
    customer: Customer, fake: FakeStripe, alice_client: Client
) -> None:
    fake.trouble = down
    assert "14 days are left" in page(alice_client)
    assert "does not answer" in page(alice_client, "billing:invoices")
    assert "14 days are left" in page(alice_client, "billing:back")


def test_the_portal_is_for_those_who_have_paid(fake: FakeStripe, alice_client: Client) -> None:
    response = alice_client.post(reverse("billing:portal"), follow=True)
    assert "There is no subscription yet." in response.content.decode()


def test_the_return_grants_nothing_by_its_address(
    customer: Customer, account: Account, charlie_client: Client, alice_client: Client
) -> None:
    session_id = CheckoutAttempt.objects.get().session_id
    theirs = charlie_client.get(f"/billing/return/?session_id={session_id}", follow=True)
    assert "This payment belongs to another account." in theirs.content.decode()
    unpaid = alice_client.get(f"/billing/return/?session_id={session_id}", follow=True)
    assert "The payment is not confirmed yet." in unpaid.content.decode()
    account.refresh_from_db()
    assert account.hosting_until < timezone.now() + 15 * DAY


def test_who_comes_back_having_paid_is_thanked(
    monkeypatch: pytest.MonkeyPatch, account: Account, alice_client: Client
) -> None:
    def paid(theirs: Account, session_id: str) -> Any:
        assert (theirs, session_id) == (account, "cs_1")
        subscribe(account)
        return checkout.subscriptions.standing(account, timezone.now())

    monkeypatch.setattr(checkout, "returned", paid)
    response = alice_client.get("/billing/return/?session_id=cs_1", follow=True)
    assert response.redirect_chain == [(PLAN, 302)]
    assert "Thank you. You are subscribed" in response.content.decode()


def test_invoices_come_as_a_fragment_and_as_a_page(
    monkeypatch: pytest.MonkeyPatch, alice_client: Client
) -> None:
    made = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    invoice = checkout.Invoice(
        "in_1", "A-0001", "paid", 5000, "usd", made, "https://pay.stripe.com/x/pdf", None
    )
    monkeypatch.setattr(checkout, "invoices", lambda _account: [invoice])
    assert 'hx-get="/billing/invoices/"' in page(alice_client)
    whole = page(alice_client, "billing:invoices")
    part = page(alice_client, "billing:invoices", HX_Request="true")
    for found in (whole, part):
        assert "A-0001" in found
        assert "$50" in found
        assert 'href="https://pay.stripe.com/x/pdf"' in found
    assert "<html" in whole
    assert "<html" not in part
