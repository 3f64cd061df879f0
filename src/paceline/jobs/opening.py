"""What is kept, in a notebook: `paceline.open`.

A house on this machine is opened by its folder. Who sits at the machine owns it and sees everything; with a token, one
sees what the token's role may see of whom, by the same rules as over HTTP, and each look leaves an audit event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import polars as pl

from paceline.domain.errors import AccessDenied, Refused, UnknownName
from paceline.jobs.measuring import session_of
from paceline.jobs.remeasuring import tasks_for
from paceline.jobs.wiring import Settings, open_store
from paceline.keep.access import Access, Grant
from paceline.keep.access.rules import may
from paceline.keep.audit import Audit
from paceline.keep.journal import Session as Facts
from paceline.keep.lake import TABLES
from paceline.keep.lake.tables import table as table_of
from paceline.keep.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from paceline.measure.sessions import Session


def open_house(
    place: str | Path | None = None, *, organisation: str = "home", version: int | None = None, token: str | None = None
) -> Kept:
    """What is kept in a house.

    Args:
        place: the house's folder; the one that PACELINE_HOME names if left out.
        organisation: whose.
        version: the data version at which tables are read; the newest at this moment if left out.
        token: read as its holder; as the owner if left out.

    Raises:
        Refused: a server's URL, which can't be opened from here yet.
        TokenRefused: the token is unknown, expired or revoked.
        NoSuchVersion: there is no such data version.
        StoreUnavailable: there is no house there, or it can't be opened.
    """
    if place is not None and "://" in str(place):
        because = "a server's URL can't be opened from Python yet"
        raise Refused("paceline.open", because=because, advice="Open the house's folder, or ask the server over HTTP.")
    settings = Settings.from_environment().at(place)
    settings.house.there(organisation)
    grant = None
    if token is not None:
        with Access.open(settings.house.access) as access:
            grant = access.verify(token)
        if grant.organisation != organisation:
            raise AccessDenied("to read data", because="the token is another organisation's")
    store = open_store(settings, organisation=organisation)
    store.lake.versions.at(version if version is not None else 0)
    return Kept(store, store.lake.version() if version is None else version, grant)


@dataclass(frozen=True, eq=False)
class Kept:
    """One organisation's sessions and tables, at a data version.

    Attributes:
        store: where they are.
        version: the data version; a number to write down with what one found.
        grant: what the token gives; None for the owner.
    """

    store: Store
    version: int
    grant: Grant | None = None

    def __repr__(self) -> str:
        """Whose, and at which version."""
        return f"<{self.store.organisation} at data version {self.version}>"

    def __enter__(self) -> Self:
        """What is kept itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.store.close()

    def subjects(self) -> tuple[str, ...]:
        """The pseudonyms whose data may be read here."""
        people = self.store.people
        known = [alias for person in people.people(limit=1_000_000) for alias in people.subjects_of(person.subject)]
        return tuple(subject for subject in known if self._may(subject))

    def sessions(self, subject: str | None = None) -> pl.DataFrame:
        """One row a session: session, subject, start, stop, sport; the latest first.

        Raises:
            AccessDenied: this subject's data may not be read with this token.
        """
        efforts = self.table("efforts", subject=subject).filter(pl.col("number") == 0)
        moment = [pl.col(end).cast(pl.Datetime("ns", "UTC")) for end in ("start", "stop")]
        return efforts.select("session", "subject", *moment, "sport").sort("start", descending=True)

    def metrics(self, *names: str, subject: str | None = None, effort: str | None = None) -> pl.DataFrame:
        """The metrics of whole sessions, or of their efforts of a name, a row each.

        Args:
            names: these alone; all if left out.
            subject: one pseudonym's; everybody's whom one may read if left out.
            effort: the effort's name; the whole session if left out.
        """
        rows = self.table("metrics", subject=subject)
        rows = rows.filter(pl.col("number") == 0 if effort is None else pl.col("effort") == effort)
        return rows.filter(pl.col("metric").is_in(list(names))) if names else rows

    def table(
        self,
        name: str,
        *,
        subject: str | None = None,
        session: str | None = None,
        months: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Rows of a table; naming subject and months (YYYY-MM) makes it a small read.

        Raises:
            UnknownName: there is no such table.
            AccessDenied: this subject's data may not be read with this token.
        """
        where: dict[str, object] = {}
        if session is not None:
            known = self._known(session)
            where, subject = {"session": str(known.id)}, known.subject
        if months is not None:
            where["month"] = list(months)
        where["subject"] = self._readable(subject, thing=name)
        return self.store.lake.read(table_of(name).name, where=where, columns=columns, version=self.version)

    def tables(self) -> tuple[str, ...]:
        """The names of the tables, whether they hold rows or not."""
        return tuple(TABLES)

    def session(self, key: str) -> Session:
        """A session with its recordings, read anew from the raw files: everything that `paceline.read` gives.

        Raises:
            UnknownName: there is none of that id.
            AccessDenied: it may not be read with this token.
        """
        known = self._known(key)
        self._readable(known.subject, thing=str(known.id))
        (task,) = tasks_for(self.store, [known.id]) or (None,)
        if task is None:
            raise Refused("paceline.open", because="the session has no recording")
        return session_of(self.store.blobs, task)

    def pandas(self, name: str, **asked: object) -> pd.DataFrame:
        """A table as pandas has it; `table` says what can be asked."""
        import pandas as pd

        frame = self.table(name, **asked)  # type: ignore[arg-type]  # what can't be asked is refused there
        return pd.DataFrame(frame.to_dict(as_series=False), columns=frame.columns)

    def _known(self, key: str) -> Facts:
        """A session as the journal has it; with a token, one that there is not is one that may not be read.

        Raises:
            UnknownName: there is none, for the owner.
            AccessDenied: there is none that may be read.
        """
        try:
            known = self.store.session(key)
        except UnknownName:
            if self.grant is None:
                raise
            raise self._denied() from None
        if not self._may(known.subject):
            raise self._denied()
        return known

    def _denied(self) -> AccessDenied:
        role = "owner" if self.grant is None else self.grant.role.value
        return AccessDenied("to read data", because=f"a token of a {role} does not reach that far")

    def _readable(self, subject: str | None, *, thing: str) -> list[str]:
        """The pseudonyms that may be read; each look at somebody's data is written down first.

        Raises:
            AccessDenied: the one that was asked for is not among them.
        """
        if self.grant is None:
            mine = self.store.people.subjects_of(subject) if subject else ()
            return list(mine) or self._everybody()
        if subject is not None and not self._may(subject):
            raise self._denied()
        found = list(self.store.people.subjects_of(subject)) if subject is not None else list(self.subjects())
        self._audit(found, thing=thing)
        return found

    def _everybody(self) -> list[str]:
        people = self.store.people
        return [alias for person in people.people(limit=1_000_000) for alias in people.subjects_of(person.subject)]

    def _may(self, subject: str) -> bool:
        if self.grant is None:
            return True
        owner = self.store.people.owner(subject)
        consents = self.store.people.given(owner)
        return may(
            self.grant, "read data", organisation=self.store.organisation, subject=owner, consents=frozenset(consents)
        )

    def _audit(self, subjects: Iterable[str], *, thing: str) -> None:
        if self.grant is None:
            return
        with Audit.open(self.store.places.audit, organisation=self.store.organisation) as audit:
            audit.record(by=self.grant.token_id, action="read data", subjects=subjects, thing=thing)
