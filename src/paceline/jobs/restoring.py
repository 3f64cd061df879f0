"""A backup put in the place of a house: `paceline restore`.

The copy is laid out beside the house first, whole, without whoever is to be forgotten, and only then takes its
place. Until then the house is as it was, whatever is found in the backup and whenever the machine stops.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from paceline.domain.errors import Refused
from paceline.jobs.safekeeping import MANIFEST, UNFINISHED, backup, reaching
from paceline.keep.database import is_server
from paceline.keep.people import People
from paceline.keep.places import House
from paceline.keep.store import Store
from paceline.keep.subjects import mark_of

OURS = frozenset({"house.json", "retention.yaml", "organisations", MANIFEST, UNFINISHED})
"""What lies in a house's folder, beside SQLite's files and hidden ones."""


def restore(house: House, source: Path, *, replace: bool = False) -> tuple[str, ...]:
    """Put a backup in the place of a house.

    A backup that is older than an erasure brings somebody back who was forgotten; whoever the house that is replaced
    knows to be forgotten is forgotten again.

    Args:
        house: where it is to be.
        source: the backup's folder.
        replace: whether the house that lies there may be replaced.

    Returns:
        The organisations that were restored.

    Raises:
        Refused: the folder is no whole backup; or there is a house already, or something that is none; or one lies in
            the other; or the house's facts are on a server.
        StoreDamaged: the backup is; the house is as it was.
        StoreUnavailable: something can't be read or written; likewise.
    """
    if house.journal is not None and is_server(house.journal):
        because = "the house's facts and names are on a PostgreSQL server"
        raise Refused("restore", because=because, advice="See docs/how-to/keep-a-backup.md.")
    place = House(house.folder.resolve())  # where a link leads, so that the link stays
    aside, fresh = (place.folder.with_name(f"{place.folder.name}.{what}") for what in ("before-restore", "restoring"))
    _whole(source)
    _apart(place.folder, source.resolve())
    with reaching(place.folder):
        if aside.exists() and not place.folder.exists():
            aside.rename(place.folder)  # a restore was cut off between its two last steps
        _replaceable(place, replace=replace)
        forgotten = {slug: _forgotten(place, slug) for slug in place.organisations()}
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            backup(House(source), fresh)
            for slug, marks in forgotten.items():
                _forget_again(House(fresh), slug, marks)
            (fresh / MANIFEST).unlink()
            shutil.rmtree(aside, ignore_errors=True)
            if place.folder.exists():
                place.folder.rename(aside)
            fresh.rename(place.folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(aside, ignore_errors=True)
    return place.organisations()


def _whole(source: Path) -> None:
    """Look whether a folder is a backup that was finished and still has every organisation."""
    with reaching(source):
        try:
            named = json.loads((source / MANIFEST).read_bytes())["organisations"]
        except FileNotFoundError:
            because = f"there is no {MANIFEST} in it: it is no backup, or one that was not finished"
            raise Refused("restore", because=because) from None
        except (ValueError, TypeError, LookupError) as error:
            raise Refused("restore", because=f"its {MANIFEST} can't be read") from error
    there = House(source).organisations()
    if not there or not isinstance(named, list) or not set(there).issuperset(map(str, named)):
        raise Refused("restore", because="the backup lacks organisations that it names, or holds none")


def _apart(folder: Path, source: Path) -> None:
    if folder.is_relative_to(source) or source.is_relative_to(folder):
        because = "the backup and the house lie in one another"
        raise Refused("restore", because=because, advice="Move the backup to a folder of its own.")


def _replaceable(house: House, *, replace: bool) -> None:
    """A house's folder may be replaced if that is asked for; one that holds anything else never is."""
    if not house.folder.exists():
        return
    foreign = [path.name for path in house.folder.iterdir() if not _ours(path.name)]
    if foreign:
        because = f"{house.folder} holds what is not a house's, and it would be lost"
        raise Refused("restore", because=because, advice="Name another folder, or move the rest away.")
    if (there := house.organisations()) and not replace:
        because = f"there is a house already, with {', '.join(there)}"
        raise Refused("restore", because=because, advice="Say --replace to put the backup in its place.")


def _ours(name: str) -> bool:
    return (
        name in OURS or name.endswith((".sqlite", ".sqlite-wal", ".sqlite-shm", ".unfinished")) or name == ".DS_Store"
    )


def _forgotten(house: House, slug: str) -> frozenset[str]:
    with People.open(house.organisation(slug).people, organisation=slug) as people:
        return people.forgotten()


def _forget_again(house: House, slug: str, marks: Iterable[str]) -> None:
    gone = set(marks)
    if not gone or slug not in house.organisations():
        return
    with Store.open(house.organisation(slug)) as store:
        for person in store.people.people(limit=1_000_000):
            if mark_of(person.subject) in gone:
                store.forget(person.subject, by="owner")
