"""A velodrome as data: how long, how tight, how steep, and where its timing loops lie.

A lap is two straights and two half turns; each half turn is a transition, an arc and a transition. Along a transition
the curvature grows from none to the arc's, on average half of it, so that a half turn of radius R holds
`arc + transition = π R` and a lap `length = 2 · (straight + 2 · transition + arc)`: any three say the rest.

Positions are metres along the black line from the finish line, in the direction of riding, from 0 to `length`. The
pursuit lines lie in the middle of the straights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from paceline.domain.errors import UnknownName

Transition = Literal["clothoid", "sine"]
"""How curvature grows: in proportion to distance (an Euler spiral), or as half a wave, which starts and ends gently."""


@dataclass(frozen=True, slots=True)
class Track:
    """A velodrome's black line and banking.

    Attributes:
        name: of the venue.
        length: of a lap along the black line, m.
        straight: length of each straight, m, without the transitions.
        radius: of the black line where it turns most, m.
        banking_straight: angle of the surface in the middle of a straight, °.
        banking_bend: likewise in the middle of a bend.
        width: of the track, m.
        finish_offset: how far the finish line lies beyond the middle of the home straight, m.
        transition_shape: how curvature grows along a transition.
        loops: number of a timing loop → its position, m.
        source: where the figures come from.
        approximate: names of the attributes that are typical values, not this venue's.
    """

    name: str
    length: float
    straight: float
    radius: float
    banking_straight: float
    banking_bend: float
    width: float
    finish_offset: float = 12.5
    transition_shape: Transition = "clothoid"
    loops: Mapping[int, float] = field(default_factory=dict)
    source: str = ""
    approximate: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Figures that close no lap are refused.

        Raises:
            ValueError: with these straights and this radius there is no room for bends, or a loop lies off the lap.
        """
        if not (self.straight >= 0.0 and self.radius > 0.0 and self.transition >= 0.0 and self.arc >= 0.0):
            shortest, longest = self.length / 2 - 2 * math.pi * self.radius, self.length / 2 - math.pi * self.radius
            raise ValueError(
                f"A lap of {self.length:g} m with bends of {self.radius:g} m has straights of "
                f"{max(shortest, 0.0):.1f} to {longest:.1f} m, not {self.straight:g} m."
            )
        if any(not 0.0 <= at < self.length for at in self.loops.values()):
            raise ValueError(f"The loops of a lap of {self.length:g} m lie at 0 m or more and below that.")

    @property
    def transition(self) -> float:
        """Length of each of the four transitions, m.

        >>> round(Track("made", 250.0, 40.0, 23.0, 13.0, 43.0, 7.0).transition, 3)   # 125 − 40 − π·23
        12.743
        """
        return self.length / 2 - self.straight - math.pi * self.radius

    @property
    def arc(self) -> float:
        """Length of each of the two arcs, m."""
        return math.pi * self.radius - self.transition

    @property
    def home(self) -> float:
        """Position of the pursuit line on the home straight, in its middle, m."""
        return (self.length - self.finish_offset) % self.length

    @property
    def back(self) -> float:
        """Position of the pursuit line on the back straight, m."""
        return (self.home + self.length / 2) % self.length

    def position(self, loop: int) -> float:
        """Where a loop lies, m.

        Raises:
            UnknownName: the track has no such loop.
        """
        if loop not in self.loops:
            raise UnknownName(f"loop of {self.name}", str(loop), known=map(str, sorted(self.loops)))
        return self.loops[loop]


EIGHT_LOOPS: Mapping[int, float] = MappingProxyType(
    {1: 0.0, 2: 237.5, 3: 112.5, 4: 50.0, 5: 150.0, 6: 100.0, 7: 175.0, 8: 200.0}
)
"""Finish, pursuit A and B, 200 m, 100 m split, 50 m split, pursuit quarter and 150 m split of a 250 m track, numbered
as in velotrain's sample configuration (github.com/ndf-zz/velotrain, velotrain.json). Another hall numbers its own."""

TRACKS: Mapping[str, Track] = MappingProxyType(
    {
        "adelaide": Track(
            "Adelaide Super-Drome (Anna Meares Velodrome)", 250.0, 41.0, 22.5, 13.0, 43.0, 7.0, loops=EIGHT_LOOPS,
            source="length, straight, width: trackcyclingacademy.com, The long way round (local knowledge of tracks)",
            approximate=("radius", "banking_straight", "banking_bend", "finish_offset", "loops"),
        ),
        "milton": Track(
            "Mattamy National Cycling Centre, Milton", 250.0, 41.0, 22.5, 13.0, 42.0, 7.0, loops=EIGHT_LOOPS,
            source="length, banking, width: the centre's own page, as quoted in abbourne.github.io, Velodrome basics",
            approximate=("straight", "radius", "finish_offset", "loops"),
        ),
        "forest city": Track(
            "Forest City Velodrome, London (Ontario)", 138.0, 22.0, 13.0, 17.0, 51.0, 4.8, 6.9,
            loops={1: 0.0, 2: 131.1, 3: 62.1},
            source="length, banking, width: abbourne.github.io, Sizes of our local velodromes",
            approximate=("straight", "radius", "finish_offset", "loops"),
        ),
    }
)  # fmt: skip
"""Real velodromes, by a short name. Builders keep their curves to themselves: see `approximate` of each."""


def track(name: str) -> Track:
    """One of the known velodromes.

    Raises:
        UnknownName: there is none of that name; the message names close ones.

    >>> track("forest city").length
    138.0
    """
    try:
        return TRACKS[name]
    except KeyError:
        raise UnknownName("track", name, known=TRACKS) from None
