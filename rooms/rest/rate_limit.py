"""How many requests a key (or a member, or a stranger's address) may send in a minute."""

import math
import time
from typing import TYPE_CHECKING, Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:  # the framework imports this module while it makes APIView
    from rest_framework.views import APIView


class RateLimit(SimpleRateThrottle):
    """Counts in windows of fixed length, told in the headers of the IETF's RateLimit draft.

    One counter a window is cheaper than a list of times, and Redis counts it without a race. The
    counter in the database (on an embedded run) may miss a request that races with another.
    """

    scope = "api"
    num_requests: int
    duration: int

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        auth: Any = request.auth
        who = auth.id if auth else self.get_ident(request)
        return f"rate:{who}:{self.window}"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        self.now = time.time()
        self.window = int(self.now // self.duration)
        self.ends_in = math.ceil(self.duration - self.now % self.duration)
        counted = self._count(self.get_cache_key(request, view))
        remaining = max(0, self.num_requests - counted)
        view.headers.update(  # Django REST framework puts these on whatever is answered.
            {
                "RateLimit-Policy": f'"{self.scope}";q={self.num_requests};w={self.duration}',
                "RateLimit": f'"{self.scope}";r={remaining};t={self.ends_in}',
            }
        )
        return counted <= self.num_requests

    def _count(self, key: str) -> int:
        if self.cache.add(key, 1, timeout=self.duration + 1):
            return 1
        try:
            return int(self.cache.incr(key))
        except ValueError:  # it went between the two
            return 1

    def wait(self) -> float:
        return self.ends_in
