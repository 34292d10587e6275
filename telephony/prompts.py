"""What a caller hears: short sentences, the verb first, digits one by one.

The texts are English and marked for the catalogue of voice.py. `{code}` is filled with spaced
digits, `{room}` with a room's name, `{person}` with the caller's.
"""

from html import escape

from telephony import prompts_doors
from telephony.voice import N_, digits, plural
from telephony.voice import say as in_language
from telephony.voice import voice as voice

TEXTS = {
    "welcome": N_("Welcome to AnyRoom. Key your room code, then hash."),
    "slower": N_(
        "Key the digits of your room code, one after another. "
        "Then press hash, the key below nine. To hear this again, press star."
    ),
    "silence": N_("Nothing was keyed. Key your room code, then hash."),
    "silence_goodbye": N_(
        "Nothing was keyed. Call again when you have the room code from your invitation. Goodbye."
    ),
    "no_room": N_("{code} is not a room. Key your room code again, then hash."),
    "no_room_goodbye": N_(
        "{code} is not a room. Ask the person who invited you for the code, "
        "then call again. Goodbye."
    ),
    "not_active": N_(
        "This room is not active at the moment. Please tell the person who invited you. Goodbye."
    ),
    "minutes_used_up": N_(
        "The minutes of this room are used up. Please tell the person who invited you. Goodbye."
    ),
    "too_many_steps": N_("Call again when you have the room code from your invitation. Goodbye."),
    "not_in_service": N_(
        "This number is not in use. Check the number in your invitation, then call again. Goodbye."
    ),
    "room_closed": N_("This room is closed. Ask the person who invited you. Goodbye."),
    "trouble": N_("We cannot connect you at the moment. Please call again in a minute. Goodbye."),
    "pin": N_("Key your PIN, then hash."),
    "pin_slower": N_(
        "Key the digits of your PIN, one after another. It is in your invitation. "
        "Then press hash, the key below nine. To hear this again, press star."
    ),
    "pin_silence": N_("Nothing was keyed. Key your PIN, then hash."),
    "pin_silence_goodbye": N_(
        "Nothing was keyed. Call again when you have the PIN from your invitation. Goodbye."
    ),
    "pin_too_many_steps": N_("Call again when you have the PIN from your invitation. Goodbye."),
    "no_pin": N_("That is not a PIN of this meeting. Key your PIN again, then hash."),
    "no_pin_goodbye": N_(
        "That is not a PIN of this meeting. Ask the person who invited you for your PIN, "
        "then call again. Goodbye."
    ),
    "enter": N_("Welcome to {room}."),
    "enter_known": N_("Welcome to {room}, {person}."),
    "first": N_("You are the first here. Stay on the line."),
    **prompts_doors.TEXTS,
}


def say(language: str, key: str, *, code: str = "", **words: object) -> str:
    """The text of a prompt in `language`, `code` read digit by digit. Raises KeyError."""
    return in_language(language, TEXTS[key], code=digits(code), **words)


def here(language: str, people: int) -> str:
    """How many are in the room already; `people` is 1 or more."""
    return plural(language, "One person is here.", "{n} people are here.", people)


def ending(language: str, minutes: int) -> str:
    """A warning to those who talk; `minutes` is 1 or more."""
    return plural(
        language,
        "This call ends in about {n} minute.",
        "This call ends in about {n} minutes.",
        minutes,
    )


def plain(text: str) -> str:
    """In one line, without what a voice would take for markup: people write greetings."""
    return " ".join(text.replace("<", " ").replace(">", " ").split())


def slowly(text: str) -> str:
    """SSML that a voice reads slowly."""
    return f'<speak><prosody rate="slow">{escape(text)}</prosody></speak>'
