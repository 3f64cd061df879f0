"""Any interval, measured and compared on the spot; where readings are in doubt; what the metrics mean."""

from __future__ import annotations

import polars as pl
import pytest

from paceline.keep.lake import Placed
from paceline.record.streams import Flag


@pytest.fixture
def ride(admin, north):
    """Ann's recorded ride: its address and its ends."""
    told = admin.get(f"/v1/sessions/{north.recorded}").json()
    return f"/v1/sessions/{north.recorded}", told["start"], told["end"]


def test_the_whole_ride_measured_on_the_spot_is_what_the_lake_holds(admin, ride):
    address, _, _ = ride
    spot = {row["metric"]: row for row in admin.get(f"{address}/measure").json()["metrics"]}
    kept = admin.get(f"{address}/metrics", params={"effort": 0}).json()["metrics"]
    assert len(kept) == len(spot) > 50
    for row in kept:
        same = spot[row["metric"]]
        assert (same["value"], same["reason"], same["used"]) == (row["value"], row["reason"], row["used"])


def test_an_interval_is_as_long_as_it_was_drawn(admin, ride):
    address, start, _ = ride
    query = {"start": start, "end": start.replace("06Z", "08.25Z")}
    metrics = {row["metric"]: row for row in admin.get(f"{address}/measure", params=query).json()["metrics"]}
    assert metrics["duration"]["value"] == 2.25
    assert all(
        row["reason"] for row in metrics.values() if row["value"] is None and row["detail"] is None and not row["used"]
    )


def test_an_interval_that_ends_before_it_begins_is_refused(admin, ride):
    address, start, end = ride
    answer = admin.get(f"{address}/measure", params={"start": end, "end": start})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "end")


def test_an_interval_outside_the_session_says_so(admin, ride):
    answer = admin.get(f"{ride[0]}/measure", params={"start": "2031-01-01T00:00:00Z", "end": "2031-01-01T00:01:00Z"})
    assert answer.status_code == 422
    assert "outside the session" in answer.json()["detail"]


def test_a_session_without_a_recording_has_nothing_to_measure(admin, north):
    answer = admin.get(f"/v1/sessions/{north.session}/measure")
    assert (answer.status_code, "nothing to measure" in answer.json()["detail"]) == (409, True)


def test_a_ride_beside_itself_loses_no_time(admin, north, ride):
    answer = admin.get(f"{ride[0]}/comparison", params={"other": north.recorded, "by": "time"})
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["efforts"]
    assert first["traces"] == second["traces"]
    assert answer.json()["metrics"]["duration"]["values"][0] == answer.json()["metrics"]["duration"]["values"][1]


def test_a_session_that_one_may_not_see_is_none_to_compare_with(anyone, north, token, ride):
    headers = token("coach")
    answer = anyone.get(f"{ride[0]}/comparison", params={"other": north.bobs_session}, headers=headers)
    unknown = anyone.get(f"{ride[0]}/comparison", params={"other": "0" * 8 + north.session[8:]}, headers=headers)
    assert answer.status_code == unknown.status_code == 404


def test_doubts_that_follow_one_another_are_one_stretch(admin, hall, north):
    start, doubts = 1_714_809_600_000_000_000, [0, 4, 4, 0, 4, 16, 20, 0]
    frame = pl.DataFrame(
        {
            "subject": north.bob, "month": "2024-05", "session": north.bobs_session, "recording": "ab" * 32, "part": 0,
            "stream": "record", "sample": range(8), "t": [start + n * 10**9 for n in range(8)], "power": 200.0,
            "power_flags": doubts,
        },
        schema_overrides={"part": pl.Int32, "power_flags": pl.Int16},
    )  # fmt: skip
    hall.room("north").store.lake.replace(
        {"samples_record": frame}, placed=[Placed(north.bobs_session, north.bob, "2024-05")]
    )
    told = admin.get(f"/v1/sessions/{north.bobs_session}/flags").json()
    found = {(one["flag"], one["start"][17:19], one["end"][17:19], one["readings"]) for one in told["flags"]}
    assert found == {
        ("spike", "01", "02", 2),
        ("spike", "04", "04", 1),
        ("spike", "06", "06", 1),
        ("out_of_range", "05", "06", 2),
    }
    assert told["of"] == 4
    assert {int(Flag.SPIKE), int(Flag.OUT_OF_RANGE)} == {4, 16}


def test_the_catalogue_says_what_each_metric_means(anyone):
    told = anyone.get("/v1/catalogue").json()
    work = next(metric for metric in told["metrics"] if metric["name"] == "work")
    assert (work["unit"], work["label"]) == ("J", "Work")
    assert "power" in work["needs"]
    assert {"name", "unit", "meaning"} == set(told["channels"][0])
