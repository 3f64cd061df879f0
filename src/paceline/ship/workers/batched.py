"""Requests that come at about the same time, answered by one call: for products that ask for it in `serve.batch`.

Company must not hurt: where a call with several requests ends in an error, each of them is asked again by itself, and
only the one that is at fault fails.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from paceline.domain.errors import PacelineError, PredictionFailed, WorkerFailed
from paceline.ship.product import Product
from paceline.ship.workers import Call, Worker

MISCOUNTED = "another number of answers than requests"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that waits for company, and whoever waits for its answer."""

    request: Any
    answer: asyncio.Future[Any]


class Batched:
    """A worker whose function takes a list of requests, behind the port of one that takes a request."""

    def __init__(self, product: Product, worker: Worker, *, size: int, wait: float) -> None:
        self.product, self.size, self.wait = product, size, wait
        self._worker = worker
        self._waiting: list[_Asked] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._calls: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start the worker."""
        await self._worker.start()

    async def answer(self, request: Any, *, call: Call = "predict") -> Any:
        """What the code makes of one request, in the company of those that come within `wait` seconds."""
        if call != "predict":
            return await self._worker.answer(request, call=call)
        loop = asyncio.get_running_loop()
        asked = _Asked(request, loop.create_future())
        self._waiting.append(asked)
        if len(self._waiting) >= self.size:
            self._send()
        elif len(self._waiting) == 1:
            self._alarm = loop.call_later(self.wait, self._send)
        return await asked.answer

    async def stop(self) -> None:
        """Stop the worker; who still waits is told."""
        if self._alarm is not None:
            self._alarm.cancel()
        waiting, self._waiting = self._waiting, []
        _told(waiting, WorkerFailed(self.product.name, why="was stopped"))
        await self._worker.stop()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def log(self) -> str:
        """The worker's own."""
        return self._worker.log()

    def _send(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        together = [asked for asked in self._waiting if not asked.answer.done()]  # who gave up is not asked for
        self._waiting, self._alarm = [], None
        if together:
            task = asyncio.get_running_loop().create_task(self._together(together))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _together(self, those: list[_Asked]) -> None:
        try:
            answers = await self._worker.answer([asked.request for asked in those])
            if not isinstance(answers, list) or len(answers) != len(those):
                raise PredictionFailed(self.product.name, kind=MISCOUNTED)
        except PacelineError as error:
            if len(those) == 1:
                _told(those, error)
            else:
                await asyncio.gather(*(self._together([asked]) for asked in those))
            return
        for asked, answer in zip(those, answers, strict=True):
            if not asked.answer.done():
                asked.answer.set_result(answer)


def _told(those: list[_Asked], error: PacelineError) -> None:
    for asked in those:
        if not asked.answer.done():
            asked.answer.set_exception(error)
