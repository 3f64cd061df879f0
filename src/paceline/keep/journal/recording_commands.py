"""Commands about recordings: received, refused, and placed in a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from paceline.domain.errors import Conflict, Refused
from paceline.keep import checks
from paceline.keep.journal.commands import Commands
from paceline.keep.journal.diaries import Diary, RecordingMoved, RecordingPlaced, SessionStruck
from paceline.keep.journal.facts import Fact, Payload, Thing
from paceline.keep.journal.recordings import (
    Packet,
    PacketRefused,
    PacketReplayed,
    Recording,
    RecordingReceived,
    RecordingRefused,
)
from paceline.keep.journal.sessions import Session, SessionEnded, SessionExtended, SessionMerged, SessionStarted


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a recording that was handed in.

    Attributes:
        recording: its id.
        new: False where its bytes were known.
        facts: what was written.
    """

    recording: UUID
    new: bool
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a recording belongs.

    Attributes:
        session: the session.
        new: False where it had been placed before.
        started: whether the session is a new one.
        merged: sessions that turned out to be the same one; their recordings are this session's now.
        facts: what was written.
    """

    session: UUID
    new: bool
    started: bool
    merged: tuple[UUID, ...]
    facts: tuple[Fact, ...]


class RecordingCommands(Commands):
    """Recordings and packets."""

    def receive_recording(
        self,
        *,
        subject: str,
        sha256: str,
        name: str,
        size: int,
        format: str,  # noqa: A002  # the word of the house
        start: int | None,
        end: int | None,
        by: str,
    ) -> Receipt:
        """The bytes of a recording are in the blobs. The same bytes again, under any name, add nothing.

        Args:
            subject: whose it is.
            sha256: of the bytes, unpacked.
            name: the file's; it goes to the people's texts.
            size: bytes.
            format: as the registry of formats calls it.
            start, end: int64 ns UTC of the first and last reading; None where it has no times.
            by: who handed it in.
        """
        command = "receive_recording"
        checks.subject(command, subject)
        checks.sha256(command, sha256)
        checks.period(command, start, end)
        checks.number(command, "size", size, low=0)
        checks.word(command, "a format", format)
        key = self._id(Recording, subject, sha256)
        if self._things.get(Recording, key).state == "received":
            return Receipt(key, new=False, facts=())
        text = self._keep_text(command, subject, name)
        received = RecordingReceived(
            subject=subject, sha256=sha256, name=text, size=size, format=format, start=start, end=end
        )

        def decide(recording: Recording) -> Sequence[Payload]:
            return () if recording.state == "received" else (received,)

        facts = self._change(Recording, key, decide, by=by, new=True)
        return Receipt(key, new=bool(facts), facts=facts)

    def refuse_recording(self, *, subject: str, sha256: str, name: str, size: int, reason: str, by: str) -> Receipt:
        """No reader could make anything of the bytes, which are in the blobs. Refused again, it adds nothing."""
        command = "refuse_recording"
        checks.subject(command, subject)
        checks.sha256(command, sha256)
        key = self._id(Recording, subject, sha256)
        if self._things.get(Recording, key).state != "none":
            return Receipt(key, new=False, facts=())
        texts = {"name": self._keep_text(command, subject, name), "reason": self._keep_text(command, subject, reason)}
        refused = RecordingRefused(subject=subject, sha256=sha256, size=size, **texts)

        def decide(recording: Recording) -> Sequence[Payload]:
            return (refused,) if recording.state == "none" else ()

        facts = self._change(Recording, key, decide, by=by, new=True)
        return Receipt(key, new=bool(facts), facts=facts)

    def place_recording(
        self,
        *,
        subject: str,
        sha256: str,
        session: UUID | None = None,
        merging: Sequence[UUID] = (),
        expected: int | None = None,
        by: str,
    ) -> Placement:
        """Settle to which session a received recording belongs. Placed again, it stays where it is.

        Left to the diary, it joins the session that was going on at its time; where it overlaps several, they are one,
        and the others are merged into the one that was there first; where it overlaps none, a session begins. So the
        sessions are the same in whatever order, and from however many machines, the recordings come.

        Args:
            subject: whose it is.
            sha256: the recording's.
            session: where it belongs, if the one who asks knows; else the diary settles it.
            merging: with a session given, those of the subject that this recording shows to be the same one.
            expected: the version of the diary (`diary(subject).version`) that the one who asks has looked at.
            by: who asks.

        Raises:
            Absent: no such recording was received.
            Conflict: the diary has another version than was expected: look at it again.
        """
        checks.word("place_recording", "who asks (by)", by)
        recording = self._there(Recording, self._id(Recording, subject, sha256))
        if recording.state != "received":
            raise Refused("place_recording", because="the recording could not be read")
        settled: dict[str, Placement] = {}

        def decide() -> list[tuple[Thing, Sequence[Payload]]]:
            diary = self.diary(subject)
            if (placed := diary.placed.get(sha256)) is not None:
                settled["is"] = Placement(placed.session, new=False, started=False, merged=(), facts=())
                return []
            if expected not in {None, diary.version}:
                raise Conflict("The diary", attempts=1)
            there = (session, *merging) if session else diary.at_the_time(recording.start, recording.end)
            chosen = there[0] if there else self._id(Session, subject, sha256)
            started = not self._things.get(Session, chosen).version
            settled["is"] = Placement(chosen, new=True, started=started, merged=there[1:], facts=())
            return [
                (diary, _placed(diary, recording, chosen, there[1:])),
                *self._sessions(recording, chosen, there[1:]),
            ]

        facts = self._things.change(decide, by=by)
        found = settled["is"]
        return Placement(found.session, new=found.new, started=found.started, merged=found.merged, facts=facts)

    def diary(self, subject: str) -> Diary:
        """Where the recordings of a subject belong; empty where none was placed."""
        return self._things.get(Diary, self._id(Diary, checks.subject("diary", subject)))

    def recording(self, *, subject: str, sha256: str) -> Recording:
        """What is known of a recording.

        Raises:
            Absent: none of these bytes was handed in for this subject.
        """
        return self._there(Recording, self._id(Recording, subject, sha256))

    def refuse_packet(
        self, *, subject: str, session: UUID | None, device: str, blob: str, reason: str, by: str
    ) -> UUID:
        """A packet, kept as a blob, can't be decoded. Refused again, it adds nothing. Returns its id."""
        command = "refuse_packet"
        checks.subject(command, subject)
        checks.sha256(command, blob)
        checks.word(command, "a device", device, empty=True)
        of = str(session or "")
        key = self._id(Packet, subject, of, blob)
        if not self._things.get(Packet, key).version:
            text = self._keep_text(command, subject, reason)
            refused = PacketRefused(subject=subject, session=of, device=device, blob=blob, reason=text)
            self._change(Packet, key, lambda packet: () if packet.version else (refused,), by=by, new=True)
        return key

    def replay_packet(self, packet: UUID | str, *, decoder: str, by: str) -> tuple[Fact, ...]:
        """A refused packet has been decoded after all, by this version of a decoder."""
        replayed = PacketReplayed(decoder=checks.word("replay_packet", "a decoder", decoder))
        return self._change(Packet, packet, lambda it: () if it.replayed else (replayed,), by=by)

    def _sessions(
        self, recording: Recording, chosen: UUID, merged: Sequence[UUID]
    ) -> list[tuple[Thing, Sequence[Payload]]]:
        """What happens to the sessions themselves."""
        session = self._things.get(Session, chosen)
        others = [self._things.get(Session, key) for key in merged]
        if any(known.version and known.subject != recording.subject for known in (session, *others)):
            raise Refused("place_recording", because="the session is another subject's")
        if session.version and not session.open:
            raise Refused("place_recording", because=f"the session was {session.state}")
        starts = [recording.start, *(s.start for s in (session, *others))]
        ends = [recording.end, *(s.end for s in (session, *others))]
        start = min((moment for moment in starts if moment is not None), default=None)
        end = max((moment for moment in ends if moment is not None), default=None)
        happened: list[Payload] = []
        if not session.version:
            happened = [SessionStarted(subject=recording.subject, start=start), SessionEnded(end=end)]
        elif session.open and session.state != "running" and (start, end) != (session.start, session.end):
            happened = [SessionExtended(start=start, end=end)]
        return [(session, happened), *((other, (SessionMerged(into=chosen),)) for other in others if other.open)]


def _placed(diary: Diary, recording: Recording, chosen: UUID, merged: Sequence[UUID]) -> list[Payload]:
    """What happens to the diary."""
    placed = RecordingPlaced(
        subject=recording.subject, sha256=recording.sha256, session=chosen, start=recording.start, end=recording.end
    )
    moved = [RecordingMoved(sha256=sha256, session=chosen) for other in merged for sha256 in diary.of(other)]
    return [placed, *moved, *(SessionStruck(session=other) for other in merged)]
