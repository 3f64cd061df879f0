"""From where a house keeps what it remembers to the hall that a server serves from."""

from __future__ import annotations

from pathlib import Path

from paceline.keep.access import Access
from paceline.keep.audit import Audit
from paceline.keep.database import is_server, open_database, schema_of
from paceline.keep.packets.later import LaterLog
from paceline.keep.places import DEFAULT, House, Places
from paceline.keep.store import Store
from paceline.serve.hall import Hall, Limits, Room, cursor_key
from paceline.serve.local import LocalDoor
from paceline.serve.pending import Pending


def open_hall(
    house: House, *, limits: Limits | None = None, door: LocalDoor | None = None, home: str = DEFAULT
) -> Hall:
    """Everything that one server needs of a house.

    Args:
        house: where its organisations are.
        limits: what a client may ask for.
        door: the local URL's, where there is one.
        home: the organisation that this door opens; founded where it is not there.

    Raises:
        StoreUnavailable: the store of tokens can't be opened.
    """
    access = Access.open(house.access)
    if door is not None:
        access.found_organisation(home)

    def open_room(organisation: str) -> Room:
        access.organisation(organisation)
        return room(house.organisation(organisation))

    return Hall(access, open_room, home=home, limits=limits or Limits(), door=door)


def room(places: Places) -> Room:
    """One organisation's stores, opened.

    Raises:
        StoreUnavailable: one can't be opened.
    """
    store = Store.open(places, packets=LaterLog(places.packets, organisation=places.organisation))
    pending = Pending(open_database(beside(places, "pending"), schema=schema_of(places.organisation, "pending")))
    audit = Audit.open(beside(places, "audit"), organisation=places.organisation)
    return Room(places.organisation, store, pending, audit, cursor_key(pending))


def beside(places: Places, name: str) -> str:
    """Where rows lie that no other store keeps: beside the journal's file, or on its server."""
    return places.journal if is_server(places.journal) else str(Path(places.journal).with_name(f"{name}.sqlite"))
