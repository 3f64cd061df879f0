"""Where a house keeps what it remembers: one folder by default, servers and buckets by their URLs.

Each organisation has places of its own, so that there is no query that could forget to ask whose rows it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paceline.domain.errors import StoreUnavailable
from paceline.keep.database import is_server, schema_of

DEFAULT = "home"
"""The organisation of whoever names none."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where one organisation's stores are.

    Attributes:
        organisation: its slug.
        journal: a SQLite file or a `postgresql://` URL.
        people: likewise.
        blobs: a folder or a URL.
        lake: likewise.
        packets: a folder, or the server's URL.
        options: what object stores need besides: keys, region, endpoint.
    """

    organisation: str
    journal: str
    people: str
    blobs: str
    lake: str
    packets: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def audit(self) -> str:
        """Where it is written who read whose data: beside the journal."""
        return self.journal if is_server(self.journal) else str(Path(self.journal).with_name("audit.sqlite"))


@dataclass(frozen=True, slots=True)
class House:
    """Where all organisations are.

    Attributes:
        folder: for whatever no other place is named.
        journal: a `postgresql://` URL for facts, people, packets and access; files in the folder where it is None.
        blobs: a URL for raw bytes; a folder where it is None.
        lake: a URL for tables; a folder where it is None.
        options: what object stores need besides.
    """

    folder: Path
    journal: str | None = field(default=None, repr=False)
    blobs: str | None = None
    lake: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def access(self) -> str:
        """Where organisations and the hashes of tokens are."""
        return self.journal or str(self.folder / "access.sqlite")

    def organisation(self, slug: str = DEFAULT) -> Places:
        """The places of one organisation.

        Raises:
            Refused: the slug is none.

        >>> House(Path("/data")).organisation("club").journal
        '/data/organisations/club/journal.sqlite'
        """
        schema_of(slug)  # refuses what is no slug
        inside = self.folder / "organisations" / slug
        return Places(
            slug,
            journal=self.journal or str(inside / "journal.sqlite"),
            people=self.journal or str(inside / "people.sqlite"),
            blobs=f"{self.blobs.rstrip('/')}/{slug}" if self.blobs else str(inside / "blobs"),
            lake=f"{self.lake.rstrip('/')}/{slug}" if self.lake else str(inside / "lake"),
            packets=self.journal or str(inside / "packets"),
            options=self.options,
        )

    def there(self, slug: str = DEFAULT) -> Places:
        """The places of an organisation that is there already.

        Raises:
            StoreUnavailable: it is not, so there is nothing to read.
        """
        places = self.organisation(slug)
        if self.journal is None and not Path(places.journal).is_file():
            advice = "Take files in first: paceline import."
            raise StoreUnavailable(str(self.folder), reason=f"nothing is kept here for {slug!r}", advice=advice)
        return places

    def organisations(self) -> tuple[str, ...]:
        """The organisations that have a folder here."""
        inside = self.folder / "organisations"
        found = inside.iterdir() if inside.is_dir() else ()
        return tuple(sorted(path.name for path in found if path.is_dir() and not path.name.startswith(".")))


def made(places: Places) -> None:
    """Make the folders that are not there yet; only their owner can read them.

    Raises:
        StoreUnavailable: one can't be made.
    """
    files = [Path(place).parent for place in (places.journal, places.people) if not is_server(place)]
    folders = [Path(place) for place in (places.blobs, places.lake) if "://" not in place]
    for folder in dict.fromkeys([*files, *folders]):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreUnavailable(str(folder), reason=error.strerror or "the folder can't be made") from error
