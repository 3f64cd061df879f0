"""Motion in tables: wristband exports and labelled sets."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.record.files import read_bytes
from paceline.record.formats import Source

HEAD = "epoch (ms),time ({zone}),elapsed (s),x-axis ({unit}),y-axis ({unit}),z-axis ({unit})\n"


def read(text):
    return read_bytes(text.encode(), Source("made"))


def test_a_wristband_tells_rotation_from_acceleration():
    rows = "1547472169353,2019-01-14T14:22:49.353,0.0,180.0,-90.0,\n"
    turned = read(HEAD.format(zone="01:00", unit="deg/s") + rows).recordings[0]
    moved = read(HEAD.format(zone="-02:30", unit="g") + rows).recordings[0]
    assert turned.streams["rotation"].values["rotation_x"][0] == pytest.approx(np.pi)
    assert np.isnan(turned.streams["rotation"].values["rotation_z"][0])
    assert moved.streams["acceleration"].values["acceleration_y"][0] == pytest.approx(-90 * 9.80665)
    assert (turned.utc_offset, moved.utc_offset) == (3600, -9000)
    assert turned.streams["rotation"].time[0] == 1_547_472_169_353 * 10**6


def test_a_wristband_row_without_time_is_left_out_and_reported():
    raw = read(HEAD.format(zone="01:00", unit="g") + "x,,,1,2,3\n1547472169353,,,1,2,3\n")
    assert len(raw.recordings[0].streams["acceleration"]) == 1
    assert "clock" in {problem.kind for problem in raw.problems}


def test_each_run_of_a_label_is_a_lap_and_rest_is_none():
    text = "0,0,1,made-curl,0.5,12.5,10\n" * 3 + "0,0,1,-,,,\n" * 2 + "0,0,1,made-press,,20,\n"
    recording = read(text).recordings[0]
    assert [(lap.name, lap.stop - lap.start, dict(lap.summary)) for lap in recording.laps] == [
        ("made-curl", 60_000_000, {"intensity": 0.5, "weight": 12.5, "repetitions": 10.0}),
        ("made-press", 20_000_000, {"weight": 20.0}),
    ]
    assert recording.streams["acceleration"].values["acceleration_z"][0] == pytest.approx(9.80665)


def test_the_order_of_the_app_is_told_by_a_first_figure_above_one():
    raw = read("0,0,1,made-curl,12.5,10,0.6\n" * 3)
    assert dict(raw.recordings[0].laps[0].summary) == {"weight": 12.5, "repetitions": 10.0, "intensity": 0.6}
    assert "order" in {problem.kind for problem in raw.problems}
