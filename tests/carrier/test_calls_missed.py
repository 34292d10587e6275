"""Calls that the product places and nobody takes."""

from typing import Any

import pytest

from tests.carrier.actions import conversation
from tests.carrier.phone import Phone
from tests.carrier.product import World, play


async def _missed(world: World, phone: Phone) -> list[str]:
    call = await phone.ended()
    last = "rejected" if call["missed"] == "rejected" else "completed"
    events = await world.events_until(last)
    assert (call["answered_at"], call["heard"]) == (None, [])
    assert not world.product.at("/answer")
    assert all(event["direction"] == "outbound" for event in events)
    if last == "completed":
        assert (events[-1]["duration"], events[-1]["start_time"]) == ("0", None)
        assert events[-1]["price"] == "0.00000000"
    return world.product.labels()[2:]


def test_nobody_picks_up_in_time() -> None:
    async def test(world: World) -> None:
        phone = await world.place(ringing_timer=1)
        assert await _missed(world, phone) == ["timeout", "completed"]
        assert (await phone.view())["disconnected_by"] == "platform"
        status, answer = await world.ask("POST", f"/phone/calls/{phone.uuid}/answer", {})
        assert status == 409
        assert answer["detail"]

    play(test)


@pytest.mark.parametrize(
    ("word", "labels", "detail"),
    [
        (None, ["busy", "completed"], None),
        ("busy", ["busy", "completed"], None),
        ("rejected", ["rejected"], "declined"),
        ("unanswered", ["unanswered", "completed"], "unavailable"),
        ("failed", ["failed", "completed"], "number_out_of_service"),
    ],
)
def test_the_phone_does_not_take_it(word: str | None, labels: list[str], detail: Any) -> None:
    async def test(world: World) -> None:
        phone = await world.place()
        call = await (phone.decline(**{"as": word}) if word else phone.decline())
        assert (call["missed"], call["disconnected_by"]) == (labels[0], "user")
        assert await _missed(world, phone) == labels
        assert world.product.events()[2].get("detail") == detail

    play(test)


def test_hanging_up_a_phone_that_rings_declines() -> None:
    async def test(world: World) -> None:
        phone = await world.place()
        await phone.hang_up()
        assert await _missed(world, phone) == ["busy", "completed"]

    play(test)


def test_the_product_hangs_up_while_it_rings_and_later() -> None:
    async def test(world: World) -> None:
        headers, hangup = world.token(), {"action": "hangup"}
        phone = await world.place()
        path = f"/v1/calls/{phone.uuid}"
        _, info = await world.ask("GET", path, headers=headers)
        assert info.pop("conversation_uuid").startswith("CON-")
        assert info == {
            "_links": {"self": {"href": path}},
            "uuid": phone.uuid,
            "to": {"type": "phone", "number": "34600123456"},
            "from": {"type": "phone", "number": "15550100"},
            "status": "ringing",
            "direction": "outbound",
        }
        assert (await world.ask("PUT", path, hangup, headers))[0] == 204
        assert await _missed(world, phone) == ["cancelled", "completed"]
        assert (await world.ask("PUT", path, hangup, headers))[0] == 400

        world.product.answers["/answer"] = [conversation()]
        phone = await world.place()
        path = f"/v1/calls/{phone.uuid}"
        await phone.answer()
        await phone.when(lambda c: c["conversation"])
        assert (await world.ask("PUT", f"{path}/talk", {"text": "Bye"}, headers))[0] == 200
        assert (await phone.view())["heard"] == ["Bye"]
        assert (await world.ask("PUT", path, hangup, headers))[0] == 204
        _, info = await world.ask("GET", path.replace("-", ""), headers=headers)
        assert (info["status"], info["direction"]) == ("completed", "outbound")
        assert info["rate"] == "0.01270000"

    play(test)
