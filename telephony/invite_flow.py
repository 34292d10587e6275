"""What somebody hears who is called into a room: facts in, NCCO out, as in call_flow.py."""

from dataclasses import dataclass, replace

from django.core import signing

from telephony import prompts, voice
from telephony.call_flow import Reply
from telephony.outbound import signer
from telephony.steps import BadStep
from telephony.voice import N_, digits
from telephony.vonage import ncco
from telephony.vonage.ncco import Ncco

MOST_MISSES = 3  # wrong keys and silences together
TIMEOUT = 5

TEXTS = {
    "invited_by": N_("{who} invites you to {title}."),
    "invited": N_("You are invited to {title}."),
    "choices": N_("Press 1 to enter, 2 to be called again in five minutes, or 3 to decline."),
    "called_back": N_("You asked AnyRoom for this call by SMS."),
    "choices_back": N_("Press 1 to enter your room."),
    "no_key_back": N_("Nobody pressed 1. Text the code again to be called again. Goodbye."),
    "wrong": N_("{key} is not a choice."),
    "later": N_("You will be called again in five minutes. Goodbye."),
    "no_later": N_("To enter later, dial the number in your invitation. Goodbye."),
    "declined": N_("You have declined. Goodbye."),
    "no_key": N_(
        "No choice was made. To enter later, dial the number in your invitation. Goodbye."
    ),
    "over": N_("This invitation is no longer open. Goodbye."),
}


@dataclass(frozen=True)
class Question:
    """Which call it is about (call_me.about), the number of the question, and earlier misses.

    `back` says that whoever is called asked for it by SMS: they may enter or hang up.
    """

    about: str
    language: str
    number: int = 1
    misses: int = 0
    back: bool = False

    def token(self) -> str:
        told = f"{self.number}.{self.misses}.{int(self.back)}"
        return signer.sign(f"{self.about}~{self.language}~{told}")

    @classmethod
    def from_token(cls, token: str) -> "Question":
        """Raises BadStep for a token that is not ours."""
        try:
            about, language, told = signer.unsign(token).split("~")
            number, misses, back = map(int, told.split("."))
        except (signing.BadSignature, ValueError) as error:
            raise BadStep("this address was not made by AnyRoom") from error
        return cls(about, language, number, misses, bool(back))


def about_of(token: str) -> str:
    """Raises BadStep."""
    try:
        about: str = signer.unsign(token)
    except signing.BadSignature as error:
        raise BadStep("this address was not made by AnyRoom") from error
    return about


def invite(question: Question, *, who: str, title: str, input_url: str) -> Ncco:
    """Who invites to what, and the choices. `input_url` is where keys go, without the token."""
    named = say(question.language, "invited_by" if who else "invited", who=who, title=title)
    return _ask(question, named, input_url)


def call_back(question: Question, input_url: str) -> Ncco:
    """Whoever texted a room's code is called: that it is so, before the room is named."""
    return _ask(question, say(question.language, "called_back"), input_url)


def ask_again(question: Question, key: str, input_url: str) -> Reply:
    """What follows a key that is no choice, or none."""
    asked = replace(question, number=question.number + 1, misses=question.misses + 1)
    if asked.misses >= MOST_MISSES:
        return goodbye(question.language, "no_key_back" if question.back else "no_key")
    told = say(question.language, "wrong", key=digits(key)) if key else ""
    return Reply(_ask(asked, told, input_url), "invite_again")


def goodbye(language: str, text: str) -> Reply:
    """Say one thing and hang up."""
    spoken = ncco.talk(say(language, text), language=voice.voice(language))
    return Reply([spoken], f"invite_{text}")


def say(language: str, name: str, /, **words: str) -> str:
    """A text of this flow, in `language`."""
    return prompts.plain(voice.say(language, TEXTS[name], **words))


def _ask(question: Question, told: str, input_url: str) -> Ncco:
    choices = say(question.language, "choices_back" if question.back else "choices")
    text = f"{told} {choices}".strip()
    return [
        ncco.talk(text, language=voice.voice(question.language), barge_in=True),
        ncco.gather(input_url + question.token(), timeout=TIMEOUT, most_digits=1),
    ]
