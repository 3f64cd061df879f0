"""The dataflow runner: which metrics can be had from what is there, and their values.

The reason why a metric can't be had is worked out from the nodes' parameters before anything runs. Then the graph of
what can be had is built by Hamilton and run in this one place: a node that says its data is too little or too ambiguous
becomes a reason too, and no error or log ever shows a node's inputs.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from paceline.domain.errors import PacelineError
from paceline.measure.catalogue import Metric, catalogue, modules
from paceline.measure.pandas_postponed import pandas_postponed
from paceline.measure.quantities import QUANTITIES, said

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NotHad:
    """Why a metric has no value.

    Attributes:
        needs: the quantities it would need and that are not there; empty where the data is there but does not do.
        why: a sentence for a coach.
    """

    needs: tuple[str, ...]
    why: str


def leaves(name: str) -> frozenset[str]:
    """The quantities that a metric rests on, through all the metrics it needs; optional ones are left out.

    >>> sorted(leaves("work"))
    ['interval', 'power']
    """
    return _leaves(name, optional=False)


@cache
def _leaves(name: str, *, optional: bool) -> frozenset[str]:
    found = catalogue().get(name)
    if found is None:
        return frozenset({name})
    parents = found.needs + (found.uses if optional else ())
    return frozenset().union(*(_leaves(parent, optional=optional) for parent in parents))


def touches(name: str) -> frozenset[str]:
    """The quantities that a metric can use at all, optional ones included."""
    return _leaves(name, optional=True)


def rests_on(name: str, available: Collection[str]) -> frozenset[str]:
    """The quantities that a metric's value was computed from, given which were there."""
    return frozenset(leaf for leaf in touches(name) if leaf in available)


def not_had(name: str, available: Collection[str]) -> NotHad | None:
    """Why a metric can't be computed from the available quantities, or None where it can.

    >>> not_had("work", {"interval"}).needs
    ('power',)
    """
    missing = tuple(sorted(leaf for leaf in leaves(name) if leaf not in available))
    if not missing:
        return None
    remedies = " ".join(dict.fromkeys(QUANTITIES[leaf].remedy for leaf in missing if leaf in QUANTITIES))
    return NotHad(missing, f"Needs {_listed(missing)}. {remedies}".strip())


def _listed(names: Collection[str]) -> str:
    return " and ".join(dict.fromkeys(said(name) for name in names))


def compute(quantities: Mapping[str, Any], wanted: Collection[str] | None = None) -> dict[str, Any]:
    """The values of the metrics, or the reasons why they have none.

    Args:
        quantities: name → array or scalar, as `quantities.QUANTITIES` describes each.
        wanted: names of metrics; all of the catalogue if left out.

    Returns:
        name → value, or → `NotHad`.

    Raises:
        UnknownName: a wanted metric that does not exist.

    >>> import numpy as np
    >>> found = compute({"power": np.array([100.0, 300.0]), "interval": 1.0}, ["work", "moving_time"])
    >>> found["work"], found["moving_time"].needs
    (400.0, ('speed',))
    """
    from paceline.measure.catalogue import entry

    names = tuple(entry(name).name for name in (catalogue() if wanted is None else wanted))
    plan = _plan(names, frozenset(quantities))
    values = {name: quantities[name] for name in plan.inputs}
    if plan.steps:
        _check_kinds([name for name in names if name not in plan.missing], values)
    for name, node, needs in plan.steps:
        values[name] = _guarded(name, node, {need: values[need] for need in needs})
    return {name: plan.missing[name] if name in plan.missing else values[name] for name in names}


def _check_kinds(names: list[str], inputs: Mapping[str, Any]) -> None:
    """Have Hamilton hold the kind of each quantity against what the nodes take, where it has not seen it before."""
    kinds = {(name, type(value)) for name, value in inputs.items()}
    if kinds <= _CHECKED:
        return
    try:
        _driver().validate_execution(names, inputs=dict(inputs))
    except ValueError:  # Hamilton's message quotes the values; ours must not
        listed = ", ".join(f"{name} ({kind.__name__})" for name, kind in sorted(kinds, key=lambda each: each[0]))
    else:
        _CHECKED.update(kinds)
        return
    raise TypeError(f"The metrics don't take these quantities as they are: {listed}. See measure/quantities.py.")


_CHECKED: set[tuple[str, type]] = set()
"""Quantities and the kinds in which nodes take them."""

Step = tuple[str, Callable[..., Any], tuple[str, ...]]
"""A metric, its node, and the arguments that are there for it."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a question is answered.

    Attributes:
        missing: name → why it can't be had.
        inputs: the quantities that are used.
        steps: the nodes to run, each after those it needs.
    """

    missing: Mapping[str, NotHad]
    inputs: tuple[str, ...]
    steps: tuple[Step, ...]


@lru_cache(maxsize=256)
def _plan(names: tuple[str, ...], given: frozenset[str]) -> _Plan:
    """What of a question can be had, and in which order the nodes of Hamilton's graph run for it.

    Hamilton finds this order anew whenever it executes, which takes as long as the nodes of a lap themselves; the many
    laps of many rides ask the same few questions.
    """
    missing = {name: reason for name in names if (reason := not_had(name, given)) is not None}
    possible = [name for name in names if name not in missing]
    inputs = tuple(sorted({leaf for name in possible for leaf in touches(name)} & given))
    return _Plan(missing, inputs, _ordered(possible, frozenset(inputs)) if possible else ())


def _ordered(names: Collection[str], given: frozenset[str]) -> tuple[Step, ...]:
    nodes = _driver().graph.nodes
    order: dict[str, Step] = {}

    def walk(name: str) -> None:
        node = nodes[name]
        if name in order or node.user_defined:
            return
        parents = [parent.name for parent in node.dependencies if not parent.user_defined or parent.name in given]
        for parent in parents:
            walk(parent)
        order[name] = (name, node.callable, tuple(parents))

    for name in names:
        walk(name)
    return tuple(order.values())


@cache
def _driver() -> Any:
    """The graph of all metrics, as Hamilton builds it from the modules; that holds every need to be a known name."""
    hamilton_without_extras()
    with pandas_postponed():
        from hamilton import base, driver
        from hamilton.function_modifiers import tag

    for module in modules():
        for function in vars(module).values():
            spec = getattr(function, "metric", None)
            if isinstance(spec, Metric) and function.__module__ == module.__name__:
                tag(**tags(spec))(function)
    return driver.Builder().with_modules(*modules()).with_adapters(base.DictResult()).build()


def tags(spec: Metric) -> dict[str, str]:
    """What a node is tagged with in Hamilton's graph: owner, unit, and whether it is personal."""
    return {"owner": spec.owner, "unit": spec.unit, "personal": "yes" if spec.personal else "no", "group": spec.group}


def hamilton_without_extras() -> None:
    """Hamilton scans for optional packages when it is imported, which takes seconds; and its log quotes inputs."""
    os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")
    logging.getLogger("hamilton").setLevel(logging.CRITICAL + 1)


def _guarded(name: str, node: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """The node's value, or why it has none; an error of ours is logged by its kind alone, never with its inputs."""
    for value in arguments.values():
        if isinstance(value, NotHad):
            return value
    try:
        return node(**arguments)
    except PacelineError as error:
        return NotHad((), str(error))
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        _log.error("metric %s failed: %s", name, type(error).__name__)
        return NotHad((), f"{name} failed on this data ({type(error).__name__}). Please report it; the rest stands.")
