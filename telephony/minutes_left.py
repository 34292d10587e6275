"""What those on the line hear when their account's minutes run out, and that they are hung up.

`plan` reads the core's facts and writes commands; it can be repeated, since each is about one
thing (the cap of one month), which is asked for once.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from rooms.accounts.models import Account
from rooms.conferences import actions, cap, commands
from rooms.conferences.cap import Left
from rooms.conferences.models import Command, Participant
from rooms.conferences.months import Month
from rooms.models import Room
from telephony import prompts

FIRST_WARNING = dt.timedelta(minutes=10)
LAST_WARNING = dt.timedelta(minutes=2)
# Nobody is hung up sooner after the last warning: not who came late, nor when a cap was lowered.
NOTICE = dt.timedelta(seconds=60)
# Until the carrier says that a caller has arrived in the conversation, or should have said so, the
# greeting is being spoken: a warning waits for its end.
GREETED_AFTER = dt.timedelta(seconds=30)
FORGOTTEN_AFTER = dt.timedelta(minutes=30)  # no warning is that far from the end it tells of
STALE = dt.timedelta(seconds=90)  # a warning that is later than this would be wrong


def plan(now: dt.datetime) -> None:
    """Write down what the calls of accounts whose minutes run out are to hear, or that they end."""
    for left in cap.running_out(now, FIRST_WARNING):
        stage = "minutes-2" if left.lasts <= LAST_WARNING else "minutes-10"
        for room in Room.objects.filter(account=left.account, open_conference__isnull=False):
            _plan(room.pk, left, stage, now)


@transaction.atomic
def _plan(room_id: str, left: Left, stage: str, now: dt.datetime) -> None:
    room = Room.objects.locked().get(pk=room_id)
    arrived = Q(confirmed_at__isnull=False) | Q(joined_at__lte=now - GREETED_AFTER)
    stays = list(Participant.objects.filter(arrived, room=room, left_at=None))
    _warn(room, stays, left, stage, now)
    if left.seconds <= 0:
        _end(room, stays, left, now)


def _about(stage: str, left: Left, now: dt.datetime) -> str:
    """A cap that was changed, and the next month's, give their own warnings."""
    return f"{stage}:{Month.of(left.account, now)}:{left.account.minutes_cap}"


def _warn(room: Room, stays: list[Participant], left: Left, stage: str, now: dt.datetime) -> None:
    about = _about(stage, left, now)
    # A cap that comes back to what it was is warned of again.
    earlier = Command.objects.filter(participant__in=stays, about=about)
    earlier.filter(created_at__lt=now - FORGOTTEN_AFTER).delete()
    lasts = max(left.lasts, NOTICE)
    minutes = max(1, round(lasts.total_seconds() / 60))
    actions.say_to(
        room,
        stays,
        prompts.ending(room.language, minutes),
        about=about,
        rank=Command.Rank.CONTROL,
        due_at=now,
        created_at=now,
        expires_at=now + STALE,
    )


def _end(room: Room, stays: list[Participant], left: Left, now: dt.datetime) -> None:
    said = Command.objects.filter(participant__in=stays, about=_about("minutes-2", left, now))
    warned = dict(said.values_list("participant", "created_at"))
    commands.write(
        room,
        (
            commands.new(
                Command.Kind.REMOVE,
                stay,
                _about("minutes-0", left, now),
                why=Participant.LeftWhy.MINUTES,
                due_at=max(now, warned[stay.pk] + NOTICE),
            )
            for stay in stays
            if stay.pk in warned
        ),
    )


def still_used_up(account: Account) -> bool:
    """Whether hang-ups for the minutes are still due: the cap may have been raised since."""
    remaining = cap.left(account, timezone.now())
    return remaining is not None and remaining <= 0
