"""As many processes as a product asks for, each busy with one request; one that fails is replaced."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from paceline.domain.errors import WorkerFailed
from paceline.ship.product import Product
from paceline.ship.workers import Call
from paceline.ship.workers.isolated import Isolated, NotBegun

QUEUE = 1000
"""Requests that may wait for a worker; the next one is refused, since its answer would come too late."""

DEPTH = 8
"""Requests that a worker which is alone holds at once: nobody else could take them meanwhile."""

RESTS = (0.0, 0.1, 0.5, 2.0, 10.0)
"""Seconds before a worker is started again: code that can't be loaded must not be a busy loop."""


class Pool:
    """Workers of one product, behind the port of one worker."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self._idle: deque[Isolated] = deque()
        self._all: set[Isolated] = set()
        self._queue: deque[asyncio.Future[Isolated]] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._last_log = ""

    async def start(self) -> None:
        """Start every worker; one that can't be is the end of it."""
        try:
            await asyncio.gather(*(self._add() for _ in range(self.product.limits.workers)))
        except BaseException:
            await self.stop()
            raise

    async def answer(self, request: Any, *, call: Call = "predict") -> Any:
        """What the next free worker makes of one request; one that it did not come to goes to another."""
        while True:
            worker = await self._free()
            try:
                return await worker.answer(request, call=call)
            except NotBegun:
                continue
            finally:
                self._back(worker)

    async def stop(self) -> None:
        """Stop every worker, and start no more."""
        self._stopped = True
        for task in self._starting:
            task.cancel()
        for worker in tuple(self._all):
            await worker.stop()
        while self._queue:
            waiting = self._queue.popleft()
            if not waiting.done():
                waiting.set_exception(WorkerFailed(self.product.name, why="was stopped"))

    def log(self) -> str:
        """What the workers printed last, and the last one that failed."""
        return "\n".join(filter(None, [self._last_log, *(worker.log() for worker in self._all)]))

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes, for those who measure them."""
        return tuple(worker.process for worker in self._all if worker.process is not None)

    async def _add(self) -> None:
        worker = Isolated(self.product)
        try:
            await worker.start()
        except WorkerFailed:
            self._last_log = worker.log()
            raise
        self._all.add(worker)
        for _ in range(DEPTH if self.product.limits.workers == 1 else 1):
            self._offer(worker)

    async def _free(self) -> Isolated:
        while self._idle:
            worker = self._idle.popleft()
            if worker.alive:
                return worker
            self._replace(worker)  # killed while it had nothing to do
        if self._stopped or len(self._queue) >= QUEUE:
            raise WorkerFailed(self.product.name, why="was stopped" if self._stopped else "has too much to do")
        waiting: asyncio.Future[Isolated] = asyncio.get_running_loop().create_future()
        self._queue.append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self._offer(waiting.result())
            raise

    def _back(self, worker: Isolated) -> None:
        if worker.alive:
            self._offer(worker)
        else:
            self._replace(worker)

    def _offer(self, worker: Isolated) -> None:
        """Give a worker to whoever has waited longest."""
        while self._queue:
            waiting = self._queue.popleft()
            if not waiting.done():
                waiting.set_result(worker)
                return
        self._idle.append(worker)

    def _replace(self, worker: Isolated) -> None:
        """Start another, once for each that failed."""
        if worker not in self._all:
            return
        self._last_log = worker.log()
        self._all.discard(worker)
        if not self._stopped:
            task = asyncio.get_running_loop().create_task(self._again())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _again(self) -> None:
        for rest in RESTS:
            await asyncio.sleep(rest)
            try:
                return await self._add()
            except WorkerFailed:
                continue
        while self._queue and not self._all:  # it can't be started: nobody waits for what won't come
            waiting = self._queue.popleft()
            if not waiting.done():
                waiting.set_exception(WorkerFailed(self.product.name, why="can't be started"))
        return None
