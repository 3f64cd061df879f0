"""Which release answers a request: the champion, a canary for its share, a shadow that nobody hears.

A switch is one assignment: a request sees the old lanes or the new ones, and the old release finishes what it began.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass, field, replace

from paceline.domain.errors import PacelineError, UnknownName
from paceline.serve.predict.served import Served

CANARY = b"paceline-release"
"""The header that asks for the canary by the word `canary`, or for the champion by `champion`."""

COMPARED = 100
"""Requests that a shadow may lag behind; more are not compared, and counted as left out."""


@dataclass(slots=True)
class Comparison:
    """How a shadow's answers compare with the champion's."""

    same: int = 0
    different: int = 0
    failed: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Lanes:
    """The releases of one product that are served now."""

    champion: Served
    canary: Served | None = None
    share: float = 0.0
    """Of the requests that the canary answers, 0 to 1."""
    shadow: Served | None = None
    compared: Comparison = field(default_factory=Comparison)

    def pick(self, *, wish: bytes, key: bytes) -> Served:
        """Who answers.

        Args:
            wish: the header `Paceline-Release`, or empty.
            key: what stays the same for one caller, so that they meet one release all along: a session, a subject.
        """
        if self.canary is None or wish == b"champion":
            return self.champion
        if wish == b"canary" or drawn(key) < self.share:
            return self.canary
        return self.champion


def drawn(key: bytes) -> float:
    """A number from 0 to 1 that a caller keeps.

    >>> drawn(b"session 1") == drawn(b"session 1")
    True
    """
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()) / 2**64


class Desk:
    """Every product that is served, by name."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lanes] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._shadows: set[asyncio.Task[None]] = set()

    def lanes(self, name: str) -> Lanes:
        """The lanes of a product.

        Raises:
            UnknownName: no product of that name is served.
        """
        try:
            return self._lanes[name]
        except KeyError:
            raise UnknownName("product", name, known=self._lanes) from None

    @property
    def names(self) -> tuple[str, ...]:
        """Products that are served."""
        return tuple(self._lanes)

    async def serve(self, served: Served) -> None:
        """Make a release the champion: started and warm first, then switched in one step, the old one drained.

        Raises:
            WorkerFailed, PredictionFailed, ContractBroken: it can't answer its own example; nothing has changed.
        """
        await served.start()
        before = self._lanes.get(served.product.name)
        if before is None:
            self._lanes[served.product.name] = Lanes(served)
            return
        self._lanes[served.product.name] = replace(before, champion=served)
        self._leave(before.champion)

    async def try_out(self, served: Served, *, share: float) -> None:
        """Let a release answer a share of the requests, or those that ask for it."""
        await served.start()
        before = self.lanes(served.product.name)
        self._lanes[served.product.name] = replace(before, canary=served, share=share)
        self._leave(before.canary)

    async def follow(self, served: Served) -> None:
        """Let a release answer every request in silence, to be compared with the champion."""
        await served.start()
        before = self.lanes(served.product.name)
        self._lanes[served.product.name] = replace(before, shadow=served, compared=Comparison())
        self._leave(before.shadow)

    def promote(self, name: str) -> None:
        """The canary becomes the champion."""
        before = self.lanes(name)
        if before.canary is not None:
            self._lanes[name] = replace(before, champion=before.canary, canary=None, share=0.0)
            self._leave(before.champion)

    def drop(self, name: str) -> None:
        """Neither canary nor shadow any more: the champion answers everything."""
        before = self.lanes(name)
        self._lanes[name] = Lanes(before.champion)
        self._leave(before.canary)
        self._leave(before.shadow)

    async def answer(self, name: str, body: bytes, *, wish: bytes = b"", key: bytes = b"") -> tuple[Served, bytes]:
        """Who answered a request, and what."""
        lanes = self.lanes(name)
        served = lanes.pick(wish=wish, key=key)
        answer = await served.answer(body)
        if lanes.shadow is not None:
            self._compare(lanes, body, answer)
        return served, answer

    async def close(self) -> None:
        """Finish what has begun, and stop everything."""
        lanes, self._lanes = tuple(self._lanes.values()), {}
        for those in lanes:
            for served in (those.champion, those.canary, those.shadow):
                self._leave(served)
        for task in self._shadows:
            task.cancel()
        await asyncio.gather(*self._leaving, *self._shadows, return_exceptions=True)

    def _leave(self, served: Served | None) -> None:
        if served is not None:
            task = asyncio.get_running_loop().create_task(served.stop())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    def _compare(self, lanes: Lanes, body: bytes, answer: bytes) -> None:
        """Ask the shadow too, after the answer has gone; it is never waited for."""
        if len(self._shadows) >= COMPARED:
            lanes.compared.left_out += 1
            return
        task = asyncio.get_running_loop().create_task(_shadowed(lanes, body, answer))
        self._shadows.add(task)
        task.add_done_callback(self._shadows.discard)


async def _shadowed(lanes: Lanes, body: bytes, answer: bytes) -> None:
    if lanes.shadow is None:
        return
    with contextlib.suppress(asyncio.CancelledError):
        try:
            said = await lanes.shadow.answer(body)
        except PacelineError:
            lanes.compared.failed += 1
            return
        if said == answer:
            lanes.compared.same += 1
        else:
            lanes.compared.different += 1
