"""A caller hears the dialled number's language until the room is known, and then the room's."""

import pytest

from rooms.accounts.models import Account
from rooms.models import PhoneNumber, Room
from telephony import lines, voice
from tests.api_client import Api
from tests.telephony.vonage import Phone

WELCOME = {
    "en": "Welcome to AnyRoom.",
    "ru": "Добро пожаловать в Эниру́м.",
    "es": "Le damos la bienvenida a Énirum.",
    "de": "Willkommen bei Any Room.",
    "fr": "Bienvenue chez Éni Roum.",
}
INSIDE = {
    "en": "Welcome to Standup.",
    "ru": "Добро пожаловать в комнату «Standup».",
    "es": "Le damos la bienvenida a la sala Standup.",
    "de": "Willkommen im Raum Standup.",
    "fr": "Bienvenue dans la salle Standup.",
}


def spoken(phone: Phone) -> set[str]:
    return {one["language"] for one in phone.ncco if one["action"] == "talk"}


@pytest.mark.parametrize("language", voice.LANGUAGES)
def test_the_number_speaks_and_then_the_room(
    number: PhoneNumber, room: Room, language: str
) -> None:
    other = "de" if language == "fr" else "fr"
    PhoneNumber.objects.update(language=language)
    Room.objects.update(language=other)
    phone = Phone().dial()
    assert spoken(phone) == {voice.voice(language)}
    assert phone.heard.startswith(WELCOME[language])
    phone.key("99")
    assert spoken(phone) == {voice.voice(language)}
    assert "9 9" in phone.heard
    phone.key(str(room.access_code))
    assert spoken(phone) == {voice.voice(other)}
    assert phone.heard.startswith(INSIDE[other])


def test_a_number_that_is_not_known_speaks_as_its_country_does(db: None) -> None:
    assert lines.language("+4930123456") == "de"
    assert lines.language("+551112345678") == "en"


def test_a_room_may_speak_what_the_pages_do_not(account: Account) -> None:
    api = Api(account)
    made = api.post("rooms/", {"name": "Runde", "language": "de"})
    assert (made.status_code, made.json()["language"]) == (201, "de")
    assert Room.objects.get().language == "de"
    refused = api.post("rooms/", {"name": "Giro", "language": "it"})
    assert refused.status_code == 400
    assert "language" in str(refused.json()["errors"])
    account_refused = api.patch("account/", {"language": "de"})
    assert account_refused.status_code == 400
