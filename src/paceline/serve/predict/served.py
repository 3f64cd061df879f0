"""One release of a product that is being served: its contract, its worker, and what it is busy with."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Any

import msgspec

from paceline.domain.errors import ContractBroken, PacelineError, RequestRefused
from paceline.ship.product import Product
from paceline.ship.workers import Call, worker_for

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
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def start(self) -> None:
        """Start the worker and warm it up on the product's first example.

        Raises:
            WorkerFailed, PredictionFailed, ContractBroken: it can't answer its own example; it is not to be served.
        """
        await self._worker.start()
        for example in self.product.examples[:1]:
            try:
                self.product.request.check(example["request"])
                self.product.response.check(await self._worker.answer(example["request"]))
            except BaseException:
                await self._worker.stop()
                raise

    async def answer(self, body: bytes, *, call: Call = "predict") -> bytes:
        """From the bytes of a request to the bytes of its answer.

        Raises:
            RequestRefused: the body is no JSON.
            ContractBroken: the request breaks its schema, or what the code answered does.
            PredictionFailed, WorkerFailed: as the worker says.
        """
        try:
            request = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RequestRefused("unreadable", "The body is no JSON.") from error
        self.product.request.check(request)
        self._busy += 1
        self._quiet.clear()
        began = time.perf_counter()
        try:
            answer = await self._worker.answer(request, call=call)
            if call == "predict":
                self.product.response.check(answer)
            self.tally.answered += 1
            return _encode(answer)
        except (PacelineError, TypeError, ValueError):
            self.tally.failed += 1
            raise
        finally:
            self.tally.seconds += time.perf_counter() - began
            self._busy -= 1
            if not self._busy:
                self._quiet.set()

    async def value(self, request: Any) -> Any:
        """What the code makes of a request that is known to be good, checked on its way out."""
        answer = await self._worker.answer(request)
        self.product.response.check(answer)
        return answer

    async def stop(self, *, patience: float = 30.0) -> None:
        """Finish what has begun, for so many seconds, and stop."""
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
