"""Letting in those who were called: what they are asked, and what their key does."""

import datetime as dt

from django.db import transaction

from rooms.conferences import presence
from rooms.meetings import call_news, invitees
from rooms.meetings.models import CallRequest
from rooms.meetings.models import Reply as Answered
from rooms.models import Room
from telephony import call_flow, call_rows, doors, entry, invite_flow, welcomes
from telephony.call_flow import Reply
from telephony.doors import Caller
from telephony.invite_flow import Question
from telephony.outbound import ADDRESS
from telephony.steps import Step
from telephony.vonage.events import Incoming, Keyed
from telephony.vonage.ncco import Ncco

INPUT_URL = f"{ADDRESS}input/"
Kind = CallRequest.Kind


class _AnsweredBefore(Exception):
    """Undo what was begun: the question has its answer, or the call is over."""


def answer(about: str, call: Incoming, at: dt.datetime) -> Ncco:
    """Somebody picked up: who invites them to what. A repeat gets the same."""
    request = call_news.find(about)
    if request is None or not call_news.heard(about, call.uuid) or _is_over(request, at):
        language = request.heard_language if request else "en"
        return invite_flow.goodbye(language, "over").ncco
    call_rows.note_region(call)
    if request.kind == Kind.TEXTED:
        asked = Question(about, request.heard_language, back=True)
        return invite_flow.call_back(asked, INPUT_URL)
    meeting = request.occurrence.meeting if request.occurrence else None
    who = request.asked_by or (meeting.organizer if meeting else None)
    return invite_flow.invite(
        Question(about, request.heard_language),
        who=who.name if who else "",
        title=meeting.title if meeting else request.room.name,
        input_url=INPUT_URL,
    )


def after_key(question: Question, keyed: Keyed, at: dt.datetime) -> Ncco:
    """What follows the key; once for each question, however often it is delivered."""
    try:
        return _after_key(question, keyed, at)
    except (_AnsweredBefore, presence.AlreadyIn):
        return call_rows.answered_before(keyed.call.uuid, question.number)


@transaction.atomic
def _after_key(question: Question, keyed: Keyed, at: dt.datetime) -> Ncco:
    # The room's row first, as everywhere: open pages of the room are told what becomes of it.
    Room.objects.locked().filter(pk=call_news.room_of(question.about)).first()
    request = call_news.find(question.about)
    if request is None or request.call != keyed.call.uuid or _is_over(request, at):
        return invite_flow.goodbye(question.language, "over").ncco
    room_id = None
    if keyed.digits == "1":
        enter = _enter_back if question.back else _enter
        reply, room_id = enter(question, request, keyed.call, at)
    elif keyed.digits == "2" and not question.back:
        can = call_news.later(question.about)
        reply = invite_flow.goodbye(question.language, "later" if can else "no_later")
    elif keyed.digits == "3" and not question.back:
        reply = _decline(question, request)
    else:
        reply = invite_flow.ask_again(question, keyed.digits, INPUT_URL)
    fresh = call_rows.record_step(
        keyed.call,
        question.number,
        reply,
        caller="",
        dialled="",
        digits=keyed.digits,
        room_id=room_id,
        at=at,
    )
    if not fresh:
        raise _AnsweredBefore
    return reply.ncco


def _decline(question: Question, request: CallRequest) -> Reply:
    call_news.declined(question.about)
    invitee, occurrence = request.invitee, request.occurrence
    # Of a series it is this one time alone, and who is called in declines the call alone.
    if invitee and occurrence and not occurrence.meeting.rrule:
        invitees.reply(invitee, Answered.DECLINED)
    return invite_flow.goodbye(question.language, "declined")


def _enter(
    question: Question, request: CallRequest, call: Incoming, at: dt.datetime
) -> tuple[Reply, str]:
    """Whom an account knows and has called: their own phone is as good as a guest's PIN."""
    number, known = request.number, request.invitee or request.person
    name = known.name if known else ""
    joined = presence.join(
        call=call.uuid,
        caller=number,
        at=at,
        room_id=request.room_id,
        invitee_id=request.invitee_id,
        name=name,
        checked=True,
    )
    if joined is None:
        call_news.not_let_in(question.about)
        trouble = call_flow.goodbye(request.room.language, "trouble")
        return doors.refusal(request.room, number, at) or trouble, request.room_id
    call_news.entered(question.about)
    return welcomes.enter(joined, at, name), joined.room_id


def _enter_back(
    question: Question, request: CallRequest, call: Incoming, at: dt.datetime
) -> tuple[Reply, str]:
    """Whoever texted the code is treated as if it were keyed now."""
    step = Step(
        call.uuid,
        request.room.language,
        number=question.number,
        first=question.number,
        called=True,
    )
    caller = Caller(step, request.phone, at, entry.INPUT_URL)
    found = doors.at_room(request.room, caller, pressed=True)
    actions = {action["action"] for action in found.reply.ncco}
    if "conversation" in actions:
        call_news.entered(question.about)
    elif "input" not in actions:
        call_news.not_let_in(question.about)
    return found.reply, request.room_id


def _is_over(request: CallRequest, at: dt.datetime) -> bool:
    """The meeting ended or was cancelled, or the invitee was taken off, while the phone rang."""
    occurrence = request.occurrence
    over = occurrence and (
        occurrence.ends_at <= at or occurrence.cancelled_at or occurrence.meeting.cancelled_at
    )
    removed = request.invitee and request.invitee.removed_at
    return bool(over or removed or request.room.archived_at)
