"""What a caller hears next: facts in, NCCO out. No network, no database, no clock.

A caller has a few tries at a code and a PIN together, is asked again when nothing is keyed, and
`*` repeats the prompt slower with more time.
"""

from dataclasses import dataclass, replace

from telephony import prompts, prompts_doors
from telephony.steps import Asks, Step, code_and_pin, code_keyed
from telephony.vonage import ncco
from telephony.vonage.ncco import Ncco

MOST_WRONG = 3
MOST_SILENT = 3
MOST_STEPS = 12  # `*` costs no try, but a call is not kept for ever
TIMEOUT = 5  # seconds of silence that end a code keyed without `#`
HOST_TIMEOUT = 4  # a guest waits so long where only a host has a PIN
SLOW_TIMEOUT = 10


@dataclass(frozen=True)
class Reply:
    """What to answer; `said` names the prompt, for whoever asks why a call went as it did."""

    ncco: Ncco
    said: str


@dataclass(frozen=True)
class _Question:
    """The prompts of one question, by their names in prompts.py, and its limits."""

    prompt: str
    slower: str
    silence: str
    silence_goodbye: str
    wrong: str
    too_many_steps: str
    timeout: int = TIMEOUT
    most_silent: int = MOST_SILENT


_CODE = _Question(*("welcome", "slower", "silence", "silence_goodbye", "no_room", "too_many_steps"))
_PIN = _Question(
    *("pin", "pin_slower", "pin_silence", "pin_silence_goodbye", "no_pin", "pin_too_many_steps")
)
_HOST_PIN = replace(
    _PIN,
    prompt="host_pin",
    slower="host_pin_slower",
    silence="host_pin",
    wrong="no_host_pin",
    timeout=HOST_TIMEOUT,
)
_ALONE = _Question(
    *("alone", "alone", "alone", "alone_goodbye", "alone", "alone_goodbye"),
    timeout=SLOW_TIMEOUT,
    most_silent=2,
)
_QUESTIONS = {
    Asks.CODE: _CODE,
    Asks.PIN: _PIN,
    Asks.HOST_PIN: _HOST_PIN,
    Asks.ALONE: _ALONE,
}


def welcome(step: Step, input_url: str, *, room: str = "") -> Ncco:
    """The first question. `input_url` is where inputs go, without the token.

    `room` is the name of the one that is offered to a known caller.
    """
    return _ask(step, _question(step).prompt, input_url, room=room)


def ask(step: Step, input_url: str, *, prompt: str = "") -> Reply:
    """A question that follows another; in other words where a `prompt` is named."""
    prompt = prompt or _question(step).prompt
    return Reply(_ask(step, prompt, input_url), prompt)


def ask_again(
    step: Step, digits: str, input_url: str, *, tries: int = MOST_WRONG, room: str = ""
) -> Reply:
    """What follows when the keys lead nowhere: told back, repeated slower, or asked again.

    `tries` are those of a call, in all; `room` is the name of the one that is offered.
    """
    question = _question(step)
    asked = replace(step, number=step.number + 1)
    if asked.number - asked.first >= MOST_STEPS:
        return goodbye(step.language, question.too_many_steps)
    if step.is_try(digits):
        return _ask_after_wrong(replace(asked, wrong=step.wrong + 1), digits, input_url, tries)
    if "*" in digits:
        prompt, asked = question.slower, replace(asked, slow=True)
    else:
        prompt, asked = question.silence, replace(asked, silent=step.silent + 1)
    if asked.silent >= question.most_silent:
        return goodbye(step.language, question.silence_goodbye)
    return Reply(_ask(asked, prompt, input_url, room=room), prompt)


def _ask_after_wrong(asked: Step, digits: str, input_url: str, tries: int) -> Reply:
    """A PIN is not told back: nobody but the caller needs to know how near it was.

    Neither is what looks like a code and its PIN, right or not: it is told to be both, so that
    one try does not tell of two codes whether they are rooms.
    """
    wrong, code = _question(asked).wrong, code_keyed(digits)
    with_pin = asked.asks == Asks.CODE and bool(code_and_pin(digits)[0])
    if asked.wrong >= tries:
        return goodbye(asked.language, f"{'no_pin' if with_pin else wrong}_goodbye", code=code)
    prompt = "no_code_and_pin" if with_pin else wrong
    return Reply(_ask(asked, prompt, input_url, code=code), prompt)


def goodbye(language: str, prompt: str, *, code: str = "") -> Reply:
    """Say one thing and hang up."""
    return closing(language, prompts.say(language, prompt, code=code), prompt)


def tries_used_up(language: str, why: str, minutes: int) -> Reply:
    """No try is left: of this number (`why` is "number"), or of all hidden ones ("hidden")."""
    if why == "hidden":
        return goodbye(language, "hidden_used_up")
    return closing(language, prompts_doors.tries_used_up(language, minutes), "tries_used_up")


def closing(language: str, text: str, said: str) -> Reply:
    """Say a text that was put together elsewhere, and hang up."""
    return Reply([ncco.talk(text, language=prompts.voice(language))], said)


def _question(step: Step) -> _Question:
    question = _QUESTIONS[step.asks]
    if not step.offer:
        return question
    offer = f"offer_{step.offer}"
    return replace(question, prompt=offer, slower=offer, silence=offer)


def _ask(step: Step, prompt: str, input_url: str, *, code: str = "", room: str = "") -> Ncco:
    text = prompts.plain(prompts.say(step.language, prompt, code=code, room=room))
    if step.slow:
        text = prompts.slowly(text)
    timeout = SLOW_TIMEOUT if step.slow else _question(step).timeout
    digits = 1 if step.asks == Asks.ALONE else ncco.MOST_DIGITS  # nobody waits after that one key
    return [
        ncco.talk(text, language=prompts.voice(step.language), barge_in=True),
        ncco.gather(input_url + step.token(), timeout=timeout, most_digits=digits),
    ]
