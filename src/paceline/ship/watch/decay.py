"""How the score changes as labels arrive: what a release's answers turned out to be worth, whole and by slice."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paceline.ship.watch.bets import EVERY, Alarm, first_alarm
from paceline.ship.watch.columns import LONGEST, value_at
from paceline.ship.watch.moved import LEAST
from paceline.ship.watch.ranks import number_ranks
from paceline.ship.watch.rules import Labels

SLICES = 20
"""Slices that are told by themselves: the largest."""

SURE = 1e-6
"""The smallest chance that a logarithmic loss is taken of: one answer of 0 that was wrong would cost all others."""


@dataclass(frozen=True, slots=True)
class Decay:
    """The loss of a release's answers, at first and now; less is better.

    Attributes:
        slice: which cases; empty for all of them.
        before: labelled answers at first; now: those that are compared with them.
        loss_before, loss: the mean of each.
        low, high: 95 % interval of the change, over cases (normal); NaN where there are too few.
        alarm: the detector's, in labelled answers after the first ones; None while there is none, or if it got better.
    """

    slice: str
    before: int
    now: int
    loss_before: float
    loss: float
    low: float
    high: float
    alarm: Alarm | None


def losses(labels: Labels, responses: Sequence[Any], truths: Sequence[Any]) -> NDArray[np.float64]:
    """What each answer cost.

    Args:
        labels: which field is compared with the label, and how.
        responses: the answers.
        truths: the label of each.

    Returns:
        (row,), from 0 for an answer that was right; NaN where answer or label can't be compared like this.

    >>> losses(Labels("size", "absolute"), [{"size": 3.0}, {}], [2.5, 1.0]).tolist()
    [0.5, nan]
    """
    return np.array([_loss(labels, value_at(one, labels.field), truth)
                     for one, truth in zip(responses, truths, strict=True)], np.float64)  # fmt: skip


def _loss(labels: Labels, said: Any, truth: Any) -> float:
    if said is None or truth is None:
        return float("nan")
    if labels.loss == "different":
        return float(said != truth)
    if isinstance(said, str) or isinstance(truth, str):
        return float("nan")
    said, truth = float(said), float(truth)
    if labels.loss == "log":
        chance = said if truth else 1.0 - said
        return float(-np.log(min(max(chance, SURE), 1.0))) if truth in (0.0, 1.0) else float("nan")
    gap: float = abs(said - truth)
    return gap if labels.loss == "absolute" else gap * gap


def decays(
    labels: Labels, cases: Sequence[Mapping[str, Any]], found: NDArray[np.float64], *, window: int, every: float = EVERY
) -> tuple[Decay, ...]:
    """The loss at first and now, of all cases and then of each slice.

    Args:
        labels: names the slice.
        cases: the request of each, in the order in which labels came.
        found: (row,), each one's loss, none missing.
        window: how many of the first and of the last are compared; half of them where there are fewer.
        every: labelled answers that pass on average, at least, before an alarm over nothing.
    """
    whole = [decay("", found, window=window, every=every)]
    if not labels.slice:
        return tuple(whole)
    names = np.array([str(value_at(case, labels.slice))[:LONGEST] for case in cases], np.str_)
    largest = [name for name, _ in Counter(names.tolist()).most_common(SLICES)]
    parts = [decay(name, found[names == name], window=window, every=every) for name in sorted(largest)]
    return tuple(whole + parts)


def decay(name: str, found: NDArray[np.float64], *, window: int, every: float) -> Decay:
    """The loss of some cases at first and now."""
    first = min(window, len(found) // 2)
    then, now = found[:first], found[max(first, len(found) - window) :]
    loss_before, loss = (float(side.mean()) if len(side) else float("nan") for side in (then, now))
    if first < LEAST:
        return Decay(name, len(then), len(now), loss_before, loss, float("nan"), float("nan"), None)
    change = loss - loss_before
    spread = 1.96 * float(np.sqrt(then.var(ddof=1) / len(then) + now.var(ddof=1) / len(now)))
    ranks = number_ranks(found, seed=zlib.crc32(name.encode()))[first:]
    alarm = first_alarm([ranks], every=every)
    if alarm is not None and found[first + alarm.since : first + alarm.at + 1].mean() <= loss_before:
        alarm = None  # it has changed for the better
    return Decay(name, len(then), len(now), loss_before, loss, change - spread, change + spread, alarm)
