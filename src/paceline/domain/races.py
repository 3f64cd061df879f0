"""A race as its official results tell it: who rode, and when they crossed each timing line.

A fact that the results do not give is None; nothing here is derived. Whoever prints a race prints no rider: names are
left out of every representation.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

Discipline = Literal["individual pursuit", "kilometre", "500 m time trial", "team pursuit", "team sprint"]
Sex = Literal["men", "women"]
Round = Literal["qualifying", "first round", "final"]

TEAM_DISCIPLINES = frozenset(("team pursuit", "team sprint"))


@dataclass(frozen=True, slots=True)
class Split:
    """One timing line that a rider or team reached.

    Attributes:
        distance: since the start, m.
        time: since the start, s, to the millisecond; None where the line holds no time (a race stopped early, say).
        place: rank at this line as the results give it. In a round of several heats it counts all of them, those that
            rode later too: it is no information that anyone had while the rider was on the track.
    """

    distance: float
    time: float | None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Performance:
    """One rider or team in one race.

    Attributes:
        athlete: family name, then given name, as the results write it; None for a team.
        team: its name; None for a rider.
        code: three letters, of the nation or the trade team.
        number: on the rider's back, or of the team in the order of starting.
        heat: as the results call it: "Heat 3", "GOLD".
        splits: in order of distance; lines at which nothing was taken are not there.
        status: what stands in place of a time, in capitals: "DNS", "DNF", "REL", "OVL".
    """

    athlete: str | None = field(default=None, repr=False)
    team: str | None = None
    code: str | None = None
    number: int | None = None
    heat: str | None = None
    splits: tuple[Split, ...] = ()
    status: str | None = None

    def time(self, distance: float) -> float | None:
        """Seconds from the start to a timing line, or None where there is none.

        >>> Performance(splits=(Split(125.0, 12.5), Split(250.0, 20.1))).time(250.0)
        20.1
        """
        return next((split.time for split in self.splits if split.distance == distance), None)


@dataclass(frozen=True, slots=True)
class Race:
    """One round of one discipline at one competition.

    Attributes:
        discipline: what was ridden.
        sex: of the riders.
        round: of the competition.
        date: of the race.
        competition: "World Championships", "World Cup", …
        venue: the town.
        performances: in the order of the results.
    """

    discipline: Discipline | None = None
    sex: Sex | None = None
    round: Round | None = None
    date: dt.date | None = None
    competition: str | None = None
    venue: str | None = None
    performances: tuple[Performance, ...] = ()

    @property
    def splits(self) -> int:
        """How many times were taken, over all performances."""
        return sum(split.time is not None for one in self.performances for split in one.splits)
