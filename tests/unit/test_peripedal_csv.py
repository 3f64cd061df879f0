"""PeriPedal exports, made here."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats import Source, peripedal_csv

NAMES = "mm-dd,hh:mm:ss,SmO2 Live,SmO2 Averaged,THb,Target Power,Heart Rate,Speed,Power,Cadence\n"


def read(text, **known):
    (recording,), problems = peripedal_csv.decode(text.encode(), Source("made.csv", **known))
    return recording, {problem.kind for problem in problems}


def row(time="00:00:01", live="0"):
    return f"03-dec,{time},{live},65,12.5,210,130,36,200,90\n"


def test_readings_come_in_the_catalogues_units():
    values = read(NAMES + row())[0].streams["record"].values
    assert {name: column[0] for name, column in values.items()} == pytest.approx(
        {
            "total_haemoglobin": 125,
            "target_power": 210,
            "heart_rate": 130,
            "speed": 10,
            "power": 200,
            "cadence": 90,
            "muscle_oxygen": 0.65,
        }
    )


def test_the_live_reading_counts_where_there_is_one():
    recording, kinds = read(NAMES + row(live="60") + row("00:00:02", live="0"))
    assert recording.streams["record"].values["muscle_oxygen"].tolist() == [0.6, 0]
    assert "averaged" not in kinds
    assert "averaged" in read(NAMES + row())[1]


def test_without_a_year_there_is_no_date():
    recording, kinds = read(NAMES + row() + row("01:00:00"))
    assert (recording.streams["record"].time // SECOND).tolist() == [1, 3600]
    assert (recording.dated, {"year", "undated"} <= kinds) == (False, True)
    assert read(NAMES + row(), start=7)[0].streams["record"].time.tolist() == [7]


def test_a_row_of_another_shape_is_left_out_and_reported():
    recording, kinds = read(NAMES + row() + "00:00:02,0,106,3.1,24,0,50,12.9\n" + row("00:00:03"))
    assert np.diff(recording.streams["record"].time).tolist() == [2 * SECOND]
    assert {"ragged", "clock"} <= kinds


def test_a_cut_header_is_damaged_and_another_is_not_recognised():
    with pytest.raises(Damaged, match="mm-dd"):
        peripedal_csv.decode(NAMES[:10].encode(), Source("made.csv"))
    assert peripedal_csv.sniff(NAMES.encode())
    assert not peripedal_csv.sniff(NAMES[:30].encode())
