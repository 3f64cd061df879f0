"""Organisations and the tokens that open them.

A token is 256 random bits, shown once; what is kept is its SHA-256. A slow hash, as passwords need, would gain nothing:
there is no dictionary of 256 random bits to try, and it would cost every request. Hashes are compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from paceline.domain.errors import Absent, Refused, TokenRefused, UnknownName
from paceline.keep import checks
from paceline.keep.access.rules import ACTIONS, Role
from paceline.keep.database import ORGANISATION, Database, folder_of, open_database

TABLES = (
    "CREATE TABLE IF NOT EXISTS organisations (slug TEXT PRIMARY KEY, name TEXT NOT NULL, since BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL, organisation TEXT NOT NULL, "
    "role TEXT NOT NULL, subject TEXT NOT NULL, scopes TEXT NOT NULL, issued BIGINT NOT NULL, issuer TEXT NOT NULL, "
    "expires BIGINT, revoked BIGINT)",
)

_TOKEN = re.compile(r"paceline_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_SLUG = "its name is 1 to 32 small letters, digits and single hyphens"
_NOTHING = hashlib.sha256(b"").hexdigest()

LONGEST = 400 * 86_400 * 1_000_000_000
"""ns that a token lives at most: who needs it longer takes a new one each year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Whose data are kept apart from everybody else's."""

    slug: str
    name: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token gives.

    Attributes:
        organisation: the only one that it is good for.
        role: what its holder is.
        subject: whose data are its holder's own; empty where nobody's are.
        scopes: the only actions it is good for; empty for all of the role.
        token_id: stands in every fact and audit event instead of the token.
        expires: int64 ns UTC; None where it does not.
    """

    organisation: str
    role: Role
    subject: str
    scopes: frozenset[str]
    token_id: str
    expires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is kept of a token; never the token."""

    grant: Grant
    issued: int
    issuer: str
    revoked: int | None


