"""Turning e-mails off by one click, without a login (RFC 8058).

An address holds what it turns off and a signature over that, and nothing else. It works for ever
and as often as somebody likes. What can be turned off registers itself, by the prefix of its id:

    @unsubscribe.offers("iv")
    def offer(what: str) -> Offer | None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

_signer = signing.Signer(sep="~", salt="rooms.notices.unsubscribe")


@dataclass(frozen=True)
class Offer:
    """What an address lets its reader turn off.

    `what` says it in the reader's `language`, `address` is where it goes. `page` is the path of a
    page where it can be turned on again.
    """

    what: str
    address: str
    language: str
    is_on: bool
    turn_off: Callable[[], None]
    page: str


_Maker = Callable[[str], Offer | None]
_makers: dict[str, _Maker] = {}


def offers(prefix: str) -> Callable[[_Maker], _Maker]:
    """Registers who makes the offer of what begins with this prefix of an id."""

    def register(maker: _Maker) -> _Maker:
        _makers[prefix] = maker
        return maker

    return register


def url(what: str) -> str:
    """`what` begins with the id of a row, as `iv_…`."""
    return settings.PUBLIC_URL + reverse("unsubscribe", args=[_signer.sign(what)])


def read(token: str) -> Offer | None:
    """What the address with this token offers; None where it was never ours or is gone."""
    try:
        what = _signer.unsign(token)
    except signing.BadSignature:
        return None
    maker = _makers.get(what.partition("_")[0])
    return maker(what) if maker else None
