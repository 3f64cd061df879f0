"""The parts of a plan file, each knowing its place, for errors that help. No error tells the content itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from paceline.domain.errors import NotAnExercise, PlanInvalid
from paceline.domain.exercises import ExerciseType, exercise_type, type_of

MOST_SETS = 500


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a plan file, and where it stands.

    Attributes:
        file: its name.
        place: such as `sets[2].exercise`.
        content: what stands there.
    """

    file: str
    place: str
    content: Any

    def error(self, expected: str, found: str | None = None) -> PlanInvalid:
        """What is wrong here; the content itself is never told."""
        return PlanInvalid(
            self.file, place=self.place, expected=expected, found=found or f"a {type(self.content).__name__}"
        )

    def mapping(self, known: Collection[str] | None = None, required: Collection[str] = ()) -> dict[str, Part]:
        """The parts of a mapping by key."""
        if not isinstance(self.content, dict) or not all(isinstance(key, str) for key in self.content):
            raise self.error("a mapping with keys of text")
        for key in self.content:
            if known is not None and key not in known:
                raise self.error(f"one of {', '.join(sorted(known))}", f"the key {key[:40]!r}")
        for key in required:
            if key not in self.content:
                raise self.error(f"the key {key}", "none")
        prefix = "" if self.place == "the file" else f"{self.place}."
        return {key: Part(self.file, f"{prefix}{key}", value) for key, value in self.content.items()}

    def items(self, *, most: int = MOST_SETS) -> list[Part]:
        """The parts of a list."""
        if not isinstance(self.content, list):
            raise self.error("a list")
        if len(self.content) > most:
            raise self.error(f"at most {most} entries", f"{len(self.content)}")
        return [Part(self.file, f"{self.place}[{index}]", value) for index, value in enumerate(self.content)]

    def text(self) -> str:
        """Text that is not empty."""
        if not isinstance(self.content, str) or not self.content:
            raise self.error("text")
        return self.content

    def number(self) -> float:
        """A number."""
        if isinstance(self.content, bool) or not isinstance(self.content, int | float):
            raise self.error("a number")
        return float(self.content)

    def whole(self) -> int:
        """A whole number."""
        if isinstance(self.content, bool) or not isinstance(self.content, int):
            raise self.error("a whole number")
        return self.content

    def exercise(self) -> str:
        """An exercise's id."""
        name = self.text()
        try:
            type_of(name)
        except NotAnExercise as error:
            raise self.error(error.expected, "another name") from error
        return name

    def type(self) -> ExerciseType:
        """A session's type."""
        try:
            return exercise_type(self.text())
        except NotAnExercise as error:
            raise self.error(error.expected, "another type") from error
