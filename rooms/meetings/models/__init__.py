"""Meetings: planned times in rooms, who is invited to them, and what is sent to whom."""

from rooms.meetings.models.call_request import CallRequest
from rooms.meetings.models.feed import Feed
from rooms.meetings.models.invitee import Invitee, InviteeQuerySet, Reply
from rooms.meetings.models.mailing import Mailing
from rooms.meetings.models.meeting import Meeting, MeetingQuerySet, Occurrence, OccurrenceQuerySet
from rooms.meetings.models.reminder import Reminder

__all__ = [
    "CallRequest",
    "Feed",
    "Invitee",
    "InviteeQuerySet",
    "Mailing",
    "Meeting",
    "MeetingQuerySet",
    "Occurrence",
    "OccurrenceQuerySet",
    "Reminder",
    "Reply",
]
