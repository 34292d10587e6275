"""Nothing grows without bound; who follows is told."""

import json

from carrier.calls import Calls
from carrier.deliveries import Deliveries
from carrier.feed import Feed
from carrier.messages import Messages
from carrier.webhooks import Webhooks
from tests.carrier.actions import talk
from tests.carrier.product import World, play


def test_the_last_500_ended_calls_are_kept() -> None:
    calls = Calls(Feed())
    live = calls.start("15550123", "15550100")
    ended = [calls.start("15550123", "15550100") for _ in range(510)]
    for call in ended:
        call.ended_at = call.started_at
        calls.retire(call)
    assert calls.all() == [live, *ended[10:]]


def test_conversations_are_forgotten_only_when_empty() -> None:
    calls = Calls(Feed())
    calls.CONVERSATIONS = 2
    call = calls.start("15550123", "15550100")
    first = calls.join(call, "kept")
    for name in ("a", "b", "c"):
        calls.join(call, name).members.clear()
    assert calls.join(call, "kept") is first


def test_the_last_1000_messages_are_kept() -> None:
    async def test(world: World) -> None:
        webhooks = Webhooks(world.settings)
        messages = Messages(Feed(), world.settings, Deliveries(world.settings, webhooks))
        body = {"channel": "sms", "message_type": "text", "to": "15550123", "from": "AnyRoom"}
        for n in range(1005):
            messages.send(body | {"text": str(n)})
        kept = messages.received()
        assert len(kept) == 1000
        assert kept[-1]["text"] == "1004"
        await webhooks.close()

    play(test)


def test_a_follower_that_is_too_slow_is_let_go() -> None:
    feed = Feed()
    queue = feed.follow()
    for n in range(Feed.ROOM + 10):
        feed.tell("call", n=n)
    assert queue.qsize() == Feed.ROOM + 1
    assert [queue.get_nowait() for _ in range(queue.qsize())][-1] is None


def test_the_stream_tells_a_call_as_it_happens() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [talk("Hello")]
        news = []
        async with world.http.get(world.base + "/phone/stream") as stream:
            assert stream.content_type == "text/event-stream"
            phone = await world.dial()
            async for line in stream.content:
                if line.startswith(b"data: "):
                    news.append(json.loads(line.removeprefix(b"data: ")))
                if news and news[-1].get("call", {}).get("status") == "completed":
                    break
        told = [one["call"]["status"] for one in news if one["kind"] == "call"]
        assert list(dict.fromkeys(told)) == ["started", "ringing", "answered", "completed"]
        actions = [one["entry"] for one in news if one["kind"] == "exchange"]
        assert any(entry["kind"] == "action" for entry in actions)
        listed = (await world.ask("GET", "/phone/calls"))[1]
        assert [call["uuid"] for call in listed] == [phone.uuid]

    play(test)
