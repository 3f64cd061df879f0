"""Another set of the same, or something else?

Sets of one exercise in a row are a run. Whether a run goes on depends on how long it is, on the exercise, on what came
before it, and on how long today's runs were; each of these narrows the last, as the suffixes of `habits_suffixes` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from paceline.domain.exercises import Kind

GOING_ON: dict[Kind, float] = {"resistanceTargeted": 2 / 3, "resistanceWholeBody": 2 / 3, "indoorsCardio": 0.1}
"""The chance of another set before anything is known of the athlete: three sets of an exercise, one spell of cardio."""

_TRUST = 1.0
_FIRST_TRUST = 2.0


@dataclass(frozen=True, slots=True)
class Run:
    """Sets of one exercise in a row.

    Attributes:
        step: the exercise, or the type of session.
        length: how many.
        after: the step before it; "" for the first.
        weight: how much it counts.
    """

    step: str
    length: int
    after: str = ""
    weight: float = 1.0


def runs(steps: Iterable[str], *, weight: float = 1.0) -> tuple[Run, ...]:
    """The runs of a session, in order.

    >>> [(one.step, one.length) for one in runs(["squat", "squat", "press"])]
    [('squat', 2), ('press', 1)]
    """
    found: list[Run] = []
    for step, group in groupby(steps):
        found.append(Run(step, len(list(group)), found[-1].step if found else "", weight))
    return tuple(found)


def going_on(open_run: Run, *, ended: Sequence[Run], today: Sequence[Run], at_first: float) -> float:
    """The probability that the open run gets another set.

    Args:
        open_run: the run that may or may not be over.
        ended: all runs that are over and alike enough to learn from, today's among them.
        today: those of them that are of today.
        at_first: the probability before any run was seen.
    """
    more = sum(one.weight * (one.length - 1) for one in ended) + open_run.length - 1
    over = sum(one.weight for one in ended)
    chance = (more + _FIRST_TRUST * at_first) / (more + over + _FIRST_TRUST)

    def at_this_length(chance: float, those: Sequence[Run], alike: Callable[[Run], bool]) -> float:
        longer = sum(one.weight for one in those if alike(one) and one.length > open_run.length)
        equal = sum(one.weight for one in those if alike(one) and one.length == open_run.length)
        return (longer + _TRUST * chance) / (longer + equal + _TRUST)

    chance = at_this_length(chance, ended, lambda _: True)
    chance = at_this_length(chance, today, lambda _: True)
    chance = at_this_length(chance, ended, lambda one: one.step == open_run.step)
    return at_this_length(chance, ended, lambda one: (one.after, one.step) == (open_run.after, open_run.step))
