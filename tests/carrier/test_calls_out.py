"""Calls that the product places: what rings, what is told, in which order."""

import re
from typing import Any

import pytest

from tests.carrier.actions import ask_for_digits, conversation, talk
from tests.carrier.product import World, free_port, play

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_call_that_is_picked_up_runs_its_ncco_and_tells_all_of_it() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [talk("Press 1"), ask_for_digits(world, maxDigits=1)]
        world.product.answers["/input"] = [talk("Welcome"), conversation()]
        phone = await world.place(event_url=[world.product.url("/own")])
        assert UUID.fullmatch(phone.uuid)
        ringing = await phone.view()
        assert ringing["direction"] == "outbound"
        assert (ringing["status"], ringing["heard"], ringing["ncco"]) == ("ringing", [], None)
        assert not world.product.at("/answer"), "it is asked only when somebody picks up"

        call = await phone.answer()
        assert (call["status"], call["machine"]) == ("answered", False)
        await phone.waiting()
        asked = world.product.at("/answer")[0]
        assert asked.method == "POST"
        conversation_uuid = asked.body["conversation_uuid"]
        assert asked.body == {
            "from": "15550100",
            "to": "34600123456",
            "uuid": phone.uuid,
            "conversation_uuid": conversation_uuid,
            "endpoint_type": "phone",
            "region_url": world.base,
        }
        assert await phone.key("1")
        call = await phone.when(lambda c: c["conversation"])
        assert call["heard"] == ["Press 1", "Welcome"]
        told = world.product.at("/input")[0].body
        assert (told["dtmf"]["digits"], told["to"]) == ("1", "34600123456")
        await phone.hang_up()

        await world.until(lambda: "completed" in world.product.labels("/own"))
        assert not world.product.events(), "all go to its own URL"
        labels = ["started", "ringing", "answered", "transfer", "completed"]
        assert world.product.labels("/own") == labels
        for one in world.product.at("/own"):
            assert one.body["uuid"] == phone.uuid
            assert one.claims()["application_id"] == world.settings.application_id
            if one.body.get("status"):
                assert one.body["direction"] == "outbound"
                assert (one.body["from"], one.body["to"]) == ("15550100", "34600123456")
        completed = world.product.at("/own")[-1].body
        assert completed["rate"] == "0.01270000"
        assert (completed["duration"], completed["price"]) == ("0", "0.00000000")
        assert MOMENT.fullmatch(completed["start_time"])
        assert MOMENT.fullmatch(completed["end_time"])
        assert completed["disconnected_by"] == "user"

    play(test)


def test_by_default_the_answer_comes_by_get_and_events_go_to_the_application() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [talk()]
        url = world.product.url("/answer?step=1")
        phone = await world.place(answer_url=[url], answer_method=None)
        await phone.answer()
        assert (await phone.ended())["heard"] == ["Hello"]
        asked = world.product.at("/answer")[0]
        assert asked.method == "GET"
        query = {"step": "1", "from": "15550100", "to": "34600123456", "uuid": phone.uuid}
        assert query.items() <= asked.query.items()
        await world.events_until("completed")
        assert world.product.labels() == ["started", "ringing", "answered", "completed"]

    play(test)


def test_an_ncco_may_come_with_the_order_and_events_by_get() -> None:
    async def test(world: World) -> None:
        own = {"event_url": [world.product.url("/own")], "event_method": "GET"}
        ncco = [talk("Hello"), {"action": "input", "type": ["dtmf"]}, talk("Bye")]
        phone = await world.place(answer_url=None, answer_method=None, ncco=ncco, **own)
        await phone.answer()
        await phone.waiting()
        await phone.key("1234")
        assert (await phone.ended())["heard"] == ["Hello", "Bye"]
        assert not world.product.at("/answer")
        await world.until(lambda: world.product.at("/own")[-1].query.get("status") == "completed")
        got = [one for one in world.product.at("/own") if one.method == "GET"]
        assert [one.query["status"] for one in got] == [
            "started",
            "ringing",
            "answered",
            "completed",
        ]
        (keyed,) = [one for one in world.product.at("/own") if one.method == "POST"]
        assert keyed.body["dtmf"]["digits"] == "1234"  # an input without a URL

    play(test)


