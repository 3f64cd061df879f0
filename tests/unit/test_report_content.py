"""What a report says, as plain data."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.made_rides import ride, written_settings

from paceline.domain.efforts import SECOND
from paceline.domain.errors import UnknownName
from paceline.measure.catalogue import catalogue
from paceline.measure.marks import marks
from paceline.measure.report import overview, report
from paceline.measure.report.figures import amount, clock, number, with_error
from paceline.measure.report.traces import smoothed


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return ride(settings=written_settings(tmp_path_factory.mktemp("ride")))


def test_the_headline_reads_as_a_coach_does(full):
    found = report(full)
    assert (found.title, found.date, found.duration) == ("Cycling", "Saturday 4 May 2024, 09:00 BST", "25:00")
    assert [f.name for f in found.headline][:6] == [
        "duration", "moving_time", "distance_covered", "average_moving_speed", "elevation_gain", "work",
    ]  # fmt: skip
    shown = {f.name: f.shown for f in found.headline}
    assert shown["distance_covered"] == "15.0 km"
    assert shown["average_power"] == "181 W"  # (300·300 + 1200·150) / 1500, and 1 on average for the ripple
    assert shown["work"] == "272 kJ"


def test_every_single_number_of_the_ride_is_in_the_report_once(full):
    found = report(full)
    names = [f.name for f in found.headline] + [f.name for s in found.sections for f in s.figures]
    assert sorted(names) == sorted(n for n, r in full.items() if isinstance(r.value, int | float))


def test_every_metric_is_either_shown_or_named_as_missing(full):
    found = report(full)
    missing = [label for entry in found.missing for label in entry.labels]
    assert sorted(missing) == sorted(catalogue()[name].label for name in full.metrics().missing)


def test_what_is_missing_is_grouped_by_what_would_bring_it():
    found = report(ride("speed"))
    by_need = {entry.why: entry for entry in found.missing}
    needs_power = by_need["Needs power"]
    assert {"Work", "Weighted power", "Intensity", "Load"} <= set(needs_power.labels)
    assert needs_power.line.startswith(f"Needs power: {len(needs_power.labels)} metrics: ")
    assert needs_power.remedy.startswith("Ride with a power meter. Some also need ")
    assert "threshold power" in needs_power.remedy
    assert len(found.missing) < len(full_list(found)) / 2


def full_list(found):
    return [label for entry in found.missing for label in entry.labels]


def test_a_setting_that_holds_only_later_is_told_from_one_that_is_not_there(tmp_path):
    path = tmp_path / "later.yaml"
    path.write_text("athlete: {threshold_power: [{from: 2025-01-01, value: 250}]}", encoding="utf-8")
    by_need = {entry.why: entry.remedy for entry in report(ride(settings=path)).missing}
    assert by_need["Needs threshold power"] == "The settings file gives it for later days only."
    assert by_need["Needs critical power"].startswith("Put critical_power in the settings file.")


def test_metrics_over_several_rides_are_not_missed_where_they_are_reported(full):
    assert "Needs daily load" in {entry.why for entry in report(full).missing}
    assert "Needs daily load" not in {entry.why for entry in report(full, history=True).missing}


def test_laps_and_detected_efforts_have_their_tables(full):
    laps, efforts = report(full).laps
    assert (laps.title, [row[0] for row in laps.rows]) == ("Laps", ["lap 1", "lap 2"])
    assert laps.columns[:5] == ("Name", "Start", "Duration", "Distance, km", "Power, W")
    assert laps.rows[0][:5] == ("lap 1", "0:00", "8:20", "4.99", "151")
    assert efforts.title == "Efforts"
    assert efforts.rows[0][:3] == ("effort 1", "8:20", "5:00")


def test_marks_have_a_table_of_their_own(full):
    mine = marks("start 1:00-1:30", ride=full.whole, zone=full.zone)
    table = report(full, marks=mine).laps[0]
    assert (table.title, table.rows[0][:3]) == ("Marks", ("start", "1:00", "30 s"))


def test_one_effort_can_be_reported_alone(full):
    found = report(full, effort="lap 1")
    assert (found.title, found.duration, found.laps) == ("Cycling: lap 1", "8:20", ())
    assert found.strip.duration == 500.0
    with pytest.raises(UnknownName, match="lap 9"):
        report(full, effort="lap 9")


def test_zones_add_up_to_the_whole_and_name_their_bounds(full):
    power, heart = report(full).zones
    assert sum(zone.share for zone in power.zones) == pytest.approx(1.0)
    assert [z.bounds for z in power.zones][:2] == ["to 138 W", "138–188 W"]  # 0.55 and 0.75 of 250 W
    assert power.zones[-1].bounds == "over 375 W"
    assert heart.title == "Heart-rate zones"


def test_the_settings_that_were_used_stand_with_their_day(full):
    rows = {row[0]: row[1:] for row in report(full).settings.rows}
    assert rows["threshold power"] == ("250 W", "2024-01-01")
    assert rows["mass"] == ("70 kg", "always")
    assert rows["W′"] == ("20 kJ", "always")


def test_imperial_units_are_for_the_reader_alone(full):
    found = report(full, imperial=True)
    shown = {f.name: f.shown for s in found.sections for f in s.figures} | {f.name: f.shown for f in found.headline}
    assert shown["distance_covered"] == "9.31 mi"  # 14 990 m; 1609.344 m are a mile
    assert shown["average_temperature"] == "68.9 °F"  # 20.5 · 9/5 + 32
    assert shown["average_power"] == "181 W"
    assert {row[0]: row[1] for row in found.settings.rows}["mass"] == "154.32 lb"
    assert {trace.name: trace.unit for trace in found.strip.traces}["altitude"] == "ft"
    assert report(full).strip.traces[-1].unit == "m"


def test_files_are_told_by_their_name_without_the_folder():
    found = report(ride("power", file="/home/somebody/rides/evening.fit"))
    assert found.files.rows == (("evening.fit", "fit", "1,500", "abababababab"),)
    assert ("Problems of the files", ("byte 12: The checksum does not fit.",)) in [
        (group.title, group.messages) for group in found.quality
    ]


def test_an_undated_ride_has_no_date():
    assert report(ride("power", dated=False)).date == "The files don't say when"


@pytest.mark.parametrize("channel", ["power", "heart_rate", "cadence", "speed", "distance", "altitude", "temperature"])
def test_any_one_channel_makes_a_report(channel):
    found = report(ride(channel))
    assert found.headline
    assert found.missing


def test_a_report_without_charts_draws_nothing(full):
    assert report(full, charts=False).strip is None


def test_speed_is_drawn_where_there_is_no_power(full):
    assert [t.name for t in report(ride("speed", "cadence")).strip.traces] == ["cadence", "speed"]
    assert [t.name for t in report(full).strip.traces] == [
        "power", "w_prime_balance", "heart_rate", "cadence", "altitude",
    ]  # fmt: skip


def test_smoothing_keeps_holes_open():
    values = np.concatenate([np.full(60, 100.0), np.full(60, np.nan), np.full(60, 200.0)])
    smooth = smoothed(values, width=30)
    assert np.isnan(smooth[80:100]).all()
    assert smooth[:60].tolist() == [100.0] * 60


def test_a_smoothed_value_is_the_mean_of_its_window():
    values = np.random.default_rng(0).normal(200.0, 50.0, 300)
    smooth = smoothed(values, width=30)
    assert smooth[100] == pytest.approx(values[85:115].mean())


def test_several_rides_have_an_overview_with_their_trend(tmp_path):
    settings = written_settings(tmp_path)
    rides = [ride(settings=settings, shift=86_400 * day) for day in (0, 2)]
    found = overview(rides)
    assert (found.title, found.dates) == ("2 rides", "4 May 2024 to 6 May 2024")
    assert [row[0] for row in found.rides.rows] == ["Sat 4 May 2024", "Mon 6 May 2024"]
    load = rides[0]["load"].value
    assert found.trend.load.tolist() == pytest.approx([load, 0.0, load])
    assert [f.name for f in found.figures] == ["fitness", "fatigue", "form"]
    assert found.trend.fitness[0] == pytest.approx(load * (1 - np.exp(-1 / 42)))


def test_without_any_load_the_overview_says_what_it_needs():
    found = overview([ride("speed"), ride("speed", shift=86_400)])
    assert found.trend is None
    assert "threshold power" in found.why_not


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.8567, "1", ("0.857", "")), (1234.6, "W", ("1,235", "W")), (-3.4567, "°C", ("−3.46", "°C")),
        (float("nan"), "W", ("–", "")), (0.0, "s", ("0", "s")), (12.25, "s", ("12.2", "s")),
        (0.042, "s", ("42.0", "ms")), (14_990.0, "km", ("15.0", "km")), (5.4, "m", ("5", "m")),
        (3600.0, "s", ("1:00:00", "")), (3.0e-9, "1", ("0", "")),
        (59.96, "s", ("1:00", "")), (999.6, "1", ("1,000", "")), (0.5, "%", ("50.0", "%")),
    ],
)  # fmt: skip
def test_numbers_as_they_are_shown(value, unit, shown):
    assert amount(value, unit) == shown


def test_clocks_and_errors_and_numbers():
    assert [clock(s, decimals=False) for s in (0.0, 59.6, 3599.7)] == ["0:00", "1:00", "1:00:00"]
    assert with_error(250.0, 0.0, "W") == "250.0 ± 0.0 W"
    assert number(999.7) == "1,000"


def test_the_terminal_report_needs_neither_matplotlib_nor_polars():
    code = "import sys, paceline.measure.report; sys.exit(bool({'matplotlib', 'polars', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_shading_marks_the_readings_and_not_what_lies_between():
    from paceline.measure.sessions import sessions
    from paceline.record.recordings import RawFile

    (recording,) = ride("power", "speed", seconds=1200).recordings
    stream = recording.streams["record"]
    power = stream.values["power"].copy()
    power[[300, 900]] = 2900.0
    spiked = replace(recording, streams={"record": replace(stream, values={**stream.values, "power": power})})
    (again,) = sessions([RawFile("ride.fit", "fit", "ab" * 32, (spiked,))])
    doubts = next(t.doubts for t in report(again).strip.traces if t.name == "power")
    assert [(d.start, d.stop) for d in doubts] == [(300.0, 301.0), (900.0, 901.0)]
    assert again.whole.duration * SECOND == 1200 * SECOND