class Access:
    """The organisations of a house, and their tokens."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database, self._now = database, now
        database.run(*TABLES)

    @classmethod
    def open(cls, place: str, *, now: Callable[[], int] = time.time_ns) -> Self:
        """The organisations and tokens at a place, made where there are none.

        Args:
            place: a SQLite file or a `postgresql://` URL.
            now: the clock, int64 ns UTC.

        Raises:
            StoreUnavailable: it can't be opened or written.
        """
        folder_of(place)
        return cls(open_database(place, schema="paceline__access"), now=now)  # no organisation has this one

    def close(self) -> None:
        """Give connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def found_organisation(self, slug: str, *, name: str = "") -> Organisation:
        """An organisation; founded again, it stays as it was.

        Raises:
            Refused: that is no name for one.
        """
        if not ORGANISATION.fullmatch(slug):
            raise Refused("to found an organisation", because=_SLUG)
        with self._database.transaction() as transaction:
            statement = "INSERT INTO organisations VALUES (?, ?, ?) ON CONFLICT (slug) DO NOTHING"
            transaction.run(statement, slug, name or slug, self._now())
        return self.organisation(slug)

    def organisation(self, slug: str) -> Organisation:
        """One organisation.

        Raises:
            Absent: there is none of that name.
        """
        for row in self._database.rows("SELECT slug, name, since FROM organisations WHERE slug = ?", slug):
            return Organisation(slug=row[0], name=row[1], since=int(row[2]))
        raise Absent("organisation", slug)

    def organisations(self) -> tuple[Organisation, ...]:
        """All of them, by name."""
        found = self._database.rows("SELECT slug, name, since FROM organisations ORDER BY slug")
        return tuple(Organisation(slug=slug, name=name, since=int(since)) for slug, name, since in found)

    def issue_token(
        self,
        organisation: str,
        role: Role | str,
        *,
        subject: str | None = None,
        scopes: Iterable[str] = (),
        expires: int | None,
        by: str,
    ) -> str:
        """A new token: its text, which is shown here and never again.

        Args:
            organisation: the only one that it is good for.
            role: what its holder is.
            subject: the pseudonym whose data are its holder's own; an athlete and a device need one.
            scopes: the only actions it is good for; none for all of the role.
            expires: int64 ns UTC; None for the longest that a token may live.
            by: who issues it.

        Raises:
            Absent: there is no such organisation.
            UnknownName: there is no such role or action.
            Refused: a subject is missing, or it would live too long.
        """
        granted = self._granted(organisation, role, subject or "", scopes, expires)
        secret = secrets.token_urlsafe(32)
        text = f"paceline_{granted.token_id}_{secret}"
        values = (granted.token_id, _hash(text), organisation, granted.role.value, granted.subject)
        times = (json.dumps(sorted(granted.scopes)), self._now(), by, granted.expires, None)
        with self._database.transaction() as transaction:
            transaction.run("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *values, *times)
        return text

    def verify(self, text: str) -> Grant:
        """What a token gives.

        Raises:
            TokenRefused: it is unknown, malformed, expired or revoked; which of these is not said.
        """
        match = _TOKEN.fullmatch(text)
        found = self._database.rows(f"{_SELECT} WHERE id = ?", match[1]) if match else []
        kept = str(found[0][-1]) if found else _NOTHING
        same = hmac.compare_digest(_hash(text), kept)  # an unknown token takes as long as a wrong one
        if not found or not same:
            raise TokenRefused
        token = _token(found[0])
        if token.revoked is not None or (token.grant.expires or 0) <= self._now():
            raise TokenRefused
        return token.grant

    def tokens(self, organisation: str) -> tuple[Token, ...]:
        """What is kept of an organisation's tokens, the newest first."""
        found = self._database.rows(f"{_SELECT} WHERE organisation = ? ORDER BY issued DESC, id", organisation)
        return tuple(_token(row) for row in found)

    def revoke(self, token_id: str, *, organisation: str) -> None:
        """From now on it opens nothing. Revoked again, it stays so.

        Raises:
            Absent: the organisation has no such token.
        """
        statement = "UPDATE tokens SET revoked = coalesce(revoked, ?) WHERE id = ? AND organisation = ?"
        with self._database.transaction() as transaction:
            if not transaction.run(statement, self._now(), token_id, organisation):
                raise Absent("token", token_id)

    def forget(self, subjects: Iterable[str], *, organisation: str) -> int:
        """Take away the tokens of these subjects: Access' part of forgetting somebody. Returns how many."""
        with self._database.transaction() as transaction:
            statement = "DELETE FROM tokens WHERE subject = ? AND organisation = ?"
            found = sum(transaction.run(statement, subject, organisation) for subject in subjects)
        self._database.shrink("tokens")
        return found

    def holdings(self, subjects: Iterable[str], *, organisation: str) -> list[dict[str, Any]]:
        """The tokens of these subjects: Access' part of an export."""
        asked = set(subjects)
        held = (token for token in self.tokens(organisation) if token.grant.subject in asked)
        return [
            {
                "id": token.grant.token_id,
                "role": token.grant.role.value,
                "scopes": sorted(token.grant.scopes),
                "issued": token.issued,
                "expires": token.grant.expires,
                "revoked": token.revoked,
            }
            for token in held
        ]

    def check(self) -> tuple[str, ...]:
        """What is wrong with the database, one sentence each (`verify` is for tokens)."""
        return self._database.verify()

    def _granted(
        self, organisation: str, role: Role | str, subject: str, scopes: Iterable[str], expires: int | None
    ) -> Grant:
        self.organisation(organisation)
        if role not in set(Role):
            raise UnknownName("role", str(role), known=[known.value for known in Role])
        asked, known = frozenset(scopes), Role(role)
        for scope in asked:
            if scope not in ACTIONS:
                raise UnknownName("action", scope, known=ACTIONS)
        if subject:
            checks.subject("to issue a token", subject)
        elif known in {Role.ATHLETE, Role.DEVICE}:
            raise Refused("to issue a token", because=f"a token of a {known.value} needs a subject")
        now = self._now()
        until = now + LONGEST if expires is None else expires
        if not now < until <= now + LONGEST:
            days = LONGEST // (86_400 * 1_000_000_000)
            raise Refused("to issue a token", because=f"it must expire later than now and within {days} days")
        return Grant(
            organisation=organisation,
            role=known,
            subject=subject,
            scopes=asked,
            token_id=secrets.token_hex(8),
            expires=until,
        )


_SELECT = "SELECT id, organisation, role, subject, scopes, issued, issuer, expires, revoked, hash FROM tokens"


def _token(row: tuple[Any, ...]) -> Token:
    key, organisation, role, subject, scopes, issued, issuer, expires, revoked, _ = row
    grant = Grant(
        organisation=organisation,
        role=Role(role),
        subject=subject,
        scopes=frozenset(json.loads(scopes)),
        token_id=key,
        expires=None if expires is None else int(expires),
    )
    return Token(grant=grant, issued=int(issued), issuer=issuer, revoked=None if revoked is None else int(revoked))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
