"""Which source serves each quantity, by the stated order, and what the result says of it."""

from __future__ import annotations

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.measure.sources import serve
from paceline.record.recordings import Recording
from paceline.record.streams import Flag, Stream

WHOLE = Effort("whole", 0, 5 * SECOND, "whole")
CLOCK = np.arange(5) * SECOND


def recording(flags=None, /, **channels):
    values = {name: np.array(column, float) for name, column in channels.items()}
    return Recording({"record": Stream("record", CLOCK, values, flags or {})})


def test_what_a_device_recorded_comes_before_what_is_derived():
    served = serve([recording(speed=[1] * 5, distance=[0, 2, 4, 6, 8])], WHOLE)
    assert served.values["speed"].tolist() == [1] * 5
    assert served.sources["speed"].name == "speed of record"


def test_a_wheel_sensor_serves_speed_before_the_distance_does():
    served = serve([recording(wheel_speed=[3] * 5, distance=[0, 2, 4, 6, 8])], WHOLE)
    assert served.sources["speed"].name == "wheel_speed of record"


def test_a_derived_quantity_names_how_it_was_derived():
    served = serve([recording(distance=[0, 2, 4, 6, 8])], WHOLE)
    assert served.values["speed"][:4].tolist() == [2] * 4
    assert served.sources["speed"].name == "distance of record, derived: change of distance over time"


def test_an_absent_quantity_is_not_served_at_all():
    served = serve([recording(power=[1] * 5, heart_rate=[np.nan] * 5)], WHOLE)
    assert "heart_rate" not in served.values
    assert "cadence" not in served.values
    assert "torque" not in served.values


def test_the_recording_that_covers_more_of_the_effort_serves():
    patchy = recording(power=[1, np.nan, np.nan, np.nan, 1])
    served = serve([patchy, recording(power=[2] * 5)], WHOLE)
    assert served.values["power"].tolist() == [2] * 5
    assert served.sources["power"].name == "power of record (recording 2)"


def test_among_equals_the_first_named_serves():
    served = serve([recording(power=[1] * 5), recording(power=[2] * 5)], WHOLE)
    assert served.sources["power"].name == "power of record (recording 1)"


def test_readings_left_out_for_their_flags_are_counted():
    flags = {"power": np.array([0, Flag.SPIKE, 0, 0, 0], np.uint8)}
    source = serve([recording(flags, power=[1, 20_000, 1, 1, 1])], WHOLE).sources["power"]
    assert (source.readings, source.unused) == (4, 1)


def test_beats_stay_neighbours_where_one_is_flagged():
    beats = Stream("rr", CLOCK, {"rr_interval": np.array([0.8, 9.0, 0.8, 0.9, 0.7])},
                   {"rr_interval": np.array([0, Flag.OUT_OF_RANGE, 0, 0, 0], np.uint8)})  # fmt: skip
    served = serve([Recording({"rr": beats})], WHOLE)
    assert np.isnan(served.values["rr_interval"][1])
    assert (served.sources["rr_interval"].readings, served.sources["rr_interval"].unused) == (4, 1)


def test_only_the_effort_is_served():
    served = serve([recording(power=[1, 2, 3, 4, 5])], Effort("lap", SECOND, 3 * SECOND))
    assert served.values["power"].tolist() == [2, 3]
    assert served.sources["power"].readings == 2
    assert served.values["elapsed_time"] == 2.0
