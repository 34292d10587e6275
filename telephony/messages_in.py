"""SMS that people send to us: a room's code has them called back, STOP and HELP are honoured.

As with events, the SMS is kept first, on its own; then it is acted on, once. Nothing is sent here:
what goes back is put into the outbox. A try at a code is taken from the sender's budget
(guessing.py), the same as of keyed ones.
"""

import datetime as dt
import hashlib
import logging

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from rooms import calls, phones
from rooms.calls import CallError
from rooms.meetings import call_in
from rooms.models import PhoneNumber, Room
from rooms.notices.models import Notice
from telephony import doors, guessing, lines, messages_texts, outbound, texted
from telephony.guessing import Budget
from telephony.models import IncomingSms, SmsWish
from telephony.texted import Word
from telephony.vonage import events
from telephony.vonage.events import Payload

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 20
LATE = dt.timedelta(minutes=10)  # nobody waits for a call so long; Vonage tells SMS for a day
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MOST_ANSWERS = ((HOUR, 4), (DAY, 10))  # SMS back to one number
KEPT = dt.timedelta(days=30)
NEVER = dt.datetime.fromtimestamp(0, dt.UTC)


def take(payload: Payload, at: dt.datetime) -> None:
    """Keep the SMS and act on it; a delivery that came before has no second effect.

    Raises BadPayload. One that cannot be acted on now is kept for the sweep.
    """
    found = events.inbound_sms(payload)
    sms = IncomingSms(
        uuid=found.uuid,
        sender=phones.from_carrier(found.sender),
        number=phones.from_carrier(found.number),
        text=found.text[:200],
        sent_at=min(found.timestamp or at, at),
        received_at=at,
    )
    IncomingSms.objects.bulk_create([sms], ignore_conflicts=True)
    process(found.uuid, at)


def process(uuid: str, at: dt.datetime) -> None:
    """Act on a kept SMS unless that has been done; a failure is kept with it, not raised."""
    waiting = IncomingSms.objects.filter(pk=uuid, processed_at=None)
    sms = waiting.first()
    if sms is None:
        return
    try:
        _with_budget(sms, at)
    except Exception as error:
        log.exception("SMS %s could not be acted on", uuid)
        waiting.update(attempts=F("attempts") + 1, error=f"{type(error).__name__}: {error}"[:300])


def sweep(at: dt.datetime) -> int:
    """Act on what a killed process or a failure left; returns how many were tried."""
    left = IncomingSms.objects.filter(
        processed_at=None, received_at__lt=at - dt.timedelta(seconds=5), attempts__lt=MOST_ATTEMPTS
    )
    uuids = list(left.order_by("received_at").values_list("pk", flat=True)[:500])
    for uuid in uuids:
        process(uuid, at)
    return len(uuids)


def answer_key(uuid: str) -> str:
    """The key of the notice that answers the SMS."""
    return f"sms:{hashlib.sha256(uuid.encode()).hexdigest()}"


def tidy(now: dt.datetime) -> None:
    IncomingSms.objects.filter(received_at__lt=now - KEPT).delete()


def _with_budget(sms: IncomingSms, at: dt.datetime) -> None:
    code = texted.code(sms.text)
    if not code or not _is_heard(sms, at):
        _act(sms.uuid, "", Budget(open=True), at)
        return
    budget, wrong = guessing.take(sms.sender, at), False
    try:
        wrong = _act(sms.uuid, code, budget, at)
    finally:
        if budget.open and not wrong:
            guessing.refund(sms.sender, at)


def _is_heard(sms: IncomingSms, at: dt.datetime) -> bool:
    """Whether it comes from somebody's phone, to a number of ours, and in time."""
    late = at - sms.sent_at > LATE
    known = lines.find(sms.number) is not None
    return not late and known and not guessing.blocked(sms.sender) and _is_phone(sms.sender)


def _is_phone(sender: str) -> bool:
    """Not a word or a short number, which belong to services, nor one of our own numbers."""
    try:
        phones.parse(sender)
    except ValidationError:
        return False
    return not PhoneNumber.objects.filter(number=sender).exists()


@transaction.atomic
def _act(uuid: str, code: str, budget: Budget, at: dt.datetime) -> bool:
    """Do what it asks for, unless that was done; whether it was a wrong try at a code."""
    rows = IncomingSms.objects.select_for_update().filter(pk=uuid, processed_at=None)
    sms = rows.first()
    if sms is None:
        return False
    if code:
        sms.did = _after_code(sms, code, budget, at)
    else:
        sms.did = _after_words(sms, at)
    sms.text, sms.error, sms.processed_at = "", "", timezone.now()
    sms.save()
    return sms.did == "wrong"


