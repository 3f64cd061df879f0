"""Group commit: packets that come while the disk is busy go to it together, the next time it is free."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from paceline.keep.packets import Entry, PacketLog


class Groups:
    """Packets on their way into a log, for one event loop; the log itself is written by one thread."""

    def __init__(self, log: PacketLog) -> None:
        self._log = log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="packet-log")
        self._waiting: list[Entry] = []
        self._next: asyncio.Future[list[int]] | None = None
        self._busy = False
        self.written = 0
        """Groups so far, for the server's own numbers."""

    def append(self, entries: Sequence[Entry]) -> Group:
        """The entries into the next group; nothing is on the disk until the group has been waited for."""
        loop = asyncio.get_running_loop()
        if self._next is None:
            self._next = loop.create_future()
            if not self._busy:
                loop.call_soon(self._start)  # what else comes in this turn of the loop goes with it
        begin = len(self._waiting)
        self._waiting += entries
        return Group(self._next, begin, begin + len(entries))

    def _start(self) -> None:
        if self._next is None or self._busy:
            return
        group, done = self._waiting, self._next
        self._waiting, self._next, self._busy = [], None, True
        writing = asyncio.get_running_loop().run_in_executor(self._thread, self._log.commit, group)
        writing.add_done_callback(lambda ended: self._ended(ended, done))

    def _ended(self, ended: asyncio.Future[list[int]], done: asyncio.Future[list[int]]) -> None:
        self._busy = False
        self.written += 1
        self._start()
        if ended.cancelled():
            done.cancel()
        elif (error := ended.exception()) is not None:
            done.set_exception(error)
            done.exception()  # each who waits is told; that nobody waits any more is no fault
        else:
            done.set_result(ended.result())

    async def close(self) -> None:
        """Wait for what is on its way, and end the thread."""
        while self._next is not None or self._busy:
            await asyncio.sleep(0.001)
        self._thread.shutdown()


class Group:
    """The part of a group that one caller gave."""

    def __init__(self, done: asyncio.Future[list[int]], begin: int, end: int) -> None:
        self._done, self._begin, self._end = done, begin, end

    async def kept(self) -> list[int]:
        """The positions of the entries, once they are on the disk; -1 for those of sessions that went elsewhere.

        Raises:
            StoreUnavailable: nothing of the group was kept.
            StoreUnavailable: likewise, for a database.
        """
        return (await asyncio.shield(self._done))[self._begin : self._end]
