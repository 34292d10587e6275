"""The softphone is called: in several tabs at once, by ear, by keyboard and by a screen reader."""

import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from carrier.page import FOLDER
from tests.carrier.actions import ask_for_digits, conversation, each_key, talk
from tests.carrier.phone import Phone
from tests.carrier.product import World, play
from tests.chromium import FLAGS, find_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found"),
]
expect.set_options(timeout=20_000)  # a machine that runs a browser beside may be slow
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def in_browser(test: Any, **changes: Any) -> None:
    """Run a test with a world of its own and a browser."""

    async def inside(world: World) -> None:
        async with async_playwright() as playwright:
            path = find_chromium()
            browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
            try:
                await test(world, browser)
            finally:
                await browser.close()

    play(inside, connect_timeout=5, answer_timeout=5, **changes)


async def opened(world: World, browser: Browser, faults: list[str], **look: Any) -> Page:
    page = await browser.new_page(**look)
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(f"{world.base}/?lang=en")
    await expect(page.locator("#offline")).to_be_hidden()
    return page


def test_a_call_rings_in_every_tab_and_is_taken_in_one() -> None:
    async def test(world: World, browser: Browser) -> None:
        keys = ask_for_digits(world, maxDigits=1, timeOut=10)
        world.product.answers["/answer"] = [talk("Press 1"), keys]
        world.product.answers["/input"] = [talk("Welcome"), conversation()]
        faults: list[str] = []
        one = await opened(world, browser, faults)
        two = await opened(world, browser, faults, viewport={"width": 390, "height": 800})
        phone = await world.place()
        rings = "+15550100 calls +34600123456"
        for page in (one, two):
            await expect(page.get_by_role("group", name=rings)).to_contain_text("Incoming call")
            await expect(page.get_by_role("alert").first).to_have_text(rings)
            assert "Ringing" in await page.title()
        found = await Axe().run(two, options=WCAG)
        assert not found.response["violations"], found.generate_report()
        width = await two.evaluate("document.documentElement.scrollWidth")
        assert width == 390

        await one.get_by_role("button", name="Answer", exact=True).press("Enter")
        await expect(two.locator(".ring")).to_have_count(0)
        assert await two.title() == "Phones"
        await expect(two.locator("#others-count")).to_have_text("1")
        card = one.locator("[data-phone]").first
        await expect(card).to_be_focused()
        await expect(card.locator("[data-from]")).to_have_value("+34600123456")
        await expect(card.locator("[data-heard]")).to_have_text("Press 1")
        await phone.when(lambda call: call["waiting_for_input"], 20)
        await one.keyboard.press("1")
        await expect(card.locator("[data-where]")).to_contain_text("In the conversation room-7")
        await expect(card.locator(".timeline")).to_contain_text("Keyed 1")
        await expect(card.locator(".timeline")).to_contain_text("Event: transfer")
        await one.reload()
        await expect(card.locator("[data-heard]")).to_contain_text("Welcome")
        await card.locator("[data-hangup]").click()
        await expect(card.locator("[data-where]")).to_contain_text("You hung up")
        assert (await phone.when(lambda call: call["ended_at"], 20))["disconnected_by"] == "user"

        # The phone with that number is called again, and a voicemail answers for it.
        second = await world.place(machine_detection="continue")
        await one.get_by_role("button", name="Let voicemail answer").click()
        await expect(card.locator("[data-where]")).to_contain_text("Waiting for keys")
        assert (await second.view())["machine"]
        await expect(one.locator("[data-phone]")).to_have_count(2)
        await second.hang_up()

        third = await world.place()
        await two.get_by_role("button", name="Decline").click()
        await expect(one.locator(".ring")).to_have_count(0)
        assert (await third.when(lambda call: call["ended_at"], 20))["missed"] == "busy"
        await one.locator("#others summary").first.click()
        await expect(one.locator("#other-calls summary").first).to_contain_text("Declined")
        await one.close()
        await two.close()
        assert not faults

    in_browser(test)


