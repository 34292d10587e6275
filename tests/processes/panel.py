"""The live panel of a room in a browser, for tests of whole calls."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from tests.processes.installation import Running
from tests.processes.phones import Line, Phone

SOON = 1000  # milliseconds within which an open page shows what was done on another


class Panel:
    """A room's page, open in a window of its own; `errors` are those of its console."""

    def __init__(self, browser: Browser, line: Line, errors: list[str]) -> None:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        context.add_cookies(
            [{"name": "sessionid", "value": line.session, "url": line.installation.url}]
        )
        self.page: Page = context.new_page()
        self.page.on("console", lambda told: self._told(told.type, told.text, errors))
        self.page.on("pageerror", lambda error: errors.append(str(error)))
        self.page.goto(f"{line.installation.url}/rooms/{line.room}/")

    @staticmethod
    def _told(kind: str, text: str, errors: list[str]) -> None:
        if kind == "error":
            errors.append(text)

    @property
    def live(self) -> Locator:
        return self.page.locator("#live")

    @property
    def rows(self) -> Locator:
        return self.live.locator("[data-row]")

    @property
    def waiting(self) -> Locator:
        return self.live.locator("ul[aria-labelledby=waiting] [data-row]")

    def row(self, phone: Phone) -> Locator:
        """Of the caller whose number ends so; it is shown as `+34 ••• •• •• 56`."""
        who = self.page.locator(".who", has_text=re.compile(f"• ?{phone.number[-2:]}"))
        return self.rows.filter(has=who)

    def press(self, phone: Phone, button: str) -> None:
        """One of the buttons of a row, in its menu or not."""
        row = self.row(phone)
        if button not in ("Mute", "Unmute", "Hold", "Take off hold"):
            row.locator("summary", has_text="More").click()
        if button == "Remove":
            row.locator("summary", has_text="Remove").click()
            button = "Yes, remove"
        row.get_by_role("button", name=re.compile(f"^{button}")).click()

    def shows(self, phone: Phone, badge: str, timeout: int = SOON) -> None:
        expect(self.row(phone).locator(".badge", has_text=badge)).to_be_visible(timeout=timeout)

    def shows_not(self, phone: Phone, badge: str, timeout: int = SOON) -> None:
        expect(self.row(phone).locator(".badge", has_text=badge)).to_have_count(0, timeout=timeout)

    def says(self, text: str, timeout: int = SOON) -> None:
        """Beside the people: the room is locked, is being recorded, and so on."""
        expect(self.live.locator(".badge", has_text=text)).to_be_visible(timeout=timeout)


def worker_group(running: Running) -> int:
    """The process group of the worker that was started last."""
    return int(re.findall(r"spawned: 'worker' with pid (\d+)", running.said)[-1])


@contextmanager
def frozen_worker(running: Running) -> Iterator[None]:
    """What is asked of the carrier stays pending meanwhile, however fast the machine is."""
    group = worker_group(running)
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)
