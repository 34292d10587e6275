"""What the product asks of the carrier, over HTTP: SMS, and calls that it has lost track of."""

import datetime as dt
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.utils import timezone

from anyroom_site import keys
from rooms import sms
from rooms.conferences.models import Participant, UsageRecord
from rooms.models import PhoneNumber, Room
from telephony import reconciliation
from telephony.carrier import client as carrier_of
from telephony.models import Call
from tests.processes.installation import ROOT, free_port, wait_for
from tests.telephony.vonage import Phone


class Carrier:
    """An embedded carrier whose webhooks are never answered: it is asked, it tells nothing."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def __call__(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def running_carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    made = keys.load(configured.ANYROOM_HOME)
    assert made
    public_key = tmp_path_factory.mktemp("carrier") / "public.pem"
    public_key.write_text(made["VONAGE_PUBLIC_KEY"])
    port = free_port()
    # It takes connections and never answers, so a call stays alive while the carrier waits.
    silent = socket.create_server(("127.0.0.1", 0))
    nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
    process = subprocess.Popen(
        [sys.executable, "-m", "carrier"],
        cwd=ROOT,
        env={
            **os.environ,
            "CARRIER_PORT": str(port),
            "CARRIER_ANSWER_URL": f"{nowhere}/answer",
            "CARRIER_EVENT_URL": f"{nowhere}/event",
            "CARRIER_PUBLIC_KEY": str(public_key),
            "VONAGE_APPLICATION_ID": configured.VONAGE_APPLICATION_ID,
            "VONAGE_SIGNATURE_SECRET": configured.VONAGE_SIGNATURE_SECRET,
        },
        stdout=subprocess.DEVNULL,
    )
    carrier = Carrier(port)
    try:
        wait_for("the carrier", lambda: _answers(carrier))
        yield carrier
    finally:
        process.terminate()
        process.wait(10)
        silent.close()


def _answers(carrier: Carrier) -> bool:
    try:
        carrier("/phone/calls")
    except OSError:
        return False
    return True


@pytest.fixture
def carrier(running_carrier: Carrier, settings: Any) -> Carrier:
    settings.VONAGE_API_URL = running_carrier.url
    return running_carrier


def test_an_sms_arrives_from_the_shared_number(carrier: Carrier, number: PhoneNumber) -> None:
    sms.send(to="+34600123456", text="Standup: 2 joined. Привет")
    (message,) = carrier("/phone/messages?to=34600123456")
    assert message["text"] == "Standup: 2 joined. Привет"
    assert message["from"].removeprefix("+") == "15550100"


def test_a_carrier_that_is_away_is_worth_another_try(settings: Any, number: PhoneNumber) -> None:
    settings.VONAGE_API_URL = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(sms.SmsError) as caught:
        sms.send(to="+34600123456", text="x")
    assert not caught.value.permanent


def test_a_key_that_the_carrier_does_not_know_is_not(
    carrier: Carrier, settings: Any, number: PhoneNumber, tmp_path: Path
) -> None:
    settings.VONAGE_PRIVATE_KEY = keys.make(tmp_path)["VONAGE_PRIVATE_KEY"]
    with pytest.raises(sms.SmsError) as caught:
        sms.send(to="+34600123456", text="x")
    assert caught.value.permanent
    assert "401" in str(caught.value)


def test_a_call_whose_end_was_never_told_is_ended(
    carrier: Carrier, number: PhoneNumber, room: Room
) -> None:
    phone = Phone()
    phone.dial().key(room.access_code or "")
    assert reconciliation.reconcile(timezone.now()) == 0, "it was heard of just now"
    later = timezone.now() + reconciliation.SILENT_FOR + dt.timedelta(seconds=1)
    assert reconciliation.reconcile(later) == 1
    call = Call.objects.get()
    assert (call.status, call.problem) == ("completed", "The carrier no longer knows this call.")
    assert not Participant.objects.filter(left_at=None).exists()
    assert UsageRecord.objects.count() == 1
    assert Room.objects.get().people_in == 0


def test_a_call_that_goes_on_is_left_in_peace_until_it_ends(
    carrier: Carrier, number: PhoneNumber, room: Room
) -> None:
    phone = Phone()
    phone.uuid = carrier("/phone/calls", {"from": "+15550123", "to": "+15550100"})["uuid"]
    phone.dial().key(room.access_code or "")
    _silent_for_six_minutes()
    assert reconciliation.reconcile(timezone.now()) == 0
    assert Participant.objects.filter(left_at=None).exists()
    assert Call.objects.get().seen_at > timezone.now() - dt.timedelta(minutes=1)
    carrier(f"/phone/calls/{phone.uuid}/hangup", {})
    _silent_for_six_minutes()
    assert reconciliation.reconcile(timezone.now()) == 1
    assert not Participant.objects.filter(left_at=None).exists()


def _silent_for_six_minutes() -> None:
    Call.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=6))


def test_a_carrier_that_is_away_ends_nobodys_call(
    settings: Any, number: PhoneNumber, room: Room
) -> None:
    settings.VONAGE_API_URL = f"http://127.0.0.1:{free_port()}"
    Phone().dial().key(room.access_code or "")
    _silent_for_six_minutes()
    assert reconciliation.reconcile(timezone.now()) == 0
    assert Participant.objects.filter(left_at=None).count() == 1


@pytest.mark.parametrize(
    ("api_url", "region_url", "asked"),
    [
        ("https://api.nexmo.com", "https://api-us-3.vonage.com", "api-us-3.vonage.com"),
        ("https://api.nexmo.com", "", "api.nexmo.com"),
        ("https://api.nexmo.com", "https://evil.example", "api.nexmo.com"),
        ("https://api.nexmo.com", "http://api-us-3.vonage.com", "api.nexmo.com"),
        ("http://127.0.0.1:8010", "https://api-us-3.vonage.com", "127.0.0.1:8010"),
    ],
)
def test_a_call_is_asked_for_in_its_own_region(
    settings: Any, api_url: str, region_url: str, asked: str
) -> None:
    settings.VONAGE_API_URL = api_url
    assert carrier_of(region_url)._sdk.http_client.api_host == asked
