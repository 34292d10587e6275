"""Where a caller stands at the prompt, and what keys mean there.

It travels in the address of the next input as a signed token, so a repeated delivery asks the same
question with the same facts.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from django.core import signing

from rooms import access_codes

_signer = signing.Signer(salt="telephony.step")


class BadStep(ValueError):
    """The address of an input webhook was not made by us."""


class Asks(StrEnum):
    """What a caller is asked for. HOST_PIN may be left out; ALONE and LINK want a 1."""

    CODE = "code"
    PIN = "pin"
    HOST_PIN = "host_pin"
    ALONE = "alone"
    LINK = "link"


class Offer(StrEnum):
    """What a 1 does instead of a code: leads a known caller back, or in."""

    NONE = ""
    BACK = "back"
    ENTER = "enter"


@dataclass(frozen=True)
class Step:
    """Where a caller stands at the prompt; `number` counts the questions of one call from 1.

    `region` is the host of Vonage that the call lives at: the answer webhook alone tells it.
    `first` is the number that this round of questions began with: a caller may leave a room to
    key another code. `room` is the id of the one whose code was right, or which a 1 leads to
    where there is an `offer`. With `account`, its rooms alone count. `invitee` is whom a PIN told,
    or the number where a LINK is offered.
    `called` says that we called them: theirs is the dialled number.
    """

    call: str
    language: str
    region: str = ""
    number: int = 1
    wrong: int = 0
    silent: int = 0
    slow: bool = False
    room: str = ""
    asks: Asks = Asks.CODE
    first: int = 1
    account: str = ""
    offer: Offer = Offer.NONE
    invitee: str = ""
    called: bool = False

    def token(self) -> str:
        """The step as a signed text that fits into a URL; the same step gives the same text."""
        counts = [self.number, self.wrong, self.silent, int(self.slow), self.first]
        where = [self.asks, self.room, self.account, self.offer, self.invitee]
        told = ".".join([*map(str, counts), *where, str(int(self.called))])
        return _signer.sign(f"{self.call}~{self.language}~{self.region}~{told}")

    @classmethod
    def from_token(cls, token: str) -> "Step":
        """Raises BadStep for a token that is not ours."""
        try:
            call, language, region, told = _signer.unsign(token).rsplit("~", 3)
            number, wrong, silent, slow, first, asks, *where = told.split(".")
            room, account, offer, invitee, called = where
        except (signing.BadSignature, ValueError) as error:
            raise BadStep("this address was not made by AnyRoom") from error
        return cls(
            call,
            language,
            region,
            *(int(number), int(wrong), int(silent), slow == "1"),
            room=room,
            asks=Asks(asks),
            first=int(first),
            account=account,
            offer=Offer(offer),
            invitee=invitee,
            called=called == "1",
        )

    def ask(self, asks: Asks, room: str = "", language: str = "", invitee: str = "") -> "Step":
        """The next step, at another question."""
        return replace(
            self,
            number=self.number + 1,
            silent=0,
            asks=asks,
            room=room,
            language=language or self.language,
            offer=Offer.NONE,
            invitee=invitee,
        )

    def is_try(self, digits: str) -> bool:
        """Whether these keys are a try at a code or a PIN, which budgets limit."""
        if self.asks in (Asks.ALONE, Asks.LINK) or self.takes_offer(digits):
            return False
        return bool(code_keyed(digits))

    def takes_offer(self, digits: str) -> bool:
        """Whether the caller pressed the 1 that was offered; codes are longer."""
        return bool(self.offer) and code_keyed(digits) == "1"


def code_keyed(digits: str) -> str:
    """The code among the keys: what follows the last `*`."""
    return digits.rpartition("*")[2]


def code_and_pin(digits: str) -> tuple[str, str]:
    """`4829301*246810` as code and host PIN; two empty texts where the keys are not like that."""
    before, _star, pin = digits.rpartition("*")
    code = code_keyed(before)
    return (code, pin) if pin and len(code) >= access_codes.SHORTEST else ("", "")
