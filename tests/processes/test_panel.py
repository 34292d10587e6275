"""The live panel in two browsers, on real processes: what one does, the other sees."""

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium, find_chromium
from tests.processes.installation import Installation, wait_for

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found"),
]
SOON = 1000  # milliseconds within which an open page shows what another did
MAKE_ROOM = """
import json
from rooms import changes
from rooms.models import Room
demo = Room.objects.filter(account__name="Demo").first()
room = changes.make(demo.account, name="Panel")
print(json.dumps({"id": room.pk, "code": room.access_code, "host_pin": room.host_pin}))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


class Phone:
    """A call into a room from the embedded carrier's phone side."""

    def __init__(self, installation: Installation, caller: str, keys: str) -> None:
        self.url = f"{installation.phones_url}/phone/calls"
        called = self._ask({"from": caller, "to": "+15550100"})
        self.url += f"/{called['uuid']}"
        wait_for("the greeting", lambda: self.seen["heard"])
        self._ask({"digits": keys}, "/keys")
        wait_for("the room", lambda: self.seen["conversation"])

    @property
    def seen(self) -> Any:
        return self._ask()

    def _ask(self, body: Any = None, path: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "null")


def _open(browser: Browser, installation: Installation, room_id: str, errors: list[str]) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB").new_page()
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    _log_in(page, installation)
    page.goto(f"{installation.url}/rooms/{room_id}/")
    return page


def _log_in(page: Page, installation: Installation) -> None:
    demo = json.loads(installation.manage("demo", "--json"))
    page.goto(f"{installation.url}/accounts/login/")
    page.get_by_label("Email").fill(demo["email"])
    page.get_by_label("Password").fill(demo["password"])
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/rooms/")


@pytest.mark.timeout(180)
def test_two_organizers_see_the_same(browser: Browser, installation: Installation) -> None:
    errors: list[str] = []
    room = installation.shell(MAKE_ROOM)
    mine = _open(browser, installation, room["id"], errors)
    theirs = _open(browser, installation, room["id"], errors)
    expect(mine.locator(".dial-in + #the-line")).to_be_visible()
    host = Phone(installation, "+34600000011", f"{room['code']}*{room['host_pin']}#")
    guest = Phone(installation, "+34600000022", f"{room['code']}#")
    rows = [page.locator("#live [data-row]") for page in (mine, theirs)]
    for one in rows:
        expect(one).to_have_count(2)
    row = mine.locator("#live [data-row]", has_text="22")
    expect(mine.locator("#the-line + .dial-in")).to_be_visible()  # what is live comes first now
    expect(mine.locator("table.calls a").first).to_be_visible()  # and the call is among the recent

    # What is asked for is pending at once here, and there within a second; then it is done.
    began = time.monotonic()
    row.get_by_role("button", name="Mute +34").click()
    expect(row.get_by_role("button", name="Unmute +34")).to_be_visible(timeout=SOON)
    other = theirs.locator("#live [data-row]", has_text="22")
    expect(other.get_by_role("button", name="Unmute +34")).to_be_visible(timeout=SOON)
    assert time.monotonic() - began < 2 * SOON / 1000
    expect(other.locator(".badge", has_text="muted")).to_be_visible()
    assert guest.seen["muted"] is True

    # What is being typed, unfolded or focused stays when the panel is exchanged under it.
    mine.get_by_label("Say to everybody").fill("We go on")
    row.get_by_text("More").click()
    row.get_by_text("Remove", exact=True).click()
    row.get_by_role("button", name="Yes, remove").focus()
    before = mine.locator("#live").get_attribute("data-version")
    theirs.locator("#all-lock").click()
    expect(mine.locator("#all-lock")).to_contain_text("Unlock", timeout=SOON)
    assert mine.locator("#live").get_attribute("data-version") != before
    assert mine.evaluate("document.activeElement.id").startswith("gone-pt_")
    expect(row.get_by_role("button", name="Yes, remove")).to_be_visible()
    expect(mine.get_by_label("Say to everybody")).to_have_value("We go on")

    # The keyboard does it too, and is not lost when the row has gone.
    mine.keyboard.press("Enter")
    expect(rows[0]).to_have_count(1)
    assert mine.evaluate("document.activeElement.id") == "on-the-line"
    expect(rows[1]).to_have_count(1)
    mine.get_by_role("button", name="Say it").click()
    expect(mine.get_by_label("Say to everybody")).to_have_value("")
    wait_for("the announcement", lambda: "We go on" in host.seen["heard"])

    # It asks once before it ends the call for all.
    theirs.get_by_text("End for all").click()
    theirs.get_by_role("button", name="Yes, end the call").click()
    for page in (mine, theirs):
        expect(page.locator("#live")).to_contain_text("Nobody is on the line")
        page.locator("h1").click()  # what is in use is not taken away
        expect(page.get_by_label("Say to everybody")).to_be_hidden()
        page.context.close()
    assert errors == []


@pytest.mark.timeout(120)
def test_without_javascript(browser: Browser, installation: Installation) -> None:
    room = installation.shell(MAKE_ROOM)
    phone = Phone(installation, "+34600000033", f"{room['code']}#")
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    _log_in(page, installation)
    page.goto(f"{installation.url}/rooms/{room['id']}/")
    page.get_by_role("button", name="Hold +34").click()
    expect(page.locator(".messages")).to_contain_text("being put on hold")
    wait_for("the hold", lambda: phone.seen["earmuffed"])
    page.get_by_text("End for all").click()
    page.get_by_role("button", name="Yes, end the call").click()
    expect(page.locator(".messages")).to_contain_text("Everybody is being hung up")
    wait_for("the end", lambda: phone.seen["status"] == "completed")
    context.close()
