"""What every writer owes: what the format holds is read back, the rest is named, and no half file is left behind."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from paceline.domain.channels import CHANNELS, Channel
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import UnknownName, WriteError
from paceline.record.export import KINDS, write, writer_of
from paceline.record.files import read_bytes, read_file
from paceline.record.formats import Source
from paceline.record.recordings import Recording
from paceline.record.streams import Flag, Stream
from paceline.simulate.ride import simulate_ride

START = 1_714_809_600 * SECOND
NAN = float("nan")


def made(values, *, step=SECOND, described=None, **facts):
    count = len(next(iter(values.values())))
    time = START + np.arange(count, dtype=np.int64) * step
    columns = {name: np.array(column, float) for name, column in values.items()}
    return Recording({"record": Stream("record", time, columns, described=described or {})}, **facts)


def from_fit(content):
    (recording,) = read_bytes(content, Source("made.fit")).recordings
    return recording.streams["record"].time, recording.streams["record"].values


def nanoseconds(text):
    whole, _, part = text.removesuffix("Z").partition(".")
    return round(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()) * SECOND + int(part.ljust(9, "0"))


def from_tcx(content):
    names = {
        "LatitudeDegrees": "latitude", "LongitudeDegrees": "longitude", "AltitudeMeters": "altitude",
        "DistanceMeters": "distance", "Value": "heart_rate", "Cadence": "cadence", "Speed": "speed", "Watts": "power",
    }  # fmt: skip
    points = [e for e in ET.fromstring(content).iter() if e.tag.endswith("}Trackpoint")]  # ours
    texts = [{e.tag.partition("}")[2]: e.text for e in point.iter()} for point in points]
    time = np.array([nanoseconds(row["Time"]) for row in texts])
    values = {ours: np.array([float(row.get(tag, "nan")) for row in texts]) for tag, ours in names.items()}
    return time, {name: column for name, column in values.items() if not np.isnan(column).all()}


def suffixed(row):
    names = {"power_w": "power", "heart_rate_per_min": "heart_rate", "speed_m_per_s": "speed", "altitude_m": "altitude"}
    names |= {"cadence_per_min": "cadence", "latitude_deg": "latitude", "longitude_deg": "longitude"}
    return {names.get(name, name.removesuffix("_m").removesuffix("_deg_c")): name for name in row}


def from_csv(content):
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    time = np.array([nanoseconds(row["time"]) for row in rows])
    np.testing.assert_allclose([float(row["elapsed_s"]) for row in rows], (time - time[0]) / SECOND, rtol=1e-15)
    ours = suffixed(name for name in rows[0] if name not in {"time", "elapsed_s"})
    return time, {name: np.array([float(row[column] or "nan") for row in rows]) for name, column in ours.items()}


def from_parquet(content):
    table = pl.read_parquet(content)
    ours = suffixed(name for name in table.columns if name != "time")
    values = {name: table[column].fill_null(NAN).to_numpy() for name, column in ours.items()}
    return table["time"].cast(pl.Int64).to_numpy(), values


READERS = {"fit": from_fit, "tcx": from_tcx, "csv": from_csv, "parquet": from_parquet}
RIDE = {
    "power": [0.0, 250.0, NAN, 431.0],
    "heart_rate": [120.0, NAN, 122.0, 123.0],
    "cadence": [90.0, 0.0, NAN, 91.0],
    "speed": [8.123, 8.5, 0.0, NAN],
    "distance": [0.0, 8.12, 16.62, 25.01],
    "altitude": [-3.2, 100.0, NAN, 2100.4],
    "latitude": [0.0, 2**28 * 180 / 2**31, NAN, -(2**28) * 180 / 2**31],
    "longitude": [-22.5, 2**30 * 180 / 2**31, NAN, -(2**30) * 180 / 2**31],
}


def test_every_kind_of_file_is_under_this_contract():
    assert READERS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", READERS)
def test_what_the_format_holds_is_read_back(kind, tmp_path):
    recording = made(RIDE, sport="cycling")
    written = write(recording, tmp_path / f"ride.{kind}")
    content = written.path.read_bytes()
    assert written.size == len(content)
    time, values = READERS[kind](content)
    np.testing.assert_array_equal(time, recording.streams["record"].time)
    assert values.keys() == RIDE.keys()
    for name, column in RIDE.items():
        np.testing.assert_allclose(values[name], column, rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("kind", READERS)
def test_a_simulated_ride_is_read_back(kind):
    recording = simulate_ride(1, duration=900).recording
    content, left_out = writer_of(kind).encode(recording)
    stream = recording.streams["record"]
    time, values = READERS[kind](content)
    np.testing.assert_array_equal(time, stream.time)
    assert values.keys() == {name for name in stream.values if name not in left_out}
    for name, column in values.items():
        np.testing.assert_allclose(column, stream.values[name], rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("kind", READERS)
def test_times_that_repeat_or_go_backwards_stay_as_they_were(kind):
    recording = made({"power": [1.0, 2.0, 3.0, 4.0, 5.0]})
    stream = recording.streams["record"]
    wrong = replace(stream, time=stream.time[[0, 3, 3, 1, 4]])
    time, values = READERS[kind](writer_of(kind).encode(Recording({"record": wrong}))[0])
    np.testing.assert_array_equal(time, wrong.time)
    assert values["power"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


@given(readings=arrays(np.float64, st.integers(1, 20), elements=st.floats(allow_infinity=False)))
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_keeps_every_number_to_its_last_bit(kind, readings):
    _, values = READERS[kind](writer_of(kind).encode(made({"slope": readings}))[0])
    np.testing.assert_array_equal(values["slope"], readings)


@pytest.mark.parametrize("kind", READERS)
def test_parts_of_a_second_are_read_back(kind):
    recording = made({"power": [1.0, 2.0, 3.0]}, step=SECOND // 4 + 1)
    time, _ = READERS[kind](writer_of(kind).encode(recording)[0])
    np.testing.assert_array_equal(time, recording.streams["record"].time)


@pytest.mark.parametrize("kind", READERS)
def test_what_the_format_has_no_place_for_is_named(kind):
    torque = Stream("crank", np.array([START]), {"torque": np.array([40.0])})
    recording = made(RIDE)
    _, left_out = writer_of(kind).encode(replace(recording, streams={**recording.streams, "crank": torque}))
    assert "stream crank" in left_out
    noted = replace(recording, notes={"workout": "five hills"})
    assert "notes" in writer_of(kind).encode(noted)[1]
    doubted = recording.streams["record"].with_flags({"power": np.array([0, Flag.SPIKE, 0, 0], np.uint8)})
    _, left_out = writer_of(kind).encode(replace(recording, streams={"record": doubted}))
    assert "flags" in left_out
    assert writer_of(kind).encode(recording)[1] == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_lies_there_is_replaced_only_when_asked(kind, tmp_path):
    path = tmp_path / f"ride.{kind}"
    path.write_text("mine")
    with pytest.raises(WriteError, match="a file already"):
        write(made(RIDE), path)
    assert path.read_text() == "mine"
    write(made(RIDE), path, overwrite=True)
    assert path.read_bytes() == writer_of(kind).encode(made(RIDE))[0]


@pytest.mark.parametrize("kind", ["fit", "tcx"])
def test_a_refused_reading_leaves_no_file_behind(kind, tmp_path):
    with pytest.raises(WriteError, match=r"heart_rate .* 25[45]") as caught:
        write(made({"heart_rate": [120.0, 300.0]}), tmp_path / f"ride.{kind}")
    assert "300" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_typed_error(tmp_path):
    with pytest.raises(WriteError, match="No such file"):
        write(made(RIDE), tmp_path / "none" / "ride.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    target = tmp_path / "ride.csv"
    target.mkdir()
    with pytest.raises(WriteError):
        write(made(RIDE), target, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["ride.csv"]


def test_a_name_that_the_system_cannot_use_is_a_typed_error():
    with pytest.raises(WriteError, match="name can't be used"):
        write(made(RIDE), "ride\0.csv")


def test_the_kind_comes_from_the_suffix_unless_it_is_given(tmp_path):
    assert write(made(RIDE), tmp_path / "RIDE.CSV").path.read_bytes().startswith(b"time,")
    assert write(made(RIDE), tmp_path / "ride.dat", kind="parquet").path.read_bytes().startswith(b"PAR1")
    with pytest.raises(UnknownName, match="kind of file"):
        write(made(RIDE), tmp_path / "ride.gpx")


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_recording_is_refused(kind):
    with pytest.raises(WriteError):
        writer_of(kind).encode(Recording({}))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_of_no_samples_has_its_columns_all_the_same(kind):
    content, _ = writer_of(kind).encode(made({"power": []}))
    table = pl.read_csv(content) if kind == "csv" else pl.read_parquet(content)
    assert table.height == 0
    assert "power_w" in table.columns


def test_a_described_channel_becomes_a_plain_column_and_two_of_one_name_are_refused():
    strange = {"=cmd|x!": Channel("=cmd|x!", "mmol/L", 0.0, 30.0, "Lactate.")}
    content, left_out = writer_of("csv").encode(made({"=cmd|x!": [4.0]}, described=strange))
    assert content.decode().splitlines()[0] == "time,elapsed_s,_cmd_x_mmol_per_l"
    assert left_out == ()
    twins = {name: Channel(name, "1", 0.0, 1.0, "") for name in ("a b", "a-b")}
    with pytest.raises(WriteError, match="'a_b'"):
        writer_of("csv").encode(made({"a b": [1.0], "a-b": [2.0]}, described=twins))


def test_a_recording_that_has_no_date_gets_none_in_a_table():
    recording = made(RIDE, dated=False)
    rows = list(csv.DictReader(io.StringIO(writer_of("csv").encode(recording)[0].decode())))
    assert "time" not in rows[0]
    assert float(rows[1]["elapsed_s"]) * SECOND == recording.streams["record"].time[1]
    metadata = pl.read_parquet_metadata(io.BytesIO(writer_of("parquet").encode(recording)[0]))
    assert '"dated": false' in metadata["paceline"]


def test_every_channel_of_the_catalogue_has_a_column_of_its_own():
    recording = made({name: [(entry.low + entry.high) / 2] for name, entry in CHANNELS.items()})
    table = pl.read_csv(writer_of("csv").encode(recording)[0])
    assert len(set(table.columns)) == len(CHANNELS) + 2
    expected = [(entry.low + entry.high) / 2 for entry in CHANNELS.values()]
    assert list(table.row(0)[2:]) == expected


def test_any_text_gives_a_tcx_that_a_parser_accepts():
    text = "a<b>&\"'\x00\x1b\ud800\ufffe]]>\r\n𝄞"
    recording = simulate_ride(1, duration=600).recording
    laps = (replace(recording.laps[0], name=text), *recording.laps[1:])
    content, _ = writer_of("tcx").encode(replace(recording, laps=laps, notes={"notes": text}))
    notes = [e.text for e in ET.fromstring(content).iter() if e.tag.endswith("}Notes")]  # ours
    assert notes[0] == notes[-1] == "a<b>&\"'\ufffd\ufffd\ufffd\ufffd]]>\r\n𝄞"


def test_a_pause_begins_a_new_track_and_does_not_count_as_lap_time():
    recording = simulate_ride(1, duration=900).recording
    whole = replace(recording, laps=())
    root = ET.fromstring(writer_of("tcx").encode(whole)[0])  # ours
    kinds = [e.tag.partition("}")[2] for e in root.iter()]
    assert kinds.count("Track") == 2
    total = next(e for e in root.iter() if e.tag.endswith("}TotalTimeSeconds"))
    paused = np.diff(recording.streams["record"].time).max() / SECOND - 1
    assert float(total.text) == 900 - paused


def test_a_runner_s_cadence_stands_where_runners_have_it():
    content, _ = writer_of("tcx").encode(made({"cadence": [88.0]}, sport="running"))
    assert b"<x:RunCadence>88</x:RunCadence>" in content
    assert b'Sport="Running"' in content
    assert b"<Cadence>" not in content


def test_laps_come_back_from_fit_with_their_names_and_exact_ends(tmp_path):
    start = 1_714_809_600 * SECOND
    laps = (
        Effort("climb, 2nd", start + SECOND // 2, start + 61_250_000_000, "lap"),
        Effort("rest", start + 61_250_000_000, start + 90 * SECOND, "lap"),
    )
    stream = Stream("record", start + np.arange(91) * SECOND, {"power": np.full(91, 200.0)})
    write(Recording({"record": stream}, laps=laps), tmp_path / "ride.fit")
    (back,) = read_file(tmp_path / "ride.fit").recordings
    assert [(lap.name, lap.start, lap.stop) for lap in back.laps] == [(e.name, e.start, e.stop) for e in laps]
