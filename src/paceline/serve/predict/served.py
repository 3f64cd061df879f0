"""One release of a product that is being served: its contract, its worker, and what it is busy with."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from paceline.domain.errors import ContractBroken, Fault, PacelineError, PredictionFailed, RequestRefused
from paceline.ship.explaining import OWN, Explained, Steps, explained_by
from paceline.ship.product import Product
from paceline.ship.workers import Call, worker_for

BATCH = 1000
"""Requests of one batch."""

TOGETHER = 8
"""Requests of a batch that are on their way at once, so that others come in between; more where a call takes more."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(slots=True)
class Tally:
    """What has been answered since it was started."""

    answered: int = 0
    failed: int = 0
    seconds: float = 0.0


class Served:
    """A release with a worker of its own. Requests that have begun are finished before it stops."""

    def __init__(self, product: Product, *, release: str = "") -> None:
        self.product, self.release = product, release
        self.tally = Tally()
        self._worker = worker_for(product)
        self._busy = 0
        self._explained: Explained | None = None
        self._quiet: asyncio.Event | None = None

    async def start(self) -> None:
        """Start the worker and warm it up on the product's first example; read what it is to explain by.

        Raises:
            WorkerFailed, PredictionFailed, ContractBroken: it can't answer its own example; it is not to be served.
            ProductInvalid: its data can't be what it says that it explains by.
        """
        if self.product.text.get("explain", "none") != "none":
            self._explained = await asyncio.to_thread(explained_by, self.product)
        await self._worker.start()
        for example in self.product.examples[:1]:
            try:
                self.product.request.check(example["request"])
                self.product.response.check(await self._worker.answer(example["request"]))
            except BaseException:
                await self._worker.stop()
                raise

    async def answer(self, body: bytes) -> bytes:
        """From the bytes of a request to the bytes of its answer.

        Raises:
            RequestRefused: the body is no JSON.
            ContractBroken: the request breaks its schema, or what the code answered does.
            PredictionFailed, WorkerFailed: as the worker says.
        """
        request = decoded(body)
        self.product.request.check(request)
        return written(self.product, await self._counted(request, "predict"))

    async def explain(self, body: bytes) -> bytes:
        """From the bytes of a request to the bytes of why it is answered as it is, by the product's own method.

        Raises:
            RequestRefused: the body is no JSON, or the product explains nothing, or not this.
            ContractBroken, PredictionFailed, WorkerFailed: as `answer`.
        """
        request = decoded(body)
        if self._explained is None:
            self._explained = await asyncio.to_thread(explained_by, self.product)
        self.product.request.check(request)
        if self._explained is OWN:
            return written(self.product, await self._counted(request, "explain"))
        self._busy += 1
        try:
            return written(self.product, await self._walked(self._explained.steps(request)))
        finally:
            self._end()

    async def _walked(self, steps: Steps) -> dict[str, Any]:
        """Ask what an explanation asks, one at a time: whoever wants a prediction comes in between."""
        try:
            asked = next(steps)
            while True:
                try:
                    answer = await self._worker.answer(asked)
                except PredictionFailed:
                    answer = None
                asked = steps.send(answer)
                await asyncio.sleep(0)
        except StopIteration as done:
            found: dict[str, Any] = done.value
            return found

    async def values(self, requests: Sequence[Any]) -> list[Any]:
        """The answers to several requests, in their order; nothing is asked where one of them breaks the contract.

        Raises:
            RequestRefused: there are none, or more than `BATCH`.
            ContractBroken, PredictionFailed, WorkerFailed: as `answer`, the first that fails, named by its place.
        """
        if not 0 < len(requests) <= BATCH:
            raise RequestRefused("invalid", f"A batch holds from 1 to {BATCH:,} requests.", field="#")
        for place, request in enumerate(requests):
            with _at(place):
                self.product.request.check(request)
        batch = self.product.limits.batch
        step = TOGETHER if batch is None else max(TOGETHER, batch[0])
        answers: list[Any] = []
        for first in range(0, len(requests), step):
            part = (self._counted(request, "predict") for request in requests[first : first + step])
            answers += await asyncio.gather(*part, return_exceptions=True)
            for place in range(first, len(answers)):
                if isinstance(answers[place], BaseException):
                    with _at(place):
                        raise answers[place]
            await asyncio.sleep(0)
        return answers

    async def _counted(self, request: Any, call: Call) -> Any:
        """One answer, checked; whoever wants to stop the release waits for it."""
        self._busy += 1
        began = time.perf_counter()
        try:
            answer = await self._worker.answer(request, call=call)
            if call == "predict":
                self.product.response.check(answer)
        except PacelineError:
            self.tally.failed += 1
            raise
        else:
            self.tally.answered += 1
            return answer
        finally:
            self.tally.seconds += time.perf_counter() - began
            self._end()

    def _end(self) -> None:
        self._busy -= 1
        if self._quiet is not None and not self._busy:
            self._quiet.set()

    async def stop(self, *, patience: float = 30.0) -> None:
        """Finish what has begun, for so many seconds, and stop."""
        if self._busy:
            self._quiet = asyncio.Event()
            with contextlib.suppress(TimeoutError):  # whoever still waits then gets a 503
                await asyncio.wait_for(self._quiet.wait(), patience)
        await self._worker.stop()

    def log(self) -> str:
        """The last of what the code printed, for the product's author."""
        return self._worker.log()


def broken_by(error: PacelineError) -> str:
    """Whose fault an error is: the caller's or the product's."""
    caller = isinstance(error, RequestRefused) or (isinstance(error, ContractBroken) and error.side == "request")
    return "caller" if caller else "product"


def decoded(body: bytes) -> Any:
    """What a body holds.

    Raises:
        RequestRefused: it is no JSON.
    """
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestRefused("unreadable", "The body is no JSON, or nested too deeply.") from error


def written(product: Product, answer: Any) -> bytes:
    """An answer as JSON.

    Raises:
        PredictionFailed: it holds what JSON does not.
    """
    try:
        return _encode(answer)
    except (TypeError, ValueError, RecursionError) as error:  # half a character, say
        raise PredictionFailed(product.name, kind="what can't be written as JSON") from error


@contextlib.contextmanager
def _at(place: int) -> Iterator[None]:
    """Errors of one request of a batch say which one it is."""
    try:
        yield
    except ContractBroken as error:
        faults = [Fault(f"/{place}{fault.pointer}".rstrip("/"), fault.message) for fault in error.faults]
        raise ContractBroken(error.side, faults) from error
    except PredictionFailed as error:
        where = ", ".join(filter(None, [error.where, f"request {place}"]))
        raise PredictionFailed(error.product, kind=error.kind, where=where) from error
