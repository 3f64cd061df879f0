"""Named repairs: asked for, counted, and beside what was recorded."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import UnknownName
from paceline.record.quality import assess
from paceline.record.recordings import Recording
from paceline.record.repairs import REPAIRS, repair
from paceline.record.streams import Flag, Stream

NAN = np.nan


def stream(values: list[float], *, channel: str = "power", times: list[float] | None = None) -> Stream:
    seconds = np.arange(len(values)) if times is None else np.array(times)
    made = Stream("record", (seconds * SECOND).astype(np.int64), {channel: np.array(values, float)})
    return assess(Recording({"record": made})).recording.streams["record"]


def test_interpolation_fills_a_short_hole_by_time():
    made = repair(stream([100, NAN, NAN, 400], times=[0, 1, 2, 3]), "power", "interpolate")
    assert made.stream.values["power"].tolist() == [100, 200, 300, 400]
    assert made.repair.count == 2
    assert dict(made.repair.parameters) == {"max_hole": 5.0}
    uneven = repair(stream([100, NAN, 400], times=[0, 1, 3]), "power", "interpolate")
    assert uneven.stream.values["power"].tolist() == [100, 200, 400]


def test_interpolation_leaves_a_long_hole_and_both_ends_open():
    made = repair(stream([NAN, 100, NAN, NAN, NAN, 400, NAN]), "power", "interpolate", max_hole=3.0)
    assert np.isnan(made.stream.values["power"]).tolist() == [True, False, True, True, True, False, True]
    assert made.repair.count == 0
    assert (made.stream.flag("power")[2:5] == Flag.MISSING).all()


def test_interpolation_does_not_go_by_doubted_readings():
    made = repair(stream([200, 200, NAN, 21_733, 210, 200, 200]), "power", "interpolate")
    assert made.stream.values["power"][2] == pytest.approx(200 + 10 / 3)
    assert made.stream.values["power"][3] == 21_733


def test_directions_are_interpolated_the_shorter_way_round():
    made = repair(stream([350, NAN, 20], channel="heading"), "heading", "interpolate")
    assert made.stream.values["heading"].tolist() == [350, 5, 20]
    made = repair(stream([179, NAN, -177], channel="longitude"), "longitude", "interpolate")
    assert made.stream.values["longitude"].tolist() == [179, -179, -177]


def test_holding_repeats_the_last_good_reading_for_a_while():
    made = repair(stream([NAN, 100, NAN, NAN, NAN, 400]), "power", "hold", max_hole=2)
    assert made.stream.values["power"][1:4].tolist() == [100, 100, 100]
    assert np.isnan(made.stream.values["power"][[0, 4]]).all()
    assert made.repair.count == 2


def test_a_spike_becomes_absent_or_a_point_between_its_neighbours():
    spiked = stream([200, 210, 200, 21_733, 220, 210, 200])
    assert np.isnan(repair(spiked, "power", "despike").stream.values["power"][3])
    made = repair(spiked, "power", "despike", fill="interpolate")
    assert made.stream.values["power"][3] == 210
    assert made.stream.flags["power"].tolist() == [0, 0, 0, Flag.REPAIRED, 0, 0, 0]
    assert made.repair.count == 1


def test_dropping_makes_every_doubted_reading_absent():
    made = repair(stream([140, 0, 141, 260, 142], channel="heart_rate"), "heart_rate", "drop")
    assert np.isnan(made.stream.values["heart_rate"]).tolist() == [False, True, False, True, False]
    assert (made.stream.flags["heart_rate"][[1, 3]] == Flag.REPAIRED | Flag.MISSING).all()


def test_only_dropouts_are_removed_where_only_they_are_meant():
    made = repair(stream([140, 0, 141, 260, 142], channel="heart_rate"), "heart_rate", "zero_dropouts_to_nan")
    assert np.isnan(made.stream.values["heart_rate"]).tolist() == [False, True, False, False, False]


def test_a_clock_is_put_in_order_by_leaving_doubted_samples_out():
    made = repair(stream([1, 2, 3, 4, 5, 6], times=[0, 1, 1, 9, 2, 3]), "time", "clock")
    assert (made.stream.time // SECOND).tolist() == [0, 1, 2, 3]
    assert made.stream.values["power"].tolist() == [1, 2, 5, 6]
    assert not (made.stream.flags["time"] & Flag.TIME).any()
    assert made.repair.count == 2


def test_a_clock_is_put_in_order_by_sorting_late_samples_in():
    made = repair(stream([1, 2, 3, 4, 5], times=[0, 2, 1, 3, 3]), "time", "clock", order_by="time")
    assert (made.stream.time // SECOND).tolist() == [0, 1, 2, 3]
    assert made.stream.values["power"].tolist() in ([1, 3, 2, 4], [1, 3, 2, 5])
    assert int((made.stream.flags["time"] & Flag.REPAIRED).astype(bool).sum()) == 1
    assert made.repair.count == 2


@pytest.mark.parametrize("kind", sorted(REPAIRS))
def test_no_repair_touches_what_was_recorded(kind: str):
    spiked = stream([200, NAN, 200, 21_733, 220, 210, 0, 200])
    before, flags = spiked.values["power"].copy(), spiked.flags["power"].copy()
    repair(spiked, "time" if kind == "clock" else "power", kind)
    assert np.array_equal(spiked.values["power"], before, equal_nan=True)
    assert np.array_equal(spiked.flags["power"], flags)


@pytest.mark.parametrize("kind", sorted(REPAIRS))
@pytest.mark.parametrize("length", [0, 1, 2])
@pytest.mark.parametrize("value", [NAN, 1.0])
def test_every_repair_survives_the_shortest_streams(kind: str, length: int, value: float):
    made = repair(stream([value] * length), "time" if kind == "clock" else "power", kind)
    assert len(made.stream) == length
    assert made.repair.name == kind
    assert made.repair.count == 0


def test_unknown_names_are_errors_that_name_close_ones():
    with pytest.raises(UnknownName, match="interpolate"):
        repair(stream([1.0]), "power", "interpolat")
    with pytest.raises(UnknownName, match="power"):
        repair(stream([1.0]), "powr", "hold")
    with pytest.raises(UnknownName, match="max_hole"):
        repair(stream([1.0]), "power", "hold", max_hol=3)
    with pytest.raises(UnknownName, match="time"):
        repair(stream([1.0]), "power", "clock")
    with pytest.raises(UnknownName, match="fill"):
        repair(stream([1.0]), "power", "despike", fill="zero")
    with pytest.raises(UnknownName, match="order_by"):
        repair(stream([1.0]), "time", "clock", order_by="value")
