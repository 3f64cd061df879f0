"""What a product takes and what it gives: JSON Schema on both sides, enforced as hard going out as coming in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import jsonschema_rs

from paceline.domain.errors import ContractBroken, Fault, ProductInvalid

Side = Literal["request", "response"]

FAULTS = 20
"""Faults that are told of one value: the rest are counted by mending these."""


class Contract:
    """One side of a product's contract, compiled once.

    Args:
        schema: a JSON Schema, 2020-12; `$ref` may point within it and nowhere else.
        side: which side it is, for messages.
        file: where it was written, for messages.

    Raises:
        ProductInvalid: what was given is no JSON Schema.

    >>> contract = Contract({"type": "object", "required": ["favourite"]}, side="request", file="product.yaml")
    >>> contract.check({"favourite": "Oban"})
    >>> contract.check({})
    Traceback (most recent call last):
        ...
    paceline.domain.errors.ContractBroken: The request breaks its contract: at /: "favourite" is a required property.
    """

    __slots__ = ("_validator", "schema", "side")

    def __init__(self, schema: Mapping[str, Any], *, side: Side, file: str) -> None:
        self.schema, self.side = dict(schema), side
        try:
            jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **self.schema})
            self._validator = jsonschema_rs.Draft202012Validator(
                self.schema, mask="the value", validate_formats=True, offline=True
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            place = "/".join([side, *map(str, getattr(error, "instance_path", ()))])
            raise ProductInvalid(
                file, place=place, expected="a JSON Schema (2020-12)", found=str(error).split("\n", 1)[0]
            ) from error

    def holds(self, value: Any) -> bool:
        """Whether a value may pass."""
        try:
            return bool(self._validator.is_valid(value))
        except ValueError:
            return False

    def check(self, value: Any) -> None:
        """Let a value pass, or say everything that is wrong with it, without its values.

        Raises:
            ContractBroken: with a fault for each place that breaks the schema, the first `FAULTS` of them.
        """
        try:
            if self._validator.is_valid(value):
                return
        except ValueError as odd:  # what no JSON holds: nested without end, keys that are no text
            raise ContractBroken(self.side, [Fault("/", "is no JSON, or nested too deeply to be checked")]) from odd
        faults: list[Fault] = []
        for error in self._validator.iter_errors(value):
            faults.append(Fault("/" + "/".join(map(str, error.instance_path)), error.message))
            if len(faults) == FAULTS:
                break
        raise ContractBroken(self.side, faults)
