"""What a caller hears next: facts in, NCCO out. No network, no database, no clock.

A caller has three tries at a code and a PIN together, is asked again twice when nothing is keyed,
and `*` repeats the prompt slower with more time. Where the caller stands travels in the address of
the next input as a signed step token, so a repeated delivery asks the same question with the same
facts.
"""

from dataclasses import dataclass, replace

from django.core import signing

from telephony import prompts
from telephony.vonage import ncco
from telephony.vonage.ncco import Ncco

MOST_WRONG = 3
MOST_SILENT = 3
MOST_STEPS = 12  # `*` costs no try, but a call is not kept for ever
TIMEOUT = 5  # seconds of silence that end a code keyed without `#`
SLOW_TIMEOUT = 10

_signer = signing.Signer(salt="telephony.step")


class BadStep(ValueError):
    """The address of an input webhook was not made by us."""


@dataclass(frozen=True)
class Step:
    """Where a caller stands at the prompt; `number` counts the questions of one call from 1.

    `region` is the host of Vonage that the call lives at: the answer webhook alone tells it. With
    `room`, the id of one whose code was right, the caller is asked for a personal PIN.
    """

    call: str
    language: str
    region: str = ""
    number: int = 1
    wrong: int = 0
    silent: int = 0
    slow: bool = False
    room: str = ""

    def token(self) -> str:
        """The step as a signed text that fits into a URL; the same step gives the same text."""
        counts = f"{self.number}.{self.wrong}.{self.silent}.{int(self.slow)}"
        if self.room:
            counts += f".{self.room}"
        return _signer.sign(f"{self.call}~{self.language}~{self.region}~{counts}")

    @classmethod
    def from_token(cls, token: str) -> "Step":
        """Raises BadStep for a token that is not ours."""
        try:
            call, language, region, counts = _signer.unsign(token).rsplit("~", 3)
        except signing.BadSignature as error:
            raise BadStep("this address was not made by AnyRoom") from error
        number, wrong, silent, slow, *room = counts.split(".")
        where = {"number": int(number), "wrong": int(wrong), "silent": int(silent)}
        return cls(call, language, region, **where, slow=slow == "1", room="".join(room))


@dataclass(frozen=True)
class Reply:
    """What to answer; `said` names the prompt, for whoever asks why a call went as it did."""

    ncco: Ncco
    said: str


def code_keyed(digits: str) -> str:
    """The code among the keys: what follows the last `*`."""
    return digits.rpartition("*")[2]


def welcome(step: Step, input_url: str) -> Ncco:
    """The first question. `input_url` is where inputs go, without the token."""
    return _ask(step, "welcome", input_url)


def ask_pin(step: Step, input_url: str, *, room: str, language: str) -> Reply:
    """The code was right, but everybody in this room has a PIN of their own."""
    asked = replace(step, number=step.number + 1, silent=0, room=room, language=language)
    return Reply(_ask(asked, "pin", input_url), "pin")


def ask_again(step: Step, digits: str, input_url: str) -> Reply:
    """What follows when the keys lead to no room: told back, repeated slower, or asked again.

    A PIN is not told back: nobody but the caller needs to know how near it was.
    """
    code = code_keyed(digits)
    stage, wrong = ("pin_", "no_pin") if step.room else ("", "no_room")
    asked = replace(step, number=step.number + 1)
    if asked.number > MOST_STEPS:
        return goodbye(step.language, f"{stage}too_many_steps")
    if code:
        asked = replace(asked, wrong=step.wrong + 1)
        if asked.wrong >= MOST_WRONG:
            return goodbye(step.language, f"{wrong}_goodbye", code=code)
        return Reply(_ask(asked, wrong, input_url, code=code), wrong)
    if "*" in digits:
        return Reply(_ask(replace(asked, slow=True), f"{stage}slower", input_url), f"{stage}slower")
    asked = replace(asked, silent=step.silent + 1)
    if asked.silent >= MOST_SILENT:
        return goodbye(step.language, f"{stage}silence_goodbye")
    return Reply(_ask(asked, f"{stage}silence", input_url), f"{stage}silence")


def enter(
    *, conversation: str, name: str, language: str, greeting: str, others: int, person: str = ""
) -> Reply:
    """Lead the caller into the room: its greeting or name, how many are there, and in.

    `person` is the caller's name where it is known.
    """
    welcome = "enter_known" if person else "enter"
    hello = greeting or prompts.say(language, welcome, room=name, person=person)
    company = prompts.here(language, others) if others else prompts.say(language, "first")
    actions = [
        ncco.talk(prompts.plain(f"{hello} {company}"), language=prompts.voice(language)),
        ncco.conversation(conversation),
    ]
    return Reply(actions, "enter")


def goodbye(language: str, prompt: str, *, code: str = "") -> Reply:
    """Say one thing and hang up."""
    return closing(language, prompts.say(language, prompt, code=code), prompt)


def closing(language: str, text: str, said: str) -> Reply:
    """Say a text that was put together elsewhere, and hang up."""
    return Reply([ncco.talk(text, language=prompts.voice(language))], said)


def _ask(step: Step, prompt: str, input_url: str, *, code: str = "") -> Ncco:
    text = prompts.say(step.language, prompt, code=code)
    if step.slow:
        text = prompts.slowly(text)
    timeout = SLOW_TIMEOUT if step.slow else TIMEOUT
    return [
        ncco.talk(text, language=prompts.voice(step.language), barge_in=True),
        ncco.gather(input_url + step.token(), timeout=timeout),
    ]
