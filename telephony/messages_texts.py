"""The SMS that go back to whoever texted us, in the language of their number's country."""

from rooms import phones
from telephony.voice import N_, of_number, plural, say

# Why a room's code did not lead to a call; the words are those of doors.refusal, and our own.
REFUSED = {
    "locked": N_("This room is locked. Ask the host to let you in, then text the code again."),
    "full": N_("This room is full. Text the code again later."),
    "not_active": N_("This room is not active at the moment. Tell the person who invited you."),
    "minutes_used_up": N_("The minutes of this room are used up. Tell the person who invited you."),
    "blocked_here": N_("You cannot enter this room from this number."),
    "often": N_("We called you too often in the last hour. Dial {number} and key your room code."),
}
NOT_CALLED = N_("We cannot call you at the moment. Dial {number} and key your room code.")
WRONG = N_("{code} is not a room. Text the code from your invitation, or dial {number} and key it.")
HELP = N_(
    "AnyRoom, phone conferences. Text a room code to be called into the room, "
    "or STOP to get no more SMS."
)
STOPPED = N_("You will get no more SMS from AnyRoom. Text START to get them again.")
STARTED = N_("You will get SMS from AnyRoom again. Text STOP to get no more.")


def wrong(sender: str, code: str, number: str) -> str:
    """The code is no room's; `number` is the one that was texted, E.164."""
    return say(of_number(sender), WRONG, code=code, number=phones.grouped(number))


def used_up(sender: str, minutes: int) -> str:
    """When the next code may be tried; `minutes` is 1 or more."""
    return plural(
        of_number(sender),
        "Too many wrong codes from this number. Text again in {n} minute.",
        "Too many wrong codes from this number. Text again in {n} minutes.",
        minutes,
    )


def refused(sender: str, why: str, number: str) -> str:
    """A right code that led to no call; `why` is one of REFUSED, else it is told how to dial."""
    text = REFUSED.get(why, NOT_CALLED)
    return say(of_number(sender), text, number=phones.grouped(number))


def explained(sender: str) -> str:
    """What this is, and how to stop it."""
    return say(of_number(sender), HELP)


def stopped(sender: str) -> str:
    return say(of_number(sender), STOPPED)


def started(sender: str) -> str:
    return say(of_number(sender), STARTED)
