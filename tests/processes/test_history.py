"""The picture of a conference in a browser: by keyboard, by pointer, and without a script."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium, find_chromium
from tests.processes.installation import Installation

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found"),
]
A_CONFERENCE = """
import datetime as dt, json
from rooms import changes
from rooms.models import Room
from tests import past_rows
demo = Room.objects.filter(account__name="Demo").first()
room = changes.make(demo.account, name="Seen by keyboard")
print(json.dumps({"path": f"/conferences/{past_rows.seen(room, past_rows.NOON).pk}/"}))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def _open(browser: Browser, installation: Installation, path: str, *, script: bool = True) -> Page:
    page = browser.new_context(locale="en-GB", java_script_enabled=script).new_page()
    demo = json.loads(installation.manage("demo", "--json"))
    page.goto(f"{installation.url}/accounts/login/")
    page.get_by_label("Email").fill(demo["email"])
    page.get_by_label("Password").fill(demo["password"])
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/rooms/")
    page.goto(installation.url + path)
    return page


def test_the_picture_is_read_by_keyboard(browser: Browser, installation: Installation) -> None:
    path = installation.shell(A_CONFERENCE)["path"]
    page = _open(browser, installation, path)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    told = page.locator("[data-told]")
    expect(told).to_contain_text("go through the picture with the arrow keys")
    picture = page.get_by_role("listbox", name="Who was there when")
    page.get_by_role("link", name="All conferences of this room").focus()
    page.keyboard.press("Tab")  # one stop, however much there is in the picture
    for key, text in (
        ("", "Recorded 12:02:00–12:06:00"),
        ("ArrowUp", "Recorded 12:02:00–12:06:00"),
        ("ArrowDown", "Ana Ruiz: on hold 12:03:00–12:04:00"),
        ("ArrowLeft", "Ana Ruiz: host 12:00:00–12:08:00"),
        ("ArrowLeft", "Ana Ruiz: 12:00:00–12:08:00"),
        ("ArrowLeft", "Ana Ruiz: 12:00:00–12:08:00"),
        ("ArrowDown", "Ben Cho: waited for a host until 12:01:00"),
        ("ArrowRight", "Ben Cho: 12:00:00–12:10:00, hung up"),
        ("ArrowRight", "Ben Cho: muted 12:02:00–12:04:00"),
        ("ArrowRight", "Ben Cho: hand raised 12:05:00–12:10:00"),
        ("End", "number withheld: waited for a host, and none came"),
        ("ArrowDown", "number withheld: waited for a host, and none came"),
        ("Home", "Recorded 12:02:00–12:06:00"),
    ):
        if key:
            page.keyboard.press(key)
        expect(told).to_have_text(text)
        expect(picture.get_by_role("option", selected=True)).to_have_accessible_name(text)
        expect(picture.get_by_role("option", selected=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(picture.locator(":focus")).to_have_count(0)
    picture.get_by_role("option", name="hand raised").hover()
    expect(told).to_have_text("Ben Cho: hand raised 12:05:00–12:10:00")
    assert errors == []


def test_without_a_script_the_table_says_it_all(
    browser: Browser, installation: Installation
) -> None:
    path = installation.shell(A_CONFERENCE)["path"]
    page = _open(browser, installation, path, script=False)
    expect(page.get_by_role("img", name="The table below says the same in words")).to_be_visible()
    expect(page.locator("[data-told]")).to_be_hidden()
    row = page.get_by_role("row").filter(has_text="Ben Cho")
    for text in ("waited for a host until 12:01:00", "muted 12:02:00", "hand raised 12:05:00"):
        expect(row).to_contain_text(text)
    page.goto(f"{installation.url}/history/")
    page.get_by_label("Name or e-mail").fill("ben cho")
    page.get_by_label("Room").fill("keyboard")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_label("Name or e-mail")).to_have_value("ben cho")
    found = page.locator("#found").get_by_role("link", name="Seen by keyboard")
    assert found.count() >= 1
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download CSV").click()
    assert "Ben Cho" in saved.value.path().read_text()
