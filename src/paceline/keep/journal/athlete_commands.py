"""Commands about athletes, and the plans and devices that are theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from paceline.domain.errors import Refused
from paceline.keep import checks
from paceline.keep.journal import athletes as happened
from paceline.keep.journal.athletes import Athlete, Suggestion
from paceline.keep.journal.commands import Commands
from paceline.keep.journal.devices import Device, DeviceRegistered, DeviceRetired
from paceline.keep.journal.facts import Fact, Payload
from paceline.keep.journal.plans import Plan, PlanChanged, PlanMade, PlanWithdrawn


class AthleteCommands(Commands):
    """Athletes, plans, devices."""

    def enrol_athlete(self, subject: str, *, by: str) -> tuple[Fact, ...]:
        """There is a subject of this pseudonym. Enrolled again, it adds nothing."""
        enrolled = happened.AthleteEnrolled(subject=checks.subject("enrol_athlete", subject))
        return self._of(subject, lambda it: () if it.subject else (enrolled,), by=by)

    def date_setting(self, subject: str, *, name: str, value: float | str, since: str, by: str) -> tuple[Fact, ...]:
        """A setting holds from a day on. The same again adds nothing.

        Args:
            subject: whose it is.
            name: as the settings file calls it.
            value: in SI units, or a word.
            since: the first day, as 2024-05-01.
            by: who says so.
        """
        command = "date_setting"
        checks.word(command, "a setting", name)
        if isinstance(value, str):
            checks.word(command, name, value)
        else:
            value = checks.number(command, name, float(value))
        day = checks.day(command, since)
        dated = happened.SettingDated(subject=subject, name=name, value=value, since=day)
        return self._of(subject, lambda it: () if it.settings.get(name, {}).get(day) == value else (dated,), by=by)

    def withdraw_setting(self, subject: str, *, name: str, since: str, by: str) -> tuple[Fact, ...]:
        """What was said for that day never held."""
        day = checks.day("withdraw_setting", since)
        gone = happened.SettingWithdrawn(name=name, since=day)
        return self._of(subject, lambda it: (gone,) if day in it.settings.get(name, {}) else (), by=by)

    def assign_plan(self, subject: str, *, plan: UUID | str, by: str) -> tuple[Fact, ...]:
        """The athlete is to follow a plan that there is."""
        known = self._there(Plan, plan)
        if known.state != "current" or known.subject not in {"", subject}:
            raise Refused("assign_plan", because="the plan was withdrawn, or is another athlete's own")
        assigned = happened.PlanAssigned(subject=subject, plan=known.id)
        return self._of(subject, lambda it: () if known.id in it.plans else (assigned,), by=by)

    def unassign_plan(self, subject: str, *, plan: UUID, by: str) -> tuple[Fact, ...]:
        """The athlete follows a plan no more."""
        gone = happened.PlanUnassigned(plan=plan)
        return self._of(subject, lambda it: (gone,) if plan in it.plans else (), by=by)

    def suggest(self, subject: str, *, suggestions: Sequence[Suggestion], by: str) -> tuple[Fact, ...]:
        """What the athlete might do next, in the place of what was suggested before.

        Args:
            subject: whose it is.
            suggestions: with the words themselves as `note`; they go to the people's texts.
            by: who suggests.
        """
        told = tuple(self._checked(subject, suggestion) for suggestion in suggestions)
        made = happened.SuggestionsMade(subject=subject, suggestions=told)
        return self._of(subject, lambda it: () if it.suggestions == told else (made,), by=by)

    def make_plan(
        self, *, name: str, content: Mapping[str, Any], subject: str = "", plan: UUID | None = None, by: str
    ) -> tuple[Fact, ...]:
        """A plan, one athlete's own or anybody's; made again under an id, it adds nothing."""
        key, held = plan or uuid4(), checks.content("make_plan", content)
        if subject:
            checks.subject("make_plan", subject)
        if self._things.get(Plan, key).version:
            return ()
        made = PlanMade(subject=subject, name=self._keep_text("make_plan", subject, name), content=held)
        return self._change(Plan, key, lambda it: () if it.version else (made,), by=by, new=True)

    def change_plan(self, plan: UUID | str, *, name: str, content: Mapping[str, Any], by: str) -> tuple[Fact, ...]:
        """Its name and content are others. The same again adds nothing."""
        held, known = checks.content("change_plan", content), self._there(Plan, plan)
        if known.state != "current":
            raise Refused("change_plan", because="the plan was withdrawn")
        if (self.text(known.name), known.content) == (name, held):
            return ()
        changed = PlanChanged(name=self._keep_text("change_plan", known.subject, name), content=held)
        return self._change(Plan, plan, lambda it: (changed,) if it.state == "current" else (), by=by)

    def withdraw_plan(self, plan: UUID | str, *, by: str) -> tuple[Fact, ...]:
        """It is to be followed no more."""
        return self._change(Plan, plan, lambda it: (PlanWithdrawn(),) if it.state == "current" else (), by=by)

    def register_device(
        self, *, kind: str, model: str, serial: str = "", subject: str = "", device: UUID | None = None, by: str
    ) -> tuple[Fact, ...]:
        """A device is in use; registered again under an id, it adds nothing."""
        command = "register_device"
        checks.word(command, "a kind", kind)
        checks.word(command, "a model", model, empty=True)
        if subject:
            checks.subject(command, subject)
        key = device or uuid4()
        if self._things.get(Device, key).version:
            return ()
        text = self._keep_text(command, subject, serial)
        registered = DeviceRegistered(subject=subject, kind=kind, model=model, serial=text)
        return self._change(Device, key, lambda it: () if it.version else (registered,), by=by, new=True)

    def retire_device(self, device: UUID | str, *, by: str) -> tuple[Fact, ...]:
        """It is in use no more."""
        return self._change(Device, device, lambda it: (DeviceRetired(),) if it.state == "registered" else (), by=by)

    def athlete(self, subject: str) -> Athlete:
        """What is known of a subject apart from sessions; an empty one where nothing is."""
        return self._things.get(Athlete, self._id(Athlete, checks.subject("athlete", subject)))

    def _checked(self, subject: str, suggestion: Suggestion) -> Suggestion:
        command = "suggest"
        if suggestion.kind not in {"session", "rest"} or suggestion.source not in {"history", "programme", "coach"}:
            because = "a suggestion is a session or rest, from the history, the programme or a coach"
            raise Refused(command, because=because)
        if suggestion.intensity is not None:
            checks.number(command, "intensity", suggestion.intensity, low=0, high=1)
        for exercise in suggestion.exercises:
            checks.word(command, "an exercise", exercise)
        return Suggestion(
            day=checks.day(command, suggestion.day),
            kind=suggestion.kind,
            source=suggestion.source,
            exercises=suggestion.exercises,
            intensity=suggestion.intensity,
            note=self._keep_text(command, subject, suggestion.note),
        )

    def _of(self, subject: str, decide: _Decision, *, by: str) -> tuple[Fact, ...]:
        key = self._id(Athlete, checks.subject("a change of an athlete", subject))
        return self._change(Athlete, key, decide, by=by, new=True)


_Decision = Callable[[Athlete], Sequence[Payload]]
