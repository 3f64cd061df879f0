"""Efforts side by side: made rides whose differences are known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NotIdentifiable, NotPlausible, UnknownName
from paceline.measure.comparison import Compared, compare, matrix
from paceline.measure.sessions import Session, sessions
from paceline.record.recordings import RawFile, Recording
from paceline.record.streams import Stream

START = 1_714_809_600 * SECOND


def ride(
    speed, *, laps=(), power=200.0, start=START, keep=None, drop=(), sport="cycling", north=0.0, hills=None
) -> Session:
    """A ride by its speed in each second; places are straight to the east, climbing 1 %."""
    speed = np.asarray(speed, dtype=float)
    distance = np.concatenate([[0.0], np.cumsum(speed)[:-1]])
    kept = np.ones(speed.size, bool) if keep is None else keep
    values = {
        "speed": speed,
        "distance": distance,
        "power": np.broadcast_to(np.asarray(power, float), speed.shape).copy(),
        "latitude": np.full(speed.size, north / 111_195.0),
        "longitude": distance / 111_195.0,
        "altitude": 100.0 + 0.01 * distance if hills is None else hills,
    }
    stream = Stream(
        "record",
        start + np.flatnonzero(kept) * SECOND,
        {name: column[kept] for name, column in values.items() if name not in drop},
    )
    drawn = tuple(
        Effort(f"lap {i}", start + round(a * SECOND), start + round(b * SECOND), "lap")
        for i, (a, b) in enumerate(laps, 1)
    )
    recording = Recording({"record": stream}, sport=sport, laps=drawn)
    return sessions([RawFile("/nowhere/ride.fit", "fit", "ab" * 32, (recording,))])[0]


def whole(session, name, **more):
    return Compared(session, session.whole, name, **more)


def part(session, name, begin, end, **more):
    effort = Effort(name, START + round(begin * SECOND), START + round(end * SECOND))
    return Compared(session, effort, name, **more)


def test_time_lost_over_distance_is_that_of_the_two_speeds():
    found = compare([whole(ride(np.full(301, 10.0)), "fast"), whole(ride(np.full(601, 8.0)), "slow")])
    lost = found.time_lost("slow")
    assert found.edges[0] == 0.0
    assert lost == pytest.approx(found.edges / 8.0 - found.edges / 10.0, abs=1e-6)
    assert found.time_lost("fast", against="slow") == pytest.approx(-lost)
    assert found.time_lost("fast").tolist() == [0.0] * len(lost)
    assert found.difference("slow", "speed") == pytest.approx(np.full(lost.size - 1, -2.0))


def test_time_is_lost_where_it_was_lost():
    slow_in_the_middle = np.concatenate([np.full(100, 10.0), np.full(100, 5.0), np.full(150, 10.0)])
    found = compare([whole(ride(np.full(300, 10.0)), "even"), whole(ride(slow_in_the_middle), "tired")], cell=100.0)
    lost = dict(zip(found.edges.tolist(), found.time_lost("tired").tolist(), strict=True))
    assert lost[1000.0] == pytest.approx(0.0, abs=1e-6)
    assert lost[1500.0] == pytest.approx(50.0)
    assert lost[2500.0] == pytest.approx(50.0)
    even, tired = found.between(1000.0, 1500.0)
    assert (even.seconds, tired.seconds, tired.lost, tired.distance) == pytest.approx((50.0, 100.0, 50.0, 500.0))
    assert tired.means["speed"] == pytest.approx(5.0)


def test_an_effort_between_two_samples_keeps_its_milliseconds():
    session = ride(np.full(200, 12.5))
    found = compare([part(session, "one", 10.25, 40.25), part(session, "other", 50.8, 80.675)])
    one, other = found.between(0.0, 250.0)
    assert one.seconds == pytest.approx(20.0, abs=1e-6)
    assert other.lost == pytest.approx(0.0, abs=1e-6)
    assert found.edges[-1] == pytest.approx(12.5 * 29.875)


def test_a_shift_brings_the_marks_together():
    speed = np.full(400, 8.0)
    late = np.concatenate([np.full(20, 8.0), speed])
    power = np.where(np.arange(400) < 200, 150.0, 300.0)
    shifted = np.concatenate([np.full(20, 150.0), power])
    one, other = ride(speed, power=power), ride(late, power=shifted)
    plain = compare([whole(one, "a"), whole(other, "b")], by="time", cell=1.0)
    assert np.nanmax(np.abs(plain.difference("b", "power"))) == pytest.approx(150.0)
    moved = compare([whole(one, "a"), whole(other, "b", shift=20.0)], by="time", cell=1.0)
    assert np.nanmax(np.abs(moved.difference("b", "power"))) == pytest.approx(0.0)
    assert moved.edges[0] == 0.0
    by_distance = compare([whole(one, "a"), whole(other, "b", shift=160.0)], cell=8.0)
    assert np.nanmax(np.abs(by_distance.difference("b", "power"))) == pytest.approx(0.0, abs=1e-9)


def test_by_time_one_sees_the_distance_gained():
    found = compare([whole(ride(np.full(100, 10.0)), "a"), whole(ride(np.full(100, 11.0)), "b")], by="time", cell=1.0)
    assert found.distance_gained("b")[:90] == pytest.approx(np.arange(90.0))
    assert found.time_lost("b") == pytest.approx(np.zeros(found.edges.size))


def test_by_lap_the_lines_come_together_though_the_laps_differ_in_length():
    one = ride(np.full(130, 10.0), laps=[(0, 25), (25, 50.5), (50.5, 75.5)])
    other = ride(np.full(130, 10.0), laps=[(0, 26), (26, 50.5), (50.5, 78.5)])
    first, second = (Compared(s, Effort(n, START, s.efforts[-1].stop), n) for s, n in ((one, "one"), (other, "other")))
    found = compare([first, second], by="lap", cell=0.25)
    lost = dict(zip(found.edges.tolist(), found.time_lost("other").tolist(), strict=True))
    assert found.unit == "laps"
    assert (lost[1.0], lost[2.0], lost[3.0]) == pytest.approx((1.0, 0.0, 3.0), abs=1e-6)
    with pytest.raises(NotIdentifiable, match="no lap"):
        compare([first, part(other, "inside", 3, 20)], by="lap")


def test_a_gap_is_a_hole_in_every_trace_and_not_filled():
    keep = np.ones(300, bool)
    keep[100:160] = False
    found = compare([whole(ride(np.full(300, 10.0)), "a"), whole(ride(np.full(300, 10.0), keep=keep), "b")], cell=10.0)
    lost = found.time_lost("b")
    inside = (found.edges > 990.0) & (found.edges < 1600.0)
    assert np.all(np.isnan(lost[inside]))
    assert lost[~inside] == pytest.approx(np.zeros(np.count_nonzero(~inside)), abs=1e-9)
    assert np.all(np.isnan(found.trace("b", "power")[101:159]))
    assert np.all(np.isnan(found.mean_trace("power")[101:159]))
    assert np.isnan(found.between(500.0, 1200.0)[1].seconds)


def test_a_stop_costs_its_time_at_its_place():
    stopped = np.concatenate([np.full(100, 10.0), np.zeros(30), np.full(101, 10.0)])
    found = compare([whole(ride(np.full(201, 10.0)), "a"), whole(ride(stopped), "b")], cell=10.0)
    lost = dict(zip(found.edges.tolist(), found.time_lost("b").tolist(), strict=True))
    assert (lost[1000.0], lost[1010.0]) == pytest.approx((0.0, 30.0), abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("length", ride(np.full(250, 10.0))),
        ("course", ride(np.full(300, 10.0), north=500.0)),
        ("sport", ride(np.full(300, 10.0), sport="running")),
        ("source", ride(np.full(300, 10.0), drop=("speed",))),
        ("unknown course", ride(np.full(300, 10.0), drop=("latitude", "longitude", "altitude"))),
    ],
)
def test_what_differs_besides_the_riding_is_said(kind, other):
    found = compare([whole(ride(np.full(300, 10.0)), "a"), whole(other, "b")])
    assert [mismatch.kind for mismatch in found.mismatches] == [kind]
    assert "b and a" in found.mismatches[0].message


def test_rides_alike_have_no_mismatch_and_an_altitude_that_differs_is_one():
    same = compare([whole(ride(np.full(300, 10.0)), "a"), whole(ride(np.full(310, 9.7)), "b")])
    assert same.mismatches == ()
    hills = 100.0 + 30.0 * np.sin(np.arange(300) / 20.0)
    flat = ride(np.full(300, 10.0), drop=("latitude", "longitude"), hills=hills)
    found = compare([whole(ride(np.full(300, 10.0)), "a"), whole(flat, "b")])
    assert [mismatch.kind for mismatch in found.mismatches] == ["profile"]


def test_the_matrix_has_units_and_reasons():
    with_power, without = ride(np.full(300, 10.0)), ride(np.full(300, 10.0), drop=("power",))
    found = matrix([whole(with_power, "a"), whole(without, "b")])
    row = found.row("average_power")
    assert row.metric.unit == "W"
    assert row.cells[0].value == 200.0
    assert row.cells[1].value is None
    assert "power" in row.cells[1].why
    assert (row.mean, row.counted) == (200.0, 1)
    assert "fitness" not in [r.metric.name for r in found.rows]
    assert [r.metric.name for r in matrix([whole(without, "b")], ["work"]).rows] == ["work"]
    with pytest.raises(UnknownName):
        matrix([whole(without, "b")], ["wrok"])


def test_what_can_not_be_compared_is_refused():
    session = ride(np.full(300, 10.0))
    with pytest.raises(NotIdentifiable, match="two efforts or more"):
        compare([whole(session, "a")])
    with pytest.raises(NotIdentifiable, match="same name"):
        compare([whole(session, "a"), whole(session, "a")])
    with pytest.raises(NotIdentifiable, match="share no part"):
        compare([whole(session, "a"), whole(session, "b", shift=5000.0)])
    bare = ride(np.full(300, 10.0), drop=("speed", "distance", "latitude", "longitude"))
    with pytest.raises(NotIdentifiable, match="has no distance"):
        compare([whole(session, "a"), whole(bare, "b")])
    assert compare([whole(session, "a"), whole(bare, "b")], by="time").edges[-1] > 250.0


def test_a_comparison_can_not_be_changed():
    found = compare([whole(ride(np.full(300, 10.0)), "a"), whole(ride(np.full(310, 9.7)), "b")])
    with pytest.raises(ValueError, match="read-only"):
        found.edges[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        found.tracks[0].values["power"][0] = 1.0
    with pytest.raises(AttributeError):
        found.by = "time"
    with pytest.raises(UnknownName):
        found.trace("a", "torque")
    with pytest.raises(UnknownName):
        found.time_lost("c")


@pytest.mark.parametrize("shift", [float("nan"), float("inf")])
def test_a_shift_that_is_no_number_is_refused_by_its_name(shift):
    session = ride(np.full(301, 10.0))
    with pytest.raises(NotPlausible, match="A shift must be a number"):
        compare([whole(session, "one"), whole(session, "other", shift=shift)])
