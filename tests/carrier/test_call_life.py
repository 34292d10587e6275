"""From dialling to the last event: shapes, order, who ended it."""

import re

from tests.carrier.actions import conversation, talk
from tests.carrier.product import Script, World, play

UUID = re.compile(r"[0-9a-f]{32}")
CONVERSATION = re.compile(r"CON-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_call_that_is_told_to_say_something_and_ends() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [talk("Hello"), talk("Goodbye")]
        phone = await world.dial("+1 (555) 0123", "1555-0100")
        call = await phone.ended()
        assert call["heard"] == ["Hello", "Goodbye"]
        assert call["status"] == "completed"
        events = await world.events_until("completed")
        assert world.product.labels() == ["started", "ringing", "answered", "completed"]
        for event in events:
            assert event["headers"] == {}
            assert event["from"] == "15550123"
            assert event["to"] == "15550100"
            assert event["direction"] == "inbound"
            assert UUID.fullmatch(event["uuid"])
            assert event["uuid"] == phone.uuid
            assert CONVERSATION.fullmatch(event["conversation_uuid"])
            assert MOMENT.fullmatch(event["timestamp"])
        assert events[2]["start_time"] is None
        completed = events[3]
        assert completed["duration"] == "0"
        assert completed["rate"] == "0.00450000"
        assert completed["price"] == "0.00000000"
        assert MOMENT.fullmatch(completed["start_time"])
        assert MOMENT.fullmatch(completed["end_time"])
        assert isinstance(completed["network"], str)
        assert completed["disconnected_by"] == "platform"

    play(test)


def test_the_answer_url_is_asked_with_what_vonage_sends() -> None:
    async def test(world: World) -> None:
        phone = await world.dial("anonymous")
        await phone.ended()
        asked = world.product.at("/answer")[0]
        assert asked.method == "POST"
        assert asked.headers["Content-Type"] == "application/json"
        conversation_uuid = asked.body.pop("conversation_uuid")
        assert asked.body == {
            "from": "anonymous",
            "to": "15550100",
            "uuid": phone.uuid,
            "conversation_uuid": conversation_uuid,
            "endpoint_type": "phone",
            "region_url": world.base,
        }

    play(test)


def test_the_answer_url_may_be_asked_by_get() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [talk()]
        phone = await world.dial()
        assert (await phone.ended())["heard"] == ["Hello"]
        asked = world.product.at("/answer")[0]
        assert asked.method == "GET"
        assert asked.query["uuid"] == phone.uuid
        assert asked.query["from"] == "15550123"

    play(test, answer_method="GET")


def test_entering_a_conversation_is_told_by_a_transfer() -> None:
    async def test(world: World) -> None:
        music = [world.product.url("/hold/slow%20waltz.mp3")]
        world.product.answers["/answer"] = [talk(), conversation(musicOnHoldUrl=music)]
        first, second = await world.dial(), await world.dial("+15550145")
        calls = [await one.when(lambda c: c["conversation"]) for one in (first, second)]
        assert [call["conversation"] for call in calls] == ["room-7", "room-7"]
        assert calls[0]["heard"] == ["Hello", "♪ slow waltz.mp3"]  # alone, with music
        assert calls[1]["heard"] == ["Hello"]
        assert not calls[0]["muted"]
        assert not calls[0]["earmuffed"]
        await world.until(lambda: world.product.labels().count("transfer") == 2)
        moved = [e for e in world.product.events() if e.get("type") == "transfer"]
        assert moved[0]["uuid"] == first.uuid
        assert set(moved[0]) == {
            "type",
            "uuid",
            "conversation_uuid_from",
            "conversation_uuid_to",
            "timestamp",
        }
        assert moved[0]["conversation_uuid_from"] == world.product.events()[0]["conversation_uuid"]
        assert moved[0]["conversation_uuid_to"] == moved[1]["conversation_uuid_to"]
        assert moved[0]["conversation_uuid_from"] != moved[1]["conversation_uuid_from"]

    play(test)


def test_the_caller_hangs_up() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        phone = await world.dial()
        await phone.when(lambda c: c["conversation"])
        assert (await phone.hang_up())["status"] == "completed"
        completed = (await world.events_until("completed"))[-1]
        assert completed["disconnected_by"] == "user"
        assert (await phone.hang_up())["status"] == "completed"  # a repeat changes nothing
        assert world.product.labels().count("completed") == 1
        status, _ = await world.ask("POST", f"/phone/calls/{phone.uuid}/keys", {"digits": "1"})
        assert status == 409

    play(test)


def test_the_caller_gives_up_before_the_answer() -> None:
    async def test(world: World) -> None:
        import asyncio

        world.product.answers["/answer"] = lambda _: asyncio.sleep(0.25, [talk()])
        phone = await world.dial()
        await world.until(lambda: bool(world.product.at("/answer")))
        assert (await phone.hang_up())["status"] == "completed"
        events = await world.events_until("completed")
        assert world.product.labels() == ["started", "ringing", "cancelled", "completed"]
        assert events[-1]["duration"] == "0"
        assert events[-1]["start_time"] is None
        assert (await phone.view())["heard"] == []

    play(test)


def test_a_call_nobody_answers_is_rejected_and_says_why() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = 500
        call = await (await world.dial()).ended()
        assert call["status"] == "rejected"
        assert "HTTP 500" in call["problem"]
        events = await world.events_until("rejected")
        assert world.product.labels() == ["started", "ringing", "error", "rejected"]
        assert "HTTP 500" in events[2]["reason"]
        assert events[2]["conversation_uuid"] == events[0]["conversation_uuid"]

    play(test)


def test_events_that_fail_do_not_hold_up_the_call_and_keep_their_order() -> None:
    async def test(world: World) -> None:
        world.product.answers["/event"] = Script(500, 429, 503, None)
        world.product.answers["/answer"] = [talk()]
        call = await (await world.dial()).ended()
        assert call["heard"] == ["Hello"]
        await world.events_until("completed")
        # 500 is final; 429 and then 503 are all the attempts that one event gets.
        labels = ["started", "ringing", "ringing", "answered", "completed"]
        assert world.product.labels() == labels

    play(test)


def test_bad_numbers_and_unknown_calls_are_explained() -> None:
    async def test(world: World) -> None:
        for body in ({"from": "x", "to": "+15550100"}, {"from": "+15550123"}, ["a"], None):
            status, answer = await world.ask("POST", "/phone/calls", body)
            assert status == 400
            assert "+15550123" in answer["detail"]
        status, answer = await world.ask("GET", "/phone/calls/" + "0" * 32)
        assert status == 404
        assert "no call" in answer["detail"]
        phone = await world.dial()
        path = f"/phone/calls/{phone.uuid}/keys"
        for digits in ("", "12a", 5, None):
            status, answer = await world.ask("POST", path, {"digits": digits})
            assert status == 400
            assert "digits" in answer["detail"]

    play(test)
