"""What the telephony keeps of somebody who is erased: calls, keys, wrong codes, SMS, raw messages.

The row of a call stays, with its times and its price, and is nobody's any more. One that was in a
room of another account too is that account's as well: it stays as it is, and is found from here no
more. Calls that reached nobody's room go if no other account knows the number.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.dispatch import receiver

from rooms.accounts.erasing import OnTheLine, covers, erasing, holding, seeking
from rooms.accounts.erasing_rows import clear
from rooms.accounts.erasing_subject import Known, Reach, Subject
from rooms.accounts.models import Account, Person, User
from rooms.conferences.models import Participant
from rooms.meetings.models import Invitee
from rooms.notices.models import Notice
from telephony import calls_found, nobodys
from telephony.messages_in import answer_key
from telephony.models import (
    Call,
    IncomingSms,
    KeyPress,
    MovedCall,
    NearGuess,
    WrongCode,
)


@receiver(seeking, dispatch_uid="erasing: telephony")
def _seek(account: Account, known: Known, **_sent: Any) -> Known:
    """Calls that led to a room of the account, come in or not, and lost ones that it may see."""
    theirs = Call.objects.filter(_is_with(known))
    moved = MovedCall.objects.filter(account=account, call=OuterRef("pk"))
    found = theirs.filter(Q(account=account) | Exists(moved))
    calls = set(found.values_list("pk", flat=True))
    inside = Participant.objects.filter(call=OuterRef("pk"))
    lost = theirs.filter(~Exists(inside), room=None, account=None)
    if not _others_know(account, known.phones):
        calls |= {call.pk for call in lost if calls_found.visible(account, call.pk)}
    sms = IncomingSms.objects.filter(room__account=account, sender__in=known.phones)
    sent = Notice.objects.filter(account=account, address__in=known.phones).exclude(carrier_id="")
    rooms = [*found.values_list("room", flat=True), *sms.values_list("room", flat=True)]
    return Known(
        calls=frozenset(calls),
        rooms=frozenset(filter(None, rooms)),
        texts=frozenset(sent.values_list("carrier_id", flat=True)),
    )


def _is_with(known: Known) -> Q:
    return Q(caller__in=known.phones) | Q(direction="outbound", dialled__in=known.phones)


def _others_know(account: Account, numbers: Iterable[str]) -> bool:
    known: tuple[QuerySet[Any], ...] = (
        Person.objects.filter(phone__in=numbers).exclude(account=account),
        Invitee.objects.filter(phone__in=numbers).exclude(room__account=account),
        User.objects.filter(phone__in=numbers).exclude(phone=""),
        Participant.objects.filter(caller__in=numbers).exclude(room__account=account),
    )
    return any(rows.exists() for rows in known)


@receiver(holding, dispatch_uid="erasing: telephony")
def _hold(subject: Subject, **_sent: Any) -> None:
    if Call.objects.filter(pk__in=subject.known.calls, ended_at=None).exists():
        raise OnTheLine


@receiver(erasing, dispatch_uid="erasing: telephony")
@covers(
    *("telephony.Call.caller", "telephony.Call.dialled", "telephony.Call.steps"),
    *("telephony.Call.problem", "telephony.WebhookReceipt.body"),
    *("telephony.WebhookReceipt.error", "telephony.KeyPress.digits"),
    *("telephony.WrongCode.caller", "telephony.WrongCode.digits"),
    *("telephony.IncomingSms.sender", "telephony.IncomingSms.text"),
)
def _erase(subject: Subject, account: Account, **_sent: Any) -> dict[str, int]:
    stays, calls = subject.known.stays, subject.known.calls
    shared = nobodys.shared(account, calls)
    erased = {
        "calls": Call.objects.filter(pk__in=calls).count(),
        "keys": KeyPress.objects.filter(participant__in=stays).delete()[0],
        "wrong_codes": _wrong_codes(subject),
        "texts_in": _texts_in(subject),
        "raw": nobodys.blank_receipts([*(calls - shared), *subject.known.texts]),
    }
    nobodys.blank(calls - shared)
    nobodys.leave_to_others(account, stays, shared)
    # Who is called hears who invites them, who may have been a member.
    others = Call.objects.filter(account=account, direction="outbound").exclude(pk__in=calls)
    erased["spoken"] = clear(others, "steps", subject=subject, reach=Reach.AROUND, narrow=True)
    return erased


def _wrong_codes(subject: Subject) -> int:
    """Those that were nearly a code of the account's, or PINs at its rooms, or in their calls."""
    account = subject.account
    mine = NearGuess.objects.filter(room__account=account, wrong__caller__in=subject.phones)
    wrong = Q(pk__in=list(mine.values_list("wrong", flat=True))) | Q(call__in=subject.known.calls)
    wrong |= Q(room__account=account)
    mine.delete()
    others = NearGuess.objects.filter(wrong=OuterRef("pk"))
    found = WrongCode.objects.filter(wrong, caller__in=subject.phones | subject.known.lines)
    left = found.exclude(~Q(room=None) & ~Q(room__account=account)).filter(~Exists(others))
    return left.delete()[1].get("telephony.WrongCode", 0)


def _texts_in(subject: Subject) -> int:
    """SMS that named a room of the account, and what was answered to them."""
    found = IncomingSms.objects.filter(room__account=subject.account, sender__in=subject.phones)
    uuids = list(found.values_list("pk", flat=True))
    Notice.objects.filter(account=None, key__in=map(answer_key, uuids)).delete()
    return IncomingSms.objects.filter(pk__in=uuids).delete()[0]
