"""What was recorded can't be written over by whoever reads it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.made_rides import ride

from paceline.domain.efforts import SECOND
from paceline.domain.errors import UnknownName
from paceline.record.streams import Stream


def made():
    power = np.array([100.0, 200.0])
    return power, Stream("record", np.arange(2) * SECOND, {"power": power}, {"power": np.zeros(2, np.uint8)})


def test_readings_times_and_flags_refuse_to_be_written_over():
    _, stream = made()
    for array in (stream.time, stream.values["power"], stream.flags["power"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_array_that_was_given_can_still_be_written_to_and_none_is_copied():
    power, stream = made()
    assert np.shares_memory(power, stream.values["power"])
    power[0] = 1.0
    assert power.flags.writeable


def test_a_stream_made_from_another_holds_the_same_arrays():
    _, stream = made()
    assert replace(stream, name="other").values["power"] is stream.values["power"]


def test_tables_can_be_written_to_without_touching_the_session():
    session = ride("power")
    before = session["work"].value
    table = session.pandas()
    table["power"] = 0.0
    table.iloc[:, :] = 1.0
    assert float(session.table()["power"].sum()) > 1000.0
    assert session.metrics(only=["work"])["work"].value == before


def test_the_array_of_a_result_can_not_be_written_over_either():
    session = ride("power")
    with pytest.raises(ValueError, match="read-only"):
        session["mean_max"].value[:] = 0.0


@pytest.mark.parametrize("recording", [1, -1])
def test_a_recording_that_is_not_there_is_named(recording):
    for table in (ride("power").table, ride("power").pandas):
        with pytest.raises(UnknownName, match=f"no recording '{recording}'"):
            table(recording=recording)
    with pytest.raises(UnknownName, match=f"no recording '{recording}'"):
        ride("power").repaired("power", "despike", recording=recording)
