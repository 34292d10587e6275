"""Three years in twelve zones: our days and moments against a browser's.

The browser has another library for rules (ical.js) and another copy of the time zone database
(ICU's), so neither dateutil nor Python's zones are asked about themselves. The years are past:
zones of years to come change, and two copies need not have learned of it on the same day.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rooms.meetings import rules, times
from tests.chromium import chromium, find_chromium

LIBRARY = Path(__file__).parent.parent / "vendor" / "ical.js" / "ical.min.js"
SCRIPT = Path(__file__).with_name("expand.js")
UNTIL = dt.date(2024, 12, 31)

# A start that is skipped once a year, and one that comes twice.
ZONES = {
    "Europe/Madrid": ("02:30", "02:00"),
    "America/New_York": ("02:00", "01:59"),
    "America/St_Johns": ("02:30", "01:30"),
    "America/Santiago": ("00:30", "23:30"),
    "America/Asuncion": ("00:00", "23:00"),
    "Africa/Casablanca": ("02:15", "02:45"),
    "Asia/Tehran": ("00:30", "23:30"),
    "Asia/Kathmandu": ("02:30", "23:59"),
    "Australia/Sydney": ("02:59", "02:00"),
    "Australia/Lord_Howe": ("02:15", "01:45"),
    "Pacific/Auckland": ("02:30", "02:30"),
    "Pacific/Chatham": ("03:00", "03:44"),
}
CALM = "Asia/Kathmandu"  # its clocks are never changed

# Each with its first day, in January 2022.
RULES = {
    "FREQ=DAILY;INTERVAL=3": 2,
    "FREQ=WEEKLY": 2,
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20230106": 3,
    "FREQ=WEEKLY;BYDAY=TU,SA,SU": 1,
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,SU": 5,
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU": 2,
    "FREQ=WEEKLY;INTERVAL=5;BYDAY=SU": 9,
    "FREQ=MONTHLY": 15,
    "FREQ=MONTHLY;BYMONTHDAY=29": 29,
    "FREQ=MONTHLY;BYMONTHDAY=31": 31,
    "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=30": 30,
    "FREQ=MONTHLY;BYMONTHDAY=-1": 31,
    "FREQ=MONTHLY;BYDAY=3TU": 18,
    "FREQ=MONTHLY;BYDAY=-1FR": 28,
    "FREQ=MONTHLY;BYDAY=-1SU": 30,
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=2SU": 9,
    "FREQ=DAILY;INTERVAL=4;UNTIL=20240331": 1,
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,SU;UNTIL=20231029": 2,
    "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20240930": 31,
    "FREQ=DAILY;INTERVAL=5;COUNT=200": 1,
    "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=101": 4,
    "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=12": 31,
    "FREQ=MONTHLY;BYDAY=1SU;COUNT=30": 2,
}


class Case(NamedTuple):
    zone: str
    starts: dt.time
    rule: str
    days: list[dt.date]

    def for_browser(self) -> dict[str, Any]:
        """The rule stands alone, so its UNTIL is local, as its start."""
        rule = self.rule
        if "UNTIL" in rule:
            rule += f"T{self.starts:%H%M%S}"
        return {
            "zone": self.zone,
            "rule": rule,
            "start": self.local(self.days[0]),
            "end": self.local(UNTIL),
            "moments": [
                times.moment(day, self.starts, self.zone).timestamp() * 1000 for day in self.days
            ],
        }

    def local(self, day: dt.date) -> str:
        return f"{dt.datetime.combine(day, self.starts):%Y-%m-%dT%H:%M:%S}"

    def read_as(self, day: dt.date) -> str:
        if times.skipped(day, self.starts, self.zone):
            return "skipped"
        return "twice" if times.twice(day, self.starts, self.zone) else "once"


def _cases() -> list[Case]:
    def case(zone: str, starts: str, rule: str, first: int) -> Case:
        day = dt.date(2022, 1, first)
        rules.check(rules.parse(rule), day)
        return Case(
            zone,
            dt.time.fromisoformat(starts),
            rule,
            [*rules.days(rule, day, since=day, until=UNTIL)],
        )

    return [
        *(case(zone, at, "FREQ=DAILY", 1) for zone, starts in ZONES.items() for at in starts),
        *(case(zone, ZONES[zone][0], rule, RULES[rule]) for zone in ZONES for rule in RULES),
    ]


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found")
def test_a_browser_has_the_same_days_and_reads_our_moments_as_they_were_meant() -> None:
    cases = _cases()
    with chromium() as browser:
        page = browser.new_page()
        told = json.dumps([case.for_browser() for case in cases])
        answers = json.loads(page.evaluate(SCRIPT.read_text(), [LIBRARY.read_text(), told]))
    seen: dict[str, set[str]] = {zone: set() for zone in ZONES}
    for case, answer in zip(cases, answers, strict=True):
        assert answer["days"] == [case.local(day) for day in case.days], case[:3]
        assert answer["read_as"] == [case.read_as(day) for day in case.days], case[:3]
        seen[case.zone] |= set(answer["read_as"])
    assert seen.pop(CALM) == {"once"}
    assert all(kinds == {"once", "skipped", "twice"} for kinds in seen.values()), seen
