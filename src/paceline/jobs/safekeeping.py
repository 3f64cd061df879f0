"""A copy of a house that could take its place: `paceline backup`, `paceline verify`; `restoring` puts it back.

A backup is made while the house is in use, and is consistent because of the order: whatever names something is copied
before what it names. Packets come first, since ending a session moves them into facts and blobs; then the journal; then
the texts and names that its facts refer to; then the blobs; then the tables. What came in between is there too much,
never too little. A backup has the layout of a house, so any command can look into it with `--home`.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from paceline.domain.errors import Refused, StoreDamaged, StoreUnavailable
from paceline.keep.blobs import Blobs, open_blobs
from paceline.keep.database import is_server
from paceline.keep.lake import Lake
from paceline.keep.places import House
from paceline.keep.store import Store
from paceline.record.whole import write_whole

MANIFEST = "backup.json"
UNFINISHED = "backup.unfinished"
"""Lies in a backup while it is made, and stays in one that was cut off: only a backup's folder is written over."""

FIRST, LAST = "journal.sqlite", ("people.sqlite",)
"""The journal names texts that lie with the people; other rows beside them name nothing."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied.

    Attributes:
        organisations: which.
        blobs: how many raw files were not in the backup yet.
        files: how many other files.
    """

    organisations: tuple[str, ...]
    blobs: int
    files: int


def backup(house: House, target: Path, *, progress: Callable[[str], object] = lambda _: None) -> Copied:
    """Copy a house, in use or not, into a folder; a later backup into the same folder copies only what is new.

    Args:
        house: what to copy.
        target: a folder outside it.
        progress: is told what is being copied.

    Raises:
        Refused: the facts are on a server, which has means of its own to copy them; there is no house; or the target
            is in the house, is another house, or is being written by another backup.
        StoreUnavailable: something can't be read or written. The backup that was there before is then incomplete.
    """
    if house.journal is not None and is_server(house.journal):
        because = "facts and names are on a PostgreSQL server"
        raise Refused("backup", because=because, advice="Copy them with pg_dump; see docs/how-to/keep-a-backup.md.")
    if target.resolve().is_relative_to(house.folder.resolve()):
        raise Refused("backup", because="the target lies in the house itself", advice="Choose a folder elsewhere.")
    blobs = files = 0
    slugs = house.organisations()
    if not slugs:
        because = f"there is no house in {house.folder}"
        raise Refused("backup", because=because, advice="Name it: --home, or PACELINE_HOME.")
    with reaching(target), _alone(target):
        (target / MANIFEST).unlink(missing_ok=True)
        for slug in slugs:
            progress(slug)
            copied = _organisation(house, House(target), slug)
            blobs, files = blobs + copied.blobs, files + copied.files
        files += sum(_database(path, target / path.name) for path in sorted(house.folder.glob("*.sqlite")))
        for name in ("house.json", "retention.yaml"):
            if (house.folder / name).exists():
                shutil.copy2(house.folder / name, target / name)
        said = {"made_at": time.time_ns(), "organisations": slugs}
        write_whole(target / MANIFEST, json.dumps(said).encode())
        (target / UNFINISHED).unlink()
    return Copied(slugs, blobs, files)


def verify(house: House) -> Iterator[tuple[str, str, str]]:
    """Organisation, store and a sentence, for everything that is not as it should be."""
    for slug in house.organisations():
        try:
            with Store.open(house.organisation(slug)) as store:
                for name, sentence in store.verify():
                    yield slug, name, sentence
        except (StoreDamaged, StoreUnavailable) as error:
            yield slug, "store", str(error)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """The target as a folder that one backup at a time writes; the system lets go of a dead one's lock."""
    there = {name for name in (MANIFEST, UNFINISHED, "organisations", "house.json") if (target / name).exists()}
    if there and there.isdisjoint({MANIFEST, UNFINISHED}):
        because = f"{target} holds a house, not a backup"
        raise Refused("backup", because=because, advice="Choose an empty folder, or that of an earlier backup.")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (target / UNFINISHED).open("ab") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("backup", because=f"another backup into {target} is not finished") from error
        yield


