"""What the carrier is asked for to carry a command out: requests, in order. No database.

Each list can be begun anew from its start: what was asked for already is so, and stays so.
"""

from collections.abc import Callable

from rooms.conferences.models import Command, Participant
from telephony import conversations, voice
from telephony.voice import N_
from telephony.vonage import ncco
from telephony.vonage.client import Client, VonageError
from telephony.vonage.ncco import Ncco

Kind, Why = Command.Kind, Participant.LeftWhy
Request = Callable[[Client], None]

# What is said to those who are hung up, and need to know why.
GOODBYES: dict[str, str] = {
    Why.REMOVED: N_("The host has removed you from this call. Goodbye."),
    Why.ENDED: N_("The host has ended the call. Goodbye."),
    Why.ALONE: N_("Nobody else has come. Call again when the others are here. Goodbye."),
    Why.WAITED: N_("No host has come. Please call again later. Goodbye."),
    Why.HOSTS_LEFT: N_("The hosts have left, so this call ends. Goodbye."),
    Why.MINUTES: N_("The minutes of this room are used up, so this call ends. Goodbye."),
}


def of(command: Command, away: Ncco) -> list[Request]:
    """The requests of a command whose participant is on the line.

    The command has its participant and its conference with its room. `away` is what a caller runs
    who leaves for another room (MOVE).
    """
    stay = command.participant
    assert stay is not None  # what concerns nobody's call is done as it is written
    call = stay.call
    match command.kind:
        case Kind.MUTE:
            return [lambda client: client.mute(call)]
        case Kind.UNMUTE:  # who is on hold is heard by nobody until they are back
            return [] if stay.held else [lambda client: client.unmute(call)]
        case Kind.HOLD:
            return _hold(call)
        case Kind.UNHOLD:
            return _unhold(stay)
        case Kind.REMOVE:
            return [_hang_up(command, stay)]
        case Kind.SAY:
            language = voice.voice(command.language)
            return [lambda client: client.talk(call, command.text, language=language)]
        case Kind.PLAY:  # the music of who is on hold goes on
            return [] if stay.held else [lambda client: _play(client, call, command.sound_url)]
        case Kind.STOP:
            return [] if stay.held else [lambda client: client.stop_stream(call)]
        case Kind.MOVE:
            return [lambda client: client.transfer(call, away)]
        case Kind.BEGIN | Kind.RECORD | Kind.STOP_RECORDING:
            return _enter_again(command, stay)
    raise ValueError(f"{command.kind} concerns no call")


def _play(client: Client, call: str, url: str) -> None:
    """Once; music goes round until it is stopped."""
    client.stream(call, url, loop=0 if url == conversations.HOLD_MUSIC else 1)


def _hold(call: str) -> list[Request]:
    return [
        lambda client: client.earmuff(call),
        lambda client: client.mute(call),
        lambda client: client.stream(call, conversations.HOLD_MUSIC, loop=0),
    ]


def _unhold(stay: Participant) -> list[Request]:
    back: list[Request] = [
        lambda client: client.stop_stream(stay.call),
        lambda client: client.unearmuff(stay.call),
    ]
    if not stay.muted:
        back.append(lambda client: client.unmute(stay.call))
    return back


def _enter_again(command: Command, stay: Participant) -> list[Request]:
    """Into the same conversation, which starts or whose recording starts or stops with it."""
    record: bool | None = command.kind == Kind.RECORD
    if command.kind == Kind.BEGIN:  # it goes on being recorded, if it is
        record = True if command.conference.room.recording_id else None
    script = conversations.into(
        stay.room_id,
        participant_id=stay.pk,
        conference_id=stay.conference_id,
        record=record,
    )
    requests: list[Request] = [lambda client: client.transfer(stay.call, script)]
    if stay.muted or stay.held:
        requests.append(lambda client: client.mute(stay.call))
    return requests


def _hang_up(command: Command, stay: Participant) -> Request:
    """Where there is something to say, the call says it and ends by itself.

    Who was told so before, and is still there, is hung up.
    """
    text = GOODBYES.get(command.why)
    if text is None or stay.left_why:
        return lambda client: client.hangup(stay.call)
    language = command.conference.room.language
    script = [ncco.talk(voice.say(language, text), language=voice.voice(language))]

    def end(client: Client) -> None:
        try:
            client.transfer(stay.call, script)
        except VonageError as error:
            if error.gone or not error.permanent:
                raise
            client.hangup(stay.call)

    return end
