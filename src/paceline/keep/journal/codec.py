"""Facts as bytes: JSON that anybody can read, under a topic that says what it is and in which version.

Nothing but the kinds of `kinds` can come out of a journal, whatever somebody wrote into its database: there is no
import by name and no pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent

from paceline.domain.errors import StoreDamaged
from paceline.keep.journal.facts import Fact, Payload
from paceline.keep.journal.kinds import PAYLOADS
from paceline.keep.journal.upcasts import UPCASTS, Upcast

Told = TypeVar("Told")


class Written(msgspec.Struct, Generic[Told], frozen=True, kw_only=True):
    """What is stored of a fact beside the thing's id and version, which have columns of their own."""

    at: int
    by: str
    what: Told


class Codec(Mapper[UUID]):
    """Between facts and what is stored of them."""

    def __init__(
        self,
        place: str,
        *,
        payloads: Mapping[str, type[Payload]] = PAYLOADS,
        upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS,
    ) -> None:
        super().__init__(JSONTranscoder())
        self._place, self._upcasts = place, upcasts
        self._payloads = dict(payloads)
        self._readers = {topic(p): msgspec.json.Decoder(Written[p]) for p in payloads.values()}  # type: ignore[valid-type]
        self._encoder = msgspec.json.Encoder()

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """The fact, ready to be stored."""
        fact = cast("Fact", domain_event)
        return StoredEvent(
            originator_id=fact.originator_id,
            originator_version=fact.originator_version,
            topic=topic(type(fact.what)),
            state=self._encoder.encode(Written(at=fact.at, by=fact.by, what=fact.what)),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Fact:
        """The fact that was stored, in the newest version of its kind.

        Raises:
            StoreDamaged: it is of no kind that there is, or does not hold what its kind holds.
        """
        try:
            reader = self._readers.get(stored_event.topic)
            written = reader.decode(stored_event.state) if reader else self._upcast(stored_event)
        except (msgspec.DecodeError, LookupError, ValueError, RecursionError) as error:
            raise self._damage(stored_event) from error
        return Fact(
            originator_id=UUID(str(stored_event.originator_id)),
            originator_version=stored_event.originator_version,
            at=written.at,
            by=written.by,
            what=written.what,
            position=stored_event.id if isinstance(stored_event, Notification) else 0,
        )

    def _upcast(self, stored: StoredEvent) -> Written[Any]:
        """Step by step from the version that it was written in to today's."""
        name, _, version = stored.topic.partition("/")
        payload = self._payloads[name]
        old = msgspec.json.decode(stored.state, type=Written[dict[str, Any]])
        fields = old.what
        for step in range(int(version), payload.VERSION):
            fields = self._upcasts[name, step](fields)
        if int(version) > payload.VERSION:
            raise LookupError(stored.topic)
        return Written(at=old.at, by=old.by, what=msgspec.convert(fields, payload))

    def _damage(self, stored: StoredEvent) -> StoreDamaged:
        name, _, version = stored.topic.partition("/")
        known = self._payloads.get(name)
        place = f"fact {stored.originator_version} of {stored.originator_id} in {self._place}"
        if known is not None and version.isdecimal() and int(version) > known.VERSION:
            found = f"{name} in version {version}, which is newer than this Paceline knows"
            return StoreDamaged(place, found=found, advice="Use the Paceline that wrote it, or a later one.")
        found = f"something else than {name} holds" if known else "a kind of fact that there is not"
        return StoreDamaged(place, found=found, advice="Restore it from a backup: paceline restore.")


def topic(payload: type[Payload]) -> str:
    """How a payload's kind is stored.

    >>> from paceline.keep.journal.sessions import SessionStarted
    >>> topic(SessionStarted)
    'SessionStarted/1'
    """
    return f"{payload.__name__}/{payload.VERSION}"
