"""Money as an owner meets it, from a fresh run: trial, paid, renewed, failed, refused, mended.

Real processes, a real browser and phones; Stripe is the sandbox, which says that it is one. The
pictures are kept in test-artifacts/.
"""

import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium, find_chromium
from tests.processes.installation import ROOT, Installation, wait_for
from tests.processes.test_accessible import WCAG
from tests.processes.test_newcomer import picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found"),
]
REFUSED = "This room is not active at the moment"
LET_IN = "Welcome to Weekly call"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.mark.timeout(240)
def test_from_trial_to_dunning_and_back(browser: Browser, fresh: Installation) -> None:
    fresh.environment["CARRIER_SPEECH_RATE"] = "200"
    fresh.run().wait_until_ready()
    demo = json.loads(fresh.manage("demo", "--json"))
    code = demo["rooms"][0]["access_code"]
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    banner = page.locator("section.banner")

    _log_in(page, fresh, demo)
    expect(page.get_by_role("banner")).to_contain_text("trial: 14 days left")
    expect(banner).to_have_count(0)
    _subscribe(page, fresh)
    _wait_until_it_hosts(page, fresh, 27, 35)

    _press_in_portal(page, fresh, "Let a month pass")
    _wait_until_it_hosts(page, fresh, 27, 35)
    expect(page.locator("main")).to_contain_text("active")
    assert LET_IN in _dial(fresh, code)

    _press_in_portal(page, fresh, "Let the payment fail")
    _wait_until_it_hosts(page, fresh, 6, 7)
    page.goto(f"{fresh.url}/rooms/")
    expect(banner).to_contain_text("payment")
    picture(page, "billing-banner-payment-failed")
    assert LET_IN in _dial(fresh, code), "there are days of grace"

    _press_in_portal(page, fresh, "Let the grace pass")
    _wait_until_it_hosts(page, fresh, -1, 0)
    page.goto(f"{fresh.url}/rooms/")
    expect(banner).to_be_visible()
    picture(page, "billing-banner-stopped")
    heard = _dial(fresh, code)
    assert REFUSED in heard
    assert LET_IN not in heard

    banner.get_by_role("button").click()
    expect(page.locator("header")).to_contain_text("This is a sandbox: no money moves.")
    page.get_by_role("button", name="Pay now").click()
    expect(page.get_by_role("status")).to_contain_text("is paid")
    _wait_until_it_hosts(page, fresh, 20, 35)
    page.goto(f"{fresh.url}/rooms/")
    expect(page.get_by_role("heading", name="Rooms")).to_be_visible()
    expect(banner).to_have_count(0)
    assert LET_IN in _dial(fresh, code)

    _read_the_invoices(page, fresh)
    _read_the_mail(page, fresh, demo["email"])
    assert errors == []
    context.close()


def _log_in(page: Page, installation: Installation, demo: dict[str, str]) -> None:
    page.goto(f"{installation.url}/accounts/login/")
    page.get_by_label("Email").fill(demo["email"])
    page.get_by_label("Password").fill(demo["password"])
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/rooms/")


def _subscribe(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.url}/billing/")
    picture(page, "billing-plan-on-trial")
    page.get_by_role("button", name=re.compile("^Subscribe")).first.click()
    _look_at_sandbox(page, "billing-checkout")
    page.get_by_role("button", name="Try a card that is declined").click()
    expect(page.get_by_role("status")).to_contain_text("declined")
    page.get_by_role("button", name="Subscribe").click()
    page.wait_for_url(re.compile(r"/billing/$"))
    expect(page.get_by_role("status").first).to_contain_text("You are subscribed")
    picture(page, "billing-plan-subscribed")


def _press_in_portal(page: Page, installation: Installation, button: str) -> None:
    page.goto(f"{installation.url}/billing/")
    page.locator("form[action='/billing/portal/'] button").first.click()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("status")).to_be_visible()
    _look_at_sandbox(page, f"billing-portal-{button.lower().replace(' ', '-')}")


def _look_at_sandbox(page: Page, name: str) -> None:
    """It says what it is, axe finds no fault in it, and on a phone nothing is cut off."""
    expect(page.locator("header")).to_contain_text("This is a sandbox: no money moves.")
    picture(page, name)
    assert Axe().run(page, options=WCAG).response["violations"] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, f"{name}-narrow")
    page.set_viewport_size({"width": 1280, "height": 900})


def _wait_until_it_hosts(page: Page, installation: Installation, least: float, most: float) -> None:
    """The sandbox tells by a signed event: what is asked here is the mirror, never Stripe."""

    def told() -> bool:
        plan = page.request.get(f"{installation.url}/api/v1/billing").json()
        left = dt.datetime.fromisoformat(plan["hosting_until"]) - dt.datetime.now(dt.UTC)
        return least <= left / dt.timedelta(days=1) <= most

    wait_for(f"hosting to go on for {least} to {most} days", told, 60)


def _dial(installation: Installation, code: str) -> str:
    """All that is heard on a phone that calls and keys the code."""
    command = [sys.executable, "-m", "carrier", "dial", "--from", "+15550123", "--to", "+15550100"]
    done = subprocess.run(
        [*command, "--keys", f"{code}#", "--stay", "1"],
        cwd=ROOT,
        env=installation.environment,
        capture_output=True,
        text=True,
    )
    return done.stdout


def _read_the_invoices(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.url}/billing/")
    links = page.locator("a[href$='/pdf']")
    expect(links).to_have_count(3)
    picture(page, "billing-plan-with-invoices")
    answer = page.request.get(links.first.get_attribute("href") or "")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")


def _read_the_mail(page: Page, installation: Installation, email: str) -> None:
    """The owner was told that the payment failed, that somebody was refused, and that it is paid.

    The first may come twice: the sandbox makes the failure older, so it looks like another one.
    """
    subjects = page.locator("a.row-link")
    wanted = ("Your payment for AnyRoom failed", "turned away", "Your payment for AnyRoom arrived")

    def times() -> list[int]:
        page.goto(f"{installation.url}/mailbox/?to={email}")
        told = subjects.all_inner_texts()
        return [sum(one in subject for subject in told) for one in wanted]

    wait_for("the letters", lambda: all(times()), 60)
    picture(page, "billing-mailbox")
    assert times()[1:] == [1, 1]