def _organisation(house: House, copy: House, slug: str) -> Copied:
    """One organisation; the order is what makes the copy consistent."""
    source, target = house.organisation(slug), copy.organisation(slug)
    files = _packets(Path(source.packets), Path(target.packets))
    here, there = Path(source.journal).parent, Path(target.journal).parent
    there.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows = sorted(here.glob("*.sqlite"), key=lambda path: (path.name != FIRST, path.name in LAST, path.name))
    files += sum(_database(path, there / path.name) for path in rows)
    blobs = _blobs(open_blobs(source.blobs, options=source.options), open_blobs(target.blobs))
    return Copied((slug,), blobs, files + _lake(Lake(source.lake, options=source.options), Path(target.lake)))


def _database(source: Path, target: Path) -> int:
    """A SQLite file as it was at one moment, writers or not, through SQLite's own backup."""
    beside = target.with_name(f".{target.name}.unfinished")
    beside.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(beside)) as there:
            here.backup(there)
    except sqlite3.Error as error:
        raise StoreUnavailable(str(source), reason=f"it can't be copied ({type(error).__name__})") from error
    for extra in ("-wal", "-shm"):
        target.with_name(target.name + extra).unlink(missing_ok=True)
    beside.replace(target)
    return 1


def _blobs(source: Blobs, target: Blobs) -> int:
    """Raw files that the copy does not have; those that the house has let go of go from the copy, too."""
    wanted, known = set(source.all()), set(target.all())
    for sha256 in sorted(wanted - known):
        target.put(source.get(sha256))
    for sha256 in known - wanted:
        target.remove(sha256)
    return len(wanted - known)


def _packets(source: Path, target: Path) -> int:
    """The segments of the packet log, the oldest first: a later one's word that a session was let go is then known.

    A server may be writing them. One that goes meanwhile holds only sessions that ended, which the facts and blobs
    that are copied next know; a group that is half written was acknowledged to nobody.
    """
    shutil.rmtree(target, ignore_errors=True)
    copied = 0
    for path in sorted(source.glob("*.packets")):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(target / path.name, content)
        copied += 1
    return copied


def _lake(lake: Lake, target: Path) -> int:
    """The tables of the newest data version with all their past: data files first, the logs up to that version last."""
    import obstore

    from paceline.keep.objects import object_store

    newest = lake.versions.newest()
    store = object_store(lake.place, options=lake.options)
    names = [entry["path"] for batch in obstore.list(store) for entry in batch]
    wanted = {name for name in names if _belongs(name, newest.tables, newest.number)}
    known = (
        {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()} if target.is_dir() else set()
    )
    for gone in known - wanted:
        (target / gone).unlink()
    copied = 0
    for name in sorted(wanted, key=lambda path: ("_versions/" in path, "_delta_log/" in path, path)):
        if name in known and "_delta_log/" not in name and "_versions/" not in name:
            continue  # data files never change; logs do, when somebody is forgotten
        try:
            content = bytes(obstore.get(store, name).bytes())
        except FileNotFoundError:
            continue  # it was let go of a moment ago, and no version that is copied needs it
        (target / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(target / name, content)
        copied += 1
    return copied


def _belongs(name: str, tables: Mapping[str, int], number: int) -> bool:
    """Whether a file of the lake is of a data version up to this one; checkpoints only repeat what the log says."""
    folder, _, file = name.rpartition("/")
    if folder == "_versions":
        return file.removesuffix(".json").isdigit() and int(file.removesuffix(".json")) <= number
    table = name.partition("/")[0]
    if folder == f"{table}/_delta_log":
        return file.endswith(".json") and file[:20].isdigit() and int(file[:20]) <= tables.get(table, -1)
    return table in tables and file.endswith(".parquet")


@contextmanager
def reaching(place: Path) -> Iterator[None]:
    """What the system complains of, said in our words."""
    try:
        yield
    except StoreUnavailable:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreUnavailable(str(error.filename or place), reason=reason) from error
