"""The main job, as a newcomer does it: sign up, make a room, dial it, see who is there, be told.

Real processes and a real browser. The pictures are kept in test-artifacts/.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.chromium import chromium, find_chromium
from tests.processes.installation import ROOT, Installation

PICTURES = ROOT / "test-artifacts"
EMAIL = "nora@example.com"
PASSWORD = "seven blue lanterns"

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


@pytest.mark.timeout(180)
def test_two_phones_meet_in_a_strangers_room(browser: Browser, installation: Installation) -> None:
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    _sign_up(page, installation)
    _confirm(page, installation)
    code = _make_a_room(page)
    picture(page, "room-empty")

    phones = context.new_page()
    first = _dial(phones, installation, 0)
    _key(first, "1235#")
    expect(first.locator("[data-heard]")).to_contain_text("1 2 3 5 is not a room")
    _key(first, f"{code}#")
    expect(first.locator("[data-heard]")).to_contain_text("You are the first here")
    people = page.locator("#live .people li")
    expect(people).to_have_count(1)

    second = _dial(phones, installation, 1)
    _key(second, f"{code}#")
    expect(second.locator("[data-heard]")).to_contain_text("One person is here")
    begin = time.monotonic()
    expect(people).to_have_count(2, timeout=1000)
    assert time.monotonic() - begin < 1
    picture(page, "room-with-two")
    picture(phones, "phones")

    second.locator("[data-hangup]").click()
    expect(people).to_have_count(1, timeout=2000)
    first.locator("[data-hangup]").click()
    expect(page.locator("#live")).to_contain_text("Nobody is on the line")
    picture(page, "room-after")

    _read_the_notice(page, installation)
    assert errors == []
    context.close()


def _sign_up(page: Page, installation: Installation) -> None:
    page.goto(installation.url)
    expect(page.locator("main")).to_contain_text("$50")
    picture(page, "landing")
    page.locator("main a[href='/accounts/signup/']").first.click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    picture(page, "sign-up")
    page.locator("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Confirm your e-mail")).to_be_visible()


def _confirm(page: Page, installation: Installation) -> None:
    page.locator("main").get_by_role("link", name=re.compile("mailbox", re.I)).first.click()
    expect(page.get_by_role("heading", name="Mailbox")).to_be_visible()
    page.locator("a.row-link").first.click()
    picture(page, "letter")
    page.locator("main a[href*='confirm-email']").click()
    page.get_by_role("button", name="Yes, confirm").click()
    expect(page).to_have_url(re.compile(r"/rooms/$"))
    picture(page, "rooms-empty")


def _make_a_room(page: Page) -> str:
    page.get_by_role("link", name=re.compile("Make", re.I)).first.click()
    page.get_by_label("Name").fill("Monday stand-up")
    page.get_by_role("button", name="Make the room").click()
    expect(page.get_by_role("heading", name="Monday stand-up")).to_be_visible()
    one_tap = page.locator("a[href^='tel:']").first.get_attribute("href") or ""
    found = re.fullmatch(r"tel:\+15550100,,([1-9]\d+)#", one_tap)
    assert found, one_tap
    shown = page.locator(".dial .digits").nth(1).inner_text()
    assert re.sub(r"\D", "", shown) == found[1]
    return found[1]


def _dial(phones: Page, installation: Installation, number: int) -> Locator:
    """The phone card number `number`, with a call to the service under way."""
    if number == 0:
        phones.goto(f"{installation.phones_url}/?to=%2B15550100&lang=en")
    while phones.locator("[data-phone]").count() <= number:
        phones.locator("#add").click()
    card = phones.locator("[data-phone]").nth(number)
    card.locator("[data-to]").fill("+15550100")
    card.locator("[data-dial]").click()
    expect(card.locator("[data-heard]")).to_contain_text("Key your room code")
    return card


def _key(card: Locator, digits: str) -> None:
    for digit in digits:
        card.locator(f'[data-key="{digit}"]').click()


def _read_the_notice(page: Page, installation: Installation) -> None:
    """Joins and leaves are gathered for 20 seconds; then the organizer has them in one mail."""
    end = time.monotonic() + 60
    letter = page.locator("a.row-link", has_text="Monday stand-up: 2 joined, 2 left")
    while letter.count() == 0:
        assert time.monotonic() < end, "no notice came"
        page.goto(f"{installation.url}/mailbox/?to={EMAIL}")
        page.wait_for_timeout(500)
    assert letter.count() == 1
    letter.click()
    text = page.locator("main").inner_text()
    assert len(re.findall(r"\+\d+ [•\s-]+\d\d joined", text)) == 2, text
    picture(page, "notice")


@pytest.mark.timeout(60)
def test_the_same_call_from_a_terminal(installation: Installation) -> None:
    demo = installation.shell(
        "import json; from rooms.models import Room;"
        "print(json.dumps(Room.objects.get(name='Weekly call').access_code))"
    )
    command = [sys.executable, "-m", "carrier", "dial", "--from", "+15550123", "--to", "+15550100"]
    keys = ["--keys", "1235#", "--keys", f"{demo}#", "--stay", "1"]
    done = subprocess.run(
        [*command, *keys],
        cwd=ROOT,
        env=installation.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    heard = done.stdout
    assert heard.index("Key your room code") < heard.index("1 2 3 5 is not a room")
    assert heard.index("1 2 3 5 is not a room") < heard.index("Welcome to Weekly call")


STALE_ENTRY = """async () => {
  const { showEntry } = await import("/static/timeline.js");
  const list = document.createElement("ol");
  const asked = { n: 1, at: "2026-03-02T08:00:00Z", kind: "webhook", purpose: "answer",
    method: "POST", url: "http://localhost/", attempt: 1, body: {}, answer: null,
    answer_text: null, status: null, problem: null, done: false };
  const texts = [asked, { ...asked, done: true, status: 200, ms: 5 }, asked].map((entry) => {
    showEntry(list, entry);
    return list.textContent;
  });
  return { changed: texts[0] !== texts[1], kept: texts[1] === texts[2] };
}"""


def test_the_phone_speaks_its_own_words_and_forgets_what_is_over(
    browser: Browser, installation: Installation
) -> None:
    page = browser.new_page(locale="en-GB")
    page.goto(f"{installation.phones_url}/?lang=en")
    phone = page.locator("[data-phone]").first
    phone.locator("[data-to]").fill("nonsense")
    phone.locator("[data-dial]").click()
    problem = phone.locator("[data-problem]")
    expect(problem).to_have_text(re.compile("^“Number to call” must be a number"))
    phone.locator("[data-to]").fill("+15550100")
    phone.locator("[data-dial]").click()
    expect(phone.locator("[data-heard]")).to_contain_text("Key your room code")
    expect(problem).to_be_hidden()
    phone.locator("[data-hangup]").click()
    assert page.evaluate(STALE_ENTRY) == {"changed": True, "kept": True}
    page.close()
