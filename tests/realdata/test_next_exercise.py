"""Sessions that people wrote down, told one set ahead: the original system's floors hold."""

from __future__ import annotations

import pytest

from paceline.decide.habits import PastSession, next_exercise, next_session
from paceline.domain.exercises import exercise_type

pytestmark = pytest.mark.realdata


def sessions(folder):
    for path in sorted(folder.glob("*.csv")):
        _, kind, *lines = path.read_text(encoding="utf-8").splitlines()
        names = [line.split(",")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
        yield PastSession(exercise_type(kind.strip()), tuple(names))


@pytest.mark.parametrize(
    ("scenario", "exercises", "types"),
    [("beginner", 0.770, 0.50), ("jan", 0.926, 0.68), ("lean", 0.760, 0.55), ("linear", 0.973, 0.66),
     ("skiing", 0.703, 0.66), ("steve", 0.812, 0.81), ("triathlon", 0.823, 0.66)],
)  # fmt: skip
def test_what_comes_next_is_told_as_well_as_the_original_asks_of_itself(data, scenario, exercises, types):
    past = list(sessions(data / "muvr" / "ios_planned_sessions" / scenario))
    accuracies, right = [], []
    for index, one in enumerate(past):
        told = [
            next_exercise(one.exercises[:i], session=one.type, history=past[:index]).best
            for i in range(len(one.exercises))
        ]
        accuracies.append(sum(a == b for a, b in zip(told, one.exercises, strict=True)) / len(told))
        right.append(next_session([before.type for before in past[:index]]).best == str(one.type))
    assert sum(accuracies) / len(accuracies) >= exercises
    assert sum(right) / len(right) >= types