def test_what_the_service_does_to_a_call_is_seen_and_an_sms_is_sent() -> None:
    async def test(world: World, browser: Browser) -> None:
        world.product.answers["/answer"] = [each_key(world), conversation(startOnEnter=False)]
        faults: list[str] = []
        page = await opened(world, browser, faults, viewport={"width": 390, "height": 800})
        card = page.locator("[data-phone]").first
        badges = card.locator("[data-badges]")
        await card.locator("[data-to]").fill("+15550100")
        await card.locator("[data-dial]").click()
        await expect(badges).to_have_text("Waiting for the start")
        await expect(card.locator("[data-where]")).to_contain_text("until the conversation room-7")
        await page.keyboard.press("6")
        await world.until(lambda: bool(world.product.at("/keys")), 20)
        await expect(card.locator(".timeline")).to_contain_text("tell each key from now on")
        (call,) = (await world.ask("GET", "/phone/calls"))[1]
        phone = Phone(world, call["uuid"])
        await phone.transfer(conversation(record=True))
        await expect(badges.locator(".badge")).to_have_text(["Being recorded"])
        for action in ("mute", "earmuff"):
            assert await phone.control(action) == 204
        await expect(badges.locator(".badge")).to_have_count(3)
        await expect(card.locator(".timeline")).to_contain_text("The service takes the call elsewh")
        await expect(card.locator(".timeline")).to_contain_text("The service mutes this call")
        found = await Axe().run(page, options=WCAG)
        assert not found.response["violations"], found.generate_report()
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        await phone.control("unmute")
        await expect(badges.locator(".badge")).to_have_count(2)

        await page.get_by_role("textbox", name="Text message").fill("482 9301")
        await page.get_by_role("button", name="Send message").click()
        await expect(card.locator("[data-sent]")).to_contain_text("Sent at")
        await world.until(lambda: bool(world.product.at("/message")), 20)
        assert world.product.at("/message")[0].body["text"] == "482 9301"
        await page.get_by_role("button", name="Send message").click()
        await expect(card.locator("[data-problem]")).to_contain_text("“Text message” must be")
        await card.locator("[data-hangup]").click()
        await expect(badges).to_be_hidden()

        await page.locator("#switches summary").click()
        await page.locator("[name=async_digits]").uncheck()
        await page.locator("[name=requests_per_second]").fill("20")
        await page.get_by_role("button", name="Apply").click()
        await expect(page.locator("#spoiled")).to_be_visible()
        switches = (await world.ask("GET", "/phone/switches"))[1]
        assert (switches["async_digits"], switches["requests_per_second"]) == (False, 20)
        await page.close()
        assert not faults

    in_browser(test, inbound_url="/message")


def test_the_page_has_every_word_in_both_languages() -> None:
    words = {}
    for name in ("english", "russian"):
        text = FOLDER.joinpath(f"{name}.js").read_text(encoding="utf-8")
        words[name] = re.findall(r"^  (\w+):", text, re.MULTILINE)
    assert words["english"] == words["russian"]
    assert len(set(words["english"])) == len(words["english"])


def test_a_call_that_was_taken_elsewhere_says_so_and_receipts_are_shown() -> None:
    async def test(world: World, browser: Browser) -> None:
        faults: list[str] = []
        page = await opened(world, browser, faults)
        await page.locator("[data-from]").fill("+34600123456")
        body = {"channel": "sms", "message_type": "text", "from": "15550100", "text": "Hello"}
        body |= {"to": "34600123456"}
        assert (await world.ask("POST", "/v1/messages", body, world.token()))[0] == 202
        messages = page.locator("[data-messages] li")
        await expect(messages).to_have_count(1)
        await expect(messages).to_contain_text("receipt: delivered")

        await page.locator("#switches summary").click()
        await page.locator("[name=calls_per_second]").fill("many")
        await page.get_by_role("button", name="Apply").click()
        await expect(page.locator("#switches .problem")).to_contain_text("“Calls that the service")
        await page.locator("[name=calls_per_second]").fill("1")
        await page.locator("[name=messages]").select_option("rejected")
        await page.get_by_role("button", name="Apply").click()
        await expect(page.locator("#spoiled")).to_be_visible()
        switches = (await world.ask("GET", "/phone/switches"))[1]
        assert (switches["calls_per_second"], switches["messages"]) == (1, "rejected")
        await page.get_by_role("button", name="All off").click()
        await expect(page.locator("#spoiled")).to_be_hidden()

        # Answered at the same moment elsewhere: the page has not heard of it yet.
        await page.route(
            "**/phone/calls/*/answer",
            lambda route: route.fulfill(
                status=409, json={"detail": "Only a call that rings can be taken."}
            ),
        )
        await world.place()
        await page.get_by_role("button", name="Answer", exact=True).click()
        await expect(page.locator(".ring .problem")).to_have_text(
            "Only a call that rings can be taken."
        )
        await expect(page.get_by_role("button", name="Answer", exact=True)).to_be_enabled()
        await page.close()
        assert not faults

    in_browser(test, status_url="/status")
