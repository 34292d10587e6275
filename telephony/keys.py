"""Keys during the call: single presses, told one by one, twice, late or out of order.

A star and the key that follows it within `TOGETHER` are a command; what came is put in order by
when it was pressed. Presses are kept first, on their own, as the receipts of events are; then what
they mean is done, once, under the room's lock. A process that is killed in between leaves them to
the sweep.
"""

import datetime as dt
import hashlib
import json
import logging

from django.db import transaction

from rooms.conferences.models import Participant
from rooms.models import Room
from telephony import key_deeds
from telephony.models import KeyPress
from telephony.vonage import events
from telephony.vonage.events import Payload, Pressed

log = logging.getLogger(__name__)

TOGETHER = dt.timedelta(seconds=4)  # a star and its key
CONFIRMS = dt.timedelta(seconds=10)  # the 1 that ends the call for all
# A press waits so long for the one before it, or after it, which is still under way.
WAITS = dt.timedelta(seconds=20)
# Two stars: the key between them may be still under way, and `**` leaves the room. They count once
# nothing has come for a while, or at once where there was hardly time for a key between them.
SETTLED = dt.timedelta(seconds=1.5)
QUICK = dt.timedelta(seconds=0.6)
# A time that is further from our own is not believed.
BELIEVED = dt.timedelta(minutes=5)


def take(participant_id: str, payload: Payload, now: dt.datetime) -> None:
    """Keep what was pressed and do what it means; a delivery that came before does nothing."""
    pressed = events.pressed(payload)
    stay = Participant.objects.filter(pk=participant_id, call=pressed.uuid, left_at=None).first()
    if stay is None or not pressed.digits:
        return
    KeyPress.objects.bulk_create(_presses(stay, pressed, payload, now), ignore_conflicts=True)
    _read(stay.pk, stay.room_id, now)


def sweep(now: dt.datetime) -> None:
    """Read what was kept and not acted on."""
    left = KeyPress.objects.filter(did="", received_at__lte=now - SETTLED)
    for stay, room in set(left.values_list("participant_id", "participant__room_id")):
        _read(stay, room, now)


def tidy(before: dt.datetime) -> None:
    KeyPress.objects.filter(received_at__lt=before).delete()


def _presses(
    stay: Participant, pressed: Pressed, payload: Payload, now: dt.datetime
) -> list[KeyPress]:
    """One for each digit. Without a time, the same key within a second counts as a repeat."""
    believed = pressed.at is not None and abs(now - pressed.at) <= BELIEVED
    at = pressed.at if believed and pressed.at else now
    body = json.dumps(payload, sort_keys=True) + ("" if pressed.at else f"{int(now.timestamp())}")
    return [
        KeyPress(
            participant=stay,
            call=stay.call,
            digits=digit,
            at=at + dt.timedelta(microseconds=place),
            received_at=now,
            body_hash=hashlib.sha256(f"{place}:{body}".encode()).hexdigest(),
        )
        for place, digit in enumerate(pressed.digits)
    ]


def _read(stay_id: str, room_id: str, now: dt.datetime) -> None:
    """A failure is left to the sweep: the carrier does not tell of the key again."""
    try:
        with transaction.atomic():
            room = Room.objects.locked().select_related("account").get(pk=room_id)
            _put_together(room, stay_id, now)
    except Exception:
        log.exception("participant %s: keys could not be acted on", stay_id)


def _put_together(room: Room, stay_id: str, now: dt.datetime) -> None:
    """Read all that came lately anew: what comes late changes which star a key belongs to.

    A key is acted on once, and it is the key alone that says what to do.
    """
    presses = KeyPress.objects.filter(participant=stay_id)
    lately = presses.filter(received_at__gt=now - WAITS).exclude(did=KeyPress.UNUSED)
    star: KeyPress | None = None
    for press in lately.order_by("at", "pk"):
        key = press.digits[-1:]
        if star and press.at - star.at <= TOGETHER and (key != "*" or _are_two(star, press, now)):
            if not press.did:
                _do(room, star, press, key)
            star = None
        elif key == "*":
            star = press
        elif key == "1" and not press.did and _confirms(press):
            _did(press, key, key_deeds.end(room, stay_id))
    given_up = presses.filter(did="", received_at__lte=now - WAITS)
    given_up.update(did=KeyPress.UNUSED, digits="")  # a code that was keyed too late, perhaps


def _are_two(star: KeyPress, press: KeyPress, now: dt.datetime) -> bool:
    """Whether these two stars are `**`: no key between them is under way, none follows."""
    if press.did:
        return press.did != KeyPress.STAR
    return press.at - star.at <= QUICK or press.received_at <= now - SETTLED


def _do(room: Room, star: KeyPress, press: KeyPress, key: str) -> None:
    _did(press, f"*{key}", key_deeds.do(room, press.participant_id, key, about=f"key:{press.pk}"))
    _did(star, "*", KeyPress.STAR)


def _confirms(press: KeyPress) -> bool:
    """Whether the last thing that was keyed asked for a 1."""
    before = KeyPress.objects.filter(participant=press.participant_id, at__lt=press.at)
    last = before.exclude(did__in=KeyPress.UNTOLD).order_by("-at").first()
    return last is not None and last.did == key_deeds.ASK_END and press.at - last.at <= CONFIRMS


def _did(press: KeyPress, digits: str, what: str) -> None:
    press.digits, press.did = digits, what
    press.save(update_fields=["digits", "did"])
