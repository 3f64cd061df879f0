"""Where two readings of one race differ: what a list made by others lost, and whose times it gave to whom.

Nobody's name is in a difference: a performance is its position in the race.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from paceline.domain.races import Performance, Race

Kind = Literal["absent", "owner", "name", "time", "surplus", "code", "place_absent", "place"]
Times: TypeAlias = tuple[tuple[float, float], ...]

MEANINGS: dict[Kind, str] = {
    "absent": "The other race does not have these times.",
    "owner": "The other race has these times under another name.",
    "name": "The other race gives only a part of the name, or more than the name.",
    "time": "The other race has other times, or another number of them, under this name.",
    "surplus": "Only the other race has these times; the position is in it.",
    "code": "The other race gives another nation or none.",
    "place_absent": "The other race gives no place where this one does.",
    "place": "The other race gives other places.",
}
"""What each kind of difference says."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        kind: a key of `MEANINGS`.
        position: of the performance in the race, from 1.
        lines: how many timing lines it concerns.
    """

    kind: Kind
    position: int
    lines: int = 1


def differences(race: Race, other: Race) -> tuple[Difference, ...]:
    """How another reading of the same race differs from this one, in the order of this one.

    Performances pair up by their times, which no two riders share; only what is left over pairs up by name.

    >>> from paceline.domain.races import Split
    >>> mine = Performance(team="A", splits=(Split(250.0, 19.5),)), Performance(team="B", splits=(Split(250.0, 20.1),))
    >>> theirs = (Performance(team="B", splits=(Split(250.0, 19.5),)),)
    >>> [(d.kind, d.position) for d in differences(Race(performances=mine), Race(performances=theirs))]
    [('owner', 1), ('absent', 2)]
    """
    left = list(enumerate(other.performances, 1))
    found: list[Difference] = []
    unpaired: list[tuple[int, Performance]] = []
    for position, one in enumerate(race.performances, 1):
        if not (times := _times(one)):
            continue
        same = [item for item in left if _times(item[1]) == times]
        if not same:
            unpaired.append((position, one))
            continue
        match = min(same, key=lambda item: _name(item[1]) != _name(one))
        left.remove(match)
        found += _compared(position, one, match[1])
    for position, one in unpaired:
        named = next((item for item in left if _name(item[1]) == _name(one) and _times(item[1])), None)
        if named is None:
            found.append(Difference("absent", position, len(_times(one))))
            continue
        left.remove(named)
        found.append(Difference("time", position, len(set(_times(one)) ^ set(_times(named[1])))))
    surplus = (Difference("surplus", position, len(times)) for position, one in left if (times := _times(one)))
    return (*sorted(found, key=lambda difference: difference.position), *surplus)


def _compared(position: int, one: Performance, other: Performance) -> list[Difference]:
    """Two performances of the same times."""
    found = []
    mine, theirs = _words(one), _words(other)
    if _name(one) != _name(other):
        part = bool(mine and theirs) and (mine <= theirs or theirs <= mine)
        found.append(Difference("name" if part else "owner", position, len(_times(one))))
    if one.code != other.code and mine == theirs:
        found.append(Difference("code", position))
    ranks = {split.distance: split.place for split in other.splits}
    places = [(split.place, ranks[split.distance]) for split in one.splits if split.time is not None]
    if absent := sum(here is not None and there is None for here, there in places):
        found.append(Difference("place_absent", position, absent))
    if wrong := sum(there is not None and here != there for here, there in places):
        found.append(Difference("place", position, wrong))
    return found


def _times(one: Performance) -> Times:
    return tuple((split.distance, split.time) for split in one.splits if split.time is not None)


def _words(one: Performance) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", _name(one)))


def _name(one: Performance) -> str:
    return (one.athlete or one.team or "").casefold()
