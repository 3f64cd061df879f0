"""Plans of exercise as files: YAML or JSON of one schema, and the bundles of the original connected-fitness system.

The schema is `paceline.decide.plans_schema.SCHEMA`; `plans_bundles` says how a bundle is read.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from paceline.decide.bounds import EVERY
from paceline.decide.plans_bundles import bundled
from paceline.decide.plans_parts import Part
from paceline.decide.plans_text import LARGEST, content
from paceline.domain.errors import NotPlausible
from paceline.domain.labels import Labels
from paceline.domain.plans import GOALS, Bounds, Goal, Plan, PlannedSet
from paceline.record.files import regular_bytes

_PLAN = frozenset(("id", "name", "type", "goal", "sets", "bounds"))
_SET = frozenset(("exercise", "duration_s", "rest_s", "weight_kg", "repetitions", "intensity"))
_BOUNDS = {
    "pain": "pain", "range_of_motion_deg": "range_of_motion", "weight_kg": "weight", "repetitions": "repetitions",
    "session_load_kg": "session_load", "forbidden": "forbidden",
}  # fmt: skip


def read_plan(path: str | Path) -> Plan:
    """The plan in a file: YAML, JSON, or a bundle of the original system.

    Raises:
        FileUnreadable: the system would not give us the bytes.
        PlanInvalid: the file says something that nobody can follow.
    """
    raw = regular_bytes(Path(path), str(path), most=LARGEST + 1)
    return parse_plan(raw, file=str(path))


def parse_plan(raw: bytes, *, file: str = "the plan") -> Plan:
    """The plan in a file's bytes; errors as of `read_plan`."""
    held = content(raw, file=file)
    whole = Part(file, "the file", held)
    return bundled(whole) if isinstance(held, dict) and "plan" in held else _plan(whole)


def plan_text(plan: Plan) -> str:
    """A plan as YAML, which `parse_plan` reads back as the same plan."""
    written: dict[str, Any] = {"id": plan.id, "name": plan.name, "type": str(plan.type)}
    if plan.goal is not None:
        written["goal"] = plan.goal
    written["sets"] = [
        _without_none({
            "exercise": one.exercise, "duration_s": one.duration, "rest_s": one.rest, "weight_kg": one.labels.weight,
            "repetitions": one.labels.repetitions, "intensity": one.labels.intensity,
        })
        for one in plan.sets
    ]  # fmt: skip
    if plan.bounds:
        written["bounds"] = {
            name: _without_none({key: getattr(held, ours) or None for key, ours in _BOUNDS.items()} | _zeros(held))
            for name, held in plan.bounds.items()
        }
    return str(yaml.safe_dump(written, sort_keys=False, allow_unicode=True))


def _plan(whole: Part) -> Plan:
    parts = whole.mapping(_PLAN, ("id", "name", "type", "sets"))
    bounds = parts["bounds"].mapping() if "bounds" in parts else {}
    return Plan(
        id=parts["id"].text(),
        name=parts["name"].text(),
        type=parts["type"].type(),
        sets=tuple(_set(part) for part in parts["sets"].items()),
        goal=_goal(parts["goal"]) if "goal" in parts else None,
        bounds=MappingProxyType({name: _bound(name, part) for name, part in bounds.items()}),
    )


def _set(part: Part) -> PlannedSet:
    parts = part.mapping(_SET, ("exercise",))
    numbers = {key: parts[key].number() for key in ("duration_s", "rest_s", "weight_kg", "intensity") if key in parts}
    duration, rest = numbers.get("duration_s"), numbers.get("rest_s")
    if (duration is not None and not 0 < duration <= 86_400) or (rest is not None and not 0 <= rest <= 86_400):
        raise part.error("a duration and a rest of at most a day", "another")
    try:
        labels = Labels(
            numbers.get("weight_kg"),
            parts["repetitions"].whole() if "repetitions" in parts else None,
            numbers.get("intensity"),
        )
    except NotPlausible as error:
        raise part.error(error.expected, "another number") from error
    return PlannedSet(parts["exercise"].exercise(), duration, rest, labels)


def _bound(name: str, part: Part) -> Bounds:
    if name != EVERY:
        Part(part.file, part.place, name).exercise()
    given: dict[str, Any] = {}
    for key, one in part.mapping(_BOUNDS).items():
        if key == "forbidden":
            if not isinstance(one.content, bool):
                raise one.error("true or false")
            given[key] = one.content
        else:
            given[_BOUNDS[key]] = one.whole() if key == "repetitions" else one.number()
    try:
        return Bounds(**given)
    except NotPlausible as error:
        raise part.error(error.expected, "another number") from error


def _goal(part: Part) -> Goal:
    for goal in GOALS:
        if part.content == goal:
            return goal
    raise part.error(f"one of {', '.join(GOALS)}", "another goal")


def _without_none(given: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if value is not None}


def _zeros(held: Bounds) -> dict[str, Any]:
    """Bounds of exactly 0, which say something."""
    named = {ours: key for key, ours in _BOUNDS.items()}
    return {named[one.name]: 0 for one in fields(held) if getattr(held, one.name) == 0 and one.name != "forbidden"}
