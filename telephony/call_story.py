"""Why did my call fail? What happened in one call, in order, from stored facts alone.

Codes and PINs that were right are never kept, and so never told; wrong ones are told as far as
they help: how many digits, and where one digit is wrong for a room of the account, which, and how
they begin and end. They may be nearly the code of somebody else's room.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms import phones
from rooms.accounts.models import Account
from rooms.conferences.models import Command, Participant, RecordingNotice
from rooms.models import Room
from telephony.calls_found import spoken
from telephony.models import Call, KeyPress

KINDS = ("dialled", "keyed", "heard", "in", "asked", "recorded", "out", "ended", "trouble")


@dataclass(frozen=True)
class Moment:
    """One thing that happened; `kind` is one of KINDS, for a picture beside it."""

    at: dt.datetime
    kind: str
    text: str


def tell(call: Call, account: Account) -> list[Moment]:
    """All that is known of the call, for a member of `account`; what other accounts did is not."""
    stays = list(
        Participant.objects.filter(call=call.pk, room__account=account)
        .select_related("room", "invitee")
        .order_by("joined_at", "pk")
    )
    moments = [*_dialling(call), *_steps(call, account)]
    for stay in stays:
        moments += [*_coming(stay), *_keys(stay), *_commands(stay), *_notices(stay)]
    moments += _ending(call)
    # Python's sort keeps the order of what happened at the same moment.
    return sorted(moments, key=lambda moment: moment.at)


def from_browser(call: Call) -> bool:
    """Whether no phone called, but a page; a step tells it that was answered."""
    return any(step.get("browser") for step in call.steps.values())


def _dialling(call: Call) -> Iterator[Moment]:
    at = call.started_at or call.created_at
    if call.direction == "outbound":
        text = _("AnyRoom called %(number)s.") % {"number": phones.masked(call.dialled)}
    elif from_browser(call):
        text = _("Called from the browser.")
    else:
        caller = phones.masked(call.caller) or _("A caller who hid the number")
        dialled = phones.grouped(call.dialled) or _("the service")
        text = _("%(caller)s dialled %(number)s.") % {"caller": caller, "number": dialled}
    yield Moment(min(at, call.created_at), "dialled", text)
    if call.answered_at and call.direction == "outbound":
        yield Moment(call.answered_at, "dialled", _("The call was picked up."))


def _steps(call: Call, account: Account) -> Iterator[Moment]:
    """What was keyed at each prompt, and what was said to it, but about rooms of others."""
    told = {step.get("room") for step in call.steps.values()} - {None}
    own = set(Room.objects.filter(pk__in=told, account=account).values_list("pk", flat=True))
    before, heard_before = call.created_at, ""
    for number in sorted(int(number) for number in call.steps):
        step = call.steps[str(number)]
        at = dt.datetime.fromisoformat(step["at"]) if "at" in step else before
        asked, heard_before = heard_before, step.get("said") or ""
        before = at
        if step.get("room") in told - own:
            continue
        if number:  # 0 is a number that asks for no code
            yield Moment(at, "keyed", _keyed(step, asked, account))
        if heard := spoken(step):
            yield Moment(at, "heard", _("Heard: “%(text)s”") % {"text": heard})


def _keyed(step: dict[str, str], asked: str, account: Account) -> str:
    """What was keyed at the question `asked`."""
    digits = step.get("digits") or ""
    if not digits:
        return _untold(step, asked)
    if set(digits) == {"*"}:
        return _("Pressed star.")
    if len(digits) < 4:
        return _("Keyed %(digits)s.") % {"digits": digits}
    near = _near(digits, account)
    ends = (digits[:2], digits[-2:]) if near else ("••", "••")
    shown = ends[0] + "•" * (len(digits) - 4) + ends[1]
    text = ngettext(
        "Keyed %(digits)s (%(n)d digit).", "Keyed %(digits)s (%(n)d digits).", len(digits)
    ) % {"digits": shown, "n": len(digits)}
    return f"{text} {near}".strip()


def _untold(step: dict[str, str], asked: str) -> str:
    """Keys that are not kept, as what was said to them tells: PINs, and codes that were right."""
    said = step.get("said") or ""
    if said.startswith(("no_pin", "no_host_pin", "no_code_and_pin")):
        return _("Keyed a wrong PIN.")
    if said.endswith("used_up") and said != "minutes_used_up":
        return _("Keyed a code or a PIN. It was not looked at: the tries were used up.")
    if said.endswith("slower"):
        return _("Pressed star.")
    if said.startswith("alone") and asked.startswith("alone"):
        return _("Did not press 1.")
    if said == "link_sent":
        return _("Pressed 1.")
    if said in ("no_link", "pin_too_many_steps"):
        return _("Keyed nothing that led on.")
    if "silence" in said or not step.get("room"):
        return _("Keyed nothing.")
    return _("Keyed what was asked for.")


def _near(digits: str, account: Account) -> str:
    """Whether the digits are almost the code of one of the account's rooms."""
    codes = Room.objects.active().filter(account=account).values_list("access_code", "name")
    for code, name in codes.iterator():
        if code is None or len(code) != len(digits):
            continue
        if sum(one != other for one, other in zip(code, digits, strict=True)) == 1:
            return _("One digit differs from the code of “%(room)s”.") % {"room": name}
    return ""


