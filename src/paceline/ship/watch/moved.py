"""How far one field has moved from what a release was made of, or from what it first met, and since which row."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paceline.ship.drift import category_stability, shift
from paceline.ship.watch.bets import EVERY, Alarm, first_alarm
from paceline.ship.watch.columns import Column, joined
from paceline.ship.watch.ranks import name_codes, number_ranks, rarity_ranks

LEAST = 50
"""Rows on each side, below which nothing is said: chance alone would look like a shift."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How a field is now beside how it was.

    Attributes:
        field: which.
        before: rows of the reference; now: rows that are compared with it.
        stability: population stability index; NaN where there are too few rows.
        distance: Kolmogorov-Smirnov, 0 to 1; NaN for names.
        probability: of a distance as large by chance; NaN for names.
        missing: share that is absent now, less the share that was.
        unseen: share of the values now that the reference never held: another name, or a number beyond its range.
        alarm: the sequential detector's, in rows after the reference; None while it has none.
    """

    field: str
    before: int
    now: int
    stability: float
    distance: float
    probability: float
    missing: float
    unseen: float
    alarm: Alarm | None


def moved(field: str, reference: Column, after: Column, *, window: int, every: float = EVERY) -> Moved:
    """How far a field has moved.

    Args:
        field: its name.
        reference: what it was when all was well.
        after: every row since, in order.
        window: how many of the last rows are "now".
        every: rows that pass on average, at least, before the detector's alarm over nothing.
    """
    whole = joined(reference, after)
    then, later = whole.part(slice(0, len(reference))), whole.part(slice(len(reference), None))
    now = later.part(slice(max(0, len(later) - window), None))
    nothing = float("nan")
    if len(then) < LEAST or len(now) < LEAST:
        return Moved(field, len(then), len(now), nothing, nothing, nothing, nothing, nothing, None)
    if whole.kind == "number":
        found = shift(then.values, now.values)
        figures = found.stability, found.distance, found.probability
    else:
        figures = category_stability(then.present, now.present), nothing, nothing
    missing = float(now.missing.mean() - then.missing.mean())
    alarm = first_alarm([ranks[len(then) :] for ranks in _streams(field, whole)], every=every)
    return Moved(field, len(then), len(now), *figures, missing, _unseen(then, now), alarm)


def stability(then: Column, now: Column) -> float:
    """The population stability index alone; NaN where either side holds no value."""
    whole = joined(then, now)
    then, now = whole.part(slice(0, len(then))), whole.part(slice(len(then), None))
    if not len(then.present) or not len(now.present):
        return float("nan")
    if whole.kind == "name":
        return category_stability(then.present, now.present)
    return shift(then.values, now.values).stability


def _streams(field: str, whole: Column) -> list[NDArray[np.float64]]:
    """The rankings that are bet on: the values', and that of their absence, whether any is absent yet or not.

    Names are ranked twice: by how common they are, which shows new ones, and by the alphabet, which shows at once that
    two that were as common no longer are.
    """
    seed = zlib.crc32(field.encode())
    there = ~whole.missing
    found = []
    if whole.kind == "number":
        found.append(_spread(number_ranks(whole.present, seed=seed), there))
    elif there.any():
        codes = name_codes(whole.present)
        found += [_spread(rarity_ranks(codes, seed=seed), there)]
        found += [_spread(number_ranks(codes.astype(float), seed=seed + 1), there)]
    return [*found, number_ranks(whole.missing.astype(float), seed=seed + 2)]


def _spread(ranks: NDArray[np.float64], there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Ranks at the rows that have one, NaN at the others."""
    whole = np.full(len(there), np.nan)
    whole[there] = ranks
    return whole


def _unseen(then: Column, now: Column) -> float:
    if not len(now.present) or not len(then.present):
        return float("nan")
    if then.kind == "name":
        return float(np.mean(~np.isin(now.present, then.present)))
    return float(np.mean((now.present < then.present.min()) | (now.present > then.present.max())))
