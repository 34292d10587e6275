"""What the page is told as it happens."""

import asyncio
from typing import Any

News = dict[str, Any]


class Feed:
    """Passes each piece of news to everybody who follows.

    A follower who is too slow is let go, so that nothing piles up: the page connects again and
    reads the whole state anew.
    """

    ROOM = 500

    def __init__(self) -> None:
        self._followers: set[asyncio.Queue[News | None]] = set()

    @property
    def followed(self) -> bool:
        """Whether anybody follows, so that news need not be made for nobody."""
        return bool(self._followers)

    def tell(self, kind: str, **facts: object) -> None:
        """Tell all followers. `kind` is call, exchange, message or switches."""
        for queue in list(self._followers):
            if queue.qsize() >= self.ROOM:
                self.leave(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait({"kind": kind, **facts})

    def follow(self) -> asyncio.Queue[News | None]:
        """A queue of news; None means that there will be no more."""
        queue: asyncio.Queue[News | None] = asyncio.Queue()
        self._followers.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[News | None]) -> None:
        """Stop following."""
        self._followers.discard(queue)

    def close(self) -> None:
        """Let everybody go."""
        for queue in list(self._followers):
            self.leave(queue)
            queue.put_nowait(None)
