"""What is spoken on the phone: English texts in the code, the other languages in one catalogue.

The catalogue is locale/<language>/LC_MESSAGES/voice.po; `make messages` renews it. Texts have
{named} blanks. The catalogue of the pages is another one: what is read and what is heard differ,
and the phone speaks languages that the pages do not have.
"""

import gettext
from functools import cache

from django.conf import settings

from rooms import phones
from rooms.accounts import countries

# A room's language, and the code by which Vonage knows its voice (BCP 47; `language` of a talk).
LANGUAGES = {"en": "en-US", "ru": "ru-RU", "es": "es-ES", "de": "de-DE", "fr": "fr-FR"}


def voice(language: str) -> str:
    """Vonage's code of the language; English where there is no voice for it."""
    return LANGUAGES.get(language, LANGUAGES["en"])


def of_number(number: str) -> str:
    """The language of an E.164 number's country; English where it tells none."""
    return countries.spoken_in(phones.country(number))


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text for the catalogue where it stands; it is translated when it is said."""
    return text


def say(language: str, text: str, /, **words: object) -> str:
    """`text`, which is the English one, in `language`, its blanks filled with `words`.

    English where there is no translation. Raises KeyError for a blank without a word.
    """
    return _catalogue(language).gettext(text).format(**words)


def plural(language: str, one: str, many: str, n: int, /, **words: object) -> str:
    """As `say`, in the form that the language has for `n`; the blank {n} is filled."""
    return _catalogue(language).ngettext(one, many, n).format(n=n, **words)


def digits(text: str) -> str:
    """`1 2 3 5` for `1235`: a voice reads them one by one."""
    return " ".join(text)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language not in LANGUAGES or language == "en":
        return gettext.NullTranslations()
    folder = settings.BASE_DIR / "locale"
    return gettext.translation("voice", folder, [language], fallback=True)
