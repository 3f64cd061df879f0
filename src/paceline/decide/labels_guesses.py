"""Simple guesses at a set's next label, each of which is right for some athlete: as last time, as usual, a step more.

Within a session a guess goes a small step from the last set; between sessions it may go further, by what the same set
grew the time before. A guess that would only repeat a simpler one is not made, so that it earns no trust by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_high

TIMES = 3
"""Sessions that "usual" looks back over, as in the original system."""

FORM_TRUST = 3.0
"""How many sets' worth of an ordinary day today's form is weighed against."""

_MOST_MORE = 1.5
_SAME = 0.01


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of one label of one exercise when its next set comes up.

    Attributes:
        before: its values in the earlier sessions of today's type, the latest session first.
        today: its values in today's sets of this exercise.
        others: exercise → today's values of the other exercises, in the order in which they were begun.
        form: today's values over the usual ones, as logarithms: of this exercise.
        day: the same of every exercise.
        rounded: the nearest value that there is.
    """

    before: Sequence[Sequence[float]]
    today: Sequence[float]
    others: Mapping[str, Sequence[float]]
    form: Sequence[float]
    day: Sequence[float]
    rounded: Callable[[float], float]

    @property
    def usual(self) -> float | None:
        """The median of what this set was the last times: one odd day does not move it."""
        index = len(self.today)
        found = [values[index] for values in self.before[:TIMES] if index < len(values)]
        return median_high(found) if found else None

    @property
    def off_plan(self) -> bool:
        """Whether today's last set was another than last time's."""
        index = len(self.today) - 1
        return (
            index >= 0
            and bool(self.before)
            and index < len(self.before[0])
            and abs(self.before[0][index] - self.today[index]) > _SAME
        )


def guesses(now: Situation) -> dict[str, float]:
    """Name of each guess that can be made → its value.

    Names: `again` (as last time), `usual` (the median of the last times), `progress` (as last time and what it had
    grown by), `form` (usual, by how today goes), `last` (as the last set), `line` (today's step once more), `pattern`
    (last time's step), `alike` (the step that another exercise took today).
    """
    found = _from_last_time(now) | _from_today(now)
    simpler = {"usual": "again", "progress": "again", "form": "again", "line": "last", "alike": "last"}
    top = max([0.0, *now.today, *(value for values in now.before[:TIMES] for value in values)])
    return {
        name: value
        for name, value in found.items()
        if (name not in simpler or abs(value - found.get(simpler[name], math.inf)) > _SAME)
        and (name not in ("progress", "line", "pattern", "alike") or 0 < value <= _MOST_MORE * top)
    }


def _from_last_time(now: Situation) -> dict[str, float]:
    index = len(now.today)
    there = [values[index] for values in now.before[:TIMES] if index < len(values)]
    found: dict[str, float] = {}
    if now.before and index < len(now.before[0]):
        found["again"] = there[0]
        if now.day and now.usual:
            found["form"] = now.rounded(now.usual * math.exp(_today_form(now)))
    if now.usual is not None:
        found["usual"] = now.usual
    if len(there) > 1:
        found["progress"] = 2 * there[0] - there[1]
    return found


def _from_today(now: Situation) -> dict[str, float]:
    index = len(now.today)
    found: dict[str, float] = {}
    if not index:
        return found
    last = found["last"] = now.today[-1]
    if index > 1:
        found["line"] = 2 * last - now.today[-2]
    if now.before and index < len(now.before[0]):
        found["pattern"] = last + now.before[0][index] - now.before[0][index - 1]
    for values in reversed(list(now.others.values())):
        if len(values) > index:
            found["alike"] = last + values[index] - values[index - 1]
            break
    return found


def _today_form(now: Situation) -> float:
    """How today goes, as a logarithm: every exercise's sets drawn towards 0, and this exercise's towards those."""
    day = sum(now.day) / (len(now.day) + FORM_TRUST)
    return (sum(now.form) + day) / (len(now.form) + 1) if now.form else day
