"""Everything that is held on a person, store by store: to be handed out, or to be taken away.

Both lists are here, since a store that stands in only one of them would keep what nobody gets to see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from paceline.keep.access import Access
    from paceline.keep.people.forgetting import Part
    from paceline.serve.hall import Room


def holdings(room: Room, access: Access) -> dict[str, Callable[[tuple[str, ...]], Any]]:
    """Store → a function that gives what it holds on pseudonyms; for `People.export`."""
    return {
        "journal": lambda subjects: [msgspec.to_builtins(fact) for fact in room.store.journal.holdings(subjects)],
        "tables": lambda subjects: _rows(room, subjects),
        "tokens": lambda subjects: access.holdings(subjects, organisation=room.organisation),
        "accesses": room.audit.holdings,
    }


def erasures(room: Room, access: Access, *, by: str) -> dict[str, Part]:
    """Store → a function that takes away what it holds on pseudonyms; for `People.forget`."""
    return {
        **room.store.parts_of_forgetting(by=by),
        "tokens": lambda subjects: access.forget(subjects, organisation=room.organisation),
        "pending": lambda subjects: sum(room.pending.forget(subject) for subject in subjects),
        "audit": room.audit.forget,
    }


def _rows(room: Room, subjects: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table; they are read table by table, since all at once could be more than fits."""
    lake = room.store.lake
    return {name: lake.read(name, where={"subject": list(subjects)}).to_dicts() for name in lake.tables()}
