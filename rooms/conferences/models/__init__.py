"""What happens in a room: conferences, the stays of their participants, commands, the minutes."""

from rooms.conferences.models.command import Command
from rooms.conferences.models.conference import Conference
from rooms.conferences.models.participant import Participant
from rooms.conferences.models.recording import Recording, RecordingNotice
from rooms.conferences.models.sound import Sound
from rooms.conferences.models.usage_record import UsageRecord

__all__ = [
    "Command",
    "Conference",
    "Participant",
    "Recording",
    "RecordingNotice",
    "Sound",
    "UsageRecord",
]
