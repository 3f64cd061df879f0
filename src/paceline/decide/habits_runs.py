"""Another set of the same, or something else?

Sets of one exercise in a row are a run. Whether a run goes on depends on how long it is, on the exercise, on what came
before it, and on how long today's runs were; each of these narrows the last, as the suffixes of `habits_suffixes` do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

    of_it = [one for one in ended if one.step == open_run.step]
    after_the_same = [one for one in of_it if one.after == open_run.after]
    for those, wider in ((ended, None), (today, None), (of_it, ended), (after_the_same, of_it)):
        if wider is None or len(those) != len(wider):  # else it is no news
            chance = _at_this_length(chance, those, open_run.length)
    return chance


def _at_this_length(chance: float, those: Sequence[Run], length: int) -> float:
    """The chance narrowed by how many runs that came this far went on."""
    longer = sum(one.weight for one in those if one.length > length)
    equal = sum(one.weight for one in those if one.length == length)
    return (longer + _TRUST * chance) / (longer + equal + _TRUST)
