"""Conversations that wait for somebody, and that end with somebody."""

from tests.carrier.actions import conversation
from tests.carrier.product import Json, World, play

HOLD: Json = {"musicOnHoldUrl": ["https://example.com/media/hold.wav"]}


def test_guests_wait_with_music_until_somebody_starts_it() -> None:
    async def test(world: World) -> None:
        guest = conversation(startOnEnter=False, **HOLD)
        world.product.answers["/answer"] = [guest]
        one = await world.dial()
        two = await world.dial("+15550124")
        for phone in (one, two):
            call = await phone.when(lambda c: c["conversation"])
            assert (call["waiting"], call["heard"]) == (True, ["♪ hold.wav"])
        world.product.answers["/answer"] = [conversation(**HOLD)]
        host = await world.dial("+15550125")
        call = await host.when(lambda c: c["conversation"])
        assert (call["waiting"], call["heard"]) == (False, [])
        for phone in (one, two):
            assert not (await phone.view())["waiting"]
        # It stays started while anybody is in, so who comes now does not wait.
        await host.hang_up()
        world.product.answers["/answer"] = [guest]
        late = await world.dial("+15550126")
        call = await late.when(lambda c: c["conversation"])
        assert (call["waiting"], call["heard"]) == (False, [])
        for phone in (one, two, late):
            await phone.hang_up()
        again = await world.dial("+15550127")
        assert (await again.when(lambda c: c["conversation"]))["waiting"]

    play(test)


def test_a_transfer_lets_one_who_waits_start_it() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation(startOnEnter=False)]
        phone = await world.dial()
        assert (await phone.when(lambda c: c["conversation"]))["waiting"]
        await phone.transfer(conversation())
        await phone.when(lambda c: c["conversation"] and not c["waiting"])

    play(test)


def test_with_end_on_exit_everybody_is_hung_up() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [conversation()]
        guests = [await world.dial(f"+1555012{n}") for n in range(3)]
        for guest in guests:
            await guest.when(lambda c: c["conversation"])
        world.product.answers["/answer"] = [conversation(endOnExit=True, mute=True)]
        hosts = [await world.dial(f"+1555013{n}") for n in range(2)]
        for host in hosts:
            assert (await host.when(lambda c: c["conversation"]))["muted"]
        await guests[0].hang_up()
        assert (await guests[1].view())["status"] == "answered"
        await hosts[0].hang_up()
        for phone in (*guests[1:], hosts[1]):
            assert (await phone.ended())["disconnected_by"] == "platform"
        assert (await hosts[0].view())["disconnected_by"] == "user"
        await world.until(lambda: world.product.labels().count("completed") == 5)

    play(test)
