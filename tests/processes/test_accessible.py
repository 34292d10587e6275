"""Every page, wide and narrow, light and dark: no fault that axe can find, nothing cut off."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

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
    "/rooms/{room}/recordings/",
    "/rooms/{room}/calls/",
    "/rooms/{busy}/calls/",
    "/calls/find/",
    "/calls/find/?number=12&at=",
    "/sounds/",
    "/r/{token}/",
    "/people/",
    "/people/blocked/",
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
from django.db import transaction
from django.utils import timezone
from rooms import changes
from rooms.conferences import actions, commands, presence
from rooms.conferences.models import Participant
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
busy = changes.make(room.account, name="Busy")
numbers = [f"+3460000000{n}" for n in range(6)]
for n, caller in enumerate(numbers):
    with transaction.atomic():
        call = {"call": f"axe {timezone.now()} {n}", "caller": caller, "at": timezone.now()}
        presence.join(**call, room_id=busy.pk, checked=True, host=not n, name="Ana Ruiz" * (n < 2))
stays = list(Participant.objects.filter(room=busy).order_by("joined_at"))
Participant.objects.filter(pk=stays[1].pk).update(muted=True, held=True)
Participant.objects.filter(pk=stays[5].pk).update(waiting=True)
actions.raise_hand(stays[2], True, commands.SERVICE)
actions.lock(busy, True, commands.SERVICE)
actions.silence(busy, True, commands.SERVICE)
with transaction.atomic():
    ahead = timezone.now() + dt.timedelta(seconds=50)
    refused = {"done_at": timezone.now(), "error": "The carrier knows no such call."}
    commands.write(busy, [
        commands.new("mute", stays[3], "axe pending", due_at=ahead),
        commands.new("hold", stays[4], "axe refused", **refused),
    ])
print(json.dumps({"room": room.pk, "token": room.public_token, "meeting": meeting.pk,
    "occurrence": occurrence.pk, "invitee": invitee.pk, "join": invitee.token,
    "busy": busy.pk}))
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
    faults += _faults(page, f"{installation.url}/rooms/{names['busy']}/", unfolded=True)
    expect(page.locator("#live [data-row]")).to_have_count(6)
    context.close()
    assert faults == []


def _faults(page: Page, address: str, *, unfolded: bool = False) -> list[str]:
    page.goto(address)
    if unfolded:
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
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
