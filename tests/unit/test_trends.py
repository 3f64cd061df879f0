"""Metrics over months: slopes against a definition written out, settings of the day, and the curve of each month."""

from __future__ import annotations

from itertools import combinations
from statistics import median

import numpy as np
import pytest
from tests.unit.made_rides import ride, written_settings

from paceline.domain.errors import UnknownName
from paceline.measure.trends import folder, power_curves, theil_sen, trend
from paceline.record.export import write
from paceline.simulate.ride import simulate_ride

DAY = 86_400


def test_the_slope_is_the_median_of_all_pairs_and_a_wild_ride_does_not_move_it():
    generator = np.random.default_rng(3)
    years = np.sort(generator.uniform(0.0, 2.0, 30))
    values = 200.0 + 12.0 * years + generator.normal(0.0, 2.0, 30)
    found = theil_sen(years, values)
    pairs = [(values[j] - values[i]) / (years[j] - years[i]) for i, j in combinations(range(30), 2)]
    assert found.per_year == pytest.approx(median(pairs))
    assert found.low < 12.0 < found.high
    values[7] = 2173.0
    assert theil_sen(years, values).per_year == pytest.approx(found.per_year, abs=0.5)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    generator = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        years = np.sort(generator.uniform(0.0, 1.0, 12))
        found = theil_sen(years, 5.0 * years + generator.standard_t(3, 12), level=0.9)
        held += found.low <= 5.0 <= found.high
    assert 255 <= held <= 291


def test_each_ride_has_the_settings_of_its_day(tmp_path):
    settings = tmp_path / "paceline.yaml"
    settings.write_text(
        "athlete: {threshold_power: [{from: 2024-05-01, value: 250}, {from: 2024-05-10, value: 300}]}", "utf-8"
    )
    rides = [ride("power", settings=settings, shift=days * DAY) for days in (10, 0)]
    found = trend(rides, "intensity")
    weighted = rides[0]["weighted_power"].value
    assert [start.day for start in found.starts] == [4, 14]
    assert found.values.tolist() == pytest.approx([weighted / 250.0, weighted / 300.0])
    assert found.slope is None
    assert "at least 5" in found.why_not


def test_a_ride_without_a_value_says_why_and_has_no_part_in_the_slope():
    rides = [ride("power", shift=days * DAY) for days in range(6)] + [ride("speed"), ride("power", dated=False)]
    found = trend(rides, "average_power")
    assert found.values.size == 6
    assert found.slope.per_year == pytest.approx(0.0)
    whys = [why for _, why in found.missing]
    assert len(whys) == 2
    assert any("power" in why for why in whys)
    assert any("when it was recorded" in why for why in whys)
    with pytest.raises(UnknownName):
        trend(rides, "averge_power")


def test_rides_of_one_day_have_no_slope_and_neither_has_a_series():
    assert "one day" in trend([ride("power", shift=i) for i in range(5)], "average_power").why_not
    assert trend([ride("power")], "mean_max").missing[0][1] == "It is no single number."


def test_the_curve_of_a_month_is_the_best_of_its_rides():
    rides = [ride("power", shift=days * DAY) for days in (0, 3, 40)] + [ride("speed", shift=DAY)]
    may, june = power_curves(rides)
    assert (may.period, may.rides, june.period, june.rides) == ("2024-05", 2, "2024-06", 1)
    best = rides[0]["best_efforts"].value
    assert may.power.tolist() == best.power.tolist()
    assert may.durations.tolist() == best.durations.tolist()
    assert {day.isoformat() for day in may.dates} == {"2024-05-04"}
    assert [curve.period for curve in power_curves(rides, period="year")] == ["2024"]
    assert power_curves(rides, period="week")[0].period == "2024-W18"


def test_a_folder_is_a_store_and_a_bad_file_stops_nothing(tmp_path):
    written_settings(tmp_path)
    made = simulate_ride(2, duration=700).recording
    (tmp_path / "may").mkdir()
    write(made, tmp_path / "may" / "ride.fit")
    write(made, tmp_path / "may" / "ride.csv")
    (tmp_path / "notes.txt").write_text("not a ride", "utf-8")
    (tmp_path / ".hidden").write_text("nor this", "utf-8")
    found = folder(tmp_path)
    assert len(found.sessions) == 1
    assert [refused.file for refused in found.refused] == [str(tmp_path / "notes.txt")]
    assert "mass" in found.sessions[0].settings
    assert folder(tmp_path / "may" / "none").sessions == ()
