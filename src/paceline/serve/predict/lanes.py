"""Which release answers a request: each its share, and a shadow that nobody hears.

A switch is one assignment: a request sees the old lanes or the new ones, and the old release finishes what it began.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from paceline.domain.errors import PacelineError, UnknownName
from paceline.serve.predict.served import Served, broken_by
from paceline.ship.canary import Trial

CANARY = b"paceline-release"
"""The header that asks for the canary by the word `canary`, or for the champion by `champion`."""

COMPARED = 100
"""Requests that a shadow may lag behind; more are not compared, and counted as left out."""


Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


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

    shares: tuple[tuple[Served, float], ...]
    """Each release with the share of requests that it answers, the largest first; they sum to 1."""
    shadow: Served | None = None
    compared: Comparison = field(default_factory=Comparison)
    trial: Trial = field(default_factory=Trial)
    """How the canary does beside the champion, where there is one."""

    @property
    def alone(self) -> bool:
        """Whether one release answers everything, and nobody listens."""
        return self.shadow is None and len(self.shares) == 1

    @property
    def champion(self) -> Served:
        """The release that answers most."""
        return self.shares[0][0]

    @property
    def canary(self) -> Served | None:
        """The release that answers least, where there are several."""
        return self.shares[-1][0] if len(self.shares) > 1 else None

    @property
    def all(self) -> tuple[Served, ...]:
        """Every release here, the shadow too."""
        return tuple(served for served, _ in self.shares) + (() if self.shadow is None else (self.shadow,))

    def release(self, name: str) -> Served:
        """The release of that name, the shadow among them.

        Raises:
            UnknownName: it is not served now.
        """
        for served in self.all:
            if served.release == name:
                return served
        raise UnknownName("release", name, known=[served.release for served in self.all])

    def pick(self, *, wish: bytes, key: bytes) -> Served:
        """Who answers.

        Args:
            wish: the header `Paceline-Release`: `champion`, `canary`, or empty.
            key: what stays the same for one caller, so that they meet one release all along: a session, a subject.
        """
        if len(self.shares) == 1 or wish == b"champion":
            return self.champion
        if wish == b"canary":
            return self.shares[-1][0]
        place = drawn(key)
        for served, share in reversed(self.shares):  # who met the canary at a small share meets it at a larger one
            if place < share:
                return served
            place -= share
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

    async def arrange(self, name: str, shares: Mapping[Served, float], *, shadow: Served | None = None) -> None:
        """Let releases answer for a product, each its share: all are started and warm before the switch.

        Those that are no longer among them finish what they began and stop. With no release at all, the product goes.

        Raises:
            WorkerFailed, PredictionFailed, ContractBroken: one can't answer its own example; nothing has changed.
        """
        before = self._lanes.get(name)
        there = () if before is None else before.all
        wanted = tuple(shares) + (() if shadow is None else (shadow,))
        await _started(tuple(served for served in wanted if served not in there))
        if shares:
            compared = before.compared if before is not None and before.shadow is shadow else Comparison()
            ordered = sorted(shares.items(), key=lambda entry: -entry[1])
            self._lanes[name] = Lanes(tuple(ordered), shadow, compared, _trial(before, tuple(ordered)))
        else:
            self._lanes.pop(name, None)
        for served in there:
            if served not in wanted:
                self._leave(served)

    async def serve(self, served: Served) -> None:
        """Let one release answer everything."""
        await self.arrange(served.product.name, {served: 1.0})

    async def answer(self, name: str, body: bytes, *, wish: bytes = b"", key: bytes = b"") -> tuple[Served, bytes]:
        """Who answered a request, and what."""
        lanes = self.lanes(name)
        served = lanes.pick(wish=wish, key=key)
        if lanes.alone:  # nothing to compare with: the short way
            return served, await served.answer(body)
        return served, await self._asked(lanes, served, Served.answer, body)

    async def values(
        self, name: str, requests: Sequence[Any], *, wish: bytes = b"", key: bytes = b"", release: str = ""
    ) -> tuple[Served, list[Any]]:
        """Who answered several requests, and what; a release that is named answers whatever its share.

        Raises:
            UnknownName: no product of that name is served, or no such release of it.
        """
        lanes = self.lanes(name)
        served = lanes.release(release) if release else lanes.pick(wish=wish, key=key)
        return served, await self._asked(lanes, served, Served.values, requests)

    async def _asked(
        self, lanes: Lanes, served: Served, how: Callable[[Served, Asked], Awaitable[Answer]], asked: Asked
    ) -> Answer:
        """An answer that counts in a canary's trial, and that a shadow's is compared with."""
        answer = await (how(served, asked) if lanes.canary is None else _tried(lanes, served, how, asked))
        if lanes.shadow is not None:
            self._compare(lanes, lanes.shadow, how, asked, answer)
        return answer

    async def close(self) -> None:
        """Finish what has begun, and stop everything."""
        lanes, self._lanes = tuple(self._lanes.values()), {}
        for those in lanes:
            for served in those.all:
                self._leave(served)
        for task in self._shadows:
            task.cancel()
        await asyncio.gather(*self._leaving, *self._shadows, return_exceptions=True)

    def _leave(self, served: Served) -> None:
        task = asyncio.get_running_loop().create_task(served.stop())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _compare(self, lanes: Lanes, shadow: Served, how: Any, asked: Any, answer: Any) -> None:
        """Ask the shadow too, after the answer has gone; it is never waited for."""
        if len(self._shadows) >= COMPARED:
            lanes.compared.left_out += 1
            return
        task = asyncio.get_running_loop().create_task(_shadowed(lanes.compared, shadow, how, asked, answer))
        self._shadows.add(task)
        task.add_done_callback(self._shadows.discard)


def _trial(before: Lanes | None, shares: tuple[tuple[Served, float], ...]) -> Trial:
    """The same trial goes on while the same releases stand beside each other, whatever their shares."""
    same = before is not None and [one for one, _ in before.shares] == [one for one, _ in shares]
    return before.trial if same and before is not None else Trial()


async def _tried(lanes: Lanes, served: Served, how: Callable[[Served, Any], Awaitable[Any]], asked: Any) -> Any:
    """An answer that counts for or against the canary; the caller's own faults count for nobody."""
    begun, canary = time.perf_counter(), served is lanes.canary
    try:
        answer = await how(served, asked)
    except PacelineError as error:
        if broken_by(error) == "product":
            lanes.trial.answered(canary=canary, failed=True)
        raise
    alone = how is Served.answer  # a batch takes as long as it is large
    lanes.trial.answered(canary=canary, failed=False, seconds=time.perf_counter() - begun if alone else None)
    return answer


async def _started(those: tuple[Served, ...]) -> None:
    """All of them, or none: one that can't start stops those beside it."""
    begun = await asyncio.gather(*(served.start() for served in those), return_exceptions=True)
    failed = [error for error in begun if isinstance(error, BaseException)]
    if failed:
        for served in those:
            await served.stop(patience=0)
        raise failed[0]


async def _shadowed(
    compared: Comparison, shadow: Served, how: Callable[[Served, Any], Awaitable[Any]], asked: Any, answer: Any
) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        try:
            said = await how(shadow, asked)
        except PacelineError:
            compared.failed += 1
            return
        if said == answer:
            compared.same += 1
        else:
            compared.different += 1
