"""Phones that are rung, on real processes: by an SMS with the room's code, and from the panel."""

import json
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import chromium, find_chromium
from tests.processes.installation import Installation, wait_for

SOON = 1000  # milliseconds within which an open page shows what became of a call
SENDER = "+34600123456"
NUMBER = "+15550100"


class Phones:
    """The phone side of the embedded carrier."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, path: str, body: dict[str, str] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._url + path, data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def text(self, words: str, sender: str = SENDER) -> None:
        self("/phone/messages", {"from": sender, "to": NUMBER, "text": words})

    def got(self, number: str = SENDER) -> list[str]:
        found = self(f"/phone/messages?to={number[1:]}")
        return [message["text"] for message in found]

    def ringing(self, number: str = SENDER) -> Any:
        calls = self("/phone/calls")
        found = [one for one in calls if number[1:] in str(one.get("to", ""))]
        return next((one for one in found if one["status"] in ("started", "ringing")), None)

    def call(self, uuid: str) -> Any:
        return self(f"/phone/calls/{uuid}")


@pytest.mark.timeout(120)
def test_a_code_by_sms_calls_back_and_stop_is_honoured(installation: Installation) -> None:
    phones = Phones(installation.phones_url)
    room, code = installation.shell(
        "import json; from rooms.models import Room;"
        "room = Room.objects.filter(account__name='Demo').first();"
        "print(json.dumps([room.pk, room.access_code]))"
    )
    phones.text("what is this?")
    wait_for("an explanation", lambda: phones.got())
    assert "STOP" in phones.got()[0]
    phones.text("111222")
    wait_for("an answer to a wrong code", lambda: len(phones.got()) == 2)
    assert "111222" in phones.got()[1]
    phones.text(f"{code[:3]} {code[3:]}")
    uuid = wait_for("the phone to ring", phones.ringing)["uuid"]
    phones(f"/phone/calls/{uuid}/answer", {})
    wait_for("the question", lambda: "1" in "".join(phones.call(uuid)["heard"]))
    phones(f"/phone/calls/{uuid}/keys", {"digits": "1"})
    wait_for("the room", lambda: phones.call(uuid)["conversation"] == room)
    phones(f"/phone/calls/{uuid}/hangup", {})
    phones.text("STOP")
    wait_for("the last SMS", lambda: len(phones.got()) == 3)
    phones.text("HELP")
    did = wait_for(
        "the last two to be acted on",
        lambda: installation.shell(
            "import json; from telephony.models import IncomingSms;"
            "rows = IncomingSms.objects.exclude(processed_at=None).order_by('received_at');"
            "did = list(rows.values_list('did', flat=True));"
            "print(json.dumps(did if len(did) == 5 else None))"
        ),
    )
    assert did == ["helped", "wrong", "called", "stopped", "helped"]
    assert len(phones.got()) == 3
    assert not any(re.search(code, text) for text in phones.got()), "a code is told to nobody"


MAKE = """
import json
from rooms import changes
from rooms.accounts import people
from rooms.models import Room
demo = Room.objects.filter(account__name="Demo").first()
room = changes.make(demo.account, name="Calls")
people.make(demo.account, name="Ana Ruiz", phone="+34600000077")
people.make(demo.account, name="Ben Ode", phone="+34600000088")
print(json.dumps(room.pk))
"""


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found")
@pytest.mark.timeout(180)
def test_an_organizer_calls_people_in_from_the_panel(installation: Installation) -> None:
    phones = Phones(installation.phones_url)
    room = installation.shell(MAKE)
    with chromium() as browser:
        page = browser.new_page(locale="en-GB")
        _log_in(page, installation)
        page.goto(f"{installation.url}/rooms/{room}/")
        live = page.locator("#live")
        _call(page, "Ana Ruiz (+34 ••• •• •• 77)")
        expect(live).to_contain_text("Ana Ruiz is", use_inner_text=True)
        uuid = wait_for("the phone to ring", lambda: phones.ringing("+34600000077"))["uuid"]
        expect(live).to_contain_text("is being called…", timeout=SOON)
        phones(f"/phone/calls/{uuid}/answer", {})
        wait_for("the question", lambda: "Press 1" in "".join(phones.call(uuid)["heard"]))
        phones(f"/phone/calls/{uuid}/keys", {"digits": "1"})
        expect(live.locator("[data-row]")).to_contain_text("Ana Ruiz", timeout=2 * SOON)
        expect(live).not_to_contain_text("is being called…")
        _call(page, "ben ode")
        uuid = wait_for("the other phone to ring", lambda: phones.ringing("+34600000088"))["uuid"]
        phones(f"/phone/calls/{uuid}/decline", {})
        expect(live).to_contain_text(re.compile("rejected|busy"), timeout=2 * SOON)
        _call(page, "nobody")
        expect(page.locator("#live-said")).to_contain_text("Nobody who is invited here")
        expect(page.get_by_label("Call somebody into the room")).to_have_value("nobody")


def _call(page: Page, who: str) -> None:
    page.get_by_label("Call somebody into the room").fill(who)
    page.wait_for_timeout(700)  # a click that follows the last one sooner is taken for the same
    page.get_by_role("button", name="Call", exact=True).click()


def _log_in(page: Page, installation: Installation) -> None:
    demo = json.loads(installation.manage("demo", "--json"))
    page.goto(f"{installation.url}/accounts/login/")
    page.get_by_label("Email").fill(demo["email"])
    page.get_by_label("Password").fill(demo["password"])
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/rooms/")