def _coming(stay: Participant) -> Iterator[Moment]:
    who = stay.name or phones.masked(stay.caller) or _("The caller")
    words = {"who": who, "room": stay.room.name}
    if stay.admitted_at or stay.waiting:
        text = _("%(who)s came to “%(room)s” and waited for a host.") % words
        yield Moment(stay.joined_at, "in", text)
        if stay.admitted_at:
            yield Moment(stay.admitted_at, "in", _("A host was there: the wait was over."))
    elif stay.is_host:
        yield Moment(stay.joined_at, "in", _("%(who)s came into “%(room)s” as host.") % words)
    else:
        yield Moment(stay.joined_at, "in", _("%(who)s came into “%(room)s”.") % words)
    if stay.confirmed_at:
        yield Moment(stay.confirmed_at, "in", _("The carrier confirmed that they are in."))
    if stay.left_at:
        why = stay.get_left_why_display() or _("hung up")
        yield Moment(stay.left_at, "out", _("They left the room: %(why)s.") % {"why": why})


def _keys(stay: Participant) -> Iterator[Moment]:
    told = KeyPress.objects.filter(participant=stay).exclude(did__in=KeyPress.UNTOLD)
    for press in told.order_by("at"):
        text = _("Pressed %(keys)s in the call.") % {"keys": press.digits}
        yield Moment(press.at, "keyed", text)


def _commands(stay: Participant) -> Iterator[Moment]:
    asked = Command.objects.filter(participant=stay).select_related("by_user", "by_participant")
    for command in asked:
        by = _by(command)
        if command.kind == Command.Kind.SAY:
            if command.status == "done" and command.done_at:
                words = {"text": command.text}
                yield Moment(command.done_at, "heard", _("Heard: “%(text)s”") % words)
            continue
        ended = command.why == Participant.LeftWhy.ENDED
        kind = Command.Kind.END.label if ended else command.get_kind_display()
        what = {"what": kind, "by": by}
        text = _("%(what)s, asked by %(by)s.") % what
        if command.status == "refused":
            text += " " + _("Not done: %(why)s") % {"why": _(command.error)}
        yield Moment(command.done_at or command.created_at, "asked", text[:1].upper() + text[1:])


def _by(command: Command) -> str:
    if command.by_user:
        return str(command.by_user)
    if command.by_participant_id and command.by_participant:
        if command.by_participant_id == command.participant_id:
            return _("the caller")
        stay = command.by_participant
        return stay.name or phones.masked(stay.caller) or _("a caller")
    return _("the service")


def _notices(stay: Participant) -> Iterator[Moment]:
    for notice in RecordingNotice.objects.filter(participant=stay):
        yield Moment(notice.played_at, "recorded", _("Was told that the call is recorded."))


def _ending(call: Call) -> Iterator[Moment]:
    if call.ended_at is None:
        return
    if call.problem:
        text = _("The carrier told of a problem: %(why)s") % {"why": _(call.problem)}
        yield Moment(call.ended_at, "trouble", text)
    by = {
        "user": _("The caller hung up.") if call.direction == "inbound" else _("They hung up."),
        "platform": _("AnyRoom or the carrier ended the call."),
    }
    text = by.get(call.hung_up_by) or _("The call ended (%(status)s).") % {"status": call.status}
    yield Moment(call.ended_at, "ended", text)
