"""Calendars as two independent libraries read them; neither is the one that writes them."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import vobject

from tests.chromium import chromium

LIBRARY = Path(__file__).parent.parent / "vendor" / "ical.js" / "ical.min.js"
SCRIPT = Path(__file__).with_name("read_calendar.js")


@contextmanager
def ical_js() -> Iterator[Any]:
    """A function that reads calendars with ical.js in a browser, at most so many times of each."""
    with chromium() as browser:
        page = browser.new_page()

        def read(*texts: str, most: int = 1000) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = page.evaluate(
                SCRIPT.read_text(), [LIBRARY.read_text(), list(texts), most]
            )
            return found

        yield read


def moment(milliseconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)


def by_vobject(text: str) -> Any:
    """Strictly: a line that is longer or other than RFC 5545 has it is an error."""
    for line in text.encode().split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        line.decode()  # no letter is torn in two
    calendar = vobject.readOne(text, allowQP=False)
    calendar.validate(raiseException=True)
    return calendar


def event(text: str) -> Any:
    """The only VEVENT of a calendar, by vobject."""
    (found,) = by_vobject(text).vevent_list
    return found


def starts_by_vobject(text: str, most: int) -> list[dt.datetime]:
    """What repeats, as vobject expands it by the VTIMEZONE that stands in the file."""
    calendar = by_vobject(text)
    zone = calendar.vtimezone.gettzinfo() if hasattr(calendar, "vtimezone") else dt.UTC
    times = calendar.vevent.getrruleset(addRDate=True)[:most]
    return [at.replace(tzinfo=zone).astimezone(dt.UTC) for at in times]
