"""What is done to calls that go on: a warning that the minutes run out, and the end of the call.

`plan` reads the core's facts and writes rows; `carry_out` takes the rows that are due, one by one,
and asks the carrier. Neither holds a lock over the network, and a repeat has no second effect: a
row is unique, and a worker takes it by a conditional update.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterable

from django.core.cache import cache
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from rooms.conferences import cap
from rooms.conferences.cap import Left
from rooms.conferences.models import Participant
from rooms.conferences.months import Month
from telephony import carrier, prompts
from telephony.models import Call, Control
from telephony.vonage.client import Client, VonageError

log = logging.getLogger(__name__)

FIRST_WARNING = dt.timedelta(minutes=10)
LAST_WARNING = dt.timedelta(minutes=2)
# Nobody is hung up sooner after the last warning: not who came late, nor when a cap was lowered.
NOTICE = dt.timedelta(seconds=60)

# Until the carrier says that a caller has arrived in the conversation, or should have said so, the
# greeting is being spoken: a warning waits for its end.
GREETED_AFTER = dt.timedelta(seconds=30)

PACE = 1 / 15  # seconds; Vonage takes 15 requests a second
TAKEN_FOR = dt.timedelta(seconds=30)
MOST_ATTEMPTS = 10
FORGOTTEN_AFTER = dt.timedelta(minutes=30)  # no warning is that far from the end it tells of
STALE = dt.timedelta(seconds=90)  # a warning that is later than this would be wrong
LOCK = "telephony.controls"
LOCK_SECONDS = 60  # longer than a round and its last request take


def plan(now: dt.datetime) -> None:
    """Write down what the calls of accounts whose minutes run out are to hear, or that they end."""
    for left in cap.running_out(now, FIRST_WARNING):
        calls = _calls_of(left, now)
        stage = "minutes-2" if left.lasts <= LAST_WARNING else "minutes-10"
        _warn(calls, left, stage, now)
        if left.seconds <= 0:
            _end(calls, left, now)


def _calls_of(left: Left, now: dt.datetime) -> dict[str, str]:
    """The calls that are in a conversation, each with the language of its room."""
    arrived = Q(confirmed_at__isnull=False) | Q(joined_at__lte=now - GREETED_AFTER)
    stays = Participant.objects.filter(arrived, room__account=left.account, left_at=None)
    languages = dict(stays.values_list("call", "room__language"))
    known = Call.objects.filter(pk__in=languages, ended_at=None).values_list("pk", flat=True)
    return {call: languages[call] for call in known}


def _about(stage: str, left: Left, now: dt.datetime) -> str:
    """A cap that was changed, and the next month's, give their own warnings."""
    return f"{stage}:{Month.of(left.account, now)}:{left.account.minutes_cap}"


def _warn(calls: dict[str, str], left: Left, stage: str, now: dt.datetime) -> None:
    # A cap that comes back to what it was is warned of again.
    earlier = Control.objects.filter(call__in=calls, about=_about(stage, left, now))
    earlier.filter(created_at__lt=now - FORGOTTEN_AFTER).delete()
    lasts = max(left.lasts, NOTICE)
    minutes = max(1, round(lasts.total_seconds() / 60))
    _write(
        Control(
            call_id=call,
            about=_about(stage, left, now),
            action=Control.Action.TALK,
            text=prompts.ending(language, minutes),
            language=prompts.voice(language),
            due_at=now,
        )
        for call, language in calls.items()
    )


def _end(calls: dict[str, str], left: Left, now: dt.datetime) -> None:
    last = Control.objects.filter(call__in=calls, about=_about("minutes-2", left, now))
    _write(
        Control(
            call_id=call,
            about=_about("minutes-0", left, now),
            action=Control.Action.HANGUP,
            due_at=max(now, warned + NOTICE),
        )
        for call, warned in last.values_list("call_id", "created_at")
    )


def _write(controls: Iterable[Control]) -> None:
    Control.objects.bulk_create(list(controls), ignore_conflicts=True)


def carry_out(*, until: dt.datetime) -> int:
    """Do what is due until nothing is left or time is up; returns how much was asked for.

    One worker at a time, so that the carrier's limit on requests holds.
    """
    if not _due(timezone.now()).exists() or not cache.add(LOCK, True, LOCK_SECONDS):
        return 0
    try:
        return _carry_out(until)
    finally:
        cache.delete(LOCK)


def _carry_out(until: dt.datetime) -> int:
    asked = 0
    while (now := timezone.now()) < until and (control := _take_next(now)):
        if _still_wanted(control, now):
            _ask(carrier.client(control.call.region_url), control)
            asked += 1
            time.sleep(PACE)
    return asked


def _due(now: dt.datetime) -> QuerySet[Control]:
    # A hang-up is tried until the call is over: nothing else ends what nobody pays for.
    wanted = Q(attempts__lt=MOST_ATTEMPTS) | Q(action=Control.Action.HANGUP)
    return Control.objects.filter(wanted, done_at=None, due_at__lte=now)


def _take_next(now: dt.datetime) -> Control | None:
    """The next due row, taken: one changed row means that it is ours."""
    for pk in _due(now).order_by("due_at").values_list("pk", flat=True)[:20]:
        ahead = {"due_at": now + TAKEN_FOR, "attempts": F("attempts") + 1}
        if _due(now).filter(pk=pk).update(**ahead):
            return Control.objects.select_related("call__room__account").get(pk=pk)
    return None


def _still_wanted(control: Control, now: dt.datetime) -> bool:
    """Settles what need not be done: the call is over, the warning is late, the cap was raised."""
    if control.call.ended_at:
        _done(control, "The call was over.")
    elif control.action == Control.Action.TALK and control.created_at < now - STALE:
        _done(control, "It was too late to say it.")
    elif control.action == Control.Action.HANGUP and not _used_up(control, now):
        control.delete()  # it is written again when the minutes are used up again
    else:
        return True
    return False


def _used_up(control: Control, now: dt.datetime) -> bool:
    room = control.call.room
    remaining = cap.left(room.account, now) if room else None
    return remaining is not None and remaining <= 0


def _ask(client: Client, control: Control) -> None:
    try:
        if control.action == Control.Action.TALK:
            client.talk(control.call_id, control.text, language=control.language)
        else:
            client.hangup(control.call_id)
    except VonageError as error:
        log.warning("call %s: %s was refused: %s", control.call_id, control.about, error)
        if error.permanent and control.action == Control.Action.TALK:
            _done(control, str(error))
        else:
            control.error = str(error)[:300]
            control.save(update_fields=["error"])
    else:
        _done(control, "")


def _done(control: Control, error: str) -> None:
    control.done_at, control.error = timezone.now(), error[:300]
    control.save(update_fields=["done_at", "error"])
