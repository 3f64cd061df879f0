"""Efforts found in the power, and efforts that a person marks."""

from __future__ import annotations

from datetime import timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import PacelineError, SettingsError
from paceline.measure.efforts import detect, marks
from paceline.measure.grids import Grid, on_grid
from paceline.measure.levels import levels
from paceline.simulate.ride import simulate_ride

RIDE = Effort("ride", 1_700_000_000 * SECOND, 1_700_007_200 * SECOND, "whole")


def made(*parts: tuple[int, float], noise: float = 0.1, seed: int = 0) -> np.ndarray:
    """(seconds, W) after one another, with noise that forgets itself in about five seconds."""
    power = np.concatenate([np.full(seconds, float(watts)) for seconds, watts in parts])
    pushes = np.random.default_rng(seed).normal(0.0, 0.6, power.size)
    unsteady, value = np.empty(power.size), 0.0
    for index, push in enumerate(pushes):
        value = 0.8 * value + push
        unsteady[index] = value
    return np.round(np.maximum(power * (1.0 + noise * unsteady), 0.0))


def edges(found: tuple[Effort, ...]) -> list[tuple[float, float]]:
    return [(effort.start / SECOND, effort.stop / SECOND) for effort in found]


def test_intervals_are_found_where_they_were_ridden():
    power = made((900, 150), *[(480, 270), (180, 130)] * 4, (600, 130))
    begins = [900 + 660 * number for number in range(4)]
    assert np.array(edges(detect(power, 1.0, 0))) == pytest.approx(np.array([(b, b + 480) for b in begins]), abs=5)


def test_sprints_are_found_to_the_second():
    power = made((600, 160), *[(12, 950), (240, 120)] * 5, noise=0.05)
    begins = [600 + 252 * number for number in range(5)]
    assert edges(detect(power, 1.0, 0)) == [(b, b + 12) for b in begins]


def test_short_repetitions_are_told_apart():
    power = made((900, 150), *[(40, 360), (20, 120)] * 10, (600, 140))
    assert np.array(edges(detect(power, 1.0, 0))) == pytest.approx(
        np.array([(900 + 60 * n, 940 + 60 * n) for n in range(10)]), abs=2
    )


def test_a_sprint_that_ends_a_long_effort_is_an_effort_of_its_own():
    found = edges(detect(made((900, 150), (900, 260), (15, 900), (900, 140)), 1.0, 0))
    assert np.array(found) == pytest.approx(np.array([(900, 1800), (1800, 1815)]), abs=3)


@pytest.mark.parametrize("power", [np.full(3600, 200.0), np.zeros(600), np.full(600, np.nan), np.empty(0), np.ones(3)])
def test_power_that_never_changes_holds_no_effort(power):
    assert detect(power, 1.0, 0) == ()


def test_an_even_ride_holds_next_to_no_effort():
    found = [len(detect(made((7200, 180), seed=seed), 1.0, 0)) for seed in range(10)]
    assert sum(found) <= 1


def test_no_effort_spans_a_pause():
    power = made((600, 130), (300, 290), (200, 290), (600, 130))
    power[880:920] = np.nan
    assert all(stop <= 880 or start >= 920 for start, stop in edges(detect(power, 1.0, 0)))
    assert len(detect(power, 1.0, 0)) == 2


def test_a_lost_packet_does_not_end_an_effort():
    power = made((600, 130), (300, 290), (600, 130))
    power[700:704] = np.nan
    assert np.array(edges(detect(power, 1.0, 0))) == pytest.approx(np.array([(600, 900)]), abs=3)


def test_a_few_seconds_of_coasting_do_not_end_an_effort():
    power = made((600, 130), (600, 290), (600, 130))
    power[800:812] = 0.0
    assert np.array(edges(detect(power, 1.0, 0))) == pytest.approx(np.array([(600, 1200)]), abs=3)


def test_green_lights_are_not_efforts_where_the_rider_sprints_for_a_town_sign():
    start = [(15, 260), (60, 130), (15, 0)]
    found = edges(detect(made(*start * 10, (15, 700), (60, 130), *start * 10), 1.0, 0))
    assert (900, 915) in found
    assert not [stop for begin, stop in found if stop - begin == 15 and begin != 900]


def test_detection_does_not_depend_on_how_strong_the_rider_is():
    power = made((900, 150), *[(240, 290), (150, 130)] * 5, (600, 140))
    assert edges(detect(power, 1.0, 0)) == edges(detect(power * 0.4, 1.0, 0))


