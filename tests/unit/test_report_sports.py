"""A report speaks to a runner as a runner thinks: pace and steps, and nothing of a bike."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.made_rides import ride

from paceline.domain.efforts import SECOND, Effort
from paceline.measure.report.content import report
from paceline.measure.report.page import page
from paceline.measure.report.sports import pace, pace_ticks, telling
from paceline.record.streams import Stream


def run(*only: str, sport: str = "running", cadence: float = 85.0):
    """A made session of another sport, at 4 m/s."""
    made = ride(*(only or ("speed", "distance", "cadence", "heart_rate")))
    recording = made.recordings[0]
    stream = recording.streams["record"]
    at = np.arange(len(stream), dtype=float)
    told = {"speed": np.full(at.size, 4.0), "distance": 4.0 * at, "cadence": np.full(at.size, cadence)}
    values = {name: told.get(name, column) for name, column in stream.values.items()}
    flags = {name: np.zeros(at.size, np.uint8) for name in values}
    record = Stream("record", stream.time, values, flags)
    return replace(made, recordings=(replace(recording, sport=sport, streams={"record": record}),))


def figures(found):
    return {f.name: f for f in (*found.headline, *(f for section in found.sections for f in section.figures))}


def test_a_run_is_told_in_pace_and_steps():
    found = figures(report(run()))
    assert (found["average_moving_speed"].label, found["average_moving_speed"].shown) == (
        "Average pace while moving",
        "4:10 min/km",
    )
    assert found["average_cadence"].shown == "170 steps/min"


def test_a_cadence_that_is_of_both_legs_already_is_left_as_it_is():
    assert figures(report(run(cadence=172.0)))["average_cadence"].shown == "172 steps/min"


def test_a_ride_is_told_as_ever():
    found = figures(report(run(sport="cycling")))
    assert found["average_moving_speed"].shown == "14.4 km/h"
    assert found["average_cadence"].shown == "85 rpm"


@pytest.mark.parametrize(
    ("sport", "shown", "turns"),
    [
        ("swimming", "0:25 min/100 m", "85 strokes/min"),
        ("rowing", "2:05 min/500 m", "85 strokes/min"),
        ("trail_running", "4:10 min/km", "170 steps/min"),
        ("kitesurfing", "14.4 km/h", "85 rpm"),
    ],
)
def test_each_sport_has_its_pace(sport, shown, turns):
    found = figures(report(run(sport=sport)))
    assert (found["average_moving_speed"].shown, found["average_cadence"].shown) == (shown, turns)


def test_a_runner_who_thinks_in_miles_reads_pace_by_the_mile():
    shown = figures(report(run(), imperial=True))["average_moving_speed"].shown
    assert shown == "6:43 min/mi"  # 1,609 m at 4 m/s, less a step of one second


def test_nobody_is_told_to_fit_pedals_for_a_run():
    remedies = " ".join(missing.line for missing in report(run("speed", "heart_rate")).missing)
    assert "watch" in remedies
    assert not any(word in remedies for word in ("pedal", "Ride with", "crank", "wheel", "pitot", "Film the rider"))


def test_a_table_of_laps_has_a_column_of_pace():
    (laps,) = [table for table in report(run()).laps if table.title == "Laps"]
    assert "Pace, min/km" in laps.columns
    assert "Cadence, steps/min" in laps.columns
    assert laps.rows[0][laps.columns.index("Pace, min/km")] == "4:11"  # 499 steps of 4 m in 500 s


def test_efforts_of_several_sports_carry_their_units():
    made = run(sport="multisport")
    start = made.whole.start
    legs = (
        Effort("cycling", start, start + 500 * SECOND, "session", sport="cycling"),
        Effort("running", start + 500 * SECOND, start + 1000 * SECOND, "session", sport="running"),
    )
    made = replace(made, recordings=(replace(made.recordings[0], sessions=legs),))
    (table,) = [table for table in report(made).laps if table.title == "Sports"]
    column = table.columns.index("Speed")
    assert [row[column] for row in table.rows] == ["14.4 km/h", "4:11 min/km"]


def test_the_axis_of_pace_is_one_of_speed():
    found = report(run())
    trace = next(trace for trace in found.strip.traces if trace.name == "speed")
    assert (trace.title, trace.unit) == ("Pace", "min/km")
    assert trace.values.max() == 4.0
    minutes = [[int(part) for part in text.split(":")] for _, text in trace.ticks]
    assert [60 * whole + rest for whole, rest in minutes] == [round(1000.0 / speed) for speed, _ in trace.ticks]
    assert "Pace, min/km" in page([found])


def test_whoever_stands_has_no_pace():
    assert pace(0.0, "min/km") == ("–", "min/km")
    assert pace_ticks(0.0, "min/km")


def test_a_sport_that_is_not_known_is_told_as_cycling_is():
    assert telling("quidditch") == telling("cycling") == telling(None)
