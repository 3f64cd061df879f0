"""Requests that users sent, replayed against a candidate in a process of its own, before it meets any of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from paceline.domain.errors import ContractBroken, PacelineError
from paceline.ship.gates import Candidate, Outcome
from paceline.ship.product import Product
from paceline.ship.watch.columns import RESPONSE, column, fields_of, value_at
from paceline.ship.watch.moved import LEAST, stability
from paceline.ship.workers.pool import Pool


@dataclass(slots=True)
class Replayed:
    """What became of the requests."""

    refused: int = 0
    failed: int = 0
    pairs: list[tuple[Any, Any]] = field(default_factory=list)
    """What was answered then, and now."""

    @property
    def different(self) -> int:
        """Answered otherwise than then."""
        return sum(then != now for then, now in self.pairs)


def traffic(candidate: Candidate) -> Iterator[Outcome]:
    """Whether it can answer what users ask, and how far its answers are from those they got."""
    if not candidate.traffic:
        yield Outcome("traffic", "absent", "No recorded request is replayed.", "Ask for some: --traffic 1000.")
        return
    limits = candidate.product.text.get("gates", {}).get("traffic", {})
    found = asyncio.run(_replayed(candidate.product, candidate.traffic))
    count = len(candidate.traffic)
    bad = found.refused + found.failed
    if bad > limits.get("failed", 0.0) * count:
        said = f"Of {count:,} recorded requests it refuses {found.refused:,} and fails at {found.failed:,}."
        yield Outcome("traffic", "failed", said, "Keep to the contract that users know, or give it another name.")
        return
    share = found.different / max(len(found.pairs), 1)
    moved = _moved(candidate.product, found)
    figures = {"requests": count, "different": share, **{f"stability {name}": value for name, value in moved.items()}}
    said = f"{count:,} recorded requests answered, {share:.1%} of them otherwise than they were."
    most = max(moved, key=lambda name: moved[name], default="")
    if share > limits.get("different", 1.0):
        advice = f"At most {limits['different']:.1%} may differ. If the change is meant, raise gates.traffic.different."
        yield Outcome("traffic", "failed", said, advice, figures=figures)
    elif most and moved[most] > limits.get("drift", float("inf")):
        advice = (
            f"{most} has moved by {moved[most]:.2f}; at most {limits['drift']:g} is allowed at gates.traffic.drift."
        )
        yield Outcome("traffic", "failed", said, advice, figures=figures)
    else:
        yield Outcome("traffic", "passed", said, figures=figures)


async def _replayed(product: Product, requests: tuple[tuple[str, str], ...]) -> Replayed:
    found, worker = Replayed(), Pool(product)
    await worker.start()
    try:
        for asked, said in requests:
            try:
                request = json.loads(asked)
                product.request.check(request)
                answer = await worker.answer(request)
                product.response.check(answer)
            except ContractBroken as error:
                found.refused += error.side == "request"
                found.failed += error.side == "response"
            except PacelineError:
                found.failed += 1
            else:
                found.pairs.append((json.loads(said), answer))
    finally:
        await worker.stop()
    return found


def _moved(product: Product, found: Replayed) -> dict[str, float]:
    """How far each field of the answers is from what it was."""
    if len(found.pairs) < LEAST:
        return {}
    names = fields_of({}, product.response.schema)
    sides = {}
    for name in names:
        path = name.removeprefix(RESPONSE)
        then, now = (column([value_at(pair[side], path) for pair in found.pairs]) for side in (0, 1))
        sides[name] = stability(then, now)
    return {name: value for name, value in sides.items() if value == value}  # noqa: PLR0124 - none where all is missing
