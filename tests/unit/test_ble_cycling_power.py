"""Bluetooth power notifications: bytes against values worked out by hand, and counters that roll over."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import UnknownFormat
from paceline.record.files import read_bytes
from paceline.record.formats import Source
from paceline.record.formats.ble_cycling_power import notification, sniff


def record(*lines, start=None):
    raw = read_bytes(("\n".join(lines) + "\n").encode(), Source("made", start))
    return raw, raw.recordings[0].streams["record"]


def at(second, data):
    return f"{1_714_816_800 + second:.3f},{data.hex()}"


@pytest.mark.parametrize(
    ("data", "values"),
    [
        ("0000 2C01", {"power": 300.0}),  # 0x012C
        ("0000 9CFF", {"power": -100.0}),  # sint16
        ("0300 2C01 61", {"power": 300.0, "left_balance": 0.485}),  # 97 halves of a percent, of the left leg
        ("0100 2C01 61", {"power": 300.0, "balance": 0.485}),  # of a leg that is not named
        ("0400 2C01 4006", {"power": 300.0, "accumulated_torque": 50.0}),  # 1600/32 N·m
        ("1000 2C01 0A000000 0008", {"power": 300.0, "wheel_revolutions": 10.0, "wheel_event_time": 2048.0}),
        ("2000 2C01 0A00 0004", {"power": 300.0, "crank_revolutions": 10.0, "crank_event_time": 1024.0}),
        ("4000 2C01 F401 F6FF", {"power": 300.0, "maximal_force": 500.0, "minimal_force": -10.0}),
        ("8000 2C01 4006 C0FF", {"power": 300.0, "maximal_torque": 50.0, "minimal_torque": -2.0}),
        ("0001 2C01 BC3A12", {"power": 300.0}),  # extreme angles: two twelve-bit numbers that no channel takes
        ("0006 2C01 0A00 BE00", {"power": 300.0, "top_dead_spot": 10.0, "bottom_dead_spot": 190.0}),
        ("0008 2C01 0500", {"power": 300.0, "energy": 5000.0}),  # kJ
    ],
)
def test_every_field_is_read_as_the_characteristic_defines_it(data, values):
    assert notification(bytes.fromhex(data)).values == pytest.approx(values)


@pytest.mark.parametrize("data", ["00", "0000 2C", "2000 2C01 0A00", "0000 2C01 FF", "0020 2C01"])
def test_bytes_that_are_not_what_their_flags_say_are_no_notification(data):
    assert notification(bytes.fromhex(data)) is None


@pytest.mark.parametrize(
    "line",
    [
        "2024-05-04T10:00:00.250Z 20 00 2C 01 0A 00 00 04",
        "2024-05-04T12:00:00.250+02:00;20002c010a000004",
        "1714816800.250,20-00-2C-01-0A-00-00-04",
        "1714816800250 0x2A63 0x20002C010A000004",
    ],
)
def test_times_and_bytes_are_read_however_they_are_written(line):
    _, stream = record(line)
    assert stream.time.tolist() == [1_714_816_800_250_000_000]
    assert stream.values["power"].tolist() == [300.0]


def test_counters_are_counted_on_where_they_roll_over():
    def data(turns, time, wheel, event, torque):
        return struct.pack("<HhHIHHH", 0x34, 300, torque, wheel, event, turns, time)

    raw, stream = record(
        at(0.0, data(65_535, 65_000, 2**32 - 2, 65_000, 65_500)),
        at(1.0, data(1, 512, 5, 1512, 64)),
    )
    values = stream.values
    assert np.diff(values["crank_revolutions"]).tolist() == [2.0]
    assert np.diff(values["wheel_revolutions"]).tolist() == [7.0]
    assert np.diff(values["accumulated_torque"]).tolist() == [100 / 32]
    assert np.diff(values["crank_event_time"]).tolist() == [1048 / 1024]
    assert np.diff(values["wheel_event_time"]).tolist() == [2048 / 2048]
    assert raw.problems == ()


def test_an_event_clock_that_rolled_over_unseen_is_told_by_the_log():
    def data(turns, time):
        return struct.pack("<HhHH", 0x20, 300, turns, time)

    # 200 s of silence: 204,800 counts of 1/1024 s, which is three periods of 65,536 and 8,192.
    _, silent = record(at(0.0, data(10, 1000)), at(200.0, data(310, 9192)))
    assert np.diff(silent.values["crank_event_time"]).tolist() == [200.0]
    # 200 s of standing, with the last event repeated each 10 s, is the same.
    standing = [at(10.0 * n, data(10, 1000)) for n in range(20)]
    _, stood = record(*standing, at(200.0, data(11, 9192)))
    assert np.ptp(stood.values["crank_event_time"]) == 200.0


def test_a_zero_offset_in_progress_is_no_reading_of_power():
    raw, stream = record(at(0.0, struct.pack("<Hh", 0, 250)), at(1.0, struct.pack("<Hh", 1 << 12, 0)))
    np.testing.assert_array_equal(stream.values["power"], [250.0, np.nan])
    assert [p.kind for p in raw.problems] == ["zeroing"]


def test_a_line_that_is_no_notification_is_reported_and_never_filled():
    good = at(0.0, struct.pack("<Hh", 0, 250))
    raw, stream = record(good, "1714816801.0,00", at(2.0, struct.pack("<Hh", 0, 260)))
    assert stream.values["power"].tolist() == [250.0, 260.0]
    assert [(p.kind, p.line) for p in raw.problems] == [("notification", 2)]


def test_seconds_since_the_start_have_no_date_unless_one_is_given():
    line = "0.500 0000FA00"
    raw, stream = record(line)
    assert (raw.recordings[0].dated, stream.time.tolist()) == (False, [SECOND // 2])
    raw, stream = record(line, start=10 * SECOND)
    assert (raw.recordings[0].dated, stream.time.tolist()) == (True, [10 * SECOND])


def test_numbers_that_are_no_notifications_are_not_taken_for_them():
    assert not sniff(b"0.5 1234567\n1.0 7654321\n")
    with pytest.raises(UnknownFormat):
        read_bytes(b"hello 2A63\n", Source("made"))
