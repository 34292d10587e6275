"""A weekly meeting from the plan to the report: invited, accepted, reminded, called, and in.

Real processes, a real browser, and the phone that rings is the carrier's. The pictures are kept in
test-artifacts/.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium, find_chromium
from tests.processes.installation import ROOT, Installation, wait_for

PICTURES = ROOT / "test-artifacts"
LEAD = dt.timedelta(minutes=1)  # of the reminder; nobody is reminded of what was due before
PASTED = "Ana Ruiz <ana.ruiz@example.com>, +34 600 123 456\nBoris <boris@example.com>"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def next_start() -> dt.datetime:
    """The first whole minute that leaves time to plan and invite before the reminder is due."""
    soon = dt.datetime.now(dt.UTC) + LEAD + dt.timedelta(seconds=35)
    return (soon + dt.timedelta(minutes=1)).replace(second=0, microsecond=0)


@pytest.mark.soak  # it waits for a real minute and the next
@pytest.mark.timeout(400)
def test_a_meeting_from_plan_to_report(browser: Browser, installation: Installation) -> None:
    errors: list[str] = []
    desk = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB").new_page()
    desk.on("pageerror", lambda error: errors.append(str(error)))
    desk.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    demo = json.loads(installation.manage("demo", "--json"))
    _log_in(desk, installation, demo)
    start = next_start()
    _plan_weekly(desk, installation, start)
    _invite_by_pasting(desk)
    picture(desk, "meeting")

    letter = _letter(desk, installation, "ana.ruiz@example.com", "Invitation: Planning")
    join = re.search(rf"{installation.url}/i/[\w-]+/", letter)
    assert join, letter
    ana = browser.new_context(viewport={"width": 390, "height": 844}, locale="es-PE").new_page()
    ana.on("pageerror", lambda error: errors.append(str(error)))
    _open_and_accept(ana, join[0], start)
    expect(ana.locator("main")).to_contain_text("+34 ••• •• •• 56")
    ana.locator("form[action$='/call/'] button[value=yes]").click()

    reminder = _letter(desk, installation, "ana.ruiz@example.com", "Planning: in ")
    assert f"{start - dt.timedelta(hours=5):%H:%M}" in reminder
    _be_called(browser, installation, start)

    desk.goto(f"{installation.url}/rooms/")
    desk.locator("main a[href^='/rooms/rm_']").first.click()
    expect(desk.locator("#live .people")).to_contain_text("Ana Ruiz")
    desk.goto(f"{installation.url}/meetings/")
    desk.locator("main a", has_text="Planning").first.click()
    row = desk.locator("tr, li", has_text="ana.ruiz@example.com").first
    expect(row).to_contain_text(re.compile("accepted", re.I))
    _read_the_report(desk)
    assert errors == []


def _log_in(page: Page, installation: Installation, demo: dict[str, str]) -> None:
    page.goto(f"{installation.url}/accounts/login/")
    page.locator("input[name=login]").fill(demo["email"])
    page.locator("input[name=password]").fill(demo["password"])
    page.locator("input[name=password]").press("Enter")
    expect(page).to_have_url(re.compile(r"/rooms/$"))


def _plan_weekly(page: Page, installation: Installation, start: dt.datetime) -> None:
    page.goto(f"{installation.url}/meetings/")
    page.get_by_role("link", name="Plan a meeting").first.click()
    page.get_by_label("Title").fill("Planning")
    page.get_by_label("Day", exact=True).fill(f"{start:%Y-%m-%d}")
    page.get_by_label("Start", exact=True).fill(f"{start:%H:%M}")
    page.get_by_label("Repeats").select_option("weekly")
    page.get_by_label(f"{start:%A}"[:3]).first.check()
    preview = page.locator("#preview")
    expect(preview).to_contain_text(f"Every week on {start:%A}")
    page.locator("[name=other_lead]").fill("1")
    picture(page, "meeting-form")
    page.get_by_role("button", name="Plan the meeting").click()
    expect(page.get_by_role("heading", name="Planning")).to_be_visible()


def _invite_by_pasting(page: Page) -> None:
    if not page.locator("textarea[name=people]").is_visible():
        page.locator("summary", has_text="Paste a list").click()
    page.locator("textarea[name=people]").fill(PASTED)
    page.get_by_role("button", name="Invite them").click()
    expect(page.locator("main")).to_contain_text("ana.ruiz@example.com")
    expect(page.locator("main")).to_contain_text("boris@example.com")


def _letter(page: Page, installation: Installation, to: str, *subject: str) -> str:
    """The text of the newest letter to `to` with one of these words in its subject."""

    def found() -> str | None:
        page.goto(f"{installation.url}/mailbox/?to={to}")
        for word in subject:
            link = page.locator("a.row-link", has_text=word)
            if link.count():
                return link.first.get_attribute("href")
        return None

    address = wait_for(f"a letter to {to} about {subject}", found, seconds=150)
    page.goto(f"{installation.url}{address}")
    return page.locator("main").inner_text()


def _open_and_accept(page: Page, address: str, start: dt.datetime) -> None:
    """In another zone and language than the organizer's."""
    page.goto(address)
    zone = page.locator("select[name=time_zone]")
    if not zone.is_visible():
        page.locator("summary", has=page.locator("xpath=..//select[@name='time_zone']")).click()
    zone.select_option("America/Lima")
    if page.locator("form:has(select[name=time_zone]) button").count():
        page.locator("form:has(select[name=time_zone]) button").first.click()
    expect(page.locator("main")).to_contain_text(f"{start - dt.timedelta(hours=5):%H:%M}")
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    picture(page, "join-page")
    page.locator("form[action$='/reply/accepted/'] button").click()
    expect(page.locator("[role=status] .message")).to_contain_text("Вы приняли приглашение")


def _be_called(browser: Browser, installation: Installation, start: dt.datetime) -> None:
    """The phone rings when the meeting begins; 1 leads in."""
    phone = browser.new_context(locale="en-GB").new_page()
    phone.goto(f"{installation.phones_url}/?lang=en")
    answer = phone.get_by_role("button", name="Answer", exact=True)
    answer.click(timeout=90_000)
    assert dt.datetime.now(dt.UTC) >= start
    card = phone.locator("[data-phone]").first
    expect(card.locator("[data-heard]")).to_contain_text("Planning", timeout=10_000)
    picture(phone, "phone-called")
    card.locator(".keys button", has_text="1").first.click()
    expect(card.locator("[data-heard]")).to_contain_text("Weekly call", timeout=10_000)


def _read_the_report(page: Page) -> None:
    page.locator(".times a[href$='/report/']").first.click()
    expect(page.locator("svg[role=img]").first).to_be_visible()
    expect(page.locator("table").first).to_contain_text("Ana Ruiz")
    expect(page.locator("main")).to_contain_text("Boris")
    picture(page, "report")
