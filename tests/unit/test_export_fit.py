"""The FIT writer, read back by a decoder of a few lines that shares nothing with it but the protocol's own numbers."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.channels import CHANNELS, Channel
from paceline.domain.devices import Device, Event
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import WriteError
from paceline.record.export import fit
from paceline.record.recordings import Recording
from paceline.record.streams import Stream
from paceline.simulate.ride import simulate_ride

START = 1_714_809_600 * SECOND
FIT_START = 1_714_809_600 - 631_065_600
NAN = float("nan")
FILE_ID, SESSION, LAP, RECORD, EVENT, DEVICE, ACTIVITY, HRV, LENGTH = 0, 18, 19, 20, 21, 23, 34, 78, 101
FORMS = {0x00: "B", 0x01: "b", 0x02: "B", 0x83: "h", 0x84: "H", 0x85: "i", 0x86: "I", 0x89: "d", 0x8C: "I", 0x0D: "B"}


def crc16(content):
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def messages(content):
    """(message number, {field number or developer name: stored value}) of each, in order."""
    assert content[:2] == b"\x0e\x20"
    assert content[8:12] == b".FIT"
    size = int.from_bytes(content[4:8], "little")
    assert size == len(content) - 16
    assert crc16(content[:12]) == int.from_bytes(content[12:14], "little")
    assert crc16(content[:-2]) == int.from_bytes(content[-2:], "little")
    at, layouts, described, found = 14, {}, {}, []
    while at < 14 + size:
        header, at = content[at], at + 1
        if header & 0x40:
            number, count = struct.unpack_from("<HB", content, at + 2)
            fields = [tuple(content[at + 5 + 3 * k : at + 8 + 3 * k]) for k in range(count)]
            at += 5 + 3 * count
            foreign = []
            if header & 0x20:
                foreign = [tuple(content[at + 1 + 3 * k : at + 4 + 3 * k]) for k in range(content[at])]
                at += 1 + 3 * len(foreign)
            layouts[header & 0x0F] = number, fields, foreign
            continue
        number, fields, foreign = layouts[header & 0x0F]
        row = {}
        for key, length, code in [*fields, *((described[n][0], length, described[n][1]) for n, length, _ in foreign)]:
            raw, at = content[at : at + length], at + length
            if code == 0x07:
                row[key] = raw.split(b"\0")[0].decode()
            else:
                parts = struct.unpack(f"<{length // struct.calcsize(FORMS[code])}{FORMS[code]}", raw)
                row[key] = parts[0] if len(parts) == 1 else parts
        found.append((number, row))
        if number == 206:
            described[row[1]] = row[3], row[2]
    return found


def of(number, content):
    return [row for found, row in messages(content) if found == number]


def column(key, content, number=RECORD):
    return [row[key] for row in of(number, content)]


def made(values, *, described=None, step=SECOND, **facts):
    count = len(next(iter(values.values())))
    time = START + np.arange(count, dtype=np.int64) * step
    columns = {name: np.array(readings, float) for name, readings in values.items()}
    return Recording({"record": Stream("record", time, columns, described=described or {})}, **facts)


@pytest.mark.parametrize(
    ("name", "readings", "field", "stored"),
    [
        ("power", [0.0, 431.0, NAN], 7, [0, 431, 0xFFFF]),
        ("heart_rate", [61.0, 254.0, NAN], 3, [61, 254, 0xFF]),
        ("cadence", [0.0, 90.0, NAN], 4, [0, 90, 0xFF]),
        ("speed", [0.0, 12.345, NAN], 73, [0, 12345, 0xFFFFFFFF]),
        ("distance", [0.0, 1234.56, NAN], 5, [0, 123456, 0xFFFFFFFF]),
        ("altitude", [-500.0, 1000.2, NAN], 78, [0, 7501, 0xFFFFFFFF]),
        ("latitude", [-90.0, 45.0, NAN], 0, [-(2**30), 2**29, 0x7FFFFFFF]),
        ("longitude", [-180.0, 90.0, NAN], 1, [-(2**31), 2**30, 0x7FFFFFFF]),
        ("temperature", [-20.0, 31.0, NAN], 13, [-20, 31, 0x7F]),
        ("slope", [-0.05, 0.1234, NAN], 9, [-500, 1234, 0x7FFF]),
        ("vertical_speed", [-1.5, 0.25, NAN], 32, [-1500, 250, 0x7FFF]),
        ("left_balance", [0.5, 0.47, NAN], 30, [0x80 | 50, 0x80 | 53, 0xFF]),
        ("left_torque_effectiveness", [0.0, 0.755, NAN], 43, [0, 151, 0xFF]),
        ("right_pedal_smoothness", [1.0, 0.205, NAN], 46, [200, 41, 0xFF]),
        ("right_platform_offset", [-0.012, 0.003, NAN], 68, [-12, 3, 0x7F]),
        ("muscle_oxygen", [0.0, 0.654, NAN], 57, [0, 654, 0xFFFF]),
        ("total_haemoglobin", [120.0, 131.5, NAN], 54, [1200, 1315, 0xFFFF]),
        ("core_temperature", [36.5, 38.12, NAN], 139, [3650, 3812, 0xFFFF]),
        ("respiration_rate", [12.0, 33.25, NAN], 108, [1200, 3325, 0xFFFF]),
        ("energy", [0.0, 4184.0, NAN], 33, [0, 1, 0xFFFF]),
        ("step_length", [0.9, 1.2345, NAN], 85, [9000, 12345, 0xFFFF]),
        ("stance_time", [0.2, 0.2345, NAN], 41, [2000, 2345, 0xFFFF]),
        ("gps_accuracy", [3.0, 12.0, NAN], 31, [3, 12, 0xFF]),
        ("accumulated_power", [0.0, 123456.0, NAN], 29, [0, 123456, 0xFFFFFFFF]),
    ],
)
def test_a_channel_stands_in_its_field_as_the_protocol_scales_it(name, readings, field, stored):
    content, left_out = fit.encode(made({name: readings}))
    assert column(field, content) == stored
    assert left_out == ()


def test_parts_of_a_turn_have_a_field_of_their_own():
    content, left_out = fit.encode(made({"cadence": [90.5, 88.0, NAN]}))
    assert column(4, content) == [90, 88, 0xFF]
    assert column(53, content) == [64, 0, 0xFF]
    assert left_out == ()


def test_both_ends_of_a_power_phase_share_a_field():
    values = {"left_power_phase_start": [0.0, 90.0, NAN], "left_power_phase_end": [180.0, NAN, 270.0]}
    content, _ = fit.encode(made(values))
    assert column(69, content) == [(0, 128), (64, 0xFF), (0xFF, 192)]


def test_what_has_no_field_is_described_and_kept_to_the_last_bit():
    lactate = Channel("blood lactate", "mmol/L", 0.0, 30.0, "")
    values = {"yaw": [1 / 3, NAN, -12.5], "blood lactate": [1.1, 2.2, NAN], "power": [1.0, 2.0, 3.0]}
    content, left_out = fit.encode(made(values, described={"blood lactate": lactate}))
    assert left_out == ()
    fields = {row[3]: (row[2], row[8]) for row in of(206, content)}
    assert fields == {"yaw": (0x89, "°"), "blood lactate": (0x89, "mmol/L"), "name": (0x07, "")}
    np.testing.assert_array_equal(column("yaw", content), values["yaw"])
    np.testing.assert_array_equal(column("blood lactate", content), values["blood lactate"])
    nothing = struct.pack("<Qd", 2**64 - 1, 2.2)
    assert content.count(nothing) == 1


def test_a_described_channel_keeps_its_own_unit_even_under_a_known_name():
    watts = {"power": Channel("power", "kW", 0.0, 3.0, "")}
    content, _ = fit.encode(made({"power": [0.25]}, described=watts))
    assert column("power", content) == [0.25]
    assert 7 not in of(RECORD, content)[0]


def test_every_channel_of_the_catalogue_is_written():
    values = {name: [(entry.low + entry.high) / 2, NAN] for name, entry in CHANNELS.items() if name != "rr_interval"}
    values |= {"accumulated_power": [1e6, NAN], "energy": [4184e3, NAN]}
    values |= {name: [1.0, NAN] for name in values if "platform" in name or name in {"latitude", "gps_accuracy"}}
    values |= {name: [0.0, NAN] for name in values if "platform" in name}
    row = of(RECORD, fit.encode(made(values))[0])[0]
    assert len(row) >= len(values) - 3  # the timestamp is added; a power phase's two ends share a field


def test_a_reading_that_is_finer_than_its_field_is_named():
    _, left_out = fit.encode(made({"power": [200.4], "temperature": [21.5], "speed": [8.1234], "slope": [0.01]}))
    assert left_out == ("power finer than 1 W", "speed finer than 0.001 m/s", "temperature finer than 1 °C")


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("power", 65535.0),
        ("power", -1.0),
        ("heart_rate", 255.0),
        ("temperature", 127.0),
        ("temperature", -129.0),
        ("cadence", 255.0),
        ("cadence", -0.5),
        ("left_balance", 1.2),
        ("left_balance", -0.2),
        ("speed", float("inf")),
        ("cadence", float("inf")),
        ("altitude", -501.0),
        ("latitude", 1e308),
    ],
)
def test_a_reading_that_its_field_cannot_hold_is_refused_by_name_only(name, reading):
    with pytest.raises(WriteError, match=name) as caught:
        fit.encode(made({name: [reading, NAN]}))
    assert str(reading) not in str(caught.value).replace("65534", "")


def test_times_are_whole_seconds_with_the_rest_beside_them():
    content, left_out = fit.encode(made({"power": [1.0, 2.0, 3.0, 4.0, 5.0]}, step=SECOND // 4))
    assert column(253, content) == [FIT_START] * 4 + [FIT_START + 1]
    assert column("time_offset", content) == [0.0, 0.25, 0.5, 0.75, 0.0]
    assert left_out == ()
    assert "time_offset" not in of(RECORD, fit.encode(made({"power": [1.0]}))[0])[0]


def test_a_recording_without_a_date_counts_from_its_start():
    stream = Stream("record", np.arange(3) * SECOND, {"power": np.array([1.0, 2.0, 3.0])})
    content, _ = fit.encode(Recording({"record": stream}, dated=False, utc_offset=3600))
    assert column(253, content) == [0, 1, 2]
    assert 4 not in of(FILE_ID, content)[0]
    assert 5 not in of(ACTIVITY, content)[0]


@pytest.mark.parametrize("year", [1970, 1995, 2130])
def test_a_date_that_the_protocol_cannot_count_is_refused(year):
    time = np.array([np.datetime64(f"{year}-01-01", "ns").astype(np.int64)])
    with pytest.raises(WriteError, match="outside of what FIT can count"):
        fit.encode(Recording({"record": Stream("record", time, {"power": np.array([1.0])})}))


def test_beats_stand_behind_the_record_of_their_second():
    recording = made({"power": [1.0, 2.0, 3.0]})
    at = START + np.array([300, 700, 1100, 1101, 1102, 1103, 1104, 1105, 2500]) * 1_000_000
    beats = np.array([0.8, NAN, 0.4, 0.001, 0.001, 0.001, 0.001, 0.001, 1.4])
    streams = {**recording.streams, "rr": Stream("rr", at, {"rr_interval": beats})}
    content, left_out = fit.encode(Recording(streams))
    kinds = [number for number, _ in messages(content) if number in {RECORD, HRV}]
    assert kinds == [RECORD, HRV, RECORD, HRV, HRV, RECORD, HRV]
    none = 0xFFFF
    assert column(0, content, HRV) == [
        (800, none, none, none, none),
        (400, 1, 1, 1, 1),
        (1, none, none, none, none),
        (1400, none, none, none, none),
    ]
    assert left_out == ()


def test_laps_sessions_and_lengths_keep_their_names_ends_and_summaries():
    lap = Effort("climb, 2nd", START + SECOND // 2, START + 61_250_000_000, "lap", {"average_power": 251.0}, "cycling")
    rest = Effort("rest", START + 61_250_000_000, START + 90 * SECOND, "lap", {"distance": 100.5}, "cycling")
    session = Effort(
        "morning",
        START,
        START + 90 * SECOND,
        "session",
        {"energy": 418400.0, "average_speed": 8.5, "mood": 3.0},
        "cycling",
    )
    length = Effort("length 1", START, START + 30 * SECOND, "length")
    recording = made({"power": [1.0] * 91}, laps=(lap, rest), sessions=(session,), lengths=(length,), sport="cycling")
    content, left_out = fit.encode(recording)
    laps = of(LAP, content)
    assert [row["name"] for row in laps] == ["climb, 2nd", "rest"]
    assert [row[2] for row in laps] == [FIT_START, FIT_START + 61]
    assert [row[7] for row in laps] == [60_750, 28_750]
    assert [row[253] + row["time_offset"] for row in laps] == [FIT_START + 61.25, FIT_START + 90]
    assert [(row[19], row[9]) for row in laps] == [(251, 0xFFFFFFFF), (0xFFFF, 10050)]
    assert [(row["name"], row[11], row[25], row[26]) for row in of(SESSION, content)] == [("morning", 100, 0, 2)]
    assert [row[7] if 7 in row else row[3] for row in of(LENGTH, content)] == [30_000]
    assert {row.get(25, row.get(5)) for row in laps} == {2}
    assert [row[124] for row in of(SESSION, content)] == [8500]
    assert left_out == ("session mood",)


def test_every_summary_we_know_has_a_field_in_the_session():
    names = [
        f"{word}_{name}" for word in ("average", "maximum") for name in ("speed", "heart_rate", "cadence", "power")
    ]
    names += [
        "distance",
        "energy",
        "ascent",
        "descent",
        "weighted_power",
        "minimum_heart_rate",
        "average_temperature",
        "work",
    ]
    session = Effort("s", START, START + SECOND, "session", dict.fromkeys(names, 0.0))
    content, left_out = fit.encode(made({"power": [1.0, 2.0]}, sessions=(session,)))
    assert left_out == ()
    fields = {124, 125, 16, 17, 18, 19, 20, 21, 9, 11, 22, 23, 34, 64, 57, 48}
    assert fields <= of(SESSION, content)[0].keys()
    assert {of(SESSION, content)[0][key] for key in fields} == {0}


def test_an_activity_has_a_timer_a_lap_and_a_session_even_where_the_recording_has_none():
    content, _ = fit.encode(made({"power": [1.0] * 11}, sport="running", utc_offset=7200))
    numbers = [number for number, _ in messages(content)]
    assert numbers[0] == FILE_ID
    assert numbers.index(EVENT) < numbers.index(RECORD)
    assert numbers[-3:] == [LAP, SESSION, ACTIVITY]
    assert [(row[0], row[1], row[253] - FIT_START) for row in of(EVENT, content)] == [(0, 0, 0), (0, 4, 10)]
    assert [(row[5], row[8]) for row in of(SESSION, content)] == [(1, 10_000)]
    assert [(row[0], row[5] - row[253]) for row in of(ACTIVITY, content)] == [(10_000, 7200)]


def test_events_keep_their_order_and_meaning_and_unknown_ones_are_named():
    events = (
        Event(START, "timer", "start"),
        Event(START + SECOND, "rear_gear_change", "marker", 16_909_060.0),
        Event(START + 2 * SECOND, "moonrise", "start"),
        Event(START + 3 * SECOND, "timer", "stop_all"),
    )
    content, left_out = fit.encode(made({"power": [1.0] * 4}, events=events))
    assert [(row[0], row[1], row[3]) for row in of(EVENT, content)] == [
        (0, 0, 0xFFFFFFFF),
        (43, 3, 16_909_060),
        (0, 4, 0xFFFFFFFF),
    ]
    assert left_out == ("events moonrise start",)


def test_devices_are_told_apart_and_what_is_unknown_stays_unknown():
    head_unit = Device("recorder", maker="garmin", product="3121", serial="3900000001", software="4.1", battery=3.75)
    sensors = (Device("power", product="crank"), Device("moon", maker="Nobody", serial="A-1", software="beta"))
    content, left_out = fit.encode(made({"power": [1.0]}, device=head_unit, sensors=sensors))
    first, second, third = of(DEVICE, content)
    assert (first[2], first[4], first[3], first[5], first[10], first[27]) == (1, 3121, 3900000001, 410, 960, "")
    assert (second[0], second[1], second[2], second[3], second[27]) == (1, 11, 0xFFFF, 0, "crank")
    assert (third[1], third[3], third[5], third[10]) == (0xFF, 0, 0xFFFF, 0xFFFF)
    assert set(left_out) == {"role of device moon", "software of moon", "maker of moon", "serial of moon"}
    assert (of(FILE_ID, content)[0][1], of(FILE_ID, content)[0][2]) == (1, 3121)


@pytest.mark.parametrize("name", ["x" * 255, "é" * 128, "null\0inside"])
def test_a_name_that_no_field_holds_is_refused(name):
    lap = Effort(name, START, START + SECOND, "lap")
    with pytest.raises(WriteError, match="lap names"):
        fit.encode(made({"power": [1.0, 2.0]}, laps=(lap,)))


def test_more_channels_than_a_byte_can_number_are_refused():
    described = {f"c{k}": Channel(f"c{k}", "1", 0.0, 1.0, "") for k in range(256)}
    with pytest.raises(WriteError, match="255 channels"):
        fit.encode(made({name: [1.0] for name in described}, described=described))


def test_a_stream_of_no_samples_still_gives_laps_and_sessions():
    lap = Effort("lap 1", START, START + SECOND, "lap")
    content, _ = fit.encode(replace(made({"power": []}), laps=(lap,)))
    assert of(RECORD, content) == []
    assert len(of(LAP, content)) == 1


def test_a_simulated_ride_is_a_whole_activity():
    recording = simulate_ride(1, duration=900).recording
    content, left_out = fit.encode(recording)
    assert left_out == ()
    assert column(7, content) == recording.streams["record"].values["power"].tolist()
    assert [row["name"] for row in of(LAP, content)] == [lap.name for lap in recording.laps]
    stamps = [row[253] for _, row in messages(content) if 253 in row]
    assert stamps == sorted(stamps)
    beats = [part for row in of(HRV, content) for part in row[0] if part != 0xFFFF]
    expected = np.rint(recording.streams["rr"].values["rr_interval"] * 1000).tolist()
    assert beats == expected


def test_a_summary_of_any_size_is_refused_without_a_warning():
    noon = 1_714_809_600 * SECOND
    lap = Effort("lap 1", noon, noon + 10 * SECOND, "lap", {"distance": 1e308})
    stream = Stream("record", noon + np.arange(10) * SECOND, {"power": np.full(10, 200.0)})
    with pytest.raises(WriteError, match="beyond what the field total_distance holds"):
        fit.encode(Recording({"record": stream}, laps=(lap,)))
