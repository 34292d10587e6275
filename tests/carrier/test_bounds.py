"""Nothing grows without bound; who follows is told."""

import json

from carrier.call import Call
from carrier.calls import Calls
from carrier.conversations import Conversations
from carrier.deliveries import Deliveries
from carrier.feed import Feed
from carrier.messages import Messages
from carrier.recordings import Recordings
from carrier.webhooks import Webhooks
from tests.carrier.actions import conversation, talk
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
    async def test(world: World) -> None:
        webhooks = Webhooks(world.settings)
        deliveries = Deliveries(world.settings, webhooks)
        conversations = Conversations(Recordings(world.settings, deliveries))
        conversations.KEPT = 2
        call, other = (Call(f"1555012{n}", "15550100", Feed()) for n in range(2))
        first = conversations.enter(call, conversation("kept"), again=False)
        passed = conversations.enter(other, conversation("a"), again=False)
        conversations.leave(other)
        for name in ("b", "c"):
            conversations.enter(other, conversation(name), again=False)
            conversations.leave(other)
        assert conversations.named("kept") is first
        assert conversations.named("a") is not passed
        await webhooks.close()

    play(test)


def test_a_conversation_beyond_the_limit_is_one_for_all_who_enter_it() -> None:
    async def test(world: World) -> None:
        webhooks = Webhooks(world.settings)
        deliveries = Deliveries(world.settings, webhooks)
        conversations = Conversations(Recordings(world.settings, deliveries))
        conversations.KEPT = 2
        calls = [Call(f"1555012{n}", "15550100", Feed()) for n in range(4)]
        for call, name in zip(calls, ("a", "b", "c", "c"), strict=True):
            conversations.enter(call, conversation(name), again=False)
        assert calls[2].conversation is calls[3].conversation
        await webhooks.close()

    play(test)


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
