"""Letting in those who were called: what they are asked, and what their key does."""

import datetime as dt

from django.db import transaction

from rooms.conferences import presence
from rooms.meetings import call_news, invitees
from rooms.meetings.models import CallRequest
from rooms.meetings.models import Reply as Answered
from telephony import call_flow, call_rows, invite_flow
from telephony.call_flow import Reply
from telephony.invite_flow import Question
from telephony.outbound import ADDRESS
from telephony.vonage.events import Incoming, Keyed
from telephony.vonage.ncco import Ncco

INPUT_URL = f"{ADDRESS}input/"


class _AnsweredBefore(Exception):
    """Undo what was begun: the question has its answer, or the call is over."""


def answer(about: str, call: Incoming, at: dt.datetime) -> Ncco:
    """Somebody picked up: who invites them to what. A repeat gets the same."""
    request = call_news.find(about)
    if request is None or not call_news.heard(about, call.uuid) or _is_over(request, at):
        language = request.invitee.spoken_language if request else "en"
        return invite_flow.goodbye(language, "over").ncco
    meeting = request.occurrence.meeting
    who = request.asked_by or meeting.organizer
    return invite_flow.invite(
        Question(about, request.invitee.spoken_language),
        who=who.name if who else "",
        title=meeting.title,
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
    request = call_news.find(question.about)
    if request is None or request.call != keyed.call.uuid or _is_over(request, at):
        return invite_flow.goodbye(question.language, "over").ncco
    room_id = None
    if keyed.digits == "1":
        reply, room_id = _enter(question, request, keyed.call, at)
    elif keyed.digits == "2":
        can = call_news.later(question.about)
        reply = invite_flow.goodbye(question.language, "later" if can else "no_later")
    elif keyed.digits == "3":
        call_news.declined(question.about)
        if not request.occurrence.meeting.rrule:  # of a series, it is this one time alone
            invitees.reply(request.invitee, Answered.DECLINED)
        reply = invite_flow.goodbye(question.language, "declined")
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


def _enter(
    question: Question, request: CallRequest, call: Incoming, at: dt.datetime
) -> tuple[Reply, str | None]:
    invitee = request.invitee
    joined = presence.join(
        call=call.uuid,
        caller=invitee.phone,
        at=at,
        room_id=invitee.room_id,
        invitee_id=invitee.pk,
        name=invitee.name,
        checked=True,
    )
    if joined is None:
        call_news.not_let_in(question.about)
        return call_flow.goodbye(question.language, "not_active"), None
    call_news.entered(question.about)
    reply = call_flow.enter(
        conversation=joined.room_id,
        name=joined.name,
        language=joined.language,
        greeting=joined.greeting,
        others=joined.others,
    )
    return reply, joined.room_id


def _is_over(request: CallRequest, at: dt.datetime) -> bool:
    """The meeting ended or was cancelled, or the invitee was taken off, while the phone rang."""
    occurrence = request.occurrence
    return bool(
        occurrence.ends_at <= at
        or occurrence.cancelled_at
        or occurrence.meeting.cancelled_at
        or request.invitee.removed_at
    )
