"""What the product asks of calls in a conversation, over HTTP to the embedded carrier."""

import contextlib
import datetime as dt
import time
from typing import Any

import pytest
from django.utils import timezone
from vonage_http_client.errors import RateLimitedError

from rooms.conferences import actions, commands
from rooms.conferences.commands import SERVICE
from rooms.conferences.models import Command, Participant
from rooms.models import Room
from telephony import controls, conversations
from telephony.carrier import client
from telephony.models import Call
from telephony.vonage import ncco
from telephony.vonage.client import VonageError
from tests.telephony import test_carrier_link
from tests.telephony.test_carrier_link import Carrier
from tests.usage_rows import going_on

ROOM = "rm_somewhere"
running_carrier = test_carrier_link.running_carrier
carrier = test_carrier_link.carrier


def _in_a_room(phones: Carrier, name: str = ROOM) -> str:
    """A call that the product placed, picked up, in the conversation; its uuid."""
    http = client()._sdk.http_client
    body = {
        "to": [{"type": "phone", "number": "34600123456"}],
        "from": {"type": "phone", "number": "15550100"},
        "ncco": [ncco.conversation(name)],
    }
    uuid = ""
    while not uuid:  # so many new calls a second, and no more
        with contextlib.suppress(RateLimitedError):
            uuid = http.post(http.api_host, "/v1/calls", body)["uuid"]
    phones(f"/phone/calls/{uuid}/answer", {})
    _until(lambda: _call(phones, uuid)["conversation"] == name)
    return uuid


def _call(phones: Carrier, uuid: str) -> dict[str, Any]:
    found: dict[str, Any] = phones(f"/phone/calls/{uuid}")
    return found


def _until(look: Any) -> None:
    end = time.monotonic() + 5
    while not look():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_mute_and_earmuff_and_back(carrier: Carrier) -> None:
    uuid, line = _in_a_room(carrier), client()
    line.mute(uuid)
    line.earmuff(uuid)
    assert (_call(carrier, uuid)["muted"], _call(carrier, uuid)["earmuffed"]) == (True, True)
    line.unmute(uuid)
    line.unearmuff(uuid)
    assert (_call(carrier, uuid)["muted"], _call(carrier, uuid)["earmuffed"]) == (False, False)


def test_words_and_music(carrier: Carrier) -> None:
    uuid, line = _in_a_room(carrier), client()
    line.talk(uuid, "Привет", language="ru-RU")
    line.stream(uuid, conversations.HOLD_MUSIC, loop=0)
    line.stop_stream(uuid)
    line.stop_stream(uuid)
    _until(lambda: len(_call(carrier, uuid)["heard"]) == 2)
    assert _call(carrier, uuid)["heard"] == ["Привет", "♪ hold.wav"]


def test_a_transfer_leaves_the_conversation_and_ends_where_its_script_ends(
    carrier: Carrier,
) -> None:
    uuid, line = _in_a_room(carrier), client()
    line.transfer(uuid, [ncco.talk("Goodbye", language="en-US")])
    _until(lambda: _call(carrier, uuid)["status"] == "completed")
    assert _call(carrier, uuid)["heard"][-1] == "Goodbye"


def test_a_call_that_is_not_there_is_gone(carrier: Carrier) -> None:
    for ask in (client().mute, client().hangup, client().stop_stream):
        with pytest.raises(VonageError) as caught:
            ask("f" * 32)
        assert (caught.value.permanent, caught.value.gone) == (True, True)


def test_commands_reach_the_carrier_and_end_as_they_say(carrier: Carrier, room: Room) -> None:
    """Hold and back, mute, words, and the goodbye; each call is in a conversation of the room."""
    stays = []
    for _n in range(2):
        uuid = _in_a_room(carrier, room.pk)
        Call.objects.create(pk=uuid, room=room, status="answered")
        stays.append(going_on(room, "2026-03-15 11:59", uuid))
    one, other = stays
    actions.hold(one, True, SERVICE)
    actions.mute(other, True, SERVICE)
    _carry_out()
    assert _how(carrier, one) == (True, True)
    assert "♪ hold.wav" in _call(carrier, one.call)["heard"]
    assert _how(carrier, other) == (True, False)
    assert "Press star 6" in _call(carrier, other.call)["heard"][-1]
    actions.hold(one, False, SERVICE)
    commands.write(room, [commands.new(Command.Kind.BEGIN, other, "begin")])
    _carry_out()
    assert _how(carrier, one) == (False, False)
    _until(lambda: _call(carrier, other.call)["conversation"] == room.pk)
    actions.end(room, SERVICE)
    _carry_out()
    for stay in stays:
        _until(lambda stay=stay: _call(carrier, stay.call)["status"] == "completed")
        heard = _call(carrier, stay.call)["heard"]
        assert heard[-1] == "The host has ended the call. Goodbye."
    assert not Command.objects.pending().exists()
    assert not Command.objects.exclude(error="").exists()
    assert set(Participant.objects.values_list("left_why", flat=True)) == {"ended"}


def _carry_out() -> None:
    controls.carry_out(until=timezone.now() + dt.timedelta(seconds=20))


def _how(phones: Carrier, stay: Participant) -> tuple[bool, bool]:
    found = _call(phones, stay.call)
    return found["muted"], found["earmuffed"]
