"""The catalogue: what each metric means, what it rests on, and what each channel is."""

from __future__ import annotations

import math

import msgspec

from paceline.domain.channels import CHANNELS
from paceline.serve.routes import Answer, Call, Route


class MetricDefined(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the catalogue."""

    name: str
    label: str
    """What people read."""
    known_as: list[str]
    """Other names that people know it by."""
    unit: str
    group: str
    headline: bool
    """Whether it belongs on the first page of a report."""
    summary: str
    definition: str
    """What it means, from what, by which formula of whose."""
    needs: list[str]
    """Metrics and quantities that it can't be had without."""
    uses: list[str]
    """Those that make it better."""
    low: float | None
    """The smallest value that makes sense."""
    high: float | None
    """The largest."""


class ChannelDefined(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity that a device may record."""

    name: str
    unit: str
    meaning: str


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All metrics by name, and all channels."""

    metrics: list[MetricDefined]
    channels: list[ChannelDefined]


def every(_: Call) -> Answer:
    """All of it."""
    from paceline.measure.catalogue import catalogue

    metrics = [
        MetricDefined(
            name=it.name,
            label=it.label,
            known_as=list(it.known_as),
            unit=it.unit,
            group=it.group,
            headline=it.headline,
            summary=it.summary,
            definition=it.definition,
            needs=list(it.needs),
            uses=list(it.uses),
            low=it.low if math.isfinite(it.low) else None,
            high=it.high if math.isfinite(it.high) else None,
        )
        for it in catalogue().values()
    ]
    channels = [ChannelDefined(name=name, unit=it.unit, meaning=it.meaning) for name, it in CHANNELS.items()]
    return Answer(Catalogue(metrics=sorted(metrics, key=lambda it: it.label.lower()), channels=channels))


ROUTES = (Route("GET", "/v1/catalogue", "", "What each metric and channel means", every, gives=Catalogue),)
