"""Somebody who has left traces wherever the service keeps any, made by its own functions.

Ana Ruiz is invited, written to, calls, keys wrong codes, texts and is called; Ben Lee too, in the
same calls, so that what is his can be compared. Another account knows both.
"""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import time_machine
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from rooms import changes
from rooms.accounts import blocked, people
from rooms.accounts.models import Account, ApiKey, Invitation, Membership, Person, Role, User
from rooms.conferences import actions
from rooms.conferences.commands import By
from rooms.conferences.models import Recording, Sound
from rooms.meetings import call_in, invitees, mailings, planning, reports, watch
from rooms.meetings.invitees import Guest
from rooms.meetings.models import CallRequest, Meeting
from rooms.models import PhoneNumber, Room
from rooms.notices import delivery, presence
from rooms.notices.hooks import conference_news, events
from rooms.notices.hooks.models import (
    DeliveryAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from rooms.notices.models import Notice
from telephony import guess_news, outbound, room_news
from telephony.models import Call, WebhookReceipt
from tests.telephony import texting
from tests.telephony.vonage import Phone, new_uuid, post, stamp

NOW = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
ANA, ANA_EMAIL, ANA_NAME = "+34600123456", "ana.ruiz@example.com", "Ana Ruiz"
BEN, BEN_EMAIL, BEN_NAME = "+34600999988", "ben.lee@example.com", "Ben Lee"
MASKED = "+34 ••• •• •• 56"
# As a number may stand in a text, and as voices say its end.
TRACES = [ANA, ANA[1:], "600123456", "600 12 34 56", MASKED, ANA_EMAIL, ANA_NAME, " 4 5 6"]
# What is not any account's: the guard against guessing, and who wants no SMS (erasing.KEPT).
OF_THE_SERVICE = {"accounts.WindowCount", "telephony.SmsWish"}
MINUTE = dt.timedelta(minutes=1)


def dump() -> dict[str, dict[str, str]]:
    """Every row of every table, as text, by model and key."""
    return {
        model._meta.label: {
            str(row["pk"]): _text(row)
            for row in model._default_manager.order_by("pk").values("pk", *_columns(model))
        }
        for model in apps.get_models()
    }


def _text(row: dict[str, Any]) -> str:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)


