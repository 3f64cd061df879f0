"""Settings with dates: what was true of the athlete and the bike on the day of the ride."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """A value, and since when it has held.

    Attributes:
        name: a quantity of kind "setting".
        value: scalar, or a tuple for zones, in the quantity's unit.
        since: ISO date it was set for, or None where it has always held.
        file: the settings file it stands in.
    """

    name: str
    value: float | tuple[float, ...]
    since: str | None
    file: str