def _after_words(sms: IncomingSms, at: dt.datetime) -> str:
    """A word for what was done about an SMS without a code, or one that is not acted on."""
    word = texted.word(sms.text)
    if word in (Word.STOP, Word.START):
        return _wish(sms, at, stopped=word == Word.STOP)
    if not _is_heard(sms, at):
        return "ignored"
    if word is None:  # perhaps an answer that a phone sends by itself: no talk with that
        before = IncomingSms.objects.filter(sender=sms.sender, received_at__gt=at - DAY)
        if before.filter(answered=True).exists():
            return "ignored"
    _answer(sms, messages_texts.explained(sms.sender), at)
    return "helped"


def _wish(sms: IncomingSms, at: dt.datetime, *, stopped: bool) -> str:
    """Keep whether the sender wants SMS; what was said later stands, whichever comes first."""
    if not sms.sender:
        return "ignored"
    fresh = SmsWish(number=sms.sender, stopped=False, said_at=NEVER)
    SmsWish.objects.bulk_create([fresh], ignore_conflicts=True)
    wish = SmsWish.objects.select_for_update().get(pk=sms.sender)
    if sms.sent_at < wish.said_at:
        return "overtaken"
    was_stopped, wish.stopped, wish.said_at = wish.stopped, stopped, sms.sent_at
    wish.goodbye = messages_texts.stopped(sms.sender) if stopped else ""
    wish.save()
    if stopped and not was_stopped:
        _answer(sms, wish.goodbye, at, last=True)
    elif not stopped and _is_heard(sms, at):
        _answer(sms, messages_texts.started(sms.sender), at)
    return "stopped" if stopped else "started"


def _after_code(sms: IncomingSms, code: str, budget: Budget, at: dt.datetime) -> str:
    if not budget.open:
        _answer(sms, messages_texts.used_up(sms.sender, budget.minutes(at)), at)
        return "used_up"
    room = _room(sms, code)
    if room is None:
        guessing.failed(sms.uuid, sms.sender, code, at)
        _answer(sms, messages_texts.wrong(sms.sender, code, sms.number), at)
        return "wrong"
    sms.room = room
    refused = _call_back(room, sms.sender, at)
    if not refused:
        return "called"
    if refused not in ("pending", "country"):
        _answer(sms, messages_texts.refused(sms.sender, refused, sms.number), at)
    return refused if refused == "pending" else "refused"


def _room(sms: IncomingSms, code: str) -> Room | None:
    """The room with this code that the number which was texted leads to."""
    line = lines.find(sms.number)
    rooms = Room.objects.active().select_related("account").filter(access_code=code)
    if line and line.account_id:
        rooms = rooms.filter(account=line.account_id)
    if line and line.room_id:
        rooms = rooms.filter(pk=line.room_id)
    return rooms.first()


def _call_back(room: Room, number: str, at: dt.datetime) -> str:
    """Have the number called; a word for why not, or "".

    A lock does not hold a host, who can tell only by the PIN that the call asks for.
    """
    if refusal := doors.refusal(room, number, at, host=doors.asks_pin(room)):
        return refusal.said
    try:
        outbound.check_spent(room.pk)
        call_in.call_back(room, number, at)
    except CallError:
        return "not_called"
    except ValidationError as error:
        return str(error.code)
    return ""


def _answer(sms: IncomingSms, text: str, at: dt.datetime, *, last: bool = False) -> None:
    """Put an SMS back into the outbox, unless the number gets none.

    `last` is the one that confirms a stop: it goes unless a day's SMS have gone.
    """
    try:
        calls.check_number(sms.sender)
    except ValidationError:
        return
    if not _is_phone(sms.sender):
        return
    if not last and SmsWish.objects.filter(pk=sms.sender, stopped=True).exists():
        return
    answered = IncomingSms.objects.filter(sender=sms.sender, answered=True)
    for span, most in MOST_ANSWERS:
        if last and span == HOUR:
            continue
        if answered.filter(received_at__gt=at - span).count() >= most:
            return
    sms.answered = True
    Notice.objects.create(
        kind=Notice.Kind.LETTER,
        channel=Notice.Channel.SMS,
        address=sms.sender,
        key=answer_key(sms.uuid),
        subject="SMS",
        text=text,
    )
