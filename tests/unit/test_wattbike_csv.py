"""Wattbike exports, made here."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats import Source, wattbike_csv

NAMES = "Elapsed time total [s]\tCadence [1/min]\tVelocity [km/h]\tPower per revolution [W]\tPace/1000m [sec]\n"


def read(text, **known):
    (recording,), problems = wattbike_csv.decode(text.encode(), Source("made.txt", **known))
    return recording, {problem.kind for problem in problems}


def test_the_clock_is_minutes_seconds_hundredths():
    time = read(NAMES + "00:01:00\t90\t36\t200\t1\n01:02:50\t90\t36\t200\t1\n")[0].streams["record"].time
    assert time.tolist() == [SECOND, 62_500_000_000]


def test_an_hour_is_added_where_the_clock_starts_again():
    recording, kinds = read(NAMES + "59:59:00\t90\t36\t200\t1\n00:00:00\t90\t36\t200\t1\n")
    assert (recording.streams["record"].time // SECOND).tolist() == [3599, 3600]
    assert "clock_wrap" in kinds


def test_dashes_are_missing_and_units_are_the_catalogues():
    recording, kinds = read(NAMES + "00:01:00\t--\t36.0\t200\t1\n00:02:00\t90\t36.0\t200\t1\n")
    values = recording.streams["record"].values
    assert np.isnan(values["cadence"]).tolist() == [True, False]
    assert values["speed"].tolist() == [10, 10]
    assert kinds == {"undated", "column"}  # pace has no channel, and that is said


def test_a_row_without_a_time_is_left_out():
    recording, kinds = read(NAMES + "soon\t90\t36\t200\t1\n00:02:00\t90\t36\t200\t1\n", start=9)
    assert recording.streams["record"].time.tolist() == [9]
    assert "clock" in kinds


def test_a_header_without_its_clock_is_damaged():
    with pytest.raises(Damaged, match="elapsed time"):
        wattbike_csv.decode(NAMES.replace("total", "").encode(), Source("made.txt"))


def test_only_the_programmes_names_between_tabs_are_recognised():
    assert wattbike_csv.sniff(NAMES.encode())
    assert not wattbike_csv.sniff(NAMES.replace("\t", ",").encode())
