"""The events that programs can be told of; docs/webhooks.md says when each comes."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class EventType:
    """A kind of event; `label` is for people, `about` says what kind of thing it belongs to."""

    name: str
    label: StrOrPromise
    about: str


_ALL = (
    EventType("conference.started", _("The first caller is there"), "conference"),
    EventType("conference.ended", _("The last caller has left"), "conference"),
    EventType("conference.locked", _("A conference was locked"), "conference"),
    EventType("conference.unlocked", _("A conference was unlocked"), "conference"),
    EventType("participant.joined", _("Somebody joined"), "conference"),
    EventType("participant.left", _("Somebody left"), "conference"),
    EventType("participant.muted", _("Somebody was muted"), "conference"),
    EventType("participant.unmuted", _("Somebody was unmuted"), "conference"),
    EventType("participant.held", _("Somebody was put on hold"), "conference"),
    EventType("participant.unheld", _("Somebody was taken off hold"), "conference"),
    EventType("participant.promoted", _("Somebody was made host"), "conference"),
    EventType("participant.raised_hand", _("Somebody raised a hand"), "conference"),
    EventType("participant.lowered_hand", _("A hand was lowered"), "conference"),
    EventType("recording.started", _("A recording was started"), "recording"),
    EventType("recording.ready", _("A recording is ready"), "recording"),
    EventType("recording.failed", _("A recording failed"), "recording"),
    EventType("recording.deleted", _("A recording was deleted"), "recording"),
    EventType("meeting.planned", _("A meeting was planned"), "meeting"),
    EventType("meeting.changed", _("A meeting was changed"), "meeting"),
    EventType("meeting.cancelled", _("A meeting was cancelled"), "meeting"),
    EventType("meeting.replied", _("An invitee replied"), "meeting"),
    EventType("room.made", _("A room was made"), "room"),
    EventType("room.changed", _("A room was changed"), "room"),
    EventType("room.code_rotated", _("A room got a new code"), "room"),
    EventType("room.archived", _("A room was archived"), "room"),
    EventType("subscription.started", _("A subscription began"), "subscription"),
    EventType("subscription.changed", _("The subscription changed"), "subscription"),
    EventType("subscription.ended", _("The subscription ended"), "subscription"),
    EventType("number.blocked", _("A number was blocked"), "number"),
    EventType("number.unblocked", _("A number was unblocked"), "number"),
)
TYPES = {one.name: one for one in _ALL}
