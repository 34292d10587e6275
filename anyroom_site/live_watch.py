"""Watches the rooms that somebody has a stream of, one watcher for all streams.

With Redis the watcher is told which room may have changed; without, it sees SQLite's
`data_version` rise. Either way one query reads the versions of all rooms in question, and every
few seconds all that are watched are read, so that a lost message heals.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import redis.asyncio as redis
from django.conf import settings
from django.db import Error, connection

from rooms.conferences.live import CHANNEL
from rooms.models import Room

log = logging.getLogger(__name__)
LOOK_EVERY = 0.1
CHECK_ALL_EVERY = 5.0
TRY_AGAIN_AFTER = 1.0
Result = TypeVar("Result")


class Stream:
    """What one open page has been told and is yet to be told."""

    def __init__(self) -> None:
        self.ended = False
        self._version = -1
        self._news = asyncio.Event()

    def tell(self, version: int) -> None:
        if version > self._version:
            self._version = version
            self._news.set()

    def end(self) -> None:
        self.ended = True
        self._news.set()

    async def next(self) -> int | None:
        """The version, once it is one that was not told yet; None when the stream ends."""
        await self._news.wait()
        self._news.clear()
        return None if self.ended else self._version


class Watcher:
    """Knows the open streams and tells them; its loop runs while there are any."""

    def __init__(self) -> None:
        self._streams: defaultdict[str, set[Stream]] = defaultdict(set)
        self._loop: asyncio.Task[None] | None = None
        # One thread, so one connection: `data_version` is counted for each connection.
        self._database = ThreadPoolExecutor(1, "watch")
        self._data_version = -1

    @contextlib.contextmanager
    def stream(self, room_id: str) -> Iterator[Stream]:
        """A stream of `room_id`'s versions, watched from now on."""
        stream = Stream()
        self._streams[room_id].add(stream)
        if self._loop is None or self._loop.done():
            watch = self._by_messages if settings.REDIS_URL else self._by_data_version
            self._loop = asyncio.create_task(self._run(watch))
        try:
            yield stream
        finally:
            self._streams[room_id].discard(stream)
            if not self._streams[room_id]:
                del self._streams[room_id]

    def end_all(self) -> None:
        if self._loop:
            self._loop.cancel()
        for streams in self._streams.values():
            for stream in streams:
                stream.end()

    async def _run(self, watch: Callable[[], Awaitable[None]]) -> None:
        while self._streams:
            try:
                await watch()
            except (Error, redis.RedisError, OSError) as error:
                log.warning("cannot hear of changes, looking for them: %s", error)
                await self._in_thread(_close)
                with contextlib.suppress(Error):
                    await self._tell(self._streams)
                await asyncio.sleep(TRY_AGAIN_AFTER)

    async def _by_data_version(self) -> None:
        check_all_at = 0.0
        while self._streams:
            now = asyncio.get_running_loop().time()
            everything = now >= check_all_at
            if everything:
                check_all_at = now + CHECK_ALL_EVERY
            if await self._in_thread(self._data_has_changed) or everything:
                await self._tell(self._streams)
            await asyncio.sleep(LOOK_EVERY)

    async def _by_messages(self) -> None:
        clock = asyncio.get_running_loop().time
        async with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as inbox:
            await inbox.subscribe(CHANNEL)
            check_all_at = 0.0
            while self._streams:
                changed = set()
                message = await inbox.get_message(True, timeout=max(0.0, check_all_at - clock()))
                while message:
                    changed.add(message["data"].decode())
                    message = await inbox.get_message(True)
                if clock() >= check_all_at:
                    check_all_at = clock() + CHECK_ALL_EVERY
                    changed.update(self._streams)
                await self._tell(changed & self._streams.keys())

    def _data_has_changed(self) -> bool:
        if connection.vendor != "sqlite":
            return True  # without Redis there is nothing cheaper than to read the versions
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            before, self._data_version = self._data_version, cursor.fetchone()[0]
        return bool(before != self._data_version)

    async def _tell(self, room_ids: Collection[str]) -> None:
        if not room_ids:
            return
        for room_id, version in await self._in_thread(_versions, list(room_ids)):
            for stream in self._streams.get(room_id, ()):
                stream.tell(version)

    async def _in_thread(self, function: Callable[..., Result], *args: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._database, function, *args)


def _versions(room_ids: list[str]) -> list[tuple[str, int]]:
    return list(Room.objects.filter(pk__in=room_ids).values_list("pk", "live_version"))


def _close() -> None:
    connection.close()  # looked up here, because each thread has a connection of its own
