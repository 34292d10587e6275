"""Every page, wide and narrow, light and dark: no fault that axe can find, nothing cut off."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.chromium import chromium, find_chromium
from tests.processes.installation import Installation

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found"),
]
STRANGERS = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/mailbox/"]
MEMBERS = [
    "/rooms/",
    "/rooms/new/",
    "/rooms/{room}/",
    "/rooms/{room}/edit/",
    "/rooms/{room}/archive/",
    "/rooms/{room}/code/",
    "/r/{token}/",
    "/people/",
    "/people/new/",
    "/people/import/",
    "/meetings/",
    "/meetings/?view=month",
    "/meetings/new/",
    "/meetings/{meeting}/",
    "/meetings/{meeting}/edit/",
    "/meetings/{meeting}/cancel/",
    "/meetings/{meeting}/send/all/",
    "/meetings/times/{occurrence}/",
    "/meetings/times/{occurrence}/report/",
    "/meetings/invitees/{invitee}/",
    "/meetings/invitees/{invitee}/remove/",
    "/i/{join}/",
    "/i/{join}/reply/accepted/",
    "/feeds/",
    "/notices/",
    "/account/",
    "/account/you/",
    "/account/members/",
    "/account/keys/",
    "/account/close/",
    "/billing/",
    "/billing/invoices/",
    "/usage/",
    "/account/you/phone/",
    "/notices/wanted/",
    "/account/members/leave/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/no-such-page/",
]
NAMES = """
import datetime as dt, json
from django.utils import timezone
from rooms.meetings import invitees, planning
from rooms.models import Room
room = Room.objects.filter(account__name="Demo").first()
meeting = room.meetings.filter(title="Seen by axe").first()
if meeting is None:
    start = timezone.now() + dt.timedelta(hours=2)
    when = {"first_day": start.date(), "starts": dt.time(start.hour), "time_zone": "UTC"}
    user = room.account.members.get()
    meeting = planning.plan(room, user, title="Seen by axe", rrule="FREQ=DAILY", **when)
    ana = invitees.Guest(name="Ana", email="ana@example.com", phone="+34600123456")
    invitees.add(meeting, [ana], by=None, tell=False)
invitee = meeting.invitees.get(name="Ana")
occurrence = meeting.occurrences.order_by("day").first()
print(json.dumps({"room": room.pk, "token": room.public_token, "meeting": meeting.pk,
    "occurrence": occurrence.pk, "invitee": invitee.pk, "join": invitee.token}))
"""
# Between them these two see every colour and every width; `make soak` looks at the others too.
LOOKS = [
    pytest.param((1280, "light"), id="wide and light"),
    pytest.param((390, "dark"), id="narrow and dark"),
    pytest.param((1280, "dark"), id="wide and dark", marks=pytest.mark.soak),
    pytest.param((390, "light"), id="narrow and light", marks=pytest.mark.soak),
]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.mark.timeout(240)
@pytest.mark.parametrize("look", LOOKS)
def test_pages_are_accessible(
    browser: Browser, installation: Installation, look: tuple[int, str]
) -> None:
    width, scheme = look
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    faults = [fault for path in STRANGERS for fault in _faults(page, installation.url + path)]
    _log_in(page, installation)
    names = installation.shell(NAMES)
    for path in MEMBERS:
        faults += _faults(page, installation.url + path.format(**names))
    context.close()
    assert faults == []


def _faults(page: Page, address: str) -> list[str]:
    page.goto(address)
    results = Axe().run(page, options=WCAG).response["violations"]
    found = [f"{address}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in results]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{address}: wider than the window")
    return found


def _log_in(page: Page, installation: Installation) -> None:
    demo = json.loads(installation.manage("demo", "--json"))
    page.goto(f"{installation.url}/accounts/login/")
    page.get_by_label("Email").fill(demo["email"])
    page.get_by_label("Password").fill(demo["password"])
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/rooms/")
