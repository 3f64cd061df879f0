"""How a live session begins on a server and how it ends: what is known of it, and what becomes of its packets."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from paceline.domain.errors import PacelineError
from paceline.keep.journal import Session
from paceline.keep.packets import PacketLog
from paceline.keep.packets.sealing import Sealed, seal
from paceline.keep.store import Store
from paceline.measure.settings import Settings
from paceline.record.files import read_bytes
from paceline.record.formats import Source
from paceline.record.formats.live_packets import NAME
from paceline.record.packets import Packet, packets

USED = ("critical_power", "w_prime")
"""The settings that live metrics use."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What is done when a session ends, and how long is waited for what is missing.

    Attributes:
        patience: seconds after the end for which a device that has numbers missing may still send them.
        silence: seconds without a packet after which a session is taken for abandoned.
        look_every: seconds between two looks at what has waited long enough.
        measure: called with the store and the session once new recordings are in it, after whoever ended it was
            answered; None where nothing is measured.
    """

    patience: float = 3600.0
    silence: float = 12 * 3600.0
    look_every: float = 60.0
    measure: Callable[[Store, UUID], None] | None = None

    def seal(self, store: Store, log: PacketLog, session: UUID, *, by: str, waiting: bool) -> tuple[str, ...]:
        """The packets of each device as a blob, a fact that it was received, and its place in the session.

        Each step adds nothing when it is done again, and the log lets go last: a crash anywhere costs nothing.

        Args:
            store: the organisation's.
            log: where the packets are.
            session: whose.
            by: who ended it.
            waiting: leave out devices that may still send what is missing; the log keeps theirs.

        Returns:
            The hashes of the recordings.
        """
        known = store.journal.session(session)
        found = list(logged(log, session))
        sealed = seal(found, before=sealed_before(store, known), waiting=waiting)
        made = tuple(self._place(store, known, part, by=by) for part in sealed)
        if not (waiting and seal(found, before=sealed_before(store, store.journal.session(session)))):
            log.let_go(session)
        return made

    @staticmethod
    def _place(store: Store, session: Session, part: Sealed, *, by: str) -> str:
        sha256 = store.blobs.put(part.content)
        journal = store.journal
        for first, last in part.lost:
            journal.report_loss(session.id, device=part.device, first=first, last=last, by=by)
        start, end = _bounds(part.content)
        journal.receive_recording(
            subject=session.subject, sha256=sha256, name=f"{part.device}.packets", size=len(part.content), format=NAME,
            start=start, end=end, by=by,
        )  # fmt: skip
        journal.place_recording(subject=session.subject, sha256=sha256, session=session.id, by=by)
        return sha256


def _bounds(content: bytes) -> tuple[int | None, int | None]:
    """When the first and the last sample were taken."""
    raw = read_bytes(content, Source("live packets"))
    times = [s.time for r in raw.recordings if r.dated for s in r.streams.values() if len(s)]
    if not times:
        return None, None
    return min(int(time.min()) for time in times), max(int(time.max()) for time in times)


def restored(store: Store, log: PacketLog, session: Session) -> Iterator[Packet]:
    """Everything that has come of a session: what is sealed, and what the log holds."""
    return itertools.chain(sealed_before(store, session), logged(log, session.id))


def sealed_before(store: Store, session: Session) -> Iterator[Packet]:
    """The packets of a session that are in recordings already."""
    for recording in store.recordings(session):
        if recording.format == NAME:
            content = store.blobs.get(recording.sha256)
            yield from (p for p in packets(content[content.index(b"\n") + 1 :]) if isinstance(p, Packet))


def logged(log: PacketLog, session: UUID) -> Iterator[Packet]:
    """The packets of a session that the log holds."""
    for kept in log.read(session):
        yield from (found for found in packets(kept.packet) if isinstance(found, Packet))


def settings_of(store: Store, session: Session) -> tuple[Mapping[str, float], str]:
    """The settings that live metrics use, as far as they are known, and the transponder; never an obstacle."""
    said = store.journal.context(session)
    try:
        settings = _settings(store, session)
        moment = datetime.now(UTC) if session.start is None else datetime.fromtimestamp(session.start / 1e9, tz=UTC)
        held = settings.on(moment.date(), bike=said.get("bike"))
    except (PacelineError, ValueError, OverflowError, OSError):
        return {}, said.get("transponder", "")
    known = {name: held[name].value for name in USED if name in held}
    values = {name: float(value) for name, value in known.items() if isinstance(value, int | float)}
    return values, said.get("transponder") or settings.transponder(moment.date()) or ""


def _settings(store: Store, session: Session) -> Settings:
    from paceline.jobs.athlete_settings import known_settings

    return known_settings(store, store.people.owner(session.subject)).settings


def measure_now(store: Store, session: UUID) -> None:
    """The rows of a session that has new recordings; what is cut off here, the next import or backfill does."""
    from paceline.jobs.executor import Here
    from paceline.jobs.remeasuring import remeasure, tasks_for

    remeasure(store, tasks_for(store, (session,)), executor=Here(), by="server")
