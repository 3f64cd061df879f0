"""What one route is: a line of the one table from which serving, permissions, OpenAPI and the reference all come.

A route's function gets a `Call`, in which everything is read, checked and permitted already, and gives an `Answer`. It
runs in a worker thread and may wait for stores; it knows nothing of HTTP beyond these two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from uuid import UUID, uuid4, uuid5

import msgspec

from paceline.serve.bodies import JSON_LIMIT

if TYPE_CHECKING:
    from paceline.keep.access import Grant
    from paceline.serve.hall import Hall, Room

T = TypeVar("T")

About = Literal["nobody", "athlete", "session", "upload", "thing", "listed"]
"""Whose data a route touches: the athlete of the path, the one whose session, upload or other thing the path names,
nobody's; or, of a list and of what a body names, those whom the route's function itself asks `permission` about."""

_MADE = UUID("6a3e8c0f-5a55-4f4e-9d1f-0c4d4d2a7b11")


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A route without parameters behind the question mark."""


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a list."""

    after: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    """`next` of the page before; without it, the first page."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    """How many at most."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A body that is no JSON: its media type and the most bytes of it that are taken."""

    media: str
    limit: int


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read and permitted.

    Attributes:
        route: the route that it came by.
        hall: all organisations; only what concerns them looks there.
        visitor: who asks; None on a route that is open to anyone.
        params: the parts of the path.
        headers: those that the route declares, lower case.
        subject: whose data it is about; empty where it is nobody's or a list's.
        name: the Idempotency-Key, or empty.
        asked_query, asked_body: what was read; taken with `query` and `body`.
    """

    route: Route
    hall: Hall
    visitor: Grant | None
    params: Mapping[str, str]
    headers: Mapping[str, str]
    subject: str
    name: str
    asked_query: object
    asked_body: object

    def query(self, kind: type[T]) -> T:
        """The parameters behind the question mark."""
        return _of(kind, self.asked_query)

    def body(self, kind: type[T]) -> T:
        """What was sent."""
        return _of(kind, self.asked_body)

    @property
    def grant(self) -> Grant:
        """Who asks; the route asks for an action, so there is somebody."""
        if self.visitor is None:
            raise TypeError(f"{self.route.name} is open to anyone: it has nobody to ask for")
        return self.visitor

    @property
    def room(self) -> Room:
        """The stores of the asking one's organisation, and of no other."""
        return self.hall.room(self.grant.organisation)

    @property
    def by(self) -> str:
        """Who does it, as the journal writes it down."""
        return self.grant.token_id

    def fresh_id(self) -> UUID:
        """An id for what is made now: the same for the same Idempotency-Key, even if the first answer was lost."""
        return uuid5(_MADE, f"{self.grant.token_id}\0{self.name}") if self.name else uuid4()


def _of(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"the route declares no {kind.__name__}")  # a bug of ours: the table and the function differ
    return value


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route has to say.

    Attributes:
        content: a struct of the type that the route gives, bytes of its media type, or None for nothing.
        status: where it is not the route's own.
        headers: what belongs to the answer.
        subjects: whose data it holds, for the audit, where that is not the call's one subject.
    """

    content: object = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """One line of the table.

    Attributes:
        method, path: as HTTP has them; a part in braces is a parameter of `PARTS`.
        action: what the permission rule is asked for; empty for what anyone may see.
        summary: what it does, as a coach would say it.
        run: the function; see the module.
        query: the parameters behind the question mark.
        body: a struct for JSON, `Raw` for bytes, None for nothing.
        gives: the type of the answer: a struct, `bytes`, or None.
        media: the media type of an answer that is bytes.
        status: of a good answer.
        also: other statuses of a good answer of the same form.
        about: whose data it touches.
        owner: for "thing": whose the thing of the path is, by pseudonym; empty for nobody's.
        headers: request headers that it reads, with what they mean.
        versioned: whether If-Match is needed, compared with the ETag of this function's answer.
        refuses: kinds of problems that a route of its sort has not otherwise.
        long: whether it may take many seconds, so that only few of its sort run at once and none keeps others waiting.
        secret: whether the answer must not be kept anywhere: then no Idempotency-Key is heeded.
    """

    method: str
    path: str
    action: str
    summary: str
    run: Callable[[Call], Answer]
    query: type[msgspec.Struct] = NoQuery
    body: type[msgspec.Struct] | Raw | None = None
    gives: Any = None
    media: str = "application/json"
    status: int = 200
    also: tuple[int, ...] = ()
    about: About = "nobody"
    owner: Callable[[Room, Mapping[str, str]], str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    versioned: Callable[[Call], Answer] | None = None
    secret: bool = False
    refuses: tuple[str, ...] = ()
    long: bool = False

    @property
    def name(self) -> str:
        """As logs, metrics and the reference call it.

        >>> Route("GET", "/v1/athletes", "athletes.read", "All athletes.", lambda call: Answer()).name
        'GET /v1/athletes'
        """
        return f"{self.method} {self.path}"

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The names in braces."""
        return tuple(piece[1:-1] for piece in self.path.split("/") if piece.startswith("{"))

    @property
    def limit(self) -> int:
        """The most bytes of a body; without a body, none."""
        return self.body.limit if isinstance(self.body, Raw) else JSON_LIMIT if self.body is not None else 0

    @property
    def once(self) -> bool:
        """Whether an Idempotency-Key makes it happen once; the other methods are so by nature."""
        return self.method == "POST" and not self.secret


PARTS: Mapping[str, tuple[str, str]] = {
    "athlete": (r"s[a-z2-7]{25}", "An athlete's pseudonym."),
    "session": (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "A session's number."),
    "upload": (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "An upload's number."),
    "id": (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "Its number."),
    "name": (r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "Its name."),
    "token": (r"[0-9a-f]{16}", "A token's id."),
    "sha256": (r"[0-9a-f]{64}", "The SHA-256 of the bytes."),
}
"""Parameter of a path → what it must look like, and what it is. What looks otherwise does not exist."""
