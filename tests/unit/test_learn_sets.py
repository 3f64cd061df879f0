"""What models learn from: splits, copies, windows, joined sensors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotIdentifiable, NotPlausible, TooFewSamples, UnknownName
from paceline.learn import leakage, mounts
from paceline.learn.features import features
from paceline.learn.motion import joined, worn
from paceline.learn.sets import MotionSet, leave_one_out, relabelled, shared_labels
from paceline.learn.windows import Cut, on_grid, windows
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

AXES = ("acceleration_x", "acceleration_y", "acceleration_z")


def made(name, *, athlete="a", session="s", label="curl", seconds=20.0, seed=0, rate=50, start=0):
    count = round(seconds * rate)
    time = start + np.arange(count, dtype=np.int64) * (SECOND // rate)
    values = np.random.default_rng(seed).normal(0.0, 3.0, (count, 3)).astype(np.float32)
    return MotionSet(name, athlete, session, label, time, values, AXES)


def test_a_session_is_left_out_whole():
    sets = [made(str(n), session=f"s{n % 3}") for n in range(9)]
    splits = list(leave_one_out(sets, by="session"))
    assert [split.held_out for split in splits] == ["s0", "s1", "s2"]
    for split in splits:
        assert {sets[i].session for i in split.train}.isdisjoint({sets[i].session for i in split.test})
        assert len(split.train) + len(split.test) == len(sets)


def test_athletes_that_share_recordings_are_left_out_together():
    sets = [made(str(n), athlete=name) for n, name in enumerate("ABCE")]
    splits = list(leave_one_out(sets, by="athlete", entangled=[frozenset("AE")]))
    assert [tuple(sets[i].athlete for i in split.test) for split in splits] == [("A", "E"), ("B",), ("C",)]


def test_one_session_can_not_be_scored_on_unseen_ones():
    with pytest.raises(NotIdentifiable):
        list(leave_one_out([made("1"), made("2")], by="session"))


def test_labels_of_one_session_are_not_shared():
    sets = [made("1"), made("2", session="t"), made("3", label="row")]
    assert shared_labels(sets, by="session") == ("curl",)


def test_aliases_lead_to_one_spelling_and_not_in_circles():
    assert relabelled([made("1", label="dumbell")], {"dumbell": "dumbbell"})[0].label == "dumbbell"
    with pytest.raises(UnknownName):
        relabelled([made("1")], {"a": "b", "b": "a"})


def test_a_copy_is_found_by_content_whatever_its_clock_and_format():
    original = made("1", athlete="A", seed=1)
    copied = replace(original, name="2", athlete="E", time=original.time + 86_400 * SECOND)
    other = made("3", athlete="B", seed=2)
    found = leakage.copies([copied, other, original])
    assert [(one.original, one.copy) for one in found] == [(2, 0)]
    assert leakage.entangled([copied, other, original], found) == (frozenset("AE"),)
    assert [one.name for one in leakage.without_copies([copied, other, original], found)] == ["3", "1"]


def test_a_part_of_a_recording_is_a_copy_too():
    whole = made("1", athlete="A", seed=1)
    part = replace(whole, name="2", time=whole.time[200:600] + SECOND, values=whole.values[200:600])
    assert len(leakage.copies([whole, part])) == 1


def test_a_signal_with_two_labels_is_dropped_altogether():
    one = made("1", seed=1)
    two = replace(one, name="2", label="row")
    found = leakage.copies([one, two])
    assert found[0].contradicts([one, two])
    assert leakage.without_copies([one, two, made("3", seed=3)], found)[0].name == "3"


def test_lying_still_is_no_copy_of_lying_still():
    still = replace(made("1"), values=np.full((1000, 3), 9.81, np.float32))
    assert leakage.copies([still, replace(still, name="2", athlete="b")]) == ()


def test_no_window_touches_a_hole():
    one = made("1")
    keep = (one.time < 7 * SECOND) | (one.time >= 9 * SECOND)
    holed = replace(one, time=one.time[keep], values=one.values[keep])
    found = windows([holed], Cut(2.0, 0.5, 25.0))
    inside = (found.start + 2.0 > 7.0) & (found.start < 9.0)
    assert len(found.start) > 20
    assert not inside[found.start + 2.0 > 7.05].any()


def test_a_missing_reading_makes_no_window():
    one = made("1")
    values = one.values.copy()
    values[100:120, 1] = np.nan
    found = windows([replace(one, values=values)], Cut(2.0, 0.5, 25.0))
    assert np.isfinite(found.values).all()
    assert not ((found.start < 2.0) & (found.start + 2.0 > 2.4)).any()


def test_windows_are_on_the_line_between_readings():
    time = np.array([0, 100, 200, 300, 400]) * (SECOND // 1000)
    grid, sound = on_grid(time, np.array([[0.0], [1], [2], [3], [4]], np.float32), rate=20.0)
    assert sound.all()
    np.testing.assert_allclose(grid[:, 0], np.arange(9) / 2, atol=1e-6)


def test_a_set_shorter_than_a_window_gives_none():
    assert len(windows([made("1", seconds=1.0)], Cut(5.0)).values) == 0


def test_a_cut_without_length_is_refused():
    with pytest.raises(NotPlausible):
        Cut(length=0.0)


def stream(name, rate, seconds=10, offset=0.0, channels=None):
    time = np.rint((offset + np.arange(seconds * rate) / rate) * SECOND).astype(np.int64)
    names = channels or [f"{name}_{axis}" for axis in "xyz"]
    return Stream(name, time, dict.fromkeys(names, time / SECOND))


def test_sensors_of_three_rates_meet_on_one_grid():
    given = {"wrist acceleration": stream("acceleration", 50), "wrist rotation": stream("rotation", 25, offset=0.013),
             "sleeve strain": stream("strain", 10, channels=["strain"])}  # fmt: skip
    time, values, names = joined(given, rate=25.0)
    assert names[0] == "wrist acceleration_x"
    assert names[-1] == "sleeve strain"
    sound = np.isfinite(values).all(axis=1)
    assert sound.sum() > 240
    np.testing.assert_allclose(values[sound, -1], time[sound] / SECOND, atol=1e-5)
    assert np.isnan(values[0, 3])  # the gyroscope had not begun


def test_where_a_sensor_was_silent_nothing_is_made_up():
    whole = stream("strain", 10, channels=["strain"])
    keep = (whole.time < 4 * SECOND) | (whole.time > 6 * SECOND)
    holed = Stream("strain", whole.time[keep], {"strain": whole.values["strain"][keep]})
    time, values, _ = joined({"acceleration": stream("acceleration", 50), "strain": holed}, rate=25.0)
    silent = (time > 4 * SECOND) & (time < 6 * SECOND)
    assert np.isnan(values[silent, 3]).all()
    assert np.isfinite(values[silent, :3]).all()


def test_sensors_without_readings_can_not_be_joined():
    with pytest.raises(TooFewSamples):
        joined({"strain": Stream("strain", np.zeros(1, np.int64), {"strain": np.zeros(1)})}, rate=25.0)


def test_what_is_worn_is_told_by_place():
    one = Recording({"acceleration": stream("acceleration", 50)}, notes={"place": "left wrist"})
    assert list(worn([one, Recording({"strain": stream("strain", 10, channels=["strain"])})])) == [
        "left wrist acceleration", "strain"]  # fmt: skip


def test_rotations_keep_lengths_and_hands():
    generator = np.random.default_rng(0)
    for ways in (mounts.random_rotations(50, generator), mounts.random_mounts(50, generator, flip=0.5), mounts.FLIPS):
        np.testing.assert_allclose(ways @ ways.transpose(0, 2, 1), np.broadcast_to(np.eye(3), ways.shape), atol=1e-9)
        np.testing.assert_allclose(np.linalg.det(ways), 1.0)


def test_invariant_features_do_not_care_how_the_sensor_sits():
    values = np.random.default_rng(3).normal(0.0, 2.0, (6, 125, 3)).astype(np.float32) + np.float32([9.0, 2.0, 1.0])
    values = np.cumsum(values - values.mean(axis=1, keepdims=True), axis=1) * 0.1 + values
    turned = mounts.turned(values, mounts.random_rotations(6, np.random.default_rng(4)))
    same = features(values, rate=25.0, oriented=False), features(turned, rate=25.0, oriented=False)
    np.testing.assert_allclose(*same, rtol=1e-3, atol=1e-3)
    assert not np.allclose(features(values, rate=25.0), features(turned, rate=25.0), rtol=1e-2)


def test_features_of_still_windows_are_finite():
    assert np.isfinite(features(np.zeros((2, 50, 6), np.float32), rate=25.0)).all()
