"""The registry of formats: one module a format, recognised by content.

A format is a module with

- `NAME`: what reports and `inspect` call it;
- `MEANING`: one sentence on where such files come from;
- `sniff(head)`: whether the first `HEAD` bytes, unpacked, look like it; tried in this order, the strictest first;
- `decode(data, source)`: the recordings in it and the problems that were survived; anything else is a `ReadError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, cast

from paceline.domain.errors import NotPlausible
from paceline.record.recordings import Problem, Recording

HEAD = 4096

FARTHEST = 2**62
"""Nanoseconds: 146 years."""

FORMATS = (
    "fit",
    "live_packets",
    "tcx",
    "gpx",
    "pwx",
    "goldencheetah_json",
    "srm",
    "spreadsheet",
    "polar_hrm",
    "powertap_csv",
    "joule_csv",
    "ergomo_csv",
    "ibike_csv",
    "motoactv_csv",
    "wattbike_csv",
    "peripedal_csv",
    "muvr",
    "metamotion",
    "labelled_motion",
    "passings",
    "keypoints",
    "ble_cycling_power",
    "rr_text",
    "open_foam",
    "weather_station",
    "generic_csv",
)


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader may know besides the bytes.

    Attributes:
        file: the name for messages; formats are never guessed from it.
        start: int64 ns UTC of the first sample, where the person who asked knows what the file does not say.
        columns: for the generic CSV: its column name → channel name, or "channel [unit]" where the unit differs.
    """

    file: str
    start: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checked here once: a float would cost the nanoseconds, a far time leaves int64 when something is added.

        Raises:
            NotPlausible: a start that is no whole number, or more than `FARTHEST` from 1970.
        """
        if self.start is not None and not (hasattr(self.start, "__index__") and abs(self.start) < FARTHEST):
            raise NotPlausible("start", expected="whole nanoseconds UTC, within 146 years of 1970")


class Format(Protocol):
    """What a module of this package offers."""

    NAME: str
    MEANING: str

    def sniff(self, head: bytes) -> bool:
        """Whether the head of a file looks like this format."""

    def decode(self, data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
        """The recordings in the bytes, and what was wrong with them."""


def formats() -> Iterator[Format]:
    """Every format, in the order in which they are tried; each is imported when its turn comes, and not before."""
    for name in FORMATS:
        yield cast("Format", import_module(f"{__name__}.{name}"))


def mapped() -> Format:
    """The format that a column map speaks of: who gives one knows better than any sniff."""
    return cast("Format", import_module(f"{__name__}.generic_csv"))
