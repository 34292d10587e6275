"""What an SMS to us says: a word that every such service understands, or a room's code."""

import re
import unicodedata
from enum import StrEnum


class Word(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"


# The words of the GSMA's and CTIA's rules for such numbers, and the Russian ones.
WORDS = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"), Word.STOP),
    **dict.fromkeys(("СТОП", "СТОППОДПИСКА"), Word.STOP),
    **dict.fromkeys(("START", "UNSTOP", "СТАРТ"), Word.START),
    **dict.fromkeys(("HELP", "INFO", "ПОМОЩЬ"), Word.HELP),
}
# Digits with spaces, dashes or dots between them, as people write codes.
_RUN = re.compile(r"[0-9](?:[\s.\u2010-\u2015-]*[0-9])*")
SHORTEST, LONGEST = 4, 20  # of what somebody may have meant as a code


def word(text: str) -> Word | None:
    """The word that the SMS is, in whatever case and punctuation."""
    letters = "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isalpha())
    has_digits = any(sign.isdecimal() for sign in text)
    return None if has_digits else WORDS.get(letters.upper())


def code(text: str) -> str:
    """The digits of the only number in it that is as long as codes are, or ""."""
    runs = [
        "".join(sign for sign in run if sign.isdecimal())
        for run in _RUN.findall(unicodedata.normalize("NFKC", text))
    ]
    fitting = [run for run in runs if SHORTEST <= len(run) <= LONGEST]
    return fitting[0] if len(fitting) == 1 else ""
