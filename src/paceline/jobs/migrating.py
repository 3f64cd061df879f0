"""A house brought to the layout that this Paceline knows: `paceline migrate`.

Facts are never rewritten: old ones are read as new ones, and lists follow by themselves. What can change is where
things lie. The number of the layout stands in the house; a step brings a house to the next, and can be run again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from paceline.domain.errors import Refused, StoreDamaged, StoreUnavailable
from paceline.keep.places import House
from paceline.keep.store import Store
from paceline.record.whole import folder, write_whole

FILE = "house.json"

LAYOUT = 1
"""The layout that this Paceline reads and writes."""

Step = Callable[[House], None]

STEPS: Mapping[int, Step] = {}
"""Layout → what brings a house from it to the next one. There has been no other yet."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What was done.

    Attributes:
        before: the house's layout; None where there was no house.
        after: its layout now.
        positions: organisation → the journal's position up to which its lists hold.
    """

    before: int | None
    after: int
    positions: Mapping[str, int]


def layout(house: House) -> int | None:
    """The layout of a house; None where there is none yet.

    Raises:
        StoreDamaged: its number can't be read.
    """
    path = house.folder / FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreUnavailable(str(path), reason=error.strerror or "it can't be read") from error
    try:
        return int(json.loads(content)["layout"])
    except (ValueError, TypeError, LookupError) as error:
        advice = "Restore it from a backup."
        raise StoreDamaged(str(path), found="it holds no number of a layout", advice=advice) from error


def settled(house: House, *, current: int = LAYOUT) -> None:
    """Make sure that a house has today's layout; a new one is given its number.

    Raises:
        Refused: it has another.
    """
    found = layout(house)
    if found is None:
        write_whole(folder(house.folder) / FILE, json.dumps({"layout": current}).encode())
    elif found > current:
        because = f"it has layout {found}, which is newer than this Paceline knows ({current})"
        raise Refused("opening the house", because=because, advice="Use the Paceline that wrote it, or a later one.")
    elif found < current:
        because = f"it has layout {found}, this Paceline's is {current}"
        raise Refused("opening the house", because=because, advice="Make a backup, then run: paceline migrate.")


def migrate(house: House, *, steps: Mapping[int, Step] = STEPS, current: int = LAYOUT) -> Migrated:
    """Bring a house to today's layout, step by step, and its lists to today's shape.

    Raises:
        Refused: it is newer than this Paceline.
    """
    before = layout(house)
    for number in range(before or current, current):
        steps[number](house)
        write_whole(house.folder / FILE, json.dumps({"layout": number + 1}).encode())
    settled(house, current=current)
    positions = {}
    for slug in house.organisations():
        with Store.open(house.organisation(slug)) as store:
            positions[slug] = store.journal.rebuild()
    return Migrated(before, current, positions)
