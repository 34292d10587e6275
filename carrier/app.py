"""Puts the carrier together and serves it."""

import asyncio
import logging
import signal
from dataclasses import dataclass

from aiohttp import web

from carrier.api import VonageSide
from carrier.calls import Calls
from carrier.conversations import Conversations
from carrier.deliveries import Deliveries
from carrier.feed import Feed
from carrier.line import Line
from carrier.messages import Messages
from carrier.page import Page
from carrier.phone_side import PhoneSide
from carrier.recordings import Recordings
from carrier.settings import Settings
from carrier.texts import Texts
from carrier.webhooks import Webhooks

GRACE = 0.5  # seconds that the last webhooks get when the carrier stops
LARGEST_REQUEST = 256 * 1024  # bytes

log = logging.getLogger("carrier")


@dataclass
class Carrier:
    """A carrier being served; `close` ends its calls and stops it."""

    runner: web.AppRunner
    feed: Feed
    line: Line
    deliveries: Deliveries
    webhooks: Webhooks
    recordings: Recordings

    async def close(self, grace: float = GRACE) -> None:
        """End every call, give their last webhooks `grace` seconds, and stop serving."""
        await self.line.close()
        await self.deliveries.close(grace)
        self.feed.close()
        await self.runner.cleanup()
        await self.webhooks.close()
        self.recordings.close()


async def start(settings: Settings) -> Carrier:
    """Serve a carrier in the running loop.

    Raises:
        OSError: the port is taken, or may not be used.
    """
    feed = Feed()
    calls, webhooks = Calls(feed), Webhooks(settings)
    deliveries = Deliveries(settings, webhooks)
    messages = Messages(feed, settings, deliveries)
    recordings = Recordings(settings, deliveries)
    line = Line(settings, calls, deliveries, Conversations(recordings))
    vonage = VonageSide(settings, calls, line, messages, deliveries, recordings)
    texts = Texts(settings, deliveries)
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.add_routes(Page(feed).routes())
    phones = PhoneSide(calls, line, messages, texts, deliveries, vonage.pace, feed)
    app.add_routes(phones.routes())
    app.add_routes(vonage.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError:
        await runner.cleanup()
        await webhooks.close()
        raise
    return Carrier(runner, feed, line, deliveries, webhooks, recordings)


async def serve(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises OSError as `start` does."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    carrier = await start(settings)
    log.info("The carrier's phones are at %s", settings.region_url)
    await stopped.wait()
    await carrier.close()
