"""Which letters a file is written with: what programs export does not say so."""

import itertools
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

_BOMS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
# The codings of one byte a letter that spreadsheets still write, the likeliest first, each with
# what is common in texts that are written with it.
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжюшцщэфъёії"
_WESTERN = "áéíóúñüöäßçèêàâôëïîìòùåøæãõ"
_CENTRAL = "ąćęłńóśźżáčďéěíňřšťúůýžôľĺŕäöüőűß"
_ONE_BYTE = {
    "cp1251": _CYRILLIC,
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "koi8_r": _CYRILLIC,
    "cp866": _CYRILLIC,
    "mac_roman": _WESTERN,
    "mac_cyrillic": _CYRILLIC,
}
SAMPLE = 20_000  # characters that are looked at
GOOD = 0.4  # of 1: less is none of these alphabets
_WORD = re.compile(r"[^\W\d_]+")


def coding_of(data: bytes) -> str | None:
    """The name of the coding that reads `data` best; None where it does not look like a text."""
    for bom, coding in _BOMS.items():
        if data.startswith(bom):
            return "utf-8-sig" if coding == "utf-8" else coding
    if wide := _wide(data[:SAMPLE]):
        return wide
    if b"\0" in data:
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _old_coding(data)
    return "utf-8"


def _wide(head: bytes) -> str:
    """UTF-16 without a mark at its beginning: signs of ASCII have a nought for a partner."""
    first, second = head[0::2].count(0), head[1::2].count(0)
    enough = max(1, len(head) / 16)
    if second > enough and not first:
        return "utf-16-le"
    if first > enough and not second:
        return "utf-16-be"
    return ""


def _old_coding(data: bytes) -> str | None:
    scores = {coding: _score(data, coding, common) for coding, common in _ONE_BYTE.items()}
    best = max(scores, key=lambda coding: scores[coding])
    if scores[best] > GOOD:
        return best
    guess = from_bytes(data[:SAMPLE]).best()
    return guess.encoding if guess else None


def _score(data: bytes, coding: str, common: str) -> float:
    """How much the text looks like one: from -3 to 1 for a sign beyond ASCII, 0 where it has none.

    Wrongly read, letters turn to signs, alphabets mix, and capitals stand in the middle of words.
    """
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        return -3
    text = "".join(itertools.islice(_around_foreign(text), SAMPLE))
    points = [_points(sign, common) for sign in text if not sign.isascii()]
    spoilt = sum(_spoilt(word) for word in _WORD.findall(text))
    return (sum(points) - 3 * spoilt) / max(1, len(points))


def _around_foreign(text: str) -> Iterator[str]:
    """The words of `text` that hold more than ASCII, since most of a file may say nothing."""
    for word in text.split():
        if not word.isascii():
            yield from word
            yield " "


def _points(sign: str, common: str) -> float:
    if sign.lower() in common:
        return 1 if sign.islower() else 0.9
    return -0.5 if sign.isalpha() else -3


def _spoilt(word: str) -> bool:
    if word.isascii() or word.isupper():
        return False
    mixed = any("\u0400" <= sign <= "\u052f" for sign in word) and any(
        sign < "\u0250" for sign in word
    )
    return mixed or any(sign.isupper() for sign in word[1:])