def _columns(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def found_in(rows: dict[str, dict[str, str]], traces: list[str]) -> set[tuple[str, str]]:
    """In which columns of which tables any of these stands."""
    found = set()
    for label, of_table in rows.items():
        for row in of_table.values():
            for column, value in json.loads(row).items():
                text = json.dumps(value, ensure_ascii=False).casefold()
                if any(trace.casefold() in text for trace in traces):
                    found.add((label, column))
    return found


def rows_of(rows: dict[str, dict[str, str]], trace: str) -> dict[str, dict[str, str]]:
    """Those that hold `trace`."""
    return {
        label: {pk: row for pk, row in of_table.items() if trace.casefold() in row.casefold()}
        for label, of_table in rows.items()
    }


class Scene:
    """What happened in an account, at whose end everybody has hung up and all was written."""

    def __init__(self, name: str, clock: Any) -> None:
        self.account = account = Account.objects.create(name=name)
        self.user = user = self.member(Role.OWNER)
        self.clock = clock
        self.room = changes.make(account, name="Weekly", records=True)
        PhoneNumber.objects.get_or_create(number="+15550100")
        numbers = PhoneNumber.objects.count()
        PhoneNumber.objects.create(number=f"+1555{numbers:07}", account=account)
        Sound.objects.create(account=account, name="Gong", file="sounds/x.wav", size=1)
        ApiKey.make(account, name="Site", scopes=["read"], made_by=user)
        self.endpoint = WebhookEndpoint.objects.create(account=account, url="https://example.com/")
        self.ana = people.make(account, name=ANA_NAME, email=ANA_EMAIL, phone=ANA)
        self.ben = people.make(account, name=BEN_NAME, email=BEN_EMAIL, phone=BEN)
        self.meeting = self._plan(minutes=-5)
        self.coming = self._plan(minutes=24 * 60)

    def member(self, role: Role = Role.ORGANIZER) -> User:
        """A new one."""
        email = f"{role}-{User.objects.count()}@example.com"
        user = User.objects.create_user(email, "correct horse battery", name=str(role))
        Membership.objects.create(account=self.account, user=user, role=role)
        return user

    def happen(self) -> "Scene":
        self._invite()
        self._guess()
        self._talk()
        self._text()
        self._call_in()
        self._write_by_hand()
        self._told()
        return self

    def _plan(self, minutes: float) -> Meeting:
        start = timezone.now() + dt.timedelta(minutes=minutes)
        when = {"first_day": start.date(), "starts": start.time(), "time_zone": "UTC"}
        fields: dict[str, Any] = {"agenda": f"{ANA_NAME} reports, then {BEN_NAME}.", **when}
        return planning.plan(self.room, self.user, title="Budget", minutes=30, **fields)

    def _invite(self) -> None:
        guests = [Guest(ANA_NAME, ANA_EMAIL, ANA), Guest(BEN_NAME, BEN_EMAIL, BEN)]
        for meeting in (self.meeting, self.coming):
            for invitee in invitees.add(meeting, guests, by=self.user).new:
                mailings.resend(invitee, "sms", by=self.user)
        mailings.write_due(until=timezone.now() + MINUTE)
        Notice.objects.filter(channel="sms", address=ANA).update(carrier_id=new_uuid())
        Invitation.objects.create(account=self.account, email=ANA_EMAIL, token_hash=new_uuid())

    def _guess(self) -> None:
        """Six codes that are nearly right, from both of them."""
        code = str(self.room.access_code)
        near = sorted(guess_news.variations(code))[:3]
        for number in (ANA[1:], ANA[1:], BEN[1:]):
            phone = Phone(number).dial()
            for wrong in near:
                phone.key(f"{wrong}#")
            self._over(phone)
        guess_news.sweep(timezone.now())

    def _talk(self) -> None:
        """Both are in the room; she presses a key, and something is said to all."""
        code = f"{self.room.access_code}#"
        phones = [Phone(BEN[1:]).dial().key(code), Phone(ANA[1:]).dial().key(code)]
        for phone in phones:
            post("/telephony/event", phone.event("answered"))
            post("/telephony/event", phone.transfer())
        conference_news.gather(timezone.now())
        self.clock.shift(dt.timedelta(seconds=5))
        for digit in "*5":
            payload = {"dtmf": {"digits": digit, "timed_out": False}, "uuid": phones[1].uuid}
            post(phones[1].input_path, {**payload, "timestamp": stamp(timezone.now())})
        self.clock.shift(dt.timedelta(seconds=40))
        room_news.sweep(timezone.now())
        presence.collect(timezone.now())
        announced = f"{ANA_NAME}, please begin. {BEN_NAME} is next."
        actions.announce(self.room, announced, By(user=self.user))
        self.clock.shift(5 * MINUTE)
        for phone in phones:
            self._over(phone)
        conference_news.gather(timezone.now())
        self.clock.shift(MINUTE)
        presence.collect(timezone.now())

    def _over(self, phone: Phone) -> None:
        start = timezone.now() - MINUTE
        post("/telephony/event", phone.completed(start, timezone.now()))

    def _text(self) -> None:
        """Both text the code; the one is called back, and it fails."""
        for number in (ANA[1:], BEN[1:]):
            texting.text(str(self.room.access_code), number)
        asked = CallRequest.objects.filter(kind="texted", phone=ANA)
        asked.update(status="failed", error=f"{ANA} is busy")

    def _call_in(self) -> None:
        """Both are to be called into the room, and she has been once before."""
        for person in (self.ana, self.ben):
            call_in.ask(self.room, by=self.user, person=person)
        call = Call(uuid=new_uuid(), caller="+15550100", dialled=ANA, status="completed")
        call.steps = {"1": {"said": "enter", "ncco": [{"action": "talk", "text": ANA_NAME}]}}
        call.ended_at, call.problem = timezone.now(), f"{ANA} hung up"
        outbound._keep(call, self.room.pk)

    def _write_by_hand(self) -> None:
        blocked.block(self.account, ANA, note="Was rude")
        blocked.block(self.account, BEN, note=f"Friend of {ANA_NAME}")
        note = f"{ANA_NAME} was late; her number is +34 600-12-34-56, mail {ANA_EMAIL.upper()}."
        reports.note(self.meeting.occurrences.get(), note)
        people_type = ContentType.objects.get_for_model(Person)
        entry = {"user": self.user, "content_type": people_type, "action_flag": CHANGE}
        LogEntry.objects.create(object_id=self.ana.pk, object_repr=ANA_NAME, **entry)
        LogEntry.objects.create(object_id=self.ben.pk, object_repr=BEN_NAME, **entry)

    def _told(self) -> None:
        """Reports are written, one message is sent, one arrived, and the webhooks were tried."""
        self.clock.shift(60 * MINUTE)
        watch.settle(timezone.now())
        reminded = Notice.objects.filter(channel="email", status="pending").order_by("pk")
        for notice in [reminded.filter(address=one).first() for one in (ANA_EMAIL, BEN_EMAIL)]:
            Notice.objects.filter(pk=notice.pk).update(  # type: ignore[union-attr]
                status="sending", claimed_until=timezone.now() + MINUTE, attempts=1
            )
            notice.refresh_from_db()  # type: ignore[union-attr]
            delivery.deliver(notice)  # type: ignore[arg-type]
        for one in WebhookDelivery.objects.select_related("event"):
            body = events.body_of(one.event)
            DeliveryAttempt.objects.create(delivery=one, request_body=body, response_body=body)
        recording = Recording.objects.filter(room=self.room).get()
        facts = {"status": "ready", "file": f"recordings/{recording.pk}.wav", "size": 1}
        Recording.objects.filter(pk=recording.pk).update(**facts)


def name_her_everywhere(account: Account) -> None:
    """In every text that members write, and every word of the carrier's that may hold a number."""
    named = f"For {ANA_NAME}, {ANA_EMAIL}"
    rows: dict[Any, tuple[str, ...]] = {
        Room.objects.filter(account=account): ("name", "greeting"),
        Meeting.objects.of_account(account): ("title", "agenda"),
        WebhookEndpoint.objects.filter(account=account): ("description",),
        account.api_keys.all(): ("name",),
        Sound.objects.filter(account=account): ("name",),
        PhoneNumber.objects.filter(account=account): ("label",),
        WebhookReceipt.objects.filter(body__icontains=ANA[1:]): ("error",),
        LogEntry.objects.filter(object_repr=ANA_NAME): ("change_message",),
        Notice.objects.filter(address=ANA_EMAIL): ("subject", "error"),
    }
    for found, fields in rows.items():
        assert found.update(**dict.fromkeys(fields, named)), fields
    told = DeliveryAttempt.objects.filter(request_body__contains=ANA_NAME)
    assert told.update(response_headers={"x-told": named})


@contextmanager
def travelling() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock
