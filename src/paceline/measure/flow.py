"""The dataflow runner: which metrics can be had from what is there, and their values.

The reason why a metric can't be had is worked out from the nodes' parameters before anything runs. Then the graph of
what can be had is built and run by Hamilton, in this one place: a node that says its data is too little or too
ambiguous becomes a reason too, and no error or log ever shows a node's inputs.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
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
    missing = tuple(sorted(leaves(name) - set(available)))
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

    names = [entry(name).name for name in (catalogue() if wanted is None else wanted)]
    reasons = {name: not_had(name, quantities) for name in names}
    possible = [name for name in names if reasons[name] is None]
    found = _run(possible, quantities) if possible else {}
    return {name: found.get(name, reasons[name]) for name in names}


def _run(names: list[str], quantities: Mapping[str, Any]) -> dict[str, Any]:
    driver = _driver()
    known = {variable for name in names for variable in _leaves(name, optional=True)}
    inputs = {name: value for name, value in quantities.items() if name in known}
    try:
        return dict(driver.execute(names, inputs=inputs))
    except ValueError:  # Hamilton's message quotes the values; ours must not
        kinds = ", ".join(f"{name} ({type(value).__name__})" for name, value in sorted(inputs.items()))
    raise TypeError(f"The metrics don't take these quantities as they are: {kinds}. See measure/quantities.py.")


@cache
def _driver() -> Any:
    """The graph of all metrics; Hamilton walks only the part that is asked for."""
    hamilton_without_extras()
    with pandas_postponed():
        from hamilton import base, driver
        from hamilton.function_modifiers import tag
        from hamilton.lifecycle import NodeExecutionMethod

    class Guarded(NodeExecutionMethod):  # type: ignore[misc]  # hamilton has no types
        """Turns a node's refusal into a reason that travels down the graph."""

        def run_to_execute_node(
            self, *, node_name: str, node_callable: Callable[..., Any], node_kwargs: dict[str, Any], **_: Any
        ) -> Any:
            return _guarded(node_name, node_callable, node_kwargs)

    for module in modules():
        for function in vars(module).values():
            spec = getattr(function, "metric", None)
            if isinstance(spec, Metric) and function.__module__ == module.__name__:
                tag(**tags(spec))(function)
    return driver.Builder().with_modules(*modules()).with_adapters(Guarded(), base.DictResult()).build()


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
