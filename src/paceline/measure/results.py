"""Results: the value of each metric with what it rests on, and for each missing one the reason."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from paceline.domain.efforts import Effort
from paceline.domain.errors import UnknownName
from paceline.measure.catalogue import Metric
from paceline.measure.flow import NotHad
from paceline.measure.settings import Setting
from paceline.measure.sources import Source
from paceline.record.streams import fixed


@dataclass(frozen=True, eq=False)
class Result:
    """One metric's value.

    Attributes:
        metric: its entry in the catalogue.
        value: scalar, array or a frozen dataclass, in the metric's unit.
        sources: what served the quantities it rests on.
        settings: the settings it used, each with the day since which it has held.
        problems: what the output check found: a value outside the metric's range, an absent one where there is none.
    """

    metric: Metric
    value: Any
    sources: tuple[Source, ...]
    settings: tuple[Setting, ...]
    problems: tuple[str, ...]

    def __post_init__(self) -> None:
        """A session hands out a result again and again: nobody is to write over its arrays."""
        if isinstance(self.value, np.ndarray):
            object.__setattr__(self, "value", fixed(self.value))

    def __repr__(self) -> str:
        """The value where it is a number, and what it rests on: a notebook shows this."""
        number = f"{self.value:.6g}" if isinstance(self.value, int | float) else type(self.value).__name__
        served = "; ".join(source.name for source in self.sources)
        return f"<{self.metric.name}: {number} {self.metric.unit}, {self.readings:,} readings of {served or 'nothing'}>"

    @property
    def readings(self) -> int:
        """How many readings the value rests on: those of its scarcest source."""
        return min((source.readings for source in self.sources), default=0)


@dataclass(frozen=True, eq=False)
class Results(Mapping[str, Result]):
    """The metrics of one effort, by name, and why the others are missing.

    Attributes:
        effort: what they were asked of.
        found: name → result.
        missing: name → the reason why it has no value.
    """

    effort: Effort
    found: Mapping[str, Result]
    missing: Mapping[str, NotHad]

    def __getitem__(self, name: str) -> Result:
        """One result.

        Raises:
            UnknownName: there is no such metric.
            KeyError: the metric has no value here; the message is the reason.
        """
        if name in self.missing:
            raise KeyError(f"{name} has no value here. {self.missing[name].why}")
        if name not in self.found:
            raise UnknownName("metric", name, known=self.found)
        return self.found[name]

    def __repr__(self) -> str:
        """How much there is; the names are its keys."""
        return f"<{len(self.found)} metrics of {self.effort.name}, {len(self.missing)} missing>"

    def __iter__(self) -> Iterator[str]:
        """The names that have a value."""
        return iter(self.found)

    def __len__(self) -> int:
        """How many metrics have a value."""
        return len(self.found)


def check(metric: Metric, value: Any) -> tuple[str, ...]:
    """The output check: is the value in the metric's range, and NaN only where that is sound?

    Args:
        metric: range and whether NaN is sound.
        value: what the node returned.

    Returns:
        One sentence a fault, without the value itself.
    """
    if isinstance(value, int | float) and metric.low <= value <= metric.high:
        return ()
    numbers = np.asarray(value, dtype=float) if isinstance(value, int | float | np.ndarray) else np.empty(0)
    faults = []
    if not metric.nan and np.isnan(numbers).any():
        faults.append("The result has no value where it should have one.")
    known = numbers[~np.isnan(numbers)]
    if known.size and (known.min() < metric.low or known.max() > metric.high):
        span = f"{metric.low:g} to {metric.high:g} {metric.unit}".removesuffix(" 1")
        faults.append(f"Outside the range that makes sense ({span}).")
    return tuple(faults)


def plain(value: Any) -> Any:
    """A value as JSON can hold it: arrays become lists, NaN and infinities null, dataclasses objects.

    >>> plain(np.array([1.0, np.nan]))
    [1.0, None]
    """
    if isinstance(value, np.ndarray) and value.dtype == np.float64 and value.ndim == 1:
        return [number if math.isfinite(number) else None for number in value.tolist()]
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(element) for element in value]
    if isinstance(value, Mapping):
        return {str(key): plain(element) for key, element in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
