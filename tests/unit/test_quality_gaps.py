"""Holes in time, and whether the device was told to pause."""

from __future__ import annotations

import numpy as np

from paceline.domain.devices import Event
from paceline.domain.efforts import SECOND
from paceline.record.quality import Finding, assess
from paceline.record.quality.gaps import longest_step
from paceline.record.recordings import Recording
from paceline.record.streams import Flag, Stream


def assessed(seconds: np.ndarray, *events: Event, altitude: np.ndarray | None = None):
    time = (np.asarray(seconds) * SECOND).astype(np.int64)
    values = {"altitude": np.full(len(time), 150.0) if altitude is None else altitude}
    return assess(Recording({"record": Stream("record", time, values)}, events=events))


def kinds(findings: tuple[Finding, ...]) -> list[str]:
    return [f.kind for f in findings]


HOLE = np.r_[np.arange(100), np.arange(339, 400)]


def test_a_gap_is_flagged_on_the_first_reading_after_it():
    found = assessed(HOLE)
    flags = found.recording.streams["record"].flags["time"]
    assert np.flatnonzero(flags & Flag.GAP).tolist() == [100]


def test_a_gap_is_reported_not_filled():
    found = assessed(HOLE)
    assert kinds(found.findings) == ["gap"]
    assert (
        found.findings[0].message
        == "Recording: nothing was written for 0:04:00, at 0:01:39 into the recording; not filled."
    )
    assert len(found.recording.streams["record"]) == len(HOLE)


def test_a_hole_while_the_timer_was_stopped_is_a_pause():
    stop, start = Event(99 * SECOND, "timer", "stop_all"), Event(338 * SECOND, "timer", "start")
    assert kinds(assessed(HOLE, start, stop).findings) == ["pause"]


def test_a_hole_that_a_pause_explains_only_in_part_is_a_gap():
    stop, start = Event(99 * SECOND, "timer", "stop_all"), Event(200 * SECOND, "timer", "start")
    assert kinds(assessed(HOLE, stop, start).findings) == ["gap"]


def test_a_stop_without_a_start_lasts_until_the_readings_go_on():
    assert kinds(assessed(HOLE, Event(99 * SECOND, "timer", "stop")).findings) == ["pause"]


def test_other_events_explain_no_hole():
    assert kinds(assessed(HOLE, Event(99 * SECOND, "rear_gear_change", "stop")).findings) == ["gap"]


def test_smart_recording_has_no_gaps():
    steps = np.random.default_rng(3).integers(1, 11, 2000)
    assert assessed(np.cumsum(steps)).findings == ()


def test_smart_recording_with_a_hole_of_minutes_has_one_gap():
    steps = np.random.default_rng(3).integers(1, 11, 2000)
    steps[1000] = 180
    assert kinds(assessed(np.cumsum(steps)).findings) == ["gap"]


def test_a_hole_is_judged_by_the_streams_own_step():
    assert longest_step(np.arange(0, 3000, 30.0)) == 150.0
    assert np.isclose(longest_step(np.arange(0, 10, 0.01)), 0.05)


def test_a_seconds_jitter_is_no_gap():
    seconds = np.arange(1000.0)
    seconds[500:] += 2
    assert assessed(seconds).findings == ()


def test_a_sensor_that_falls_silent_is_reported():
    altitude = np.full(1000, 200.0)
    altitude[300:400] = np.nan
    found = assessed(np.arange(1000), altitude=altitude)
    assert [(f.kind, f.channel, f.count) for f in found.findings] == [("missing", "altitude", 100)]
    assert found.findings[0].start == 300 * SECOND
    assert found.findings[0].stop == 399 * SECOND


def test_a_sensor_that_is_found_late_and_lost_early_is_reported():
    altitude = np.full(1000, 200.0)
    altitude[:60], altitude[-40:] = np.nan, np.nan
    assert [(f.kind, f.count) for f in assessed(np.arange(1000), altitude=altitude).findings] == [("missing", 100)]


def test_a_channel_that_is_recorded_every_few_samples_is_not_missing():
    altitude = np.full(1000, np.nan)
    altitude[::5] = 200.0
    assert assessed(np.arange(1000), altitude=altitude).findings == ()


def test_every_absent_reading_is_flagged():
    altitude = np.array([1.0, np.nan, 3.0])
    assert assessed(np.arange(3), altitude=altitude).recording.streams["record"].flags["altitude"].tolist() == [0, 1, 0]
