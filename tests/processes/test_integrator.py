"""Somebody who connects a program, in a browser and on real processes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium, find_chromium
from tests.hooks.receiver import Receiver, status
from tests.processes.installation import Installation
from tests.processes.test_accessible import faults_on

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found"),
]
# A new account, so that its pages are empty, and the cookie of its owner.
ARRIVES = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from rooms.accounts.models import Account, Membership, User
user = User.objects.create_user("integrator@example.com", "x", name="Ines")
Membership.objects.create(account=Account.objects.create(name="New"), user=user, role="owner")
session = SessionStore()
session[SESSION_KEY] = user.pk
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(json.dumps(session.session_key))
"""
ASK = """async ([method, path, body, token]) => {
  const headers = {"Content-Type": "application/json"};
  if (token) headers["X-CSRFToken"] = token;
  const answer = await fetch("/api/v1/" + path, {method, headers, body});
  return [answer.status, await answer.json()];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def cookie(installation: Installation) -> Any:
    return {"name": "sessionid", "value": installation.shell(ARRIVES), "url": installation.url}


@pytest.fixture(
    params=[
        pytest.param((390, "dark"), id="narrow"),
        pytest.param((1280, "light"), id="wide", marks=pytest.mark.soak),
    ]
)
def page(request: Any, browser: Browser, cookie: Any) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.add_cookies([cookie])
    yield context.new_page()
    context.close()


@pytest.mark.timeout(120)
def test_an_endpoint_is_made_tried_and_mended(page: Page, installation: Installation) -> None:
    webhooks = f"{installation.url}/account/webhooks/"
    faults = faults_on(page, webhooks) + faults_on(page, f"{installation.url}/account/keys/")
    page.goto(webhooks)
    page.get_by_role("link", name="Add your first endpoint").click()
    events = page.get_by_role("group", name="Who is in a conference")
    expect(events).to_be_hidden()
    page.get_by_label("Only those that I choose").check()
    expect(events).to_be_visible()
    with Receiver(status(503, b'{"why": "moving"}')) as receiver:
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Add the endpoint").click()
        expect(page.get_by_text("Choose at least one event.")).to_be_visible()
        faults += faults_on(page)
        page.get_by_label("Somebody joined").check()
        page.get_by_role("button", name="Add the endpoint").click()
        secret = page.locator("#secret").inner_text()
        faults += faults_on(page)
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == secret
        page.get_by_role("button", name="Send a ping").click()
        # By itself, as soon as it is answered.
        expect(page.get_by_role("heading", name="503")).to_be_visible(timeout=15_000)
        expect(page.get_by_text('"why": "moving"')).to_be_visible()
        receiver.then = status(200)
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_text("It arrived on")).to_be_visible(timeout=15_000)
        assert [one["type"] for one in receiver.verified(secret)] == ["ping", "ping"]
        assert len(set(receiver.events())) == 1
    page.goto(webhooks)
    page.get_by_role("link", name=receiver.url).click()
    expect(page.locator("#secret")).to_have_count(0)
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Add your first endpoint")).to_be_visible()
    assert faults == []


@pytest.mark.parametrize("page", [(1280, "light")], ids=["wide"], indirect=True)
def test_a_page_of_the_site_uses_the_api_by_its_login(
    page: Page, installation: Installation
) -> None:
    page.goto(f"{installation.url}/account/keys/")

    def ask(method: str, path: str, body: Any = None, token: str = "") -> Any:
        sent = None if body is None else json.dumps(body)
        return page.evaluate(ASK, [method, path, sent, token])

    code, account = ask("GET", "account/")
    assert (code, account["name"]) == (200, "New")
    cookies = {one["name"]: one for one in page.context.cookies()}
    token = str(cookies["csrftoken"]["value"])
    for wrong in ("", "x" * 32):
        code, problem = ask("POST", "rooms/", {"name": "By a page"}, wrong)
        assert (code, problem["type"]) == (403, "/api/v1/problems/csrf")
    code, room = ask("POST", "rooms/", {"name": "By a page"}, token)
    assert (code, room["name"]) == (201, "By a page")
    code, _room = ask("POST", f"rooms/{room['id']}/archive/", None, token)
    assert code == 200
