import datetime as dt, threading, pytest
from django.db import connection
from django.utils import timezone
from rooms import changes
from rooms.meetings import call_me, invitees, room_meetings
from rooms.meetings.invitees import Guest
from telephony import receipts
from telephony.models import WebhookReceipt
from tests.at_once import at_once
from tests.meetings.plans import plan
from tests.telephony.test_call_me import *

@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("old", [False, True]*6)
def test_key_and_event(vonage_api, clock, ana, occurrence, monkeypatch, old):
    if old:
        from unittest.mock import MagicMock
        monkeypatch.setattr(receipts, "Room", MagicMock())
    phone = ring(vonage_api, clock, ana, occurrence).pick_up()
    path = phone.input_path
    errs = []
    def safe(f):
        def run():
            try: f()
            except Exception as e: errs.append(repr(e)[:200])
        return run
    at_once(safe(lambda: phone.key("1", url=path)), *[safe(lambda s=s: phone.tell(s)) for s in ("ringing","started","human")])
    errs += list(WebhookReceipt.objects.exclude(error="").values_list("error", flat=True))
    assert not errs
    assert CallRequest.objects.get().status == "entered"

@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("n", range(6))
def test_archive_and_add(room, alice, n):
    m = plan(room, alice)
    errs = []
    def safe(f):
        def run():
            try: f()
            except Exception as e: errs.append(repr(e)[:200])
        return run
    def add(k):
        return lambda: invitees.add(m, [Guest(email=f"x{k}_{i}@example.org") for i in range(300)], by=None)
    last = (lambda: changes.archive(room)) if n % 2 else (lambda: room_meetings.rotate_and_invite(room, by=None))
    at_once(safe(add(1)), safe(last), safe(add(2)))
    assert not [e for e in errs if "eadlock" in e], errs
