"""The calls that an account may look into, and how each ended in one sentence."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.accounts.models import Account, Person, User
from rooms.conferences.models import Participant
from rooms.meetings.models import Invitee
from rooms.models import PhoneNumber, Room
from telephony.models import Call, MovedCall
from telephony.steps import code_keyed
from telephony.voice import digits

RECENT = dt.timedelta(days=7)
NEAR = dt.timedelta(minutes=30)  # how exactly a caller needs to remember when they called


@dataclass(frozen=True)
class Outcome:
    """How a call ended, or that it goes on. `failed`: the caller never came into a room."""

    text: str
    failed: bool = False


def of_room(room: Room, now: dt.datetime) -> QuerySet[Call]:
    """The room's calls of the last days: failed ones first, then the newest."""
    stays = Participant.objects.filter(call=OuterRef("pk"))
    lately = Call.objects.filter(room=room, created_at__gte=now - RECENT)
    return lately.annotate(came_in=Exists(stays)).order_by("came_in", "-created_at", "pk")


def of_account(account: Account) -> tuple[QuerySet[Call], QuerySet[Call]]:
    """All that led to one of its rooms, come in or not: last, or before they moved on.

    Two lists, which may share calls, since no index helps with "one or the other".
    """
    moved = MovedCall.objects.filter(account=account)
    return Call.objects.filter(account=account), Call.objects.filter(pk__in=moved.values("call"))


def at_time(account: Account, number: str, at: dt.datetime) -> QuerySet[Call]:
    """The calls from `number` (E.164) around then: those to the account's rooms, and lost ones.

    A call that reached nobody's room is shown to an account that knows its number: it is on the
    people list, invited, a member's, or was in one of its rooms before.
    """
    try:
        around = Call.objects.filter(created_at__range=(at - NEAR, at + NEAR))
    except OverflowError:  # before all time, or after it
        return Call.objects.none()
    theirs = around.filter(Q(caller=number) | Q(direction="outbound", dialled=number))
    stays = Participant.objects.filter(call=OuterRef("pk"))
    shown = Q(account=account) | Q(Exists(stays.filter(room__account=account)))
    if _knows(account, number):
        shown |= Q(~Exists(stays), ~Exists(_lines_of_others(account)), room=None)
    return theirs.filter(shown).order_by("created_at", "pk")


def visible(account: Account, uuid: str) -> Call | None:
    """The call, if the account may look into it."""
    call = Call.objects.select_related("room").filter(pk=uuid).first()
    if call is None:
        return None
    stays = Participant.objects.filter(call=uuid)
    if call.account_id == account.pk or stays.filter(room__account=account).exists():
        return call
    theirs = PhoneNumber.objects.filter(number=call.dialled).filter(_of_others(account))
    strayed = call.room_id is None and not stays.exists() and not theirs.exists()
    return call if strayed and call.caller and _knows(account, call.caller) else None


def _of_others(account: Account) -> Q:
    """Numbers that lead to another account's rooms alone: who dials them is no business of ours."""
    dedicated = Q(account__isnull=False) & ~Q(account=account)
    return dedicated | (Q(room__isnull=False) & ~Q(room__account=account))


def _lines_of_others(account: Account) -> QuerySet[PhoneNumber]:
    return PhoneNumber.objects.filter(_of_others(account), number=OuterRef("dialled"))


def _knows(account: Account, number: str) -> bool:
    known = (
        Person.objects.filter(account=account, phone=number),
        Invitee.objects.filter(room__account=account, phone=number),
        User.objects.filter(accounts=account, phone=number),
        Participant.objects.filter(room__account=account, caller=number),
    )
    return any(rows.exists() for rows in known)


def stays_of(calls: Iterable[Call], account: Account) -> dict[str, list[Participant]]:
    """The stays of these calls in rooms of `account`, in their order."""
    found: dict[str, list[Participant]] = {call.pk: [] for call in calls}
    stays = Participant.objects.filter(call__in=list(found), room__account=account)
    for stay in stays.order_by("joined_at", "pk"):
        found[stay.call].append(stay)
    return found


def outcome(call: Call, stays: list[Participant], account: Account) -> Outcome:
    """In one sentence, for a list; `stays` are those in rooms of `account`."""
    if stays:
        return Outcome(_of_stay(stays[-1]))
    if call.problem:
        return Outcome(_("Failed: %(why)s") % {"why": _(call.problem)}, failed=True)
    if call.ended_at is None:
        return Outcome(_("At the prompt."))
    if heard := last_heard(call, account):
        return Outcome(_("Not let in. Last heard: “%(text)s”") % {"text": heard}, failed=True)
    if call.answered_at is None and call.direction == "outbound":
        return Outcome(_("Not picked up."), failed=True)
    return Outcome(_("Hung up before keying anything."), failed=True)


def _of_stay(stay: Participant) -> str:
    if stay.left_at is None:
        return _("Waits for a host.") if stay.waiting else _("On the line.")
    minutes = max(1, round((stay.left_at - stay.joined_at).total_seconds() / 60))
    if stay.waiting:
        return ngettext(
            "Waited %(n)d minute for a host.", "Waited %(n)d minutes for a host.", minutes
        ) % {"n": minutes}
    return ngettext(
        "Was in the room for %(n)d minute.", "Was in the room for %(n)d minutes.", minutes
    ) % {"n": minutes}


def last_heard(call: Call, account: Account) -> str:
    """The text of the last prompt that was answered to the caller's keys; it may be long.

    What was said about a room is for that room's account.
    """
    own = {"", call.room_id} if call.account_id == account.pk else {""}
    numbers = [number for number, step in call.steps.items() if step.get("room", "") in own]
    return spoken(call.steps[max(numbers, key=int)]) if numbers else ""


def spoken(step: dict[str, Any]) -> str:
    """What a step's answer says, in one text without SSML.

    A wrong code that it tells back is hidden: it may be nearly the code of somebody else's room.
    """
    actions = step.get("ncco")
    said = [
        str(one.get("text", ""))
        for one in (actions if isinstance(actions, list) else [])
        if isinstance(one, dict) and one.get("action") == "talk"
    ]
    text = " ".join(said)
    if text.startswith("<speak"):
        text = _without_tags(text)
    text = " ".join(text.split())
    code = code_keyed(step.get("digits") or "")
    return text.replace(digits(code), "•" * len(code)) if code else text


def _without_tags(text: str) -> str:
    kept, inside = [], False
    for sign in text:
        inside = sign == "<" or (inside and sign != ">")
        kept.append("" if inside or sign == ">" else sign)
    return "".join(kept)
