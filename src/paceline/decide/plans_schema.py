"""What a plan file may hold, as JSON Schema: for editors, the phone and other programs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from paceline.decide.plans_parts import MOST_SETS
from paceline.domain.plans import GOALS


def _range(most: float, *, above: bool = False) -> dict[str, Any]:
    return {"type": "number", "exclusiveMinimum" if above else "minimum": 0, "maximum": most}


SCHEMA: Mapping[str, Any] = MappingProxyType({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A plan of exercise",
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "name", "type", "sets"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
        "type": {"type": "string", "description": "resistanceTargeted:arms,back; indoorsCardio; resistanceWholeBody"},
        "goal": {"enum": list(GOALS)},
        "sets": {
            "type": "array",
            "maxItems": MOST_SETS,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["exercise"],
                "properties": {
                    "exercise": {"type": "string"},
                    "duration_s": _range(86_400, above=True),
                    "rest_s": _range(86_400),
                    "weight_kg": _range(1000),
                    "repetitions": {"type": "integer", "minimum": 0, "maximum": 10_000},
                    "intensity": _range(1),
                },
            },
        },
        "bounds": {
            "type": "object",
            "description": "exercise id, or * for every one",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "pain": _range(10),
                    "range_of_motion_deg": _range(360),
                    "weight_kg": _range(1000),
                    "repetitions": {"type": "integer", "minimum": 0, "maximum": 10_000},
                    "session_load_kg": _range(1_000_000),
                    "forbidden": {"type": "boolean"},
                },
            },
        },
    },
})  # fmt: skip
"""JSON Schema (2020-12) of a plan file, for editors and other programs."""
