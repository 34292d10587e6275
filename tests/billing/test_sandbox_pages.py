"""The sandbox's pages, for whoever has their address; and that it cannot start in production."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from billing.sandbox.apps import refuse_in_production
from billing.sandbox.client import SandboxHTTPClient
from billing.sandbox.models import CheckoutSession, PortalSession, Subscription
from tests.billing.test_sandbox_api import client as sdk
from tests.billing.test_sandbox_api import customer, session, subscribed
from tests.test_settings import GOOD, ROOT

SAYS_SO = "This is a sandbox: no money moves."


def portal_of(made: Subscription) -> str:
    opened = sdk().v1.billing_portal.sessions.create(
        {"customer": made.customer_id, "return_url": "http://localhost/billing/"}
    )
    return f"/billing/sandbox/portal/{opened.id}/"


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["alice_client", "bob_client", "charlie_client", "client"])
def test_who_has_the_address_may_use_it_as_at_stripe(
    who: str, request: pytest.FixtureRequest
) -> None:
    somebody: Client = request.getfixturevalue(who)
    opened = session(customer().id)
    address = f"/billing/sandbox/checkout/{opened.id}/"
    shown = somebody.get(address)
    assert SAYS_SO in shown.text
    assert "$50.00" in shown.text
    done = somebody.post(address, {"card": "good"})
    assert done.status_code == 302
    assert done["Location"] == f"http://localhost/back?session_id={opened.id}"
    made = Subscription.objects.get()
    assert SAYS_SO in somebody.get(portal_of(made)).text
    invoice = made.invoices.get()
    assert SAYS_SO in somebody.get(f"/billing/sandbox/invoices/{invoice.pk}/").text
    pdf = somebody.get(f"/billing/sandbox/invoices/{invoice.pk}/pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-1.4")
    assert invoice.number.encode() in pdf.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["checkout/cs_test_no/", "portal/bps_no/", "invoices/in_no/", "invoices/in_no/pdf"]
)
def test_an_address_that_nobody_was_given_is_404(client: Client, path: str) -> None:
    assert client.get(f"/billing/sandbox/{path}").status_code == 404


@pytest.mark.django_db
def test_a_declined_card_buys_nothing(client: Client) -> None:
    opened = session(customer().id)
    address = f"/billing/sandbox/checkout/{opened.id}/"
    shown = client.post(address, {"card": "declined"}, follow=True)
    assert "Your card was declined" in shown.text
    assert CheckoutSession.objects.get().status == "open"
    assert not Subscription.objects.exists()


@pytest.mark.django_db
def test_a_session_that_is_paid_leads_back_and_an_expired_one_nowhere(client: Client) -> None:
    opened = session(customer().id)
    address = f"/billing/sandbox/checkout/{opened.id}/"
    client.post(address, {"card": "good"})
    assert client.post(address, {"card": "good"})["Location"].endswith(opened.id)
    assert Subscription.objects.count() == 1
    other = session(customer().id)
    sdk().v1.checkout.sessions.expire(other.id)
    address = f"/billing/sandbox/checkout/{other.id}/"
    assert "has expired" in client.get(address).text
    client.post(address, {"card": "good"})
    assert Subscription.objects.count() == 1


@pytest.mark.django_db
def test_the_portal_offers_what_can_be_done(client: Client) -> None:
    made = subscribed()
    address = portal_of(made)

    def press(action: str) -> str:
        answer = client.post(address, {"subscription": made.pk, "action": action}, follow=True)
        made.refresh_from_db()
        return answer.text

    shown = client.get(address).text
    assert "Pay now" not in shown
    assert "Let the grace pass" not in shown
    assert "Do not cancel" in press("cancel_later")
    assert "Cancel at period end" in press("undo")
    assert "A month has passed" in press("month")
    shown = press("fail")
    assert made.status == "past_due"
    assert "Pay now" in shown
    assert "Let the grace pass" in press("grace")
    assert "Pay now" not in press("pay")
    assert made.status == "active"
    assert 'name="action"' not in press("cancel_now")
    assert made.status == "canceled"
    assert client.post(address, {"subscription": made.pk, "action": "pay"}).status_code == 400


@pytest.mark.django_db
def test_the_portal_is_of_one_customer(client: Client) -> None:
    mine, other = subscribed(), subscribed()
    address = portal_of(mine)
    assert other.pk not in client.get(address).text
    sent = {"subscription": other.pk, "action": "cancel_now"}
    assert client.post(address, sent).status_code == 404
    other.refresh_from_db()
    assert other.status == "active"
    sent = {"subscription": mine.pk, "action": "explode"}
    assert client.post(address, sent).status_code == 400
    PortalSession.objects.all().delete()
    assert client.get(address).status_code == 404


def test_it_refuses_unless_the_run_is_embedded(settings: Any) -> None:
    refuse_in_production()
    settings.EMBEDDED = False
    with pytest.raises(ImproperlyConfigured, match="for an embedded run alone"):
        refuse_in_production()
    with pytest.raises(ImproperlyConfigured, match="for an embedded run alone"):
        SandboxHTTPClient()


def _start(home: Any, code: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        "PATH": os.environ["PATH"],
        **GOOD,
        "ANYROOM_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "anyroom_site.settings",
        **changes,
    }
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_production_settings_start_without_the_sandbox(tmp_path: Any) -> None:
    code = (
        "import django; django.setup(); from django.conf import settings as s;"
        "from django.urls import resolve, Resolver404\n"
        "assert not s.BILLING_SANDBOX and 'billing.sandbox' not in s.INSTALLED_APPS\n"
        "try: resolve('/billing/sandbox/checkout/cs_test_1/')\n"
        "except Resolver404: print('no sandbox')"
    )
    done = _start(tmp_path, code)
    assert (done.stdout, done.returncode) == ("no sandbox\n", 0), done.stderr


def test_production_settings_cannot_start_the_sandbox(tmp_path: Any) -> None:
    """Whoever puts it into the settings by hand is refused at start."""
    code = (
        "from django.conf import settings as s; s.INSTALLED_APPS.append('billing.sandbox');"
        "import django; django.setup()"
    )
    done = _start(tmp_path, code)
    assert done.returncode != 0
    assert "ImproperlyConfigured: STRIPE_SECRET_KEY is not set" in done.stderr
    assert "for an embedded run alone" in done.stderr


def test_production_without_a_key_does_not_start(tmp_path: Any) -> None:
    done = _start(tmp_path, "import django; django.setup()", STRIPE_SECRET_KEY="")
    assert done.returncode != 0
    assert "STRIPE_SECRET_KEY is not set" in done.stderr
