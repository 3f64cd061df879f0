"""Fewer points, no lost peak, no filled gap."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.keep.lake import Placed
from paceline.serve.thinning import kept

READING = st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))


@given(values=st.lists(READING, min_size=1, max_size=400), steps=st.data(), points=st.integers(4, 60))
def test_the_lowest_and_the_highest_reading_are_always_shown(values, steps, points):
    read = np.array(values)
    time = np.cumsum(steps.draw(st.lists(st.integers(0, 10**9), min_size=len(read), max_size=len(read))))
    shown = kept(time.astype(np.int64), read, points=points)
    assert np.all(np.diff(shown) > 0)
    assert len(shown) <= max(points, points + points // 2)
    if not np.isnan(read).all():
        assert np.nanmin(read[shown]) == np.nanmin(read)
        assert np.nanmax(read[shown]) == np.nanmax(read)
    assert np.isnan(read).any() == np.isnan(read[shown]).any()


def test_a_gap_stays_where_it_was():
    time = np.arange(100_000, dtype=np.int64) * 10_000_000
    values = np.sin(np.arange(100_000) / 1000.0)
    values[40_000:45_000] = np.nan
    shown = kept(time, values, points=200)
    absent = shown[np.isnan(values[shown])]
    assert absent[0] == 40_000
    assert absent[-1] < 45_000
    assert not np.isnan(values[shown[(shown < 40_000) | (shown >= 45_000)]]).any()


@pytest.fixture
def long_ride(hall, north):
    """Ten minutes at 100 Hz in Bob's session: one spike, one gap."""
    count = 60_000
    power = np.full(count, 200.0)
    power[12_345] = 1500.0
    time = 1_714_809_600_000_000_000 + np.arange(count, dtype=np.int64) * 10_000_000
    frame = pl.DataFrame(
        {
            "subject": north.bob, "month": "2024-05", "session": north.bobs_session, "recording": "ab" * 32, "part": 0,
            "stream": "record", "sample": np.arange(count), "t": time, "power": power, "cadence": 90.0,
        }
    ).with_columns(pl.when(pl.col("sample").is_between(30_000, 33_000)).then(None).otherwise(pl.col("power")).alias("power"))  # fmt: skip  # noqa: E501
    placed = Placed(north.bobs_session, north.bob, "2024-05")
    hall.room("north").store.lake.replace({"samples_record": frame}, placed=[placed])
    return f"/v1/sessions/{north.bobs_session}/samples"


def test_a_stream_says_what_it_holds(admin, long_ride):
    (stream,) = admin.get(long_ride).json()["streams"]
    assert (stream["stream"], stream["channels"], stream["samples"]) == ("record", ["cadence", "power"], 60_000)
    assert (stream["start"], stream["end"]) == ("2024-05-04T08:00:00Z", "2024-05-04T08:09:59.99Z")


def test_a_spike_and_a_gap_survive_on_a_hundred_points(admin, long_ride):
    (series,) = admin.get(f"{long_ride}/record?channel=power&points=100").json()["series"]
    assert series["of"] == 60_000
    assert len(series["values"]) == len(series["t_ns"]) <= 150
    assert series["values"][series["t_ns"].index(12_345 * 10_000_000)] == 1500.0
    assert None in series["values"]
    assert series["unit"] == "W"


def test_where_nothing_was_recorded_the_line_is_broken(admin, hall, north, long_ride):
    lake = hall.room("north").store.lake
    ridden = lake.read("samples_record", where={"session": north.bobs_session})
    paused = ridden.filter(~pl.col("sample").is_between(20_000, 26_999))  # 70 s without a sample
    lake.replace({"samples_record": paused}, placed=[Placed(north.bobs_session, north.bob, "2024-05")])
    (series,) = admin.get(f"{long_ride}/record?channel=power&points=100").json()["series"]
    (place,) = series["breaks"]
    assert series["t_ns"][place - 1] < 200_000_000_000
    assert series["t_ns"][place] >= 270_000_000_000
    (all_there,) = admin.get(f"{long_ride}/record?channel=power&end=2024-05-04T08:03:00Z").json()["series"]
    assert all_there["breaks"] == []


def test_a_window_is_shown_in_full_where_it_has_few_readings(admin, long_ride):
    window = "start=2024-05-04T08:02:03.40Z&end=2024-05-04T08:02:03.50Z"
    (series,) = admin.get(f"{long_ride}/record?channel=power&{window}").json()["series"]
    assert series["start"] == "2024-05-04T08:02:03.4Z"
    assert series["values"] == [200.0] * 5 + [1500.0] + [200.0] * 4
    assert series["t_ns"] == [step * 10_000_000 for step in range(10)]
    empty = "start=2030-01-01T00:00:00Z"
    assert admin.get(f"{long_ride}/record?{empty}").json()["series"] == []


def test_what_there_is_not_is_said_by_name(admin, long_ride):
    assert admin.get(f"{long_ride}/wind").status_code == 404
    misspelt = admin.get(f"{long_ride}/record?channel=powr")
    assert misspelt.status_code == 404
    assert "Did you mean power?" in misspelt.json()["detail"]


def test_pages_of_metrics_are_of_one_data_version(admin, hall, north):
    path = f"/v1/sessions/{north.recorded}/metrics"
    whole = admin.get(path).json()
    first = admin.get(f"{path}?limit=100").json()
    lake = hall.room("north").store.lake
    lake.remove([Placed(north.recorded, north.ann, "2001-02")])
    rest = admin.get(f"{path}?limit=1000", params={"after": first["next"]}).json()
    assert first["data_version"] == rest["data_version"] == whole["data_version"]
    assert first["metrics"] + rest["metrics"] == whole["metrics"]
    assert admin.get(path).json()["metrics"] == []


def test_a_season_is_the_metrics_of_whole_sessions_by_time(admin, north):
    path = f"/v1/athletes/{north.ann}/metrics?metric=work&metric=duration"
    told = admin.get(path).json()["metrics"]
    assert [(it["metric"], it["value"], it["number"]) for it in told] == [("duration", 4.5, 0), ("work", 617.5, 0)]
    assert admin.get(f"{path}&start=2001-02-04T00:00:00Z").json()["metrics"] == []
    assert len(admin.get(f"{path}&start=2001-02-03T00:00:00Z&end=2001-02-04T00:00:00Z").json()["metrics"]) == 2
