"""What somebody hears who is called into a meeting: facts in, NCCO out, as in call_flow.py."""

from dataclasses import dataclass, replace

from django.core import signing

from telephony import prompts
from telephony.call_flow import BadStep, Reply
from telephony.outbound import signer
from telephony.vonage import ncco
from telephony.vonage.ncco import Ncco

MOST_MISSES = 3  # wrong keys and silences together
TIMEOUT = 5

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "invited_by": "{who} invites you to {title}.",
        "invited": "You are invited to {title}.",
        "choices": ("Press 1 to enter, 2 to be called again in five minutes, or 3 to decline."),
        "wrong": "{key} is not a choice.",
        "later": "You will be called again in five minutes. Goodbye.",
        "no_later": "To enter later, dial the number in your invitation. Goodbye.",
        "declined": "You have declined. Goodbye.",
        "no_key": (
            "No choice was made. To enter later, dial the number in your invitation. Goodbye."
        ),
        "over": "This invitation is no longer open. Goodbye.",
    },
    "ru": {
        "invited_by": "{who} приглашает вас на встречу «{title}».",
        "invited": "Вас приглашают на встречу «{title}».",
        "choices": (
            "Нажмите 1, чтобы войти, 2 — чтобы мы перезвонили через пять минут, "
            "или 3, чтобы отказаться."
        ),
        "wrong": "Клавиша {key} не подходит.",
        "later": "Мы перезвоним через пять минут. До свидания.",
        "no_later": "Чтобы войти позже, позвоните по номеру из приглашения. До свидания.",
        "declined": "Вы отказались. До свидания.",
        "no_key": (
            "Вы ничего не выбрали. Чтобы войти позже, позвоните по номеру из приглашения. "
            "До свидания."
        ),
        "over": "Это приглашение больше не действует. До свидания.",
    },
}


@dataclass(frozen=True)
class Question:
    """Which call it is about (call_me.about), the number of the question, and earlier misses."""

    about: str
    language: str
    number: int = 1
    misses: int = 0

    def token(self) -> str:
        return signer.sign(f"{self.about}~{self.language}~{self.number}.{self.misses}")

    @classmethod
    def from_token(cls, token: str) -> "Question":
        """Raises BadStep for a token that is not ours."""
        try:
            about, language, counts = signer.unsign(token).split("~")
        except (signing.BadSignature, ValueError) as error:
            raise BadStep("this address was not made by AnyRoom") from error
        number, misses = map(int, counts.split("."))
        return cls(about, language, number, misses)


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


def ask_again(question: Question, key: str, input_url: str) -> Reply:
    """What follows a key that is no choice, or none."""
    asked = replace(question, number=question.number + 1, misses=question.misses + 1)
    if asked.misses >= MOST_MISSES:
        return goodbye(question.language, "no_key")
    told = say(question.language, "wrong", key=" ".join(key)) if key else ""
    return Reply(_ask(asked, told, input_url), "invite_again")


def goodbye(language: str, text: str) -> Reply:
    """Say one thing and hang up."""
    spoken = ncco.talk(say(language, text), language=prompts.voice(language))
    return Reply([spoken], f"invite_{text}")


def say(language: str, name: str, /, **words: str) -> str:
    """A text of this flow; English where the language has none."""
    texts = TEXTS.get(language, TEXTS["en"])
    return prompts.plain(texts[name].format(**words))


def _ask(question: Question, told: str, input_url: str) -> Ncco:
    text = f"{told} {say(question.language, 'choices')}".strip()
    voice = prompts.voice(question.language)
    return [
        ncco.talk(text, language=voice, barge_in=True),
        ncco.gather(input_url + question.token(), timeout=TIMEOUT, most_digits=1),
    ]
