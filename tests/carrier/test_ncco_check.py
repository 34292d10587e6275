"""What is refused, and in which words."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrier.ncco_check import NccoRefusedError, check
from tests.carrier.actions import ask_for_digits, conversation, talk
from tests.carrier.product import World, play

INPUT = {"action": "input", "type": ["dtmf"], "eventUrl": ["https://example.com/input"]}
STREAM = {"action": "stream", "streamUrl": ["https://example.com/a.mp3"]}

# What Vonage would refuse: the action, and a word that the reason must hold.
VONAGE: list[tuple[Any, str]] = [
    ("talk", "object"),
    ({}, "no such action"),
    ({"action": "sing"}, "no such action"),
    ({"action": ["talk"]}, "no such action"),
    ({"action": "talk"}, "text"),
    (talk(""), "empty"),
    (talk("<speak> </speak>"), "empty"),
    (talk("<speak>a & b</speak>"), "well-formed"),
    (talk("<speak><!-- x -->a</speak>"), "declarations"),
    (talk("x" * 1501), "1500"),
    (talk() | {"text": 5}, "text"),
    (talk(level=2), "level"),
    (talk(loop=-1), "loop"),
    (talk(loop="2"), "loop"),
    (talk(bargeIn="true"), "bargeIn"),
    (talk(language="xx-YY"), "language"),
    (talk(style=-1), "style"),
    (talk(voice="Amy"), "'voice'"),
    (talk(premium=None), "premium"),
    (STREAM | {"streamUrl": "https://example.com/a.mp3"}, "streamUrl"),
    (STREAM | {"streamUrl": []}, "one URL"),
    (STREAM | {"streamUrl": ["/a.mp3"]}, "absolute"),
    (STREAM | {"level": "1"}, "level"),
    ({"action": "input"}, "type"),
    (INPUT | {"type": "dtmf"}, "type"),
    (INPUT | {"type": []}, "type"),
    (INPUT | {"type": ["keys"]}, "type"),
    (INPUT | {"dtmf": {"timeOut": 11}}, "timeOut"),
    (INPUT | {"dtmf": {"timeOut": "5"}}, "timeOut"),
    (INPUT | {"dtmf": {"maxDigits": 21}}, "maxDigits"),
    (INPUT | {"dtmf": {"maxDigits": 0}}, "maxDigits"),
    (INPUT | {"dtmf": {"submitOnStar": True}}, "dtmf.submitOnStar"),
    (INPUT | {"eventUrl": "https://example.com/"}, "eventUrl"),
    (INPUT | {"eventUrl": ["ftp://example.com/"]}, "eventUrl"),
    (INPUT | {"eventUrl": ["/input"]}, "eventUrl"),
    (INPUT | {"eventUrl": ["https://example.com/\u0432\u0432\u043e\u0434"]}, "eventUrl"),
    (INPUT | {"eventMethod": "PUT"}, "eventMethod"),
    (INPUT | {"mode": "whenever"}, "mode"),
    (INPUT | {"mode": "asynchronous", "dtmf": {"maxDigits": 1}}, "dtmf settings"),
    (INPUT | {"mode": "asynchronous", "dtmf": {}}, "dtmf settings"),
    ({"action": "conversation"}, "name"),
    (conversation(startOnEnter="no"), "startOnEnter"),
    (conversation(record=1), "record"),
    (conversation(record=True, eventUrl="https://example.com/"), "eventUrl"),
    (conversation(record=True, eventMethod="PUT"), "eventMethod"),
    (conversation(""), "name"),
    (conversation(musicOnHoldUrl="https://example.com/a.mp3"), "musicOnHoldUrl"),
    (conversation(canSpeak=["a"], mute=True), "mute"),
    (conversation(hold=True), "'hold'"),
    ({"action": "record", "timeOut": 1}, "timeOut"),
]

# What Vonage does and this carrier does not.
MISSING: list[tuple[Any, str]] = [
    ({"action": "record"}, "the action record"),
    ({"action": "wait", "timeout": 1}, "the action wait"),
    ({"action": "notify", "payload": {}, "eventUrl": ["https://e.com"]}, "the action notify"),
    (INPUT | {"type": ["speech"]}, "input of type speech"),
    (conversation(canHear=[]), "canHear"),
    (conversation(canSpeak=[]), "canSpeak"),
    (conversation(transcription={}), "transcription"),
]

ACCEPTED: list[list[Any]] = [
    [],
    [talk("x" * 1500)],
    [talk("<speak>" + "<break/>" * 300 + "x" * 1500 + "</speak>")],
    [talk("5 < 6 & so on", level=-0.5, language="ru-RU", style=2, premium=True, loop=0)],
    [talk(bargeIn=True), STREAM, INPUT | {"mode": "synchronous"}],
    [INPUT | {"dtmf": {"timeOut": 10, "maxDigits": 20, "submitOnHash": True}}],
    [conversation(startOnEnter=True, endOnExit=False, record=False, mute=False)],
    [conversation(startOnEnter=False, endOnExit=True, record=True, mute=True)],
    [conversation(record=True, eventUrl=["https://example.com/"], eventMethod="GET")],
    [INPUT | {"mode": "asynchronous"}, talk(), conversation()],
]


@pytest.mark.parametrize(("action", "word"), VONAGE)
def test_vonage_would_refuse_it(action: Any, word: str) -> None:
    with pytest.raises(NccoRefusedError) as refusal:
        check([talk(), action])
    assert str(refusal.value).startswith("Syntax error in NCCO. Action 2")
    assert word in str(refusal.value)


@pytest.mark.parametrize(("action", "what"), MISSING)
def test_the_carrier_names_what_it_lacks(action: Any, what: str) -> None:
    with pytest.raises(NccoRefusedError) as refusal:
        check([action])
    assert str(refusal.value).startswith("This carrier does not implement")
    assert what in str(refusal.value)


@pytest.mark.parametrize("ncco", ACCEPTED)
def test_a_good_ncco_is_accepted(ncco: list[Any]) -> None:
    assert check(ncco) == ncco


def test_barge_in_must_be_followed_by_an_input() -> None:
    each_key = INPUT | {"mode": "asynchronous"}
    for last in ([], [conversation()], [each_key]):
        ncco = [talk(bargeIn=True), *last]
        with pytest.raises(NccoRefusedError, match="bargeIn must be followed by an input"):
            check(list(ncco))


def test_a_refused_ncco_ends_the_call_with_an_error_event() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [talk("Never heard"), {"action": "sing"}]
        phone = await world.dial()
        call = await phone.ended()
        assert call["status"] == "rejected"
        assert len(call["heard"]) == 1
        assert call["heard"][0].startswith("✖ Syntax error in NCCO. Action 2 (sing)")
        assert call["problem"] in call["heard"][0]
        events = await world.events_until("rejected")
        assert world.product.labels() == ["started", "ringing", "error", "rejected"]
        assert events[2]["reason"] == call["problem"]
        (note,) = await phone.exchange("note")
        assert note["problem"] == call["problem"]

    play(test)


def test_a_refused_ncco_in_mid_call_completes_the_call() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [ask_for_digits(world, maxDigits=1)]
        world.product.answers["/input"] = [conversation(canHear=[])]
        phone = await world.dial()
        await phone.waiting()
        await phone.key("1")
        call = await phone.ended()
        assert "conversation with canHear" in call["problem"]
        await world.events_until("completed")
        assert world.product.labels()[-2:] == ["error", "completed"]

    play(test)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "text", "timeOut", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = ["action", "text", "type", "dtmf", "name", "eventUrl", "streamUrl", "mode", "loop", "style"]
ACTIONS = st.sampled_from(["talk", "stream", "input", "conversation", "connect", "transfer"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), JSON | ACTIONS) | JSON, max_size=3))
def test_whatever_the_json_it_is_accepted_or_refused(ncco: list[object]) -> None:
    with suppress(NccoRefusedError):
        check(ncco)