def test_edges_lie_on_the_grid_of_the_power():
    power = made((600, 130), (240, 300), (600, 130), noise=0.02).repeat(4)
    found = detect(power, 0.25, 17)
    assert [(effort.start - 17, effort.duration) for effort in found] == [(600 * SECOND, 240.0)]


def test_the_truth_of_simulated_rides_is_found_again():
    hits = truths = 0
    for seed in range(4):
        ride = simulate_ride(seed)
        record = ride.recording.streams["record"]
        whole = Effort("ride", int(record.time[0]), int(record.time[-1]) + SECOND)
        found = detect(on_grid(record, "power", Grid.over(whole)).values, 1.0, whole.start)
        for lap in ride.recording.laps:
            if lap.name.startswith("sprint") or lap.name in {"interval 2", "interval 3", "interval 4", "interval 5"}:
                truths += 1
                hits += any(abs(e.start - lap.start) + abs(e.stop - lap.stop) <= 4 * SECOND for e in found)
    assert hits == truths == 24


@given(st.lists(st.one_of(st.floats(0, 2000), st.just(float("nan"))), max_size=200), st.integers(0, 300))
def test_any_power_gives_efforts_within_it(values, hole):
    power = np.array(values)
    power[hole : hole + 30] = np.nan
    found = detect(power, 1.0, 0)
    assert all(0 <= start < stop <= power.size and stop - start >= 5 for start, stop in edges(found))
    assert len({effort.name for effort in found}) == len(found)


def test_levels_cost_no_more_than_any_other_cut_in_two():
    values = np.random.default_rng(3).normal(0.0, 1.0, 40) + np.repeat([0.0, 4.0], [22, 18])
    found = levels(values, block=1, noise=1.0)
    assert [level.start for level in found] == [0, 22]
    costs = [float(np.var(values[:c]) * c + np.var(values[c:]) * (40 - c)) for c in range(1, 40)]
    assert int(np.argmin(costs)) + 1 == 22


def test_a_level_longer_than_the_search_looks_back_is_still_one():
    values = np.random.default_rng(1).normal(0.0, 1.0, 5000) + np.repeat([0.0, 3.0], [2900, 2100])
    assert [level.start for level in levels(values, block=1, noise=1.0)] == [0, 2900]


def test_marks_are_exact_to_the_millisecond():
    (mark,) = marks("start 0:10:00-0:15:30.250", ride=RIDE)
    assert (mark.name, mark.start - RIDE.start, mark.duration) == ("start", 600 * SECOND, 330.25)
    assert mark.origin == "mark"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10:00-15:30.25", [("mark 1", 600.0, 930.25)]),
        ("600-930.25", [("mark 1", 600.0, 930.25)]),
        ("last 500 m: 1:00:00 – 1:00:32.123", [("last 500 m", 3600.0, 3632.123)]),
        ("a 0-1\nb 1 to 2; 2-3", [("a", 0.0, 1.0), ("b", 1.0, 2.0), ("mark 3", 2.0, 3.0)]),
        ({"20 min test": "0:30:00-0:50:00"}, [("20 min test", 1800.0, 3000.0)]),
    ],
)
def test_the_ways_to_write_a_mark(written, expected):
    found = marks(written, ride=RIDE)
    assert [(m.name, (m.start - RIDE.start) / SECOND, (m.stop - RIDE.start) / SECOND) for m in found] == expected


def test_a_mark_may_be_a_wall_clock_time():
    zone = timezone(timedelta(hours=2))  # the ride began at 22:13:20 UTC, which was 00:13:20 on this clock
    (mark,) = marks("lap 2023-11-15T00:14:20/2023-11-15T00:15:20.5", ride=RIDE, zone=zone)
    assert (mark.start - RIDE.start, mark.duration) == (60 * SECOND, 60.5)


@pytest.mark.parametrize(
    "nonsense",
    ["start", "10:00", "a-b", "5:00-4:00", "1:00-1:00", "0:99:00-1:00:00", "0:00-9:00:00", "x 0-1, x 1-2", "1:2:3:4-5",
     "2023-11-15T00:99:00/2023-11-15T00:15:20", "-1-5", "٣-٤", "1e3-1e4", "0-nan"],
)  # fmt: skip
def test_a_mark_that_makes_no_sense_is_refused(nonsense):
    with pytest.raises(SettingsError, match="mark"):
        marks(nonsense, ride=RIDE)


@given(st.text(max_size=60))
def test_any_text_gives_marks_within_the_ride_or_an_error_of_ours(text):
    try:
        found = marks(text, ride=RIDE)
    except PacelineError:
        return
    assert all(RIDE.start <= m.start < m.stop <= RIDE.stop for m in found)
