"""Conditions for a release. All run side by side; the first that fails stops the release and says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from paceline.ship.product import Product

State = Literal["passed", "failed", "absent"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one gate found."""

    gate: str
    state: State
    said: str
    """One sentence: what was seen."""
    advice: str = ""
    """What to do, where it failed; how to have one, where there is none."""
    output: str = ""
    """The last of what a test suite or notebook printed, for the author."""
    figures: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """What asks to be released."""

    product: Product
    tables: tuple[Path, ...]
    """Its data, found and checked."""
    champion: Product | None = None
    """The release that is served now, unpacked; None for a first one."""
    champion_tables: tuple[Path, ...] = ()
    traffic: tuple[tuple[str, str], ...] = ()
    """Requests that users sent, each with what it was answered, as JSON; replayed before it meets them."""
    shared: Path | None = None
    """The folder where data that isn't ours lies; its tests find it in PACELINE_DATA."""


Gate = Callable[[Candidate], Iterator[Outcome]]
"""A gate gives one outcome for each thing that it looks at, as it finds them."""
