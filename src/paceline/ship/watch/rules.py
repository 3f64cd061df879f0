"""What product.yaml says of being watched: what is kept, what is compared, who is told of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from paceline.domain.errors import ProductInvalid
from paceline.ship.product import FILE, Product
from paceline.ship.watch.bets import EVERY
from paceline.ship.watch.columns import RESPONSE, fields_of

Measure = Literal["drift", "stability", "distance", "missing", "unseen", "score", "canary"]
Loss = Literal["different", "absolute", "squared", "log"]
Then = Literal["", "retrain", "rollback"]

MEASURES: Mapping[str, str] = {
    "drift": "the detector's alarm",
    "stability": "the population stability index",
    "distance": "the Kolmogorov-Smirnov distance",
    "missing": "the share that is missing, less the share that was",
    "unseen": "the share of values that were never there before",
    "score": "the mean loss of the last labelled answers, or the detector's alarm over losses",
    "canary": "answers of the canary that are not like the champion's",
}
"""What a rule can speak of."""

LIMITED = frozenset({"stability", "distance", "missing", "unseen"})
"""Measures that need a limit; the others have an alarm of their own."""

WINDOW = 1000
"""Answers that are compared, unless a product says otherwise."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is watched, and the column of the training table that it is held against, where there is one."""

    name: str
    column: str

    @property
    def predicted(self) -> bool:
        """Whether it is of the response."""
        return self.name.startswith(RESPONSE)


@dataclass(frozen=True, slots=True)
class Labels:
    """How an answer is held against what turned out to be true.

    Attributes:
        field: of the response, that the label is compared with.
        loss: "different" (0 or 1), "absolute", "squared", or "log": the field is the chance of a label 1, not 0.
        slice: a field of the request; each of its values is told by itself. Empty for none.
    """

    field: str
    loss: Loss = "different"
    slice: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """When somebody is told.

    Attributes:
        measure: one of `MEASURES`.
        about: a field, or for a score a slice; empty for any.
        above: the largest value that is allowed; None where the measure has an alarm of its own.
        to: where beside the log: "webhook", "email".
        then: what is begun by itself.
    """

    measure: Measure
    about: str = ""
    above: float | None = None
    to: tuple[str, ...] = ()
    then: Then = ""

    def __str__(self) -> str:
        """As product.yaml writes it."""
        return f"{self.measure} {self.about}".rstrip()


@dataclass(frozen=True, slots=True)
class Watch:
    """What product.yaml says at `watch`.

    Attributes:
        sample: the share of requests that is kept, 0 to 1.
        window: the last answers that are compared with the reference.
        fields: what is compared.
        every: answers that pass on average, at least, before a detector's alarm over nothing, for each field.
        labels: how answers are scored, or None.
        rules: who is told when.
        promote: the share of requests that a retrained release gets once it has passed its gates; 0 for none.
    """

    sample: float
    window: int
    fields: tuple[Field, ...]
    every: float
    labels: Labels | None
    rules: tuple[Rule, ...]
    promote: float


def watch_of(product: Product) -> Watch | None:
    """How a product is watched; None where product.yaml has no `watch`, so that nothing of it is kept.

    Raises:
        ProductInvalid: a rule speaks of what there is not.
    """
    said = product.text.get("watch")
    if said is None:
        return None
    fields = tuple(_field(one) for one in said.get("drift", fields_of(product.request.schema, product.response.schema)))
    labels = _labels(said.get("labels"))
    watch = Watch(
        sample=float(said.get("sample", 1.0)),
        window=int(said.get("window", WINDOW)),
        fields=fields,
        every=float(said.get("false_alarm_every", EVERY)),
        labels=labels,
        rules=tuple(_rule(product, number, one) for number, one in enumerate(said.get("alerts", ()))),
        promote=float(said.get("retrained_share", 0.0)),
    )
    for number, rule in enumerate(watch.rules):
        _known(product, number, rule, watch)
    return watch


def _field(said: str | Mapping[str, str]) -> Field:
    """A name alone is held against the column of that name; a field of the response against none."""
    if isinstance(said, str):
        return Field(said, "" if said.startswith(RESPONSE) else said.rsplit(".", 1)[-1])
    return Field(said["field"], said.get("column", ""))


def _labels(said: str | Mapping[str, Any] | None) -> Labels | None:
    if said is None:
        return None
    if isinstance(said, str):
        return Labels(said.removeprefix(RESPONSE))
    return Labels(said["field"].removeprefix(RESPONSE), said.get("loss", "different"), said.get("slice", ""))


def _rule(product: Product, number: int, said: Mapping[str, Any]) -> Rule:
    measure, _, about = said["when"].partition(" ")
    if measure not in MEASURES:
        raise _wrong(product, number, expected=f"one of {', '.join(MEASURES)}, and a field", found=repr(said["when"]))
    if measure in LIMITED and "above" not in said:
        raise _wrong(product, number, expected=f"above, since {measure} has no limit of its own", found="none")
    to = said.get("to", ())
    return Rule(measure, about.strip(), said.get("above"), (to,) if isinstance(to, str) else tuple(to),
                said.get("then", ""))  # fmt: skip


def _known(product: Product, number: int, rule: Rule, watch: Watch) -> None:
    fields = [field.name for field in watch.fields]
    if rule.measure == "score":
        if watch.labels is None:
            raise _wrong(product, number, expected="labels at watch, for a score", found="none")
    elif rule.about and rule.about not in fields:
        raise _wrong(product, number, expected=f"one of {', '.join(fields) or 'no field'}", found=repr(rule.about))


def _wrong(product: Product, number: int, *, expected: str, found: str) -> ProductInvalid:
    place = f"watch.alerts.{number}"
    return ProductInvalid(str(product.folder / FILE), place=place, expected=expected, found=found)
