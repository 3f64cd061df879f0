"""Scores through the gate: a threshold, the champion, and every slice by itself.

A score function takes nothing and returns `{"values": [...], "slices": [...]}`: one value a case, and the name of the
slice that each case belongs to (`slices` may be left out). It runs in the product's folder, for the champion too, on
the candidate's data, so that both are asked the same.
"""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paceline.domain.errors import PacelineError, ProductInvalid
from paceline.ship.data import FOLDER
from paceline.ship.gates import Candidate, Outcome
from paceline.ship.lineage import LEFT_OUT
from paceline.ship.product import Code, Product
from paceline.ship.workers.isolated import Isolated

DRAWS = 2000
SEED = 20_261_121
LONGEST = 900.0
"""Seconds that scoring may take."""

ROOM = 64_000_000_000
"""Bytes of addresses that scoring may ask for: it may train, and what trains reserves far more than it fills."""


@dataclasses.dataclass(frozen=True, slots=True)
class Scored:
    """One value a case, and the slice of each case."""

    values: NDArray[np.float64]
    slices: NDArray[np.str_]


def scores(candidate: Candidate) -> Iterator[Outcome]:
    """Every metric that product.yaml names."""
    wanted = candidate.product.text.get("gates", {}).get("metrics", [])
    if not wanted:
        yield Outcome("metrics", "absent", "No score is asked of it.", "Name one at gates.metrics.")
    for rule in wanted:
        gate = f"metric: {rule['name']}"
        try:
            found = scored(candidate.product, rule["score"])
            champion = None if candidate.champion is None else _champion(candidate, candidate.champion, rule["score"])
        except PacelineError as error:
            yield Outcome(gate, "failed", str(error), "Run the score function by hand in the product's folder.")
            continue
        yield from judged(gate, rule, found, champion)


def scored(product: Product, function: str) -> Scored:
    """What a score function of the product says.

    Raises:
        ProductInvalid: it did not return one finite number a case.
        PredictionFailed, WorkerFailed: it ended in an error.
    """
    file, name = function.rsplit(":", 1)
    limits = dataclasses.replace(product.limits, timeout=LONGEST, memory=max(ROOM, product.limits.memory))
    asked = dataclasses.replace(product, code=Code(file, name, product.code.language), limits=limits)
    said = asyncio.run(_asked(asked))
    values = np.asarray(said.get("values", ()) if isinstance(said, dict) else (), np.float64)
    if not len(values) or values.ndim != 1 or not np.isfinite(values).all():
        found = "something else"
        raise ProductInvalid(function, place="what it returns", expected="one finite number a case", found=found)
    slices = np.asarray(said.get("slices") or [""] * len(values), np.str_)
    if len(slices) != len(values):
        found = f"{len(slices)} slices, {len(values)} values"
        raise ProductInvalid(function, place="what it returns", expected="a slice for each value", found=found)
    return Scored(values, slices)


def _champion(candidate: Candidate, champion: Product, function: str) -> Scored:
    """The champion's code beside the candidate's tables: scores on other cases could not be compared."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / champion.name
        shutil.copytree(champion.folder, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (folder / FOLDER).mkdir(exist_ok=True)
        for table in candidate.tables:
            shutil.copyfile(table, folder / FOLDER / table.name)
        return scored(dataclasses.replace(champion, folder=folder), function)


async def _asked(product: Product) -> Any:
    worker = Isolated(product)
    await worker.start()
    try:
        return await worker.answer({})
    finally:
        await worker.stop()


def judged(gate: str, rule: Mapping[str, Any], found: Scored, champion: Scored | None) -> Iterator[Outcome]:
    """A metric against its threshold, its champion and its slices' floors, each with a sentence of its own."""
    sign = 1.0 if rule.get("better", "higher") == "higher" else -1.0
    mean = float(found.values.mean())
    figures = {"score": mean, "cases": float(len(found.values))}
    if "threshold" in rule:
        good = sign * mean >= sign * rule["threshold"]
        said = f"{mean:.4g} on {len(found.values)} cases; {rule['threshold']:g} is asked."
        yield Outcome(gate, "passed" if good else "failed", said, "" if good else "Improve it.", figures=figures)
    yield from _slices(gate, rule, found, sign)
    if champion is not None:
        yield _against(gate, rule, found, champion, sign)


def _slices(gate: str, rule: Mapping[str, Any], found: Scored, sign: float) -> Iterator[Outcome]:
    for floor in rule.get("slices", ()):
        inside = found.values[found.slices == floor["name"]]
        name = f"{gate}, {floor['name']}"
        if not len(inside):
            there = ", ".join(sorted(set(found.slices.tolist())))
            yield Outcome(name, "failed", "No case is in this slice.", f"There are: {there}.")
            continue
        good = sign * inside.mean() >= sign * floor["threshold"]
        said = f"{inside.mean():.4g} on {len(inside)} cases; {floor['threshold']:g} is asked."
        advice = "" if good else "The mean hides it: improve it for these cases."
        yield Outcome(name, "passed" if good else "failed", said, advice)


def _against(gate: str, rule: Mapping[str, Any], found: Scored, champion: Scored, sign: float) -> Outcome:
    """Not worse than the champion: by how much, with a 95 % bootstrap interval over cases.

    It fails where the whole interval lies below what is allowed, so that chance alone stops no release, and where the
    product names a `min_relative_change`, also when the change itself is below it.
    """
    change = _changes(found.values, champion.values) * sign
    base = abs(float(champion.values.mean())) or 1.0
    estimate = sign * (float(found.values.mean()) - float(champion.values.mean())) / base
    low, high = (float(edge) / base for edge in np.quantile(change, [0.025, 0.975]))
    least = rule.get("min_relative_change", 0.0)
    said = f"{estimate:+.1%} against the champion (95 % interval {low:+.1%} to {high:+.1%}); {least:+.1%} is asked."
    bad = high < least or ("min_relative_change" in rule and estimate < least)
    figures = {"change": estimate, "low": low, "high": high}
    advice = "Keep the champion, or find out for which cases it got worse." if bad else ""
    return Outcome(f"{gate}, champion", "failed" if bad else "passed", said, advice, figures=figures)


def _changes(found: NDArray[np.float64], champion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bootstrap draws of the difference of means; cases are paired where there are as many on both sides."""
    draw = np.random.default_rng(SEED)
    if len(found) == len(champion):
        rows = draw.integers(0, len(found), (DRAWS, len(found)))
        return np.asarray((found - champion)[rows].mean(axis=1))
    one = found[draw.integers(0, len(found), (DRAWS, len(found)))].mean(axis=1)
    two = champion[draw.integers(0, len(champion), (DRAWS, len(champion)))].mean(axis=1)
    return np.asarray(one - two)
