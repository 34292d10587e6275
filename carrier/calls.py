"""The calls that are live, and the last ones that ended."""

import uuid as uuids
from collections import OrderedDict, deque

from carrier.call import App, Call
from carrier.create_call import CreateCall
from carrier.feed import Feed


class NoSuchCallError(Exception):
    """No call has this uuid, or it ended long ago."""


class TooManyCallsError(Exception):
    """The carrier holds as many live calls as it can."""


class Calls:
    """The calls that are live, and the last ones that ended."""

    LIVE = 1000
    KEPT = 500

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._calls: OrderedDict[str, Call] = OrderedDict()
        self._ended: deque[str] = deque()

    def start(self, from_number: str, to_number: str, app: App | None = None) -> Call:
        """A new call that a phone makes, or an app.

        Raises:
            TooManyCallsError: there are `LIVE` calls already.
        """
        return self._add(Call(from_number, to_number, self._feed, app=app))

    def place(self, order: CreateCall) -> Call:
        """A new call that the product makes; its uuid has dashes, as the OpenAPI shows it.

        Raises:
            TooManyCallsError: there are `LIVE` calls already.
        """
        uuid = str(uuids.uuid4())
        return self._add(Call(order.from_number, order.to_number, self._feed, order, uuid))

    def _add(self, call: Call) -> Call:
        if len(self._calls) - len(self._ended) >= self.LIVE:
            raise TooManyCallsError(f"{self.LIVE} calls are on the line; hang some up.")
        self._calls[_key(call.uuid)] = call
        return call

    def get(self, uuid: str) -> Call:
        """The call with this uuid, with or without dashes.

        Raises:
            NoSuchCallError: there is none.
        """
        try:
            return self._calls[_key(uuid)]
        except KeyError:
            raise NoSuchCallError(uuid) from None

    def all(self) -> list[Call]:
        """Every call that is remembered, oldest first."""
        return list(self._calls.values())

    def of(self, number: str) -> list[Call]:
        """Those of the phone with this number."""
        return [call for call in self._calls.values() if call.phone_number == number]

    def live(self) -> list[Call]:
        """The calls that have not ended."""
        return [call for call in self._calls.values() if not call.ended]

    def retire(self, call: Call) -> None:
        """The call ended: forget the oldest that did."""
        self._ended.append(_key(call.uuid))
        while len(self._ended) > self.KEPT:
            del self._calls[self._ended.popleft()]


def _key(uuid: str) -> str:
    return uuid.replace("-", "").lower()
