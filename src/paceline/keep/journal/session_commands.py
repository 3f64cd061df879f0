"""Commands about sessions: their beginning and end, what was said about them, marked and labelled in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID, uuid4

import msgspec

from paceline.domain.errors import Refused
from paceline.keep import checks
from paceline.keep.journal import sessions as happened
from paceline.keep.journal.commands import Commands
from paceline.keep.journal.diaries import Diary, SessionStruck
from paceline.keep.journal.facts import Fact, Payload, Thing
from paceline.keep.journal.sessions import Session


class SessionCommands(Commands):
    """Sessions."""

    def start_session(
        self,
        *,
        subject: str,
        session: UUID | None = None,
        start: int | None,
        sport: str = "",
        live: bool = False,
        plan: UUID | None = None,
        by: str,
    ) -> tuple[Fact, ...]:
        """A session begins; with an id given, starting it again adds nothing. Its id is the fact's `originator_id`.

        Raises:
            Refused: the session is another subject's.
        """
        command = "start_session"
        checks.subject(command, subject)
        checks.period(command, start, None)
        checks.word(command, "a sport", sport, empty=True)
        started = happened.SessionStarted(subject=subject, start=start, sport=sport, live=live, plan=plan)

        def decide(known: Session) -> Sequence[Payload]:
            if known.version and known.subject != subject:
                raise Refused(command, because="the session is another subject's")
            return () if known.version else (started,)

        return self._change(Session, session or uuid4(), decide, by=by, new=True)

    def end_session(self, session: UUID | str, *, end: int | None, by: str) -> tuple[Fact, ...]:
        """It came to its end. Ended again, it adds nothing; an abandoned one can still be ended."""

        def decide(known: Session) -> Sequence[Payload]:
            checks.period("end_session", known.start, end)
            return () if known.state == "ended" else (happened.SessionEnded(end=end),)

        return self._in(session, "end_session", decide, by=by)

    def abandon_session(self, session: UUID | str, *, end: int | None, reason: str, by: str) -> tuple[Fact, ...]:
        """It stopped without being ended. One that has ended, or was abandoned, stays as it is."""
        abandoned = happened.SessionAbandoned(end=end, reason=checks.word("abandon_session", "a reason", reason))
        return self._in(session, "abandon_session", lambda it: (abandoned,) if it.state == "running" else (), by=by)

    def delete_session(self, session: UUID | str, *, by: str) -> tuple[Fact, ...]:
        """It is to be shown no more, and nothing joins it. Its facts stay; `forget` is what takes data away."""

        def decide() -> list[tuple[Thing, Sequence[Payload]]]:
            known = self._there(Session, session)
            if known.state == "deleted":
                return []
            diary = self._things.get(Diary, self._id(Diary, known.subject))
            struck = () if known.id in diary.struck else (SessionStruck(session=known.id),)
            return [(known, (happened.SessionDeleted(),)), (diary, struck)]

        checks.word("delete_session", "who asks (by)", by)
        return self._things.change(decide, by=by)

    def describe_session(self, session: UUID | str, *, context: Mapping[str, str], by: str) -> tuple[Fact, ...]:
        """Where and on what it was: venue, bike, zone, in the place of what was said before."""
        return self._with_text(
            session,
            "describe_session",
            msgspec.json.encode(checks.content("describe_session", context)).decode(),
            lambda _, key: happened.SessionDescribed(context=key),
            by=by,
        )

    def context(self, session: Session) -> dict[str, str]:
        """Where and on what a session was, as far as it was said."""
        found = self.text(session.context)
        return msgspec.json.decode(found, type=dict[str, str]) if found else {}

    def give_feedback(self, session: UUID | str, *, score: int, by: str) -> tuple[Fact, ...]:
        """How hard the athlete found it, 0 to 10. The same again adds nothing."""
        checks.number("give_feedback", "a score", score, low=0, high=10)
        given = happened.FeedbackGiven(score=score)
        return self._in(session, "give_feedback", lambda it: () if it.feedback == score else (given,), by=by)

    def note(self, session: UUID | str, *, text: str, note: UUID | None = None, by: str) -> tuple[Fact, ...]:
        """Somebody writes something about it; with a note's id given, the same note again adds nothing."""
        key = note or uuid4()

        def decide(known: Session, words: str) -> Payload | None:
            return None if key in known.notes else happened.NoteTaken(note=key, text=words)

        return self._with_text(session, "note", text, decide, by=by)

    def withdraw_note(self, session: UUID | str, *, note: UUID, by: str) -> tuple[Fact, ...]:
        """A note is taken back."""
        withdrawn = happened.NoteWithdrawn(note=note)
        return self._in(session, "withdraw_note", lambda it: (withdrawn,) if note in it.notes else (), by=by)

    def mark_effort(
        self,
        session: UUID | str,
        *,
        start: int,
        end: int,
        name: str = "",
        kind: str = "mark",
        effort: UUID | None = None,
        by: str,
    ) -> tuple[Fact, ...]:
        """An interval of the session is marked, int64 ns UTC; with an effort's id given, it is marked anew."""
        checks.period("mark_effort", start, end)
        checks.word("mark_effort", "a kind", kind)
        key = effort or uuid4()

        def decide(known: Session, words: str) -> Payload | None:
            old = known.efforts.get(key)
            if old and (old.start, old.end, old.kind, self.text(old.name)) == (start, end, kind, name):
                return None
            return happened.EffortMarked(effort=key, start=start, end=end, kind=kind, name=words)

        return self._with_text(session, "mark_effort", name, decide, by=by)

    def unmark_effort(self, session: UUID | str, *, effort: UUID, by: str) -> tuple[Fact, ...]:
        """A mark is taken away."""
        gone = happened.EffortUnmarked(effort=effort)
        return self._in(session, "unmark_effort", lambda it: (gone,) if effort in it.efforts else (), by=by)

    def set_label(
        self,
        session: UUID | str,
        *,
        start: int,
        end: int,
        exercise: str,
        values: Mapping[str, float],
        label: UUID | None = None,
        by: str,
    ) -> tuple[Fact, ...]:
        """What was done in an interval; with a label's id given, it is set anew, and the same again adds nothing."""
        checks.period("set_label", start, end)
        key, held = label or uuid4(), checks.numbers("set_label", values)
        exercise = checks.word("set_label", "an exercise", exercise)
        said = happened.LabelSet(label=key, start=start, end=end, exercise=exercise, values=held)
        same = happened.Label(start=start, end=end, exercise=exercise, values=held)
        return self._in(session, "set_label", lambda it: () if it.labels.get(key) == same else (said,), by=by)

    def clear_label(self, session: UUID | str, *, label: UUID, by: str) -> tuple[Fact, ...]:
        """A label is taken away."""
        cleared = happened.LabelCleared(label=label)
        return self._in(session, "clear_label", lambda it: (cleared,) if label in it.labels else (), by=by)

    def report_loss(self, session: UUID | str, *, device: str, first: int, last: int, by: str) -> tuple[Fact, ...]:
        """Packets of a device never came: sequence numbers from first to last. Reported again, it adds nothing."""
        checks.word("report_loss", "a device", device)
        if not 0 <= first <= last:
            raise Refused("report_loss", because="sequence numbers count up from 0")
        lost = happened.PacketsLost(device=device, first=first, last=last)
        known = happened.Loss(device=device, first=first, last=last)
        return self._in(session, "report_loss", lambda it: () if known in it.losses else (lost,), by=by)

    def measure_session(
        self, session: UUID | str, *, flow_version: str, lake_version: int, by: str
    ) -> tuple[Fact, ...]:
        """Its metrics are in the lake. The same flow at the same version of the lake again adds nothing."""
        flow = checks.word("measure_session", "a flow's version", flow_version)
        measured = happened.SessionMeasured(flow_version=flow, lake_version=lake_version)
        now = (flow, lake_version)
        return self._in(session, "measure_session", lambda it: () if it.measured == now else (measured,), by=by)

    def _in(
        self, session: UUID | str, command: str, decide: Callable[[Session], Sequence[Payload]], *, by: str
    ) -> tuple[Fact, ...]:
        """A session that is there to be added to; one that was deleted or merged is not."""

        def open_one(known: Session) -> Sequence[Payload]:
            if not known.open:
                raise Refused(command, because=f"the session was {known.state}")
            return decide(known)

        return self._change(Session, session, open_one, by=by)

    def _with_text(
        self,
        session: UUID | str,
        command: str,
        text: str,
        decide: Callable[[Session, str], Payload | None],
        *,
        by: str,
    ) -> tuple[Fact, ...]:
        """The text is kept only once it is known to be wanted, and once however often is decided."""
        kept: list[str] = []

        def decide_with(known: Session) -> Sequence[Payload]:
            if decide(known, "") is None:
                return ()
            if not kept:
                kept.append(self._keep_text(command, known.subject, text))
            found = decide(known, kept[0])
            return () if found is None else (found,)

        return self._in(session, command, decide_with, by=by)
