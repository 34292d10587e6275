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
    "/history/",
    "/history/?q=nobody+at+all",
    "/history/?number=12&from=2026-03-02&until=2026-03-01",
    "/rooms/{room}/history/",
    "/rooms/{quiet}/history/",
    "/conferences/{past}/",
    "/conferences/{going_on}/",
    "/notices/",
    "/account/",
    "/account/you/",
    "/account/members/",
    "/account/webhooks/",
    "/account/webhooks/{endpoint}/",
    "/account/webhooks/{endpoint}/secret/",
    "/account/webhooks/{endpoint}/delete/",
    "/account/webhooks/{off}/",
    "/account/erasures/",
    "/account/erasures/new/",
    "/account/erasures/{erasure}/",
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
UNFOLDED = [
    "/account/keys/",
    "/account/webhooks/deliveries/{delivery}/",
    "/rooms/{busy}/",
]
NAMES = """
import datetime as dt, json
from django.db import transaction
from django.utils import timezone
from rooms import changes
from rooms.conferences import actions, commands, presence
from rooms.conferences.models import Participant
from rooms.meetings import invitees, planning
from rooms.accounts import erasing
from rooms.accounts.models import ApiKey
from rooms.models import Room
from tests import past_rows
from tests.hooks import hook_rows
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
ApiKey.make(room.account, name="Over", scopes=["read"], expires_at=timezone.now())
endpoint = hook_rows.make(room.account, event_types=["number.unblocked"], description="By axe")
off = hook_rows.make(room.account, event_types=["number.unblocked"])
off.failing_since = timezone.now()
off.save()
hook_rows.endpoints.switch_off(off, "failing")
told = [hook_rows.delivery(endpoint, status) for status in ("delivered", "failed")]
for status in (None, 500, 200):
    hook_rows.attempt(told[1], status)
past = past_rows.seen(room, timezone.now() - dt.timedelta(days=1))
quiet = changes.make(room.account, name="Quiet")
erasure = erasing.erase(room.account, phone="+34600999000", by=room.account.members.get())
print(json.dumps({"past": past.pk, "going_on": stays[0].conference_id, "quiet": quiet.pk,
    "erasure": erasure.pk, "endpoint": endpoint.pk, "off": off.pk, "delivery": told[1].pk,
    "room": room.pk, "token": room.public_token, "meeting": meeting.pk,
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
    faults = [fault for path in STRANGERS for fault in faults_on(page, installation.url + path)]
    _log_in(page, installation)
    names = installation.shell(NAMES)
    for path in MEMBERS:
        faults += faults_on(page, installation.url + path.format(**names))
    for path in UNFOLDED:
        faults += faults_on(page, installation.url + path.format(**names), unfolded=True)
    faults += _faults_of_preview(page, installation)
    page.goto(f"{installation.url}/rooms/{names['busy']}/")
    expect(page.locator("#live [data-row]")).to_have_count(6)
    context.close()
    assert faults == []


def faults_on(page: Page, address: str = "", *, unfolded: bool = False) -> list[str]:
    """What axe finds on the page, that at `address` or the one that is open; and if it is cut."""
    if address:
        page.goto(address)
    if unfolded:
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    results = Axe().run(page, options=WCAG).response["violations"]
    found = [f"{page.url}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in results]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{page.url}: wider than the window")
    return found


def _faults_of_preview(page: Page, installation: Installation) -> list[str]:
    """Of the page that says what would be erased of somebody, and asks."""
    page.goto(f"{installation.url}/account/erasures/new/")
    page.get_by_label("E-mail").fill("ana@example.com")
    page.get_by_role("button", name="See what would be erased").click()
    expect(page.get_by_role("button", name="Erase them for good")).to_be_visible()
    return faults_on(page)


def _log_in(page: Page, installation: Installation) -> None:
    demo = json.loads(installation.manage("demo", "--json"))
    page.goto(f"{installation.url}/accounts/login/")
    page.get_by_label("Email").fill(demo["email"])
    page.get_by_label("Password").fill(demo["password"])
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/rooms/")
