"""The lake: Delta tables of one organisation, in a folder or a bucket, which any Delta reader can open, too.

Whatever is here follows from the journal and the blobs: `paceline rebuild` makes it anew. So what must never be lost
is flushed there, and the lake only promises that a reader sees a change whole or not at all. A session's rows are
replaced, never added to; writing the same session twice is writing it once, and two who write it at the same moment
take turns. A session's samples are written before its metrics: who sees metrics sees what they rest on.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from paceline.domain.errors import Conflict, StoreUnavailable
from paceline.keep.lake.rows import Where, arranged, chosen, condition
from paceline.keep.lake.tables import MEASURED, PARTITIONS, TABLES, empty, table
from paceline.keep.lake.versions import Version, Versions
from paceline.keep.objects import object_store

if TYPE_CHECKING:
    from deltalake import DeltaTable

Found = TypeVar("Found")

TRIES = 12
"""How often a change is tried that others' changes get in the way of."""

DAY = 86_400 * 1_000_000_000

CONFIGURATION = {
    "delta.dataSkippingStatsColumns": "session",  # the log is to hold nobody's smallest heart rate
    "delta.logRetentionDuration": "interval 36500 days",  # what is let go of is for `vacuum` to say
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a session's rows lie.

    Attributes:
        session: its id.
        subject: whose it is.
        month: YYYY-MM, UTC, of its start; it stays what it was when the session was first written.
    """

    session: str
    subject: str
    month: str


class Lake:
    """One organisation's tables."""

    def __init__(self, place: str, *, options: Mapping[str, str] | None = None) -> None:
        self.place = place.rstrip("/")
        self.options = dict(options or {})
        self.versions = Versions(object_store(place, options=options), place=self.place)

    def __repr__(self) -> str:
        """Where it is, and its newest version."""
        return f"<Lake in {self.place}, version {self.version()}>"

    def version(self, name: str | None = None) -> int:
        """The data version; or, of one table, that table's own."""
        newest = self.versions.newest()
        return newest.number if name is None else newest.tables.get(table(name).name, 0)

    def tables(self, *, version: int | None = None) -> tuple[str, ...]:
        """The names of the tables that have ever held a row."""
        return tuple(name for name in TABLES if name in self._version(version).tables)

    def read(
        self,
        name: str,
        *,
        where: Where | None = None,
        columns: Sequence[str] | None = None,
        version: int | None = None,
    ) -> pl.DataFrame:
        """Rows of a table.

        Args:
            name: which table.
            where: column → a value, or several of which one must hold; or a polars expression. Naming `subject` and
                `month` makes it a small read.
            columns: these alone; one that no row has is left out.
            version: as the table was at this data version; the newest if left out.

        Raises:
            UnknownName: there is no such table.
            NoSuchVersion: there is no such data version.
        """
        at = self._version(version).tables.get(table(name).name)
        frame = empty(name).lazy() if at is None else self._scan(name, at)
        known = frame.collect_schema().names()
        found = frame.filter(chosen(where, known))
        if columns is not None:
            found = found.select([column for column in columns if column in known])
        return self._reading(name, found.collect)

    def replace(self, frames: Mapping[str, pl.DataFrame], *, placed: Collection[Placed]) -> int:
        """The rows of whole sessions anew, in every table that follows from what was recorded.

        Args:
            frames: table → rows of these sessions; a table that is left out holds none of them afterwards.
            placed: the sessions, and where their rows lie.

        Returns:
            The data version in which they are to be seen.
        """
        mine = _rows_of(placed)
        changed: dict[str, int] = {}
        for name in MEASURED:
            frame = frames.get(name)
            if frame is not None and frame.height:
                changed[name] = self._write(name, arranged(name, frame), condition(mine))
            elif (version := self._emptied(name, mine)) is not None:
                changed[name] = version
        return self.versions.add(changed) if changed else self.version()

    def append(self, name: str, frame: pl.DataFrame, *, key: Sequence[str]) -> int:
        """Rows, in place of those that have the same key.

        Args:
            name: which table.
            frame: the rows.
            key: columns that together say which row it is; every combination of their values must be there.

        Returns:
            The data version in which they are to be seen.

        Raises:
            ValueError: a combination of the key's values is missing, so rows not meant would be replaced.
        """
        if not frame.height:
            return self.version()
        rows = arranged(name, frame)
        values = {column: rows[column].unique().to_list() for column in (*PARTITIONS, *key)}
        several = reduce(lambda product, column: product * len(values[column]), key, 1)
        if rows.select(key).n_unique() != several:
            raise ValueError(f"The rows for {name} hold {key} in some combinations only. Append each group by itself.")
        return self.versions.add({name: self._write(name, rows, condition(values))})

    def remove(self, placed: Collection[Placed], *, tables: Collection[str] = tuple(TABLES)) -> int:
        """Take sessions out of every table, or of some; earlier versions still have them. The new data version."""
        mine = _rows_of(placed)
        found = {name: self._emptied(name, mine) for name in TABLES if name in tables}
        changed = {name: version for name, version in found.items() if version is not None}
        return self.versions.add(changed) if changed else self.version()

    def compact(self) -> int:
        """Many small files into few larger ones, with the same rows; the new data version."""
        changed = {}
        for name in self.tables():

            def compacted(opened: DeltaTable) -> int:
                opened.optimize.compact()
                return opened.version()

            changed[name] = self._changed(name, compacted)
        return self.versions.add(changed)

    def vacuum(self, *, keep_days: float = 30.0, pinned: Collection[int] = ()) -> int:
        """Let go of versions older than some days, apart from the newest and those that a release rests on.

        Args:
            keep_days: how far back one can travel afterwards.
            pinned: data versions to keep whatever their age.

        Returns:
            How many files were removed.
        """
        numbers = self.versions.numbers()
        horizon = time.time_ns() - int(keep_days * DAY)
        known = [self.versions.at(number) for number in numbers]
        kept = [v for v in known if v.at >= horizon or v.number in pinned or v.number == self.version()]
        self.versions.remove({v.number for v in known} - {v.number for v in kept})
        removed = 0
        for name in self.tables():
            opened = self.opened(name)
            if opened is not None:
                versions = sorted({v.tables[name] for v in kept if name in v.tables})
                removed += len(
                    opened.vacuum(0, dry_run=False, enforce_retention_duration=False, keep_versions=versions)
                )
        return removed

    def verify(self) -> Iterator[str]:
        """A sentence for each table of the newest version that can't be read whole."""
        for name, version in self.versions.newest().tables.items():
            try:
                self._reading(name, self._scan(name, version).collect)
            except StoreUnavailable as error:
                yield f"{error} Make the lake anew: paceline rebuild."

    def path(self, name: str) -> str:
        """Where a table lies."""
        return f"{self.place}/{table(name).name}"

    def _version(self, number: int | None) -> Version:
        return self.versions.newest() if number is None else self.versions.at(number)

    def _scan(self, name: str, version: int) -> pl.LazyFrame:
        def scanned() -> pl.LazyFrame:
            return pl.scan_delta(self.path(name), version=version, storage_options=self.options or None)

        return self._reading(name, scanned)

    def _reading(self, name: str, work: Callable[[], Found]) -> Found:
        """What the work gives, with what a reader complains of said in our words: theirs may quote a row."""
        from deltalake.exceptions import DeltaError

        try:
            return work()
        except (DeltaError, OSError, pl.exceptions.ComputeError, pl.exceptions.PanicException) as error:
            raise StoreUnavailable(self.path(name), reason=f"it can't be read ({type(error).__name__})") from error

    def opened(self, name: str) -> DeltaTable | None:
        """The Delta table itself, as it is now; None where it never held a row."""
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        try:
            return DeltaTable(self.path(name), storage_options=self.options or None)
        except TableNotFoundError:
            return None

    def _write(self, name: str, rows: pl.DataFrame, where: str) -> int:
        """Rows in place of those of which the condition holds; the table's own version afterwards."""
        from deltalake import write_deltalake

        def written(opened: DeltaTable | None) -> int:
            options: dict[str, Any] = {"partition_by": list(PARTITIONS), "configuration": CONFIGURATION}
            if opened is None:
                write_deltalake(self.path(name), rows, storage_options=self.options or None, **options)
                made = self.opened(name)
                return made.version() if made is not None else 0
            write_deltalake(opened, rows, mode="overwrite", predicate=where, schema_mode="merge")
            return opened.version()

        return self._tried(name, written)

    def _emptied(self, name: str, mine: Mapping[str, Sequence[str]]) -> int | None:
        """The table's version once it holds none of these sessions; None where it held none before."""
        opened = self.opened(name)  # with rows that no data version names yet: their writer was killed
        if opened is None:
            return None
        frame = self._scan(name, opened.version()).filter(chosen(mine, (*PARTITIONS, "session")))
        if not self._reading(name, frame.select(pl.len()).collect).item():
            return None
        return self._changed(name, lambda table: _deleted(table, condition(mine)))

    def _changed(self, name: str, work: Callable[[DeltaTable], int]) -> int:
        def done(opened: DeltaTable | None) -> int:
            return 0 if opened is None else work(opened)

        return self._tried(name, done)

    def _tried(self, name: str, work: Callable[[DeltaTable | None], int]) -> int:
        """The work, tried again on the table as it then is where another writer was first."""
        from deltalake.exceptions import CommitFailedError, DeltaError

        for turn in range(TRIES):
            try:
                return work(self.opened(name))
            except CommitFailedError:
                pass
            except DeltaError as error:
                if "already exists" not in str(error):
                    raise StoreUnavailable(self.path(name), reason=_said(error), advice=_AGAIN) from error
            except OSError as error:
                raise StoreUnavailable(self.path(name), reason=_said(error), advice=_AGAIN) from error
            time.sleep(random.uniform(0.0, 0.01 * 2 ** min(turn, 7)))  # noqa: S311  # only to step out of each other's way
        raise Conflict(self.path(name), attempts=TRIES)


_AGAIN = "What was there before still is; see to the place and run it again."


def _said(error: Exception) -> str:
    text = str(error)
    known = ("No space left", "Permission denied", "Read-only file system", "File too large", "Quota")
    return next((words for words in known if words in text), f"it can't be written ({type(error).__name__})")


def _rows_of(placed: Collection[Placed]) -> dict[str, list[str]]:
    """Column → the values that the rows of these sessions have; the subject and month make it a small search."""
    return {
        "subject": [p.subject for p in placed],
        "month": [p.month for p in placed],
        "session": [p.session for p in placed],
    }


def _deleted(opened: DeltaTable, where: str) -> int:
    opened.delete(where)
    return opened.version()
