"""Sessions: one ride from several devices, its efforts, and metrics that say what they rest on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.devices import Event
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NoSamples, SeveralRides, UnknownName
from paceline.measure.sessions import Session, read, sessions
from paceline.measure.settings import load
from paceline.record.export import write
from paceline.record.recordings import RawFile, Recording
from paceline.record.streams import Stream

BEGIN = 1_700_000_000 * SECOND
LENGTH = 600


def recording(*, begin=BEGIN, length=LENGTH, seed=1, **more):
    random = np.random.default_rng(seed)
    power = (200 + 80 * np.sin(np.arange(length) / 20) + random.normal(0, 20, length)).round()
    values = {"power": power, "speed": np.full(length, 8.0)}
    stream = Stream("record", begin + np.arange(length) * SECOND, values)
    laps = (
        Effort("lap 1", begin, begin + 100 * SECOND, "lap"),
        Effort("lap 2", begin + 100 * SECOND, begin + 600 * SECOND, "lap"),
    )
    return replace(Recording({"record": stream}, sport="cycling", laps=laps), **more)


def raw(*recordings, name="ride.fit"):
    """A file that lies nowhere, so that no settings lie beside it."""
    return RawFile(f"/nowhere/rides/{name}", "fit", "0" * 64, recordings)


def one(*files, **more):
    (session,) = sessions(files, **more)
    return session


def test_the_whole_ride_ends_with_its_last_sample():
    assert one(raw(recording())).whole.duration == LENGTH


def test_a_metric_names_its_source_and_its_readings():
    result = one(raw(recording()))["work"]
    assert [source.name for source in result.sources] == ["power of record"]
    assert result.readings == LENGTH
    assert result.problems == ()


def test_every_metric_can_be_asked_of_an_effort():
    session = one(raw(recording()))
    whole, lap = session.metrics(), session.metrics("lap 2")
    assert lap["duration"].value == 500
    assert lap["work"].value < whole["work"].value
    assert lap["work"].readings == 500


def test_an_effort_need_not_begin_on_a_sample():
    session = one(raw(recording()))
    effort = Effort("start", BEGIN + 250_000_000, BEGIN + 30_750_000_000)
    assert session.metrics(effort)["duration"].value == 30.5


def test_an_unknown_effort_is_an_error_with_a_hint():
    with pytest.raises(UnknownName, match="Did you mean lap 1"):
        one(raw(recording())).metrics("lap1")


def test_a_missing_metric_says_why():
    session = one(raw(recording()))
    with pytest.raises(KeyError, match="Needs heart rate"):
        session["average_heart_rate"]


def test_the_same_ride_from_two_devices_counts_once():
    both = sessions([raw(recording(), name="a.fit"), raw(recording(), name="b.fit")])
    assert len(both) == 1
    assert [file.file for file in both[0].files] == ["/nowhere/rides/a.fit", "/nowhere/rides/b.fit"]
    assert both[0]["work"].value == one(raw(recording()))["work"].value


def test_two_rides_stay_two_in_time_order():
    later = recording(begin=BEGIN + 86_400 * SECOND, seed=2)
    found = sessions([raw(later, name="b.fit"), raw(recording(), name="a.fit")])
    assert [session.files[0].file for session in found] == ["/nowhere/rides/a.fit", "/nowhere/rides/b.fit"]


def test_a_file_in_local_time_is_put_on_the_other_ones_clock():
    local = recording(begin=BEGIN + 7200 * SECOND, events=(Event(BEGIN + 7200 * SECOND, "timer", "start"),))
    session = one(raw(recording(), name="a.fit"), raw(local, name="b.pwx"))
    assert session.recordings[1].streams["record"].time[0] == BEGIN
    assert session.recordings[1].events[0].time == BEGIN
    assert session.whole.duration == LENGTH


def test_an_undated_file_joins_the_dated_one():
    undated = recording(begin=0, dated=False)
    session = one(raw(undated, name="a.csv"), raw(recording(), name="b.fit"))
    assert session.recordings[0].streams["record"].time[0] == BEGIN


def test_files_without_samples_are_refused_together():
    with pytest.raises(NoSamples, match=r"settings\.fit"):
        sessions([raw(name="settings.fit"), raw(Recording({}), name="workout.fit")])


def test_the_setting_of_the_day_is_used_and_named(tmp_path):
    file = tmp_path / "paceline.yaml"
    file.write_text(
        "athlete:\n  threshold_power:\n    - {from: 2020-01-01, value: 200}\n    - {from: 2099-01-01, value: 400}\n"
    )
    result = one(raw(recording()), settings=load(file))["intensity"]
    assert [(s.name, s.value, s.since) for s in result.settings] == [("threshold_power", 200, "2020-01-01")]


def test_a_setting_that_holds_only_later_is_the_reason(tmp_path):
    file = tmp_path / "paceline.yaml"
    file.write_text("athlete:\n  threshold_power:\n    - {from: 2099-01-01, value: 400}\n")
    session = one(raw(recording()), settings=load(file))
    assert "2099-01-01" in session.metrics().missing["intensity"].why


def test_settings_beside_the_ride_are_found_and_zones_reach_the_metrics(tmp_path):
    (tmp_path / "paceline.yaml").write_text(
        "zone: Asia/Tokyo\nathlete: {threshold_power: 250, power_zones: [0.5, 1.0]}\n"
    )
    write(recording(), tmp_path / "ride.fit")
    session = read(tmp_path / "ride.fit")
    assert session.start.utcoffset().total_seconds() == 9 * 3600
    assert "power_zone_time" in session


def test_times_are_on_the_recorders_wall_clock_where_no_zone_is_set():
    assert one(raw(recording(utc_offset=-5 * 3600))).start.utcoffset().total_seconds() == -5 * 3600


def test_reading_one_ride_from_files_of_two_is_refused(tmp_path):
    for name, made in {"a.fit": recording(), "b.fit": recording(begin=BEGIN + 86_400 * SECOND, seed=2)}.items():
        write(made, tmp_path / name)
    with pytest.raises(SeveralRides, match="2 rides"):
        read(tmp_path / "a.fit", tmp_path / "b.fit")


def test_tables_are_polars_and_pandas_on_demand():
    session = one(raw(recording()))
    assert session.tables["record"].columns == ["time", "power", "speed"]
    assert session.pandas().index.name == "time"
    assert session.pandas().shape == (LENGTH, 2)
    with pytest.raises(UnknownName):
        session.table("rr")


def test_one_sample_is_a_session_that_says_why_it_is_not_enough():
    single = Recording({"record": Stream("record", np.array([BEGIN]), {"power": np.array([100.0])})})
    session = one(raw(single))
    assert isinstance(session, Session)
    assert session.whole.duration == 1.0
    assert "weighted_power" in session.metrics().missing


def test_a_repair_makes_a_new_session_whose_results_name_it():
    values = {"power": np.full(LENGTH, 200.0), "speed": np.full(LENGTH, 8.0)}
    values["power"][100:103] = np.nan
    stream = Stream("record", BEGIN + np.arange(LENGTH) * SECOND, values)
    session = one(raw(Recording({"record": stream})))
    repaired = session.repaired("power", "interpolate", max_hole=5.0)
    assert session["work"].value == 200.0 * (LENGTH - 3)
    assert repaired["work"].value == 200.0 * LENGTH
    assert repaired["work"].sources[0].name == "power of record, repaired: interpolate (3 readings)"
    assert "repaired" not in repaired["moving_time"].sources[0].name
    with pytest.raises(UnknownName, match="interpolate"):
        session.repaired("power", "interpolat")


def test_weather_from_before_the_start_does_not_lengthen_the_ride():
    ride = recording()
    weather = Stream("weather", np.array([BEGIN - 3600 * SECOND, BEGIN]), {"temperature": np.array([18.0, 19.0])})
    session = one(raw(replace(ride, streams={**ride.streams, "weather": weather})))
    assert session.whole.duration == LENGTH


def test_a_lap_of_two_devices_is_one_lap_and_a_name_means_one_effort():
    later = tuple(replace(lap, start=lap.start + SECOND) for lap in recording().laps)
    moved = (later[0], replace(later[1], start=BEGIN + 300 * SECOND))
    session = one(raw(recording(), name="a.fit"), raw(recording(laps=moved), name="b.tcx"))
    assert [effort.name for effort in session.efforts] == ["lap 1", "lap 2", "lap 2 (recording 2)"]


def test_a_session_shows_itself_in_a_line():
    assert repr(one(raw(recording()))) == "<Session 2023-11-14 22:13 UTC, 0:10:00, cycling, ride.fit>"
    assert repr(one(raw(recording()))["work"]).startswith("<work: ")
