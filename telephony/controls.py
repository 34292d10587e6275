"""Asks the carrier for what the commands of conferences say (rooms/conferences/commands.py).

`carry_out` takes the commands that are due, some at a time, and holds no lock of the database over
the network. One worker at a time does so, which keeps the carrier's limit on requests and the order
of what concerns one call; several requests are under way together, since each takes a while. A
worker that is killed leaves what it took due again after `TAKEN_FOR`.
"""

import datetime as dt
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from rooms.conferences import commands
from rooms.conferences.models import Command, Participant
from rooms.conferences.models.command import CommandQuerySet
from rooms.ids import new_id
from rooms.models import Room
from telephony import carrier, carrier_requests, entry, minutes_left, waiting_news
from telephony.carrier_requests import Request
from telephony.lease import Lease
from telephony.models import Call
from telephony.pace import CONTROLS_PER_SECOND, Pace
from telephony.vonage.client import VonageError
from telephony.vonage.ncco import Ncco

log = logging.getLogger(__name__)
Kind = Command.Kind

BATCH = CONTROLS_PER_SECOND  # about a second's, so that what is more urgent waits no longer
HANDS = 4  # requests under way at a time: Vonage takes some tenths of a second for each
TAKEN_FOR = dt.timedelta(seconds=30)
MOST_ATTEMPTS = 10
LONGEST_PAUSE = 30  # seconds
LOCK = "telephony.controls"
LOCK_SECONDS = 25  # longer than a request takes; renewed while work goes on
# Who was told goodbye and is still there is hung up after this.
STILL_THERE = dt.timedelta(seconds=30)
UNREACHED = gettext_noop("The carrier could not be reached.")
# What changes how a call is: one after the other for each call, as it was asked. A hang-up waits
# for nothing, nor does what is said and played.
IN_ORDER = (
    *(Kind.MUTE, Kind.UNMUTE, Kind.HOLD, Kind.UNHOLD),
    *(Kind.MOVE, Kind.BEGIN, Kind.RECORD, Kind.STOP_RECORDING),
)


def carry_out(*, until: dt.datetime) -> int:
    """Do what is due until nothing is left or time is up; returns how much was asked for.

    Where another worker is at it, nothing is done. What is written while that one ends is found by
    it, or by whoever was nudged for it.
    """
    asked = 0
    while timezone.now() < until and _is_work(timezone.now()):
        lease = Lease.take(LOCK, LOCK_SECONDS)
        if lease is None:
            return asked
        try:
            asked += _carry_out(until, lease)
        finally:
            lease.release()
    return asked


def _carry_out(until: dt.datetime, lease: Lease) -> int:
    asked, pace = 0, Pace(CONTROLS_PER_SECOND)
    with ThreadPoolExecutor(HANDS) as hands:
        while (now := timezone.now()) < until:
            _forget_gone(now)
            taken = _take(now)
            if not taken:
                break
            going: dict[Future[None], Command] = {}
            for command, work in _work(taken, pace, now):
                going[hands.submit(work)] = command
            for finished in as_completed(going):
                _settle(going[finished], finished)
                lease.renew()
            asked += len(going)
    pace.wait()  # before the next worker's first request
    return asked


def _is_work(now: dt.datetime) -> bool:
    return _ready(now).exists() or _gone().exists()


def _ready(now: dt.datetime) -> CommandQuerySet:
    """What may be asked for now: of what is IN_ORDER, each call's oldest."""
    older = Q(created_at__lt=OuterRef("created_at")) | Q(
        created_at=OuterRef("created_at"), pk__lt=OuterRef("pk")
    )
    begun = Q(attempts__gt=0) | Q(due_at__lte=now)
    before = Command.objects.pending().filter(
        older, begun, participant=OuterRef("participant"), kind__in=IN_ORDER
    )
    first = ~Q(kind__in=IN_ORDER) | ~Exists(before)
    return commands.due(now).filter(first, participant__isnull=False)


def _take(now: dt.datetime) -> list[Command]:
    """Some of what is ready, the most urgent first; what another worker took is not among it."""
    ready = list(_ready(now).values_list("pk", flat=True)[:BATCH])
    if not ready:
        return []
    mine = timezone.now() + TAKEN_FOR
    due = commands.due(now).filter(pk__in=ready).order_by()
    due.update(due_at=mine, attempts=F("attempts") + 1)
    found = Command.objects.pending().filter(pk__in=ready, due_at=mine)
    whole = found.select_related("participant", "conference__room__account")
    return sorted(whole, key=lambda command: ready.index(command.pk))


def _gone() -> CommandQuerySet:
    """Due or not, what is left to do for those who have left."""
    return Command.objects.pending().filter(participant__left_at__isnull=False)


