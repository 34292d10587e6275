"""What a caller hears at the door of a room: questions, refusals, and who is inside."""

from telephony.voice import N_, plural, say

TEXTS = {
    # Questions beyond the code.
    "host_pin": N_("If you are the host, key your PIN, then hash. Otherwise press hash, or wait."),
    "host_pin_slower": N_(
        "If you are the host, key the digits of your PIN, one after another. "
        "Then press hash, the key below nine. If you are a guest, press hash alone, or wait."
    ),
    "no_host_pin": N_(
        "That is not the host's PIN. Key it again, then hash. To enter as a guest, press hash "
        "alone, or wait."
    ),
    "no_host_pin_goodbye": N_(
        "That is not the host's PIN. Call again, and press hash alone to enter as a guest. Goodbye."
    ),
    "no_code_and_pin": N_("No room has this code and PIN. Key your room code again, then hash."),
    "alone": N_("You are the first. Press 1 to wait for the others."),
    "alone_goodbye": N_("Nobody pressed 1. Call again when the others are there. Goodbye."),
    "again": N_("Key another room code, then hash."),
    "offer_back": N_("Press 1 to go back to {room}, or key another code, then hash."),
    "offer_enter": N_("Press 1 to enter {room}, or key a room code, then hash."),
    "no_token": N_("This way into the room is closed now. Key your room code, then hash."),
    "code_needed": N_("Key the code of the room, then hash."),
    # Refusals.
    "locked": N_("This room is locked. Ask the host to let you in, then call again. Goodbye."),
    "full": N_("This room is full. Call again later, or ask the person who invited you. Goodbye."),
    "blocked_here": N_("You cannot enter this room from this number. Goodbye."),
    "blocked": N_("You cannot enter any room from this number. Goodbye."),
    "hidden_used_up": N_(
        "Too many wrong codes came from hidden numbers. Call with your number shown. Goodbye."
    ),
    # On entering.
    "recorded": N_("This call is recorded."),
    "no_host": N_("The host is not here yet. Stay on the line."),
}


def tries_used_up(language: str, minutes: int) -> str:
    """When the next code may be tried; `minutes` is 1 or more."""
    return plural(
        language,
        "Too many wrong codes from this number. Try again in {n} minute. Goodbye.",
        "Too many wrong codes from this number. Try again in {n} minutes. Goodbye.",
        minutes,
    )


def waiting(language: str, others: int) -> str:
    """That there is no host yet, and how many wait besides the caller."""
    text = say(language, TEXTS["no_host"])
    if not others:
        return text
    with_you = plural(language, "One person waits with you.", "{n} people wait with you.", others)
    return f"{text} {with_you}"
