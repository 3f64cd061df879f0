"""CSV of no known dialect: column maps, headers that leave no doubt, and headers that do."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.channels import CHANNELS
from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged, SettingsError, UnknownFormat, UnknownName
from paceline.domain.units import suffix
from paceline.record.formats import Source, generic_csv

DATE = 1_714_557_600 * SECOND  # 2024-05-01T10:00:00Z


def read(text, columns=None, start=None):
    (recording,), problems = generic_csv.decode(text.encode(), Source("made.csv", start, columns or {}))
    return recording, {problem.kind for problem in problems}


def values(text, columns=None):
    return {name: column.tolist() for name, column in read(text, columns)[0].streams["record"].values.items()}


def test_a_map_names_channels_and_their_units():
    text = "Zeit;Leistung;Tempo;Luft\n0;200;36,0;68\n1;210;;70\n"
    columns = {"Zeit": "time", "Leistung": "power", "Tempo": "speed [km/h]", "Luft": "temperature (°F)"}
    recording, kinds = read(text, columns)
    stream = recording.streams["record"]
    assert stream.time.tolist() == [0, SECOND]
    assert stream.values["power"].tolist() == [200, 210]
    assert stream.values["speed"][0] == 10
    assert np.isnan(stream.values["speed"][1])
    assert stream.values["temperature"][0] == pytest.approx(20)
    assert (recording.dated, kinds) == (False, {"undated"})


def test_a_header_may_stand_below_other_lines():
    assert values("exported by somebody\n\nt,p\n0,200\n", {"t": "time", "p": "power"}) == {"power": [200]}


@pytest.mark.parametrize(
    ("time", "cells", "expected", "dated"),
    [
        ("time", ("0.5", "1.5"), (SECOND // 2, 3 * SECOND // 2), False),
        ("time [ms]", ("500", "1500"), (SECOND // 2, 3 * SECOND // 2), False),
        ("time [min]", ("0", "0.5"), (0, 30 * SECOND), False),
        ("time", ("0:00:10", "1:00:00"), (10 * SECOND, 3600 * SECOND), False),
        ("time", ("2024-05-01T10:00:00.250Z", "2024-05-01T10:00:01Z"), (DATE + SECOND // 4, DATE + SECOND), True),
        ("time", ("2024-05-01 12:00:00+02:00", "2024-05-01 12:00:01+02:00"), (DATE, DATE + SECOND), True),
        ("time [epoch ms]", ("1714557600250", "1714557601000"), (DATE + SECOND // 4, DATE + SECOND), True),
        ("time [epoch s]", ("1714557600.25", "1714557600.001"), (DATE + SECOND // 4, DATE + SECOND // 1000), True),
    ],
)  # fmt: skip
def test_time_comes_in_many_spellings_and_is_exact(time, cells, expected, dated):
    recording, _ = read(f"when,p\n{cells[0]},200\n{cells[1]},210\n", {"when": time, "p": "power"})
    assert tuple(recording.streams["record"].time.tolist()) == expected
    assert recording.dated is dated


def test_an_offset_is_kept_and_a_missing_zone_is_reported():
    columns = {"when": "time", "p": "power"}
    assert read("when,p\n2024-05-01 12:00:00+02:00,1\n", columns)[0].utc_offset == 7200
    assert read("when,p\n2024-05-01 12:00:00Z,1\n", columns)[0].utc_offset is None
    assert "zone" in read("when,p\n2024-05-01 12:00:00,1\n", columns)[1]


@pytest.mark.parametrize("time", ["time", "time [epoch s]"])
def test_a_row_without_a_time_is_left_out(time):
    recording, kinds = read("t,p\n1,200\n,210\n3,220\n", {"t": time, "p": "power"})
    assert recording.streams["record"].values["power"].tolist() == [200, 220]
    assert "clock" in kinds


def test_a_start_dates_what_has_no_date():
    recording, _ = read("t,p\n5,200\n6,210\n", {"t": "time", "p": "power"}, start=SECOND)
    assert recording.streams["record"].time.tolist() == [SECOND, 2 * SECOND]
    assert recording.dated


def test_a_column_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UnknownName, match=r"no column 'Leistun'.*Leistung") as caught:
        read("Zeit,Leistung\n0,200\n", {"Zeit": "time", "Leistun": "power"})
    assert caught.value.known == ("Zeit", "Leistung")


@pytest.mark.parametrize(
    ("ours", "message"),
    [("powr", "no channel 'powr'"), ("power [km/h]", "no unit for W 'km/h'"), ("speed [knots/h]", "no unit for m/s")],
)
def test_a_channel_or_unit_that_does_not_exist_is_refused(ours, message):
    with pytest.raises(UnknownName, match=message):
        read("t,p\n0,200\n", {"t": "time", "p": ours})


@pytest.mark.parametrize(
    "columns", [{"p": "power"}, {"t": "time", "p": "power", "q": "power"}, {"t": "time", "p": "time"}]
)
def test_a_map_without_time_or_with_a_channel_twice_is_refused(columns):
    with pytest.raises(SettingsError, match="column map"):
        read("t,p,q\n0,200,1\n", columns)


def test_the_names_of_our_own_exports_are_understood():
    ours = {name: f"{name}_{end}" if (end := suffix(entry.unit)) else name for name, entry in CHANNELS.items()}
    text = "time,elapsed_s," + ",".join(ours.values()) + "\n2024-05-01T10:00:00Z,0" + ",1.5" * len(ours) + "\n"
    recording, kinds = read(text)
    found = recording.streams["record"].values
    assert list(found) == list(ours)
    assert all(column.tolist() == [1.5] for column in found.values())
    assert kinds == set()


def test_names_with_units_and_plain_names_of_one_unit_are_understood():
    assert values("secs,watts,Speed (km/h),Heart Rate [bpm],lat\n0,200,36,120,52.5\n") == {
        "power": [200],
        "speed": [10],
        "heart_rate": [120],
        "latitude": [52.5],
    }


def test_names_that_may_mean_several_things_are_left_out_and_reported():
    recording, kinds = read("secs,watts,alt,slope,speed\n0,200,50,1.5,36\n")
    assert list(recording.streams["record"].values) == ["power"]
    assert "column" in kinds


@pytest.mark.parametrize("text", ["secs,vo2\n0,3\n", "watts,hr\n200,120\n", "a,b\n1,2\n", "\n\n", ""])
def test_a_header_that_leaves_doubts_is_refused_with_its_columns_and_the_way_out(text):
    with pytest.raises(UnknownFormat, match=r"read-any-csv\.md"):
        read(text)


def test_a_workout_is_not_a_recording():
    workout = (
        b"[COURSE HEADER]\nMINUTES WATTS\n[END COURSE HEADER]\n[COURSE DATA]\nMINUTES\tWATTS\n0.00\t100\n5.00\t200\n"
    )
    with pytest.raises(UnknownFormat):
        generic_csv.decode(workout, Source("made.erg"))


def test_a_table_is_told_from_other_text_and_from_bytes():
    assert generic_csv.sniff(b"t,p\n0,200\n1,")
    assert generic_csv.sniff("t;p\n0;1,5\n1;2\n".encode("utf-16"))
    assert not generic_csv.sniff(b"<?xml version='1.0'?>\n<a>\n</a>\n")
    assert not generic_csv.sniff(b"t,p\n0,\0\n1,2\n")
    assert not generic_csv.sniff(b"1,2\n3,4\n5,6\n")


def test_a_hub_logger_at_100_hz_is_read_at_its_own_rate():
    rows = "".join(f"{n * 10},{150 + n % 3},{42.5},{16.1 + n * 0.001:.3f},{n % 7}\n" for n in range(500))
    columns = {
        "t_ms": "time [ms]",
        "q_pa": "dynamic_pressure [Pa]",
        "torque": "torque [Nm]",
        "wheel": "wheel_speed [m/s]",
    }
    stream = read("t_ms,q_pa,torque,wheel,state\n" + rows, columns, start=0)[0].streams["record"]
    assert np.unique(np.diff(stream.time)).tolist() == [10_000_000]
    assert set(stream.values) == {"dynamic_pressure", "torque", "wheel_speed"}
    assert stream.values["wheel_speed"][[0, -1]].tolist() == [16.1, 16.599]


def test_a_table_whose_every_time_is_unreadable_is_refused():
    with pytest.raises(Damaged, match="none in 2 rows"):
        read("time,power_w\nnever,200\nsoon,210\n", {"time": "time", "power_w": "power"})


@pytest.mark.parametrize("columns", [{"a": None, "b": "power"}, {"a": "time", 2: "power"}])
def test_a_map_of_something_other_than_names_is_refused(columns):
    with pytest.raises(SettingsError, match="the column map"):
        read("a,b\n1,2\n", columns)
