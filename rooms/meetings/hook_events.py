"""Meetings as the programs of an account are told of them."""

from functools import partial
from typing import Any

from django.dispatch import receiver

from rooms.ids import new_id
from rooms.meetings.api import Meetings
from rooms.meetings.api_invitees import Invitees, InviteeSerializer
from rooms.meetings.api_shapes import MeetingSerializer, OccurrenceSerializer, with_coming
from rooms.meetings.models import Invitee, Meeting, Occurrence
from rooms.meetings.signals import invitee_replied, meeting_changed
from rooms.notices.hooks import events
from rooms.notices.hooks.payloads import Json, shower


@receiver(meeting_changed, dispatch_uid="hooks.meetings")
def _meeting_changed(
    meeting: Meeting, what: str, occurrence: Occurrence | None, **_sent: Any
) -> None:
    """A meeting is planned and cancelled once; each change of it is told by itself."""
    account_id, type = meeting.room.account_id, f"meeting.{what}"
    key = f"{type}:{meeting.pk}"
    if what == "changed":
        key = f"{key}:{new_id('ev')}"
        data = partial(_changed, account_id, meeting.pk, occurrence.pk if occurrence else "")
    else:
        data = partial(_meeting, account_id, meeting.pk)
    events.record(account_id, type, key, data)


@receiver(invitee_replied, dispatch_uid="hooks.replies")
def _invitee_replied(invitee: Invitee, **_sent: Any) -> None:
    account_id = invitee.meeting.room.account_id
    key = f"meeting.replied:{invitee.pk}:{new_id('ev')}"
    events.record(account_id, "meeting.replied", key, partial(_invitee, account_id, invitee.pk))


def _meeting(account_id: str, pk: str) -> Json:
    row = with_coming(Meetings.queryset).get(pk=pk)
    return shower(MeetingSerializer, account_id)(row)


def _changed(account_id: str, pk: str, occurrence_id: str) -> Json:
    """With the one time that was moved or called off, if only one was."""
    told = _meeting(account_id, pk) | {"occurrence": None}
    if occurrence_id:
        one = Occurrence.objects.select_related("meeting__room__account").get(pk=occurrence_id)
        told["occurrence"] = shower(OccurrenceSerializer, account_id)(one)
    return told


def _invitee(account_id: str, pk: str) -> Json:
    row: Invitee = Invitees.queryset.get(pk=pk)
    return shower(InviteeSerializer, account_id)(row)