def _forget_gone(now: dt.datetime) -> None:
    """Sounds and words, of which there may be many, together; somebody may wait for the rest."""
    heard = _gone().filter(kind__in=(Kind.SAY, Kind.PLAY, Kind.STOP))
    heard = heard.exclude(about__startswith=commands.ANNOUNCEMENT)
    if heard.exists():
        heard.update(done_at=now, error=commands.GONE)
    for command in _gone():
        commands.refused(command, commands.GONE)


def _work(
    taken: list[Command], pace: Pace, now: dt.datetime
) -> list[tuple[Command, Callable[[], None]]]:
    """What is still wanted of what was taken, as work for a thread, which asks no database."""
    calls = Call.objects.in_bulk([one.participant.call for one in taken if one.participant])
    capped: dict[str, bool] = {}
    work = []
    for command in taken:
        call = calls.get(command.participant.call) if command.participant else None
        if _settled(command, call, now) or _called_off(command, capped):
            continue
        region_url = call.region_url if call else ""
        requests = carrier_requests.of(command, _away(command, region_url))
        work.append((command, _asking(requests, region_url, pace)))
    return work


def _away(command: Command, region_url: str) -> Ncco:
    """What a caller runs who leaves for another room."""
    stay = command.participant
    if command.kind != Kind.MOVE or stay is None:
        return []
    language = command.conference.room.language
    return entry.again(stay.call, language, urlsplit(region_url).hostname or "")


def _settled(command: Command, call: Call | None, now: dt.datetime) -> bool:
    """Whether it came too late: for the caller, who has left or leaves, or for what was to be said.

    That is written down.
    """
    stay = command.participant
    leaves = stay is None or (stay.left_why and command.kind != Kind.REMOVE)
    if leaves or (call is not None and call.ended_at):
        commands.refused(command, commands.GONE)
    elif command.expires_at and command.expires_at < now:
        commands.refused(command, commands.LATE)
    else:
        return False
    return True


def _called_off(command: Command, capped: dict[str, bool]) -> bool:
    """Whether a hang-up has lost its reason: minutes were added, somebody came.

    It is deleted, and so written again when there is a reason again. `capped` remembers which
    accounts have used up their minutes.
    """
    stay = command.participant
    if command.kind != Kind.REMOVE or (stay and stay.left_why):  # told goodbye: past calling off
        return False
    due = waiting_news.still_due(command)
    if command.why == Participant.LeftWhy.MINUTES:
        account = command.conference.room.account
        if account.pk not in capped:
            capped[account.pk] = minutes_left.still_used_up(account)
        due = capped[account.pk]
    if not due:
        command.delete()
    return not due


def _asking(requests: list[Request], region_url: str, pace: Pace) -> Callable[[], None]:
    def ask() -> None:
        client = carrier.client(region_url)
        for request in requests:
            pace.wait()
            request(client)

    return ask


def _settle(command: Command, asked: "Future[None]") -> None:
    """Write down what became of it. Where no clear answer came, it is asked again."""
    error = asked.exception()
    if error is None:
        commands.done(command)
        return
    call = command.participant.call if command.participant else ""
    if not isinstance(error, VonageError):
        log.error("call %s: %s failed", call, command.kind, exc_info=error)
    else:
        log.warning("call %s: %s was refused: %s", call, command.kind, error)
    if isinstance(error, VonageError) and error.gone:
        commands.refused(command, commands.GONE)
    elif command.kind == Kind.REMOVE:  # nothing else ends what nobody pays for
        _put_off(command, error)
    elif isinstance(error, VonageError) and error.permanent:
        commands.refused(command, str(error))
    elif command.attempts >= MOST_ATTEMPTS:
        commands.refused(command, UNREACHED)
    else:
        _put_off(command, error)


def _put_off(command: Command, error: BaseException) -> None:
    pause = min(2 ** (command.attempts - 1), LONGEST_PAUSE)
    due_at = timezone.now() + dt.timedelta(seconds=pause)
    Command.objects.pending().filter(pk=command.pk).update(due_at=due_at, error=str(error)[:300])


def end_again(now: dt.datetime) -> None:
    """Hang up those who were told goodbye a while ago, and whose call did not end by itself."""
    told = Command.objects.filter(participant=OuterRef("pk"), kind=Kind.REMOVE)
    lately = told.filter(Q(done_at=None) | Q(done_at__gt=now - STILL_THERE))
    there = Participant.objects.filter(left_at=None).exclude(left_why="")
    for stay in there.filter(Exists(told), ~Exists(lately)):
        with transaction.atomic():
            room = Room.objects.locked().get(pk=stay.room_id)
            hang_up = commands.new(Kind.REMOVE, stay, new_id("remove"), why=stay.left_why)
            commands.write(room, [hang_up])
