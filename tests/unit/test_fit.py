"""FIT messages to recordings: channels, laps, events, sensors, beats and clocks, on made files."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from tests.unit.fit_bytes import (
    ACTIVITY,
    DEVICE_INFO,
    EPOCH,
    EVENT,
    FIELD_DESCRIPTION,
    FILE_ID,
    FORMATS,
    HR,
    HRV,
    LAP,
    RECORD,
    SESSION,
    START,
    Messages,
    file,
    ride,
)

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.files import read_bytes
from paceline.record.formats import Source, fit
from paceline.record.streams import Flag

BEGIN = (START + EPOCH) * SECOND


def decoded(made, *, start=None, **options):
    return fit.decode(made.file(**options), Source("made.fit", start))


def recording(made, **options):
    (found,), problems = decoded(made, **options)
    assert problems == ()
    return found


def record(fields, *rows, developer=()):
    """The stream of a file with records of these fields, after a timestamp."""
    made = Messages().define(1, RECORD, [(253, "uint32"), *fields], developer)
    for second, row in enumerate(rows):
        made.add(1, START + second, *row)
    return made


def values(made, channel):
    (found,), _ = decoded(made)
    return found.streams["record"].values[channel].tolist()


# Recordings


def test_a_ride_is_one_recording_on_the_device_s_clock():
    found = recording(ride())
    stream = found.streams["record"]
    assert stream.time.tolist() == [BEGIN + k * SECOND for k in range(5)]
    assert stream.values["power"].tolist() == [200, 201, 202, 203, 204]
    assert stream.values["distance"].tolist() == [0, 10, 20, 30, 40]
    assert (found.device.maker, found.device.product, found.device.serial) == ("garmin", "edge1000", "12345")
    assert found.dated


def test_the_registry_knows_the_format_by_its_content():
    raw = read_bytes(ride().file(), Source("some.bin"))
    assert (raw.format, raw.records) == ("fit", 5)


def test_each_activity_of_a_chained_file_is_a_recording():
    found, problems = fit.decode(ride(seconds=2).file() + ride(seconds=3).file(), Source("made.fit"))
    assert [len(r.streams["record"]) for r in found] == [2, 3]
    assert problems == ()


def test_a_file_of_settings_holds_no_recording_and_is_no_error():
    made = Messages().define(0, FILE_ID, [(0, "enum")]).add(0, 2)
    assert decoded(made) == ((), ())


def test_an_empty_file_is_valid_and_holds_nothing():
    assert fit.decode(file(b""), Source("made.fit")) == ((), ())


@pytest.mark.parametrize("content", [b"\x07" * 20, b"\x40\0\x07" + bytes(20)])
def test_a_file_of_which_nothing_can_be_kept_is_damaged(content):
    with pytest.raises(Damaged, match=r"made\.fit, byte 14: expected FIT messages"):
        fit.decode(file(content), Source("made.fit"))


def test_the_same_problem_is_told_once_with_its_count():
    made = record([(30, "uint8")], *[(50,)] * 7)
    _, (problem,) = decoded(made)
    assert (problem.kind, problem.count, problem.offset) == ("balance", 7, 14 + len(made.content) - 7 * 6)


def test_the_records_of_a_course_are_nobody_s_ride():
    made = Messages().define(0, FILE_ID, [(0, "enum")]).add(0, 6).raw(record([(7, "uint16")], (200,)).content)
    (found,), (problem,) = decoded(made)
    assert set(found.streams) == {"course"}
    assert problem.kind == "course"


# Channels


@pytest.mark.parametrize(
    ("fields", "row", "channel", "value"),
    [
        ([(0, "sint32")], (2**30,), "latitude", 90.0),
        ([(1, "sint32")], (-(2**29),), "longitude", -45.0),
        ([(2, "uint16")], (5 * 600,), "altitude", 100.0),
        ([(4, "uint8"), (53, "uint8")], (90, 64), "cadence", 90.5),
        ([(4, "uint8"), (53, "uint8")], (90, 255), "cadence", 90.0),
        ([(52, "uint16")], (256 * 90 + 128,), "cadence", 90.5),
        ([(9, "sint16")], (-550,), "slope", -0.055),
        ([(30, "uint8")], (0x80 | 48,), "left_balance", 0.52),
        ([(43, "uint8")], (150,), "left_torque_effectiveness", 0.75),
        ([(67, "sint8")], (-7,), "left_platform_offset", -0.007),
        ([(69, "uint8", 2)], ([32, 128],), "left_power_phase_start", 45.0),
        ([(69, "uint8", 2)], ([32, 128],), "left_power_phase_end", 180.0),
        ([(57, "uint16")], (650,), "muscle_oxygen", 0.65),
        ([(54, "uint16")], (1234,), "total_haemoglobin", 123.4),
        ([(33, "uint16")], (2,), "energy", 8368.0),
        ([(39, "uint16")], (81,), "vertical_oscillation", 0.0081),
        ([(41, "uint16")], (2500,), "stance_time", 0.25),
        ([(40, "uint16")], (3500,), "stance_time_share", 0.35),
        ([(85, "uint16")], (11_000,), "step_length", 1.1),
        ([(99, "uint8")], (15,), "respiration_rate", 15.0),
        ([(139, "uint16")], (3725,), "core_temperature", 37.25),
        ([(91, "uint32")], (101_325,), "pressure", 101_325.0),
        ([(10, "uint8")], (127,), "resistance", 0.5),
        ([(8, "byte", 3)], ([0x64, 0, 0],), "speed", 1.0),
    ],
)
def test_a_native_field_becomes_its_channel_in_the_catalogue_s_unit(fields, row, channel, value):
    assert values(record(fields, row), channel) == [pytest.approx(value, rel=1e-6)]


def test_a_reading_that_was_not_taken_is_missing_and_not_zero():
    np.testing.assert_array_equal(values(record([(7, "uint16")], (200,), (0xFFFF,), (0,)), "power"), [200, np.nan, 0])


def test_a_field_that_never_has_a_reading_is_no_channel():
    found = recording(record([(7, "uint16"), (3, "uint8")], (200, 255), (210, 255)))
    assert set(found.streams["record"].values) == {"power"}


def test_a_balance_whose_side_nobody_knows_is_missing():
    np.testing.assert_array_equal(values(record([(30, "uint8")], (48,), (0x80 | 48,)), "left_balance"), [np.nan, 0.52])


def test_times_that_repeat_or_go_backwards_stay_as_recorded():
    made = Messages().define(1, RECORD, [(253, "uint32"), (7, "uint16")])
    for time in (START, START + 5, START + 5, START + 3):
        made.add(1, time, 200)
    assert ((recording(made).streams["record"].time - BEGIN) // SECOND).tolist() == [0, 5, 5, 3]


def test_a_record_without_a_time_has_that_of_the_one_before_it_and_is_flagged():
    made = ride(seconds=2).define(2, RECORD, [(7, "uint16")]).add(2, 300)
    (found,), problems = decoded(made)
    stream = found.streams["record"]
    assert ((stream.time - BEGIN) // SECOND).tolist() == [0, 1, 1]
    assert stream.flags["time"].tolist() == [0, 0, Flag.TIME]
    assert [(p.kind, p.count) for p in problems] == [("no_time", 1)]


# Developer fields


def developer(*fields, native=()):
    """Records with developer fields (name, unit, native field number or 255, value)."""
    described = [(0, "uint8"), (1, "uint8"), (2, "uint8"), (3, "string", 24), (8, "string", 12)]
    described += [(14, "uint16"), (15, "uint8")]
    made = Messages().define(0, FIELD_DESCRIPTION, described)
    for number, (name, unit, stands_for, _) in enumerate(fields):
        made.add(0, 0, number, FORMATS["float32"][0], name.encode(), unit.encode(), 20, stands_for)
    layout = [(number, "float32", 0) for number in range(len(fields))]
    made.define(1, RECORD, [(253, "uint32"), *((number, base) for number, base, _ in native)], layout)
    made.add(1, START, *(value for *_, value in native), *(value for *_, value in fields))
    (found,), problems = decoded(made)
    assert problems == ()
    return found


def test_a_developer_field_is_a_channel_with_its_own_unit():
    stream = developer(("Form Power", "Watts", 255, 55.5)).streams["record"]
    assert stream.values["developer.form_power"].tolist() == [55.5]
    assert stream.channel("developer.form_power").unit == "Watts"


def test_a_developer_field_that_stands_for_a_native_one_serves_its_channel():
    found = developer(("RP_Power", "watts", 7, 251.0))
    assert found.streams["record"].values["power"].tolist() == [251.0]
    assert found.notes == {"power": "developer field 'RP_Power'"}


def test_a_developer_field_with_the_name_of_a_channel_serves_it_in_its_unit():
    found = developer(("Skin Temperature", "F", 255, 95.0))
    assert found.streams["record"].values["skin_temperature"].tolist() == [pytest.approx(35.0)]


def test_a_developer_field_never_touches_native_readings():
    stream = developer(("Power", "watts", 7, 251.0), native=[(7, "uint16", 200)]).streams["record"]
    assert stream.values["power"].tolist() == [200.0]
    assert stream.values["developer.power"].tolist() == [251.0]


def test_a_developer_field_in_a_unit_that_nobody_knows_serves_no_channel():
    stream = developer(("Power", "bananas", 7, 251.0)).streams["record"]
    assert set(stream.values) == {"developer.power"}


def test_two_developer_fields_of_one_name_are_both_kept():
    stream = developer(("Bal", "x", 255, 1.0), ("Bal", "x", 255, 2.0)).streams["record"]
    assert sorted(v[0] for v in map(np.ndarray.tolist, stream.values.values())) == [1.0, 2.0]


# Laps, sessions, events, devices


def test_a_lap_lasts_its_elapsed_time_to_the_millisecond():
    made = ride().define(2, LAP, [(253, "uint32"), (2, "uint32"), (7, "uint32"), (25, "enum")])
    (lap,) = recording(made.add(2, START + 4, START, 3_250, 2)).laps
    assert (lap.start, lap.stop, lap.origin, lap.sport) == (BEGIN, BEGIN + 3_250_000_000, "lap", "cycling")


def test_a_lap_without_an_elapsed_time_ends_at_its_timestamp():
    made = ride().define(2, LAP, [(253, "uint32"), (2, "uint32")]).add(2, START + 4, START)
    assert recording(made).laps[0].duration == 4.0


def test_a_lap_without_a_start_began_its_elapsed_time_before_its_end():
    made = ride().define(2, LAP, [(253, "uint32"), (7, "uint32")]).add(2, START + 4, 3000)
    assert recording(made).laps[0].start == BEGIN + SECOND


def test_a_lap_that_ends_before_it_starts_is_kept_with_no_length_and_told():
    made = ride().define(2, LAP, [(253, "uint32"), (2, "uint32")]).add(2, START, START + 9)
    (found,), problems = decoded(made)
    assert found.laps[0].duration == 0.0
    assert [p.kind for p in problems] == ["lap"]


def test_a_summary_keeps_what_the_device_wrote_in_the_catalogue_s_units():
    fields = [(253, "uint32"), (9, "uint32"), (11, "uint16"), (13, "uint16"), (19, "uint16"), (20, "uint16")]
    fields += [(17, "uint8"), (80, "uint8"), (33, "uint16"), (34, "uint16"), (41, "uint32"), (110, "uint32")]
    made = ride().define(2, LAP, fields)
    made.add(2, START, 123_456, 250, 9000, 210, 0xFFFF, 88, 64, 230, 0x8000 | 4800, 500_000, 0xFFFFFFFF)
    assert recording(made).laps[0].summary == {
        "distance": 1234.56,
        "energy": 250 * 4184.0,
        "average_speed": 9.0,
        "average_power": 210.0,
        "average_cadence": 88.5,
        "weighted_power": 230.0,
        "left_balance": 0.52,
        "work": 500_000.0,
    }


def test_the_sessions_of_several_sports_are_named_by_them():
    def names(*numbers):
        made = ride().define(2, SESSION, [(253, "uint32"), (2, "uint32"), (5, "enum")])
        for number in numbers:
            made.add(2, START + 4, START, number)
        return [session.name for session in recording(made).sessions]

    assert names(2) == ["session 1"]
    assert names(5, 3, 2, 3, 1) == ["swimming", "transition", "cycling", "transition 2", "running"]


def test_the_sport_is_that_of_the_sessions():
    def sport(*numbers):
        made = ride().define(2, SESSION, [(253, "uint32"), (2, "uint32"), (5, "enum")])
        for number in numbers:
            made.add(2, START + 4, START, number)
        found = recording(made)
        assert len(found.sessions) == len(numbers)
        return found.sport

    assert [sport(), sport(2), sport(1, 1), sport(5, 2)] == [None, "cycling", "running", "multisport"]


def test_events_keep_their_order_action_and_number():
    made = ride().define(2, EVENT, [(253, "uint32"), (0, "enum"), (1, "enum"), (3, "uint32")])
    made.add(2, START, 0, 0, 0xFFFFFFFF).add(2, START + 2, 43, 3, 7).add(2, START + 4, 0, 4, 1).add(
        2, START + 4, 200, 1, 0
    )
    assert [(e.time - BEGIN, e.kind, e.action, e.data) for e in recording(made).events] == [
        (0, "timer", "start", None),
        (2 * SECOND, "rear_gear_change", "marker", 7.0),
        (4 * SECOND, "timer", "stop_all", 1.0),
        (4 * SECOND, "200", "stop", 0.0),
    ]


def test_a_sensor_that_is_told_of_twice_is_one_sensor_with_its_last_battery():
    fields = [(253, "uint32"), (0, "uint8"), (1, "uint8"), (25, "enum"), (2, "uint16"), (3, "uint32z"), (5, "uint16")]
    made = ride().define(2, DEVICE_INFO, [*fields, (10, "uint16")])
    made.add(2, START, 0, 255, 255, 1, 12345, 1520, 0xFFFF)
    made.add(2, START, 1, 11, 1, 69, 77, 320, 3 * 256).add(2, START + 4, 1, 11, 1, 0xFFFF, 77, 0xFFFF, 2 * 256 + 128)
    made.add(2, START, 2, 120, 255, 123, 0, 0xFFFF, 0xFFFF)
    found = recording(made)
    assert found.device.software == "15.20"
    power, strap = found.sensors
    assert (power.role, power.maker, power.serial, power.software, power.battery) == (
        "power",
        "stages_cycling",
        "77",
        "3.20",
        2.5,
    )
    assert (strap.role, strap.maker, strap.serial, strap.battery) == ("heart_rate", "polar_electro", None, None)


@pytest.mark.parametrize(("ahead", "offset"), [(7200, 7200), (20_700, 20_700), (7203, 7200), (-43_200, -43_200)])
def test_the_wall_clock_is_that_of_the_activity(ahead, offset):
    made = ride().define(2, ACTIVITY, [(253, "uint32"), (5, "uint32")]).add(2, START, START + ahead)
    assert recording(made).utc_offset == offset


@pytest.mark.parametrize("ahead", [7500, 100_000, -START])
def test_a_wall_clock_that_no_zone_has_is_not_believed(ahead):
    made = ride().define(2, ACTIVITY, [(253, "uint32"), (5, "uint32")]).add(2, START, START + ahead)
    assert recording(made).utc_offset is None


# Clocks


def undated():
    made = Messages().define(1, RECORD, [(253, "uint32"), (7, "uint16")])
    return made.add(1, 1000, 200).add(1, 1001, 210)


def test_seconds_since_power_up_are_not_dates():
    (found,), (problem,) = decoded(undated())
    assert not found.dated
    assert found.streams["record"].time.tolist() == [1000 * SECOND, 1001 * SECOND]
    assert problem.kind == "clock"


def test_who_knows_when_it_began_can_say_so():
    (found,), _ = decoded(undated(), start=BEGIN)
    assert found.dated
    assert found.streams["record"].time.tolist() == [BEGIN, BEGIN + SECOND]


def test_a_time_since_power_up_among_dates_is_told_and_kept():
    made = ride(seconds=2).add(1, 77, 200, 100, 0)
    (found,), problems = decoded(made)
    assert found.dated
    assert found.streams["record"].time[2] == (77 + EPOCH) * SECOND
    assert [(p.kind, p.count) for p in problems] == [("clock", 1)]


# Beats


def test_each_beat_comes_its_interval_after_the_one_before():
    made = ride(seconds=1).define(2, HRV, [(0, "uint16", 5)])
    made.add(2, [800, 900, 0xFFFF, 0xFFFF, 0xFFFF]).add(1, START + 1, 200, 100, 0).add(2, [1000] + [0xFFFF] * 4)
    stream = recording(made).streams["rr"]
    assert stream.values["rr_interval"].tolist() == [0.8, 0.9, 1.0]
    assert ((stream.time - BEGIN) / SECOND).tolist() == pytest.approx([0.0, 0.9, 1.9])


def test_beats_behind_a_pause_are_placed_at_their_record_again():
    made = ride(seconds=1).define(2, HRV, [(0, "uint16", 1)])
    made.add(2, 800).add(1, START + 60, 200, 100, 0).add(2, 1000).add(2, 900)
    stream = recording(made).streams["rr"]
    assert ((stream.time - BEGIN) / SECOND).tolist() == pytest.approx([0.0, 60.0, 60.9])


def strap(start):
    made = Messages().define(0, HR, [(253, "uint32"), (0, "uint16"), (9, "uint32"), (6, "uint8")])
    made.add(0, start, 16_384, 2**31, 60)
    packed = sum(tick << 12 * k for k, tick in enumerate((1024, 2048))).to_bytes(3, "little")
    return made.define(1, HR, [(6, "uint8", 2), (10, "byte", 3)]).add(1, [61, 62], list(packed))


def test_a_strap_s_beats_are_placed_on_the_clock_by_its_own_seconds():
    stream = recording(strap(START)).streams["hr"]
    assert stream.values["heart_rate"].tolist() == [60, 61, 62]
    assert ((stream.time - BEGIN) / SECOND).tolist() == pytest.approx([0.5, 1.5, 2.5])


def test_the_memory_of_a_strap_belongs_to_the_activity_before_it():
    data = ride().file() + strap(START).file() + strap(START + 100).file()
    (found,), problems = fit.decode(data, Source("made.fit"))
    assert set(found.streams) == {"record", "hr"}
    assert ((found.streams["hr"].time - BEGIN) / SECOND).tolist() == [0.5, 1.5, 2.5, 100.5, 101.5, 102.5]
    assert problems == ()


def test_a_strap_without_any_time_is_told():
    made = ride().define(2, HR, [(6, "uint8")]).add(2, 99)
    (found,), problems = decoded(made)
    assert "hr" not in found.streams
    assert [p.kind for p in problems] == ["no_time"]


# Other streams


def test_the_weather_is_a_stream_without_its_forecasts():
    made = ride().define(
        2, 128, [(253, "uint32"), (0, "enum"), (1, "sint8"), (3, "uint16"), (4, "uint16"), (7, "uint8")]
    )
    made.add(2, START, 0, 21, 270, 3500, 65).add(2, START, 1, 25, 0, 0, 0)
    stream = recording(made).streams["weather"]
    assert {name: v.tolist() for name, v in stream.values.items()} == {
        "temperature": [21.0],
        "relative_humidity": [0.65],
        "wind_speed": [3.5],
        "wind_direction": [270.0],
    }


def test_bursts_of_an_accelerometer_keep_their_milliseconds():
    fields = [(253, "uint32"), (0, "uint16"), (1, "uint16", 2)] + [(n, "float32", 2) for n in (5, 6, 7)]
    made = Messages().define(0, 165, fields).add(0, START, 250, [0, 40], [0.0, 1.0], [0.0, -1.0], [1.0, 1.0])
    made.raw(ride().content)
    stream = recording(made).streams["accelerometer"]
    assert (stream.time - BEGIN).tolist() == [250_000_000, 290_000_000]
    assert stream.values["acceleration_y"].tolist() == [0.0, -9.80665]


def test_floats_that_no_sensor_measures_break_nothing():
    nan, huge = struct.pack("<f", float("inf")), struct.pack("<f", 3e38)
    made = ride().define(2, EVENT, [(253, "uint32"), (0, "enum"), (3, "float32")])
    made.raw(b"\x02" + struct.pack("<I", START) + b"\x2a" + nan).raw(
        b"\x02" + struct.pack("<I", START) + b"\x2a" + huge
    )
    assert len(recording(made).events) == 2
