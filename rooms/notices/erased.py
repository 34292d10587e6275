"""What the outbox keeps of somebody who is erased: messages to them, and notices that tell of them.

A message to them keeps its row, which says that something was sent, and to nobody now. One that has
not left is not sent. A notice to others keeps what it tells of others.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.dispatch import receiver
from django.utils.translation import gettext

from rooms.accounts.erasing import covers, erasing
from rooms.accounts.erasing_rows import clear
from rooms.accounts.erasing_subject import GONE, Reach, Subject
from rooms.accounts.models import Account
from rooms.conferences.models import Participant
from rooms.notices.models import Notice
from rooms.notices.presence import Move

Status = Notice.Status
TEXTS = ("subject", "text", "facts", "error")


@receiver(erasing, dispatch_uid="erasing: notices")
@covers(
    *("notices.Notice.address", "notices.Notice.subject", "notices.Notice.text"),
    *("notices.Notice.facts", "notices.Notice.error"),
)
def _erase(subject: Subject, account: Account, **_sent: Any) -> dict[str, int]:
    notices = Notice.objects.filter(account=account)
    addresses = subject.phones | subject.emails
    theirs = notices.filter(Q(address__in=addresses) | Q(invitee__in=subject.known.invitees))
    messages = list(theirs.values_list("pk", flat=True))
    theirs.exclude(status=Status.SENT).update(
        status=Status.SKIPPED, error=gettext("They were erased.")
    )
    _blank(notices, messages)
    told = _presence(notices, subject)
    around = notices.filter(Q(room__in=subject.known.rooms) | Q(room=None)).exclude(pk__in=messages)
    by_text = around.exclude(~Q(facts={}), kind=Notice.Kind.PRESENCE)
    told += clear(by_text, *TEXTS, subject=subject, reach=Reach.AROUND, narrow=True)
    return {"messages": len(messages), "notices": told}


def _blank(notices: QuerySet[Notice], messages: list[str]) -> None:
    """What each was about is still told by its kind."""
    theirs = notices.filter(pk__in=messages)
    for kind in set(theirs.order_by().values_list("kind", flat=True)):
        blank = {"subject": Notice.Kind(kind).label, "text": "", "facts": {}}
        theirs.filter(kind=kind).update(address="", invitee=None, **blank)


def _presence(notices: QuerySet[Notice], subject: Subject) -> int:
    """Notices of their coming and going, by the moves that each was written from."""
    moments = {moment.isoformat() for moment in _moments(subject)}
    if not moments:
        return 0
    first = min(map(dt.datetime.fromisoformat, moments))
    rows = notices.filter(
        kind=Notice.Kind.PRESENCE, room__in=subject.known.rooms, created_at__gte=first
    )
    # Their number stands there, or none where they withheld it.
    numbers = [f'"{number}"' for number in subject.phones | subject.known.lines]
    callers = Q(facts_text__contains=', "", ')
    for number in numbers:
        callers |= Q(facts_text__contains=number)
    found = rows.alias(facts_text=Cast("facts", TextField())).filter(callers)
    cleared = 0
    for notice in list(found.only("pk", *TEXTS)):
        moves = notice.facts.get("moves", [])
        if any(_is_theirs(move, moments, subject) for move in moves):
            _clear(notice, moments, subject)
            cleared += 1
    return cleared


def _moments(subject: Subject) -> Iterator[dt.datetime]:
    stays = Participant.objects.filter(pk__in=subject.known.stays)
    for joined, left in stays.values_list("joined_at", "left_at"):
        yield from filter(None, (joined, left))


def _is_theirs(move: list[Any], moments: set[str], subject: Subject) -> bool:
    at, _joined, caller, _name = move
    return at in moments and caller in subject.phones | subject.known.lines | {""}


def _clear(notice: Notice, moments: set[str], subject: Subject) -> None:
    kept = []
    for move in notice.facts["moves"]:
        if _is_theirs(move, moments, subject):
            who = Move.kept(*move).who
            notice.subject = notice.subject.replace(who, GONE)
            notice.text = notice.text.replace(who, GONE)
            move = [*move[:2], "", ""]
        kept.append(move)
    notice.facts = {**notice.facts, "moves": kept}
    notice.subject = subject.without(notice.subject, Reach.OWN)
    notice.text = subject.without(notice.text, Reach.OWN)
    notice.save(update_fields=["subject", "text", "facts"])