@pytest.mark.parametrize("machine", [False, True])
@pytest.mark.parametrize("detection", [None, "continue", "hangup"])
def test_what_machine_detection_finds_and_does(machine: bool, detection: str | None) -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [talk()]
        phone = await world.place(machine_detection=detection)
        assert (await phone.answer(machine=machine))["machine"] is machine
        call = await phone.ended()
        events = await world.events_until("completed")
        found = [("machine" if machine else "human")] if detection else []
        assert world.product.labels() == ["started", "ringing", "answered", *found, "completed"]
        if found:
            # Vonage's webhook reference: `call_uuid` in this event, not `uuid`.
            assert events[3]["call_uuid"] == phone.uuid
            assert "uuid" not in events[3]
            assert events[3]["direction"] == "outbound"
        hung_up = machine and detection == "hangup"
        assert call["heard"] == ([] if hung_up else ["Hello"])
        assert bool(world.product.at("/answer")) is not hung_up
        assert (events[-1]["disconnected_by"], call["missed"]) == ("platform", None)

    play(test)


def test_a_call_ends_when_its_time_is_up() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        phone = await world.place(length_timer=1)
        await phone.answer()
        await phone.ended()
        completed = (await world.events_until("completed"))[-1]
        assert (completed["duration"], completed["disconnected_by"]) == ("1", "platform")
        assert completed["price"] == "0.00021167"

    play(test)


def test_an_answer_url_that_fails_ends_a_call_that_was_answered() -> None:
    async def test(world: World) -> None:
        world.product.answers |= {"/answer": 503, "/fallback": 500}
        phone = await world.place()
        await phone.answer()
        assert "HTTP 500" in (await phone.ended())["problem"]
        await world.events_until("completed")
        assert len(world.product.at("/answer")) == 2
        assert len(world.product.at("/fallback")) == 1
        labels = ["started", "ringing", "answered", "error", "completed"]
        assert world.product.labels() == labels

    play(test, fallback_url="/fallback")


def test_events_that_nobody_takes_do_not_hold_up_the_call() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [talk()]
        await world.switch(lost=["ringing"], twice=True)
        dead = f"http://127.0.0.1:{free_port()}/event"
        phone = await world.place(event_url=[dead])
        await phone.answer()
        assert (await phone.ended())["heard"] == ["Hello"]
        await phone.when(lambda c: c["status"] == "completed")
        told = [e for e in await phone.exchange("webhook") if e["purpose"] == "event"]
        assert all("no connection" in (entry["problem"] or "no connection") for entry in told)
        (lost,) = await phone.exchange("note")
        assert lost["label"] == "ringing"

    play(test)


def test_only_a_phone_that_rings_is_answered_or_declined_and_once() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        mine, inbound = await world.place(), await world.dial()
        for body in ({"machine": 1}, ["answer"], "yes"):
            status, _ = await world.ask("POST", f"/phone/calls/{mine.uuid}/answer", body)
            assert status == 400
        for word in ("asleep", ["busy"]):
            path = f"/phone/calls/{mine.uuid}/decline"
            status, answer = await world.ask("POST", path, {"as": word})
            assert status == 400
            assert "unanswered" in answer["detail"]
        await mine.answer()
        for phone in (mine, inbound):
            for what in ("answer", "decline"):
                status, _ = await world.ask("POST", f"/phone/calls/{phone.uuid}/{what}")
                assert status == 409
        assert (await mine.view())["status"] == "answered"
        unknown = f"/phone/calls/{'0' * 32}/answer"
        assert (await world.ask("POST", unknown))[0] == 404

    play(test)


def test_a_phone_sees_the_calls_of_its_number() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        rings = await world.place()
        other = await world.place(to=[{"type": "phone", "number": "447700900123"}])
        mine = await world.dial("+34 600 123 456")
        for number in ("%2B34600123456", "+34600123456", "34600123456"):
            _, calls = await world.ask("GET", f"/phone/calls?number={number}")
            assert [call["uuid"] for call in calls] == [rings.uuid, mine.uuid]
            assert [call["direction"] for call in calls] == ["outbound", "inbound"]
        _, calls = await world.ask("GET", "/phone/calls")
        assert [call["uuid"] for call in calls] == [rings.uuid, other.uuid, mine.uuid]
        assert (await world.ask("GET", "/phone/calls?number=12"))[0] == 400

    play(test)


def test_calls_that_ring_end_when_the_carrier_stops() -> None:
    received: list[Any] = []

    async def test(world: World) -> None:
        await world.place()
        received.append(world.product)

    play(test)
    assert received[0].labels() == ["started", "ringing", "cancelled", "completed"]
