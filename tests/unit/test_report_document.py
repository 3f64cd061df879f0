"""The report as JSON: what is bounded says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.made_rides import ride

from paceline.domain.efforts import SECOND, Effort
from paceline.measure.report import document as module
from paceline.measure.report.document import document


def with_laps(count: int, length: float):
    made = ride("power", seconds=600)
    start = made.whole.start
    laps = tuple(Effort(f"lap {n}", start + n, start + n + round(length * SECOND), "lap") for n in range(count))
    return replace(made, recordings=(replace(made.recordings[0], laps=laps),))


def test_laps_that_lie_upon_one_another_are_told_of_until_they_say_nothing_new():
    made = with_laps(60, 580.0)
    found = document(made)
    drawn = [effort for effort in found["efforts"] if effort["origin"] == "lap"]
    assert len(drawn) == 20  # 20 · 580 s in 20 · 600 s
    assert "more efforts" in found["efforts_left_out"]


def test_more_efforts_than_anybody_reads_are_left_out_with_a_note(monkeypatch):
    monkeypatch.setattr(module, "MOST_EFFORTS", 3)
    made = ride("power", seconds=600)
    start = made.whole.start
    laps = tuple(Effort(f"lap {n}", start + 20 * n * SECOND, start + 20 * (n + 1) * SECOND, "lap") for n in range(10))
    found = document(replace(made, recordings=(replace(made.recordings[0], laps=laps),)))
    assert [effort["name"] for effort in found["efforts"]] == ["lap 0", "lap 1", "lap 2"]
    assert found["efforts_left_out"].startswith("8 more efforts: no more than 3")  # 7 laps and what the power shows


@pytest.mark.parametrize("count", [0, 5])
def test_what_is_told_of_in_full_has_no_note(count):
    assert document(with_laps(count, 100.0))["efforts_left_out"] is None
