"""The data version: one number for the whole lake.

Each table has versions of its own. After a change the lake writes down which version of each table belongs together,
under the next number; whoever reads at that number sees those. A number is taken by making a file that must not be
there yet, so two writers never take the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from paceline.domain.errors import NoSuchVersion, StoreDamaged, StoreUnavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore

FOLDER = "_versions"


@dataclass(frozen=True, slots=True)
class Version:
    """The lake at one moment.

    Attributes:
        number: the data version; 0 is the empty lake.
        tables: table → that table's own version.
        at: int64 ns UTC, when it was written down.
    """

    number: int = 0
    tables: Mapping[str, int] = field(default_factory=dict)
    at: int = 0


class Versions:
    """What belongs to each data version, in an object store or a folder."""

    def __init__(self, store: ObjectStore, *, place: str) -> None:
        self._store, self._place = store, place
        self._newest = Version()

    def numbers(self, after: int = -1) -> list[int]:
        """The data versions that are kept, in order."""
        import obstore

        offset = None if after < 0 else _name(after)
        with self._reachable():
            found = [entry["path"] for batch in obstore.list(self._store, FOLDER, offset=offset) for entry in batch]
        return sorted(int(path[-17:-5]) for path in found if path.endswith(".json"))

    def newest(self) -> Version:
        """The newest data version."""
        later = self.numbers(after=self._newest.number) if self._newest.number else self.numbers()
        if later:
            self._newest = self._read(later[-1])
        return self._newest

    def at(self, number: int) -> Version:
        """A data version that once was the newest.

        Raises:
            NoSuchVersion: it never was, or was let go of.
        """
        if number == 0:
            return Version()
        try:
            return self._read(number)
        except FileNotFoundError:
            known = self.numbers()
            raise NoSuchVersion(number, known=(known[0], known[-1]) if known else (0, 0)) from None

    def add(self, changed: Mapping[str, int]) -> int:
        """Write down that these tables have changed, beside the others as they are; the new data version."""
        import obstore

        while True:
            newest = self.newest()
            tables = {**newest.tables, **{n: max(v, newest.tables.get(n, 0)) for n, v in changed.items()}}
            if tables == newest.tables:
                return newest.number
            made = Version(newest.number + 1, tables, time.time_ns())
            content = json.dumps({"tables": tables, "at": made.at}, sort_keys=True).encode()
            try:
                with self._reachable():
                    obstore.put(self._store, _name(made.number), content, mode="create")
            except obstore.exceptions.AlreadyExistsError:
                continue  # another writer took the number: what it wrote down is looked at, and the next one taken
            self._newest = made
            return made.number

    def begin(self, number: int) -> None:
        """Let an empty lake's versions count on from a number, so that no number ever means two things."""
        import obstore

        with self._reachable():
            content = json.dumps({"tables": {}, "at": time.time_ns()}, sort_keys=True).encode()
            obstore.put(self._store, _name(number), content)

    def remove(self, numbers: Collection[int]) -> None:
        """Let go of data versions; the newest stays."""
        import obstore

        paths = [_name(number) for number in numbers if number != self.newest().number]
        if paths:
            with self._reachable():
                obstore.delete(self._store, paths)

    def _read(self, number: int) -> Version:
        import obstore

        with self._reachable():
            content = bytes(obstore.get(self._store, _name(number)).bytes())
        try:
            known: dict[str, Any] = json.loads(content)
            return Version(number, {str(n): int(v) for n, v in known["tables"].items()}, int(known["at"]))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            found = f"data version {number} can't be read"
            raise StoreDamaged(self._place, found=found, advice="Make the lake anew: paceline rebuild.") from error

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        import obstore

        try:
            yield
        except (FileNotFoundError, obstore.exceptions.AlreadyExistsError):
            raise
        except (obstore.exceptions.BaseError, OSError) as error:
            raise StoreUnavailable(self._place, reason=f"it can't be used ({type(error).__name__})") from error


def _name(number: int) -> str:
    return f"{FOLDER}/{number:012d}.json"
