"""The tables of samples that were looked at last, kept in memory: whoever zooms into a ride asks for it again.

A table belongs to one version of the lake, so what was measured anew or taken away is never told from here; the first
question after a change lets go of everything that was kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MOST = 4_000_000
"""Rows that are kept, of all tables together: some 500 MB where a dozen channels were recorded."""


class Recent:
    """One organisation's tables, the one that was asked for last at the end."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._version = -1
        self._kept: dict[Hashable, pl.DataFrame] = {}

    def frame(self, key: Hashable, read: Callable[[], pl.DataFrame], *, version: int) -> pl.DataFrame:
        """A table, read where it is not kept.

        Args:
            key: which table of which session; the same for every version of the lake.
            read: reads it.
            version: of the lake, in which it is asked for.

        >>> import polars as pl
        >>> recent = Recent(most=3)
        >>> kept = recent.frame("ride", lambda: pl.DataFrame({"t": [1, 2]}), version=7)
        >>> recent.frame("ride", lambda: pl.DataFrame(), version=7) is kept, recent.rows
        (True, 2)
        """
        with self._lock:
            if version != self._version:
                self._kept.clear()
                self._version = version
            if key in self._kept:
                self._kept[key] = self._kept.pop(key)
                return self._kept[key]
        found = read()
        with self._lock:
            if version == self._version and found.height <= self._most:
                self._kept[key] = found
                while self.rows > self._most:
                    del self._kept[next(iter(self._kept))]
        return found

    @property
    def rows(self) -> int:
        """How many rows are kept."""
        return sum(frame.height for frame in self._kept.values())
