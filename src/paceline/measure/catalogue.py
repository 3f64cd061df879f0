"""The metric catalogue: what each node is, read from the node itself.

A metric is a function in `measure/metrics`, marked with `@metric`. Its name is the metric, its parameters are the
metrics and quantities it needs (those with a default are used where they are there), its docstring is the entry.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar

from paceline.domain.errors import UnknownName

Node = TypeVar("Node", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry of the catalogue.

    Attributes:
        name: the node's name.
        unit: of the value, or of each element of it.
        low: the smallest value that makes sense; a smaller one is reported as a problem of the result.
        high: the largest likewise.
        nan: whether NaN is a sound value of it, or of its elements.
        headline: whether it belongs on the first page of a report.
        personal: whether it says something about a person, rather than about the air or the bike.
        owner: who answers for the definition.
        label: what a report calls it.
        known_as: the names people know it by, trademarked ones included, for the reference page alone.
        needs: parameters without a default: other metrics and quantities.
        uses: parameters with a default: better with them, possible without.
        group: the module it lives in, a noun.
        definition: the docstring.
    """

    name: str
    unit: str
    low: float
    high: float
    nan: bool
    headline: bool
    personal: bool
    owner: str
    label: str
    known_as: tuple[str, ...]
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    group: str
    definition: str

    @property
    def summary(self) -> str:
        """The first sentence of the definition: what it means to an athlete or coach."""
        return " ".join(self.definition.split("\n\n")[0].split())


def metric(
    unit: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    nan: bool = False,
    headline: bool = False,
    personal: bool = True,
    owner: str = "performance",
    label: str = "",
    known_as: tuple[str, ...] = (),
) -> Callable[[Node], Node]:
    """Mark a function as a metric; the function itself stays as it is, to be called from a notebook like any other.

    Args:
        unit: of the value, in the catalogue's words: "W", "J", "s", "1", …
        low: values below it are reported as a problem of the result.
        high: values above it likewise.
        nan: whether NaN is a sound value.
        headline: whether it belongs on the first page of a report.
        personal: whether it says something about a person.
        owner: who answers for the definition.
        label: what a report calls it; the name with spaces if left out.
        known_as: the names people know it by.
    """

    def mark(function: Node) -> Node:
        parameters = inspect.signature(function).parameters.values()
        entry = Metric(
            name=function.__name__,
            unit=unit,
            low=low,
            high=high,
            nan=nan,
            headline=headline,
            personal=personal,
            owner=owner,
            label=label or function.__name__.replace("_", " ").capitalize(),
            known_as=known_as,
            needs=tuple(p.name for p in parameters if p.default is p.empty),
            uses=tuple(p.name for p in parameters if p.default is not p.empty),
            group=function.__module__.rpartition(".")[2],
            definition=inspect.getdoc(function) or "",
        )
        function.metric = entry  # type: ignore[attr-defined]
        return function

    return mark


@cache
def modules() -> tuple[ModuleType, ...]:
    """The modules of `measure/metrics`, in alphabetical order."""
    package = import_module("paceline.measure.metrics")
    return tuple(import_module(f"{package.__name__}.{info.name}") for info in iter_modules(package.__path__))


@cache
def catalogue() -> Mapping[str, Metric]:
    """Every metric by name."""
    found: dict[str, Metric] = {}
    for module in modules():
        for function in vars(module).values():
            entry = getattr(function, "metric", None)
            if isinstance(entry, Metric) and function.__module__ == module.__name__:
                found[entry.name] = entry
    return MappingProxyType(found)


def entry(name: str) -> Metric:
    """The catalogue's entry for a name.

    Raises:
        UnknownName: there is no such metric; the message names close ones.
    """
    try:
        return catalogue()[name]
    except KeyError:
        raise UnknownName("metric", name, known=catalogue()) from None
