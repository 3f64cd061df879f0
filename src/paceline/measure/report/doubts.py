"""What a report can't say, and what it says with doubt: missing metrics by what they lack, findings by their kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from paceline.measure.catalogue import entry
from paceline.measure.quantities import QUANTITIES
from paceline.measure.quantities import said as known_as
from paceline.measure.report.sports import BIKE, CYCLING, Telling
from paceline.measure.results import Results
from paceline.measure.sessions import Session

KINDS: Mapping[str, str] = MappingProxyType({
    "gap": "Gaps",
    "pause": "Pauses",
    "repeated_time": "Repeated times",
    "backward_time": "Times that go backwards",
    "time_jump": "Jumps of the clock",
    "spike": "Spikes",
    "dropout": "Dropouts",
    "flat": "Flat lines",
    "out_of_range": "Out of range",
    "missing": "Missing readings",
})  # fmt: skip
"""Kind of finding → title, in the order of a report."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Metrics that could not be computed for one reason.

    Attributes:
        why: "Needs heart rate", or the sentence of a metric that refused the data.
        remedy: what a person can do, or "".
        labels: of the metrics.
    """

    why: str
    remedy: str
    labels: tuple[str, ...]

    @property
    def line(self) -> str:
        """All of it in one line."""
        count = f"{len(self.labels)} metric{'s' if len(self.labels) > 1 else ''}"
        return f"{self.why}: {count}: {', '.join(self.labels)}.{' ' + self.remedy if self.remedy else ''}"


@dataclass(frozen=True, slots=True)
class QualityGroup:
    """What is doubtful in one way: a title and the sentences."""

    title: str
    messages: tuple[str, ...]


def said(quantity: str) -> str:
    """A quantity's name in a sentence."""
    return known_as(quantity.replace("w_prime", "W′"))


def quality(session: Session, results: Results) -> tuple[QualityGroup, ...]:
    """What is doubtful about the readings of an effort, the files and the results themselves."""
    order = list(KINDS)
    window = (f for f in session.findings if f.stop >= results.effort.start and f.start < results.effort.stop)
    ordered = sorted(window, key=lambda f: (order.index(f.kind) if f.kind in order else len(order), f.kind))
    groups = (
        QualityGroup(KINDS.get(kind, said(kind).capitalize()), tuple(f.message for f in found))
        for kind, found in groupby(ordered, key=lambda f: f.kind)
    )
    problems = tuple(str(problem) for file in session.files for problem in file.problems)
    doubts = tuple(f"{result.metric.label}: {problem}" for result in results.values() for problem in result.problems)
    named = (("Problems of the files", problems), ("Results to doubt", doubts))
    return (*groups, *(QualityGroup(title, messages) for title, messages in named if messages))


def missing(session: Session, results: Results, *, history: bool, by: Telling = CYCLING) -> tuple[Missing, ...]:
    """One entry for each missing input, the first that a metric lacks as the quantities are listed; then other reasons.

    What is of a bike is not missed where there is none.

    Args:
        session: the ride, for what its settings hold for later days.
        results: of an effort of it.
        history: metrics over several sessions are reported elsewhere: leave them out.
        by: how the sport is told.
    """
    order = {name: place for place, name in enumerate(QUANTITIES)}
    lacking: dict[str, list[str]] = {}
    others: dict[str, set[str]] = {}
    refused: dict[str, list[str]] = {}
    for name, reason in results.missing.items():
        needs = sorted(reason.needs, key=lambda need: order.get(need, len(order)))
        if not by.bike and not BIKE.isdisjoint(needs):
            continue
        if not needs:
            refused.setdefault(reason.why.rstrip("."), []).append(entry(name).label)
        elif not (history and any(need in QUANTITIES and QUANTITIES[need].kind == "history" for need in needs)):
            lacking.setdefault(needs[0], []).append(entry(name).label)
            others.setdefault(needs[0], set()).update(needs[1:])
    first = sorted(lacking, key=lambda need: order.get(need, len(order)))
    remedies = {need: _remedy(session, need, sorted(others[need]), by) for need in first}
    entries = (Missing(f"Needs {said(need)}", remedies[need], tuple(lacking[need])) for need in first)
    return (*entries, *(Missing(why, "", tuple(labels)) for why, labels in refused.items()))


def _remedy(session: Session, need: str, others: Sequence[str], by: Telling) -> str:
    remedy = by.remedies.get(need, QUANTITIES[need].remedy if need in QUANTITIES else "")
    if need in session.not_yet:
        remedy = "The settings file gives it for later days only."
    return f"{remedy} Some also need {', '.join(dict.fromkeys(map(said, others)))}.".strip() if others else remedy
