"""How many requests a token may make: a bucket that fills at a steady rate and empties by one a request.

Each server counts for itself: two servers let a token make twice as many. The bucket is there to keep one client from
taking the server from all others, not to bill anybody.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

HELD = 10_000
"""Buckets kept; the longest unused is forgotten first, and an unused bucket is full."""


@dataclass(slots=True)
class _Bucket:
    level: float
    seen: float


class Rates:
    """The buckets of all tokens that one server has met."""

    def __init__(self, *, rate: float, burst: int) -> None:
        """`rate` requests a second in the long run, `burst` of them at once."""
        self.rate, self.burst = rate, burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, who: str, *, now: float) -> int:
        """Seconds to wait before the next request: 0 where this one may pass, which it then has.

        >>> rates = Rates(rate=1.0, burst=2)
        >>> [rates.wait("a", now=0.0) for _ in range(3)], rates.wait("a", now=1.0), rates.wait("b", now=0.0)
        ([0, 0, 1], 0, 0)
        """
        bucket = self._buckets.pop(who, None) or _Bucket(float(self.burst), now)
        bucket.level = min(float(self.burst), bucket.level + (now - bucket.seen) * self.rate)
        bucket.seen = now
        self._buckets[who] = bucket
        if len(self._buckets) > HELD:
            self._buckets.popitem(last=False)
        if bucket.level < 1.0:
            return max(1, math.ceil((1.0 - bucket.level) / self.rate))
        bucket.level -= 1.0
        return 0
