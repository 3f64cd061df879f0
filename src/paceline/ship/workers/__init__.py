"""Where a product's own code runs: in the server's process where it is trusted, else in processes of its own.

Python and R, functions and scripts, answer through one port, `Worker`, and are held to one set of tests. What the code
prints goes to its log and never into an answer; a worker that crashes, hangs, grows or answers nonsense is killed and
replaced, and hurts the one request that it was busy with.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

from paceline.ship.product import Product

Call = Literal["predict", "explain"]


class Worker(Protocol):
    """Something that answers a product's requests. Contracts are checked by whoever calls it, on both sides."""

    async def start(self) -> None:
        """Be ready to answer.

        Raises:
            WorkerFailed: the code can't be loaded, or not within `STARTED` seconds.
        """

    async def answer(self, request: Any, *, call: Call = "predict") -> Any:
        """What the code makes of one request, as plain JSON values.

        Raises:
            PredictionFailed: the code ended in an error; the worker lives on.
            WorkerFailed: the worker did not survive the request, and is replaced.
        """

    async def stop(self) -> None:
        """Let the process and its pipes go; what is being answered ends in WorkerFailed."""

    def log(self) -> str:
        """The last of what the code printed, for the product's author."""


def worker_for(product: Product) -> Worker:
    """The worker that a product asks for: trusted and in this process, or as many processes as it names."""
    alone = _worker_for(product)
    if product.limits.batch is None:
        return alone
    from paceline.ship.workers.batched import Batched

    size, wait = product.limits.batch
    return Batched(product, alone, size=size, wait=wait)


def _worker_for(product: Product) -> Worker:
    if product.limits.trusted:
        from paceline.ship.workers.trusted import Trusted

        return Trusted(product)
    from paceline.ship.workers.pool import Pool

    return Pool(product)
