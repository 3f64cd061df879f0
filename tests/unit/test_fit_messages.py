"""FIT bytes to columns: headers, checksums, damage, field types, packed fields and subfields."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from tests.unit.fit_bytes import (
    DEVICE_INFO,
    EVENT,
    FIELD_DESCRIPTION,
    FORMATS,
    HR,
    RECORD,
    START,
    Messages,
    crc,
    definition,
    file,
    ride,
)

from paceline.record.formats.fit_chain import MOST_FILES, chain, checksum
from paceline.record.formats.fit_messages import files

POWER = [200.0, 201.0, 202.0, 203.0, 204.0]


def only(data):
    (found,) = files(data)
    return found


def records(data):
    return only(data).messages("record")


def kinds(data):
    return [problem.kind for found in files(data) for problem in found.problems()]


def column(values, base, *, field=3, big=False, message=RECORD):
    """One field of a made file, read back."""
    made = Messages(big=big).define(0, message, [(field, base)])
    for value in values:
        made.add(0, value)
    return next(iter(only(made.file()).messages(message).numbers.values())).tolist()


# Headers, sizes and checksums


@pytest.mark.parametrize("header", [12, 14])
def test_a_valid_file_is_read_without_a_problem(header):
    data = ride().file(header=header)
    assert records(data).column("power").tolist() == POWER
    assert kinds(data) == []


@pytest.mark.parametrize("size", [0, 1, 2, 15, 16, 17, 33, 100])
def test_the_checksum_is_that_of_the_bit_by_bit_definition(size):
    data = bytes((7 * k * k + 13) % 256 for k in range(size))
    assert checksum(np.frombuffer(data, np.uint8)) == crc(data)


def test_a_header_without_a_checksum_is_valid():
    assert kinds(ride().file(header_crc=0)) == []


def test_a_wrong_header_checksum_is_told_and_nothing_is_lost():
    data = ride().file(header_crc=1234)
    assert records(data).column("power").tolist() == POWER
    assert kinds(data) == ["header_crc"]


@pytest.mark.parametrize("wrong", [0, 4321])
def test_a_wrong_file_checksum_is_told_and_nothing_is_lost(wrong):
    data = ride().file(file_crc=wrong)
    (problem,) = only(data).problems()
    assert (problem.kind, problem.offset) == ("crc", len(data) - 2)
    assert records(data).column("power").tolist() == POWER


def test_a_longer_header_than_today_s_is_skipped():
    data = ride().file(header=16, header_crc=0)
    assert records(data).column("power").tolist() == POWER
    assert kinds(data) == ["header"]


@pytest.mark.parametrize("end", [b"", b"\0\0"])
def test_a_unit_that_crashed_left_a_data_size_of_zero(end):
    data = ride().file(size=0)[:-2] + end
    assert records(data).column("power").tolist() == POWER
    assert kinds(data) == ["data_size"]


def test_a_data_size_that_is_too_large_is_told():
    data = ride().file(size=5000)
    assert records(data).column("power").tolist() == POWER
    assert kinds(data) == ["truncated"]


def test_a_data_size_that_is_too_small_loses_nothing():
    message = 1 + 4 + 2 + 1 + 4
    whole = ride(seconds=50)
    data = whole.file(size=len(whole.content) - 20 * message)
    assert len(records(data)) == 50
    assert kinds(data) == ["data_size"]


def test_chained_files_are_read_one_by_one():
    first, second = ride(seconds=3).file(), ride(seconds=4).file(header=12)
    found = files(first + second)
    assert [len(f.messages("record")) for f in found] == [3, 4]
    assert kinds(first + second) == []


def test_bytes_between_and_behind_chained_files_are_told():
    found = files(ride(seconds=3).file() + b"\0" * 7 + ride(seconds=4).file() + b"junk")
    assert [len(f.messages("record")) for f in found] == [3, 4]
    assert [[p.kind for p in f.problems()] for f in found] == [["trailing"], ["trailing"]]


def test_a_file_that_crashed_ends_where_the_next_one_begins():
    found = files(ride(seconds=3).file(size=0) + ride(seconds=4).file())
    assert [len(f.messages("record")) for f in found] == [3, 4]


def test_a_hostile_chain_is_not_followed_for_ever():
    empty = file(b"")
    found = files(empty * (MOST_FILES + 5))
    assert len(found) == MOST_FILES
    assert found[-1].problems()[-1].kind == "chained"


def test_what_is_no_fit_file_holds_none():
    assert files(b"") == files(b"garbage" * 10) == ()


# Damage


def test_every_record_before_a_truncation_is_kept():
    whole = ride(seconds=20).file()
    message = 1 + 4 + 2 + 1 + 4
    first = len(ride(seconds=0).file()) - 2
    for end in range(first, len(whole) - 2):
        assert len(records(whole[:end])) == (end - first) // message


def test_a_message_that_was_never_defined_ends_the_file_with_its_place():
    made = ride()
    place = 14 + len(made.content)
    data = made.raw(b"\x07").file()
    (problem,) = only(data).problems()
    assert (problem.kind, problem.offset) == ("undefined", place)
    assert records(data).column("power").tolist() == POWER


def test_the_thread_is_found_again_behind_garbage():
    made = ride(seconds=10).raw(b"\x07garbage\x0b")
    for second in range(10, 20):
        made.add(1, START + second, 200 + second, 100, 0)
    data = made.file()
    assert records(data).column("power").tolist() == [200.0 + k for k in range(20)]
    assert [(p.kind, p.offset) for p in only(data).problems()] == [("undefined", 14 + len(ride(seconds=10).content))]


def test_a_message_that_lost_its_end_costs_that_message_alone():
    """The next byte that is taken for a header is then one of the power, 11: a local type that nobody defined."""
    made = Messages(big=True).define(1, RECORD, [(7, "uint16"), (253, "uint32")])
    for second in range(30):
        made.add(1, 11, START + second)
        if second == 10:
            made.content = made.content[:-2]
    found = records(made.file())
    assert found.column("timestamp").tolist() == [START + second for second in range(30) if second != 10]
    assert kinds(made.file()) == ["undefined"]


def test_a_definition_of_no_known_byte_order_is_damage():
    made = ride().raw(b"\x42\0\x05" + bytes(10))
    assert kinds(made.file()) == ["definition"]
    assert len(records(made.file())) == 5


def test_thousands_of_equal_definitions_are_one():
    made = Messages()
    for second in range(3000):
        made.define(0, RECORD, [(253, "uint32"), (7, "uint16")]).add(0, START + second, 250)
    (index,) = chain(made.file())
    assert len(index.definitions) == 1
    assert records(made.file()).column("power").sum() == 3000 * 250


def test_a_local_type_may_change_its_meaning():
    made = ride(seconds=2).define(1, RECORD, [(253, "uint32"), (4, "uint8")]).add(1, START + 2, 90)
    found = records(made.file())
    np.testing.assert_array_equal(found.column("power"), [200, 201, np.nan])
    np.testing.assert_array_equal(found.column("cadence"), [np.nan, np.nan, 90])


# Numbers


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(
    ("base", "values", "read"),
    [
        ("enum", [0, 254, 255], [0, 254, np.nan]),
        ("sint8", [-128, -1, 126, 127], [-128, -1, 126, np.nan]),
        ("uint8", [0, 254, 255], [0, 254, np.nan]),
        ("sint16", [-32768, -1, 0x7FFE, 0x7FFF], [-32768, -1, 0x7FFE, np.nan]),
        ("uint16", [0, 0xFFFE, 0xFFFF], [0, 0xFFFE, np.nan]),
        ("sint32", [-(2**31), -1, 0x7FFFFFFF], [-(2**31), -1, np.nan]),
        ("uint32", [0, 0xFFFFFFFE, 0xFFFFFFFF], [0, 0xFFFFFFFE, np.nan]),
        ("uint8z", [0, 255], [np.nan, 255]),
        ("uint16z", [0, 0xFFFF], [np.nan, 0xFFFF]),
        ("uint32z", [0, 0xFFFFFFFF], [np.nan, 0xFFFFFFFF]),
        ("byte", [0, 255], [0, np.nan]),
        ("sint64", [-(2**63), -5, 2**40, 2**63 - 1], [-(2.0**63), -5, 2.0**40, np.nan]),
        ("uint64", [0, 2**63, 2**64 - 1], [0, 2.0**63, np.nan]),
        ("uint64z", [0, 7], [np.nan, 7]),
        ("float32", [0.5, -1.25], [0.5, -1.25]),
        ("float64", [0.1, -1e300], [0.1, -1e300]),
    ],
)
def test_every_base_type_is_read_and_its_invalid_value_is_absent(base, values, read, big):
    np.testing.assert_array_equal(column(values, base, big=big, message=65_000), read)


@pytest.mark.parametrize(("base", "size"), [("float32", 4), ("float64", 8)])
def test_a_float_of_all_ones_is_absent(base, size):
    made = definition(0, 65_000, [(1, size, base)]) + b"\0" + b"\xff" * size
    assert np.isnan(only(file(made)).messages(65_000).column("field_1")[0])


def test_scale_and_offset_of_the_profile_apply():
    made = Messages().define(0, RECORD, [(2, "uint16"), (6, "uint16"), (9, "sint16")]).add(0, 2500 + 617, 8123, -250)
    found = records(made.file())
    read = [found.column(name)[0] for name in ("altitude", "speed", "grade")]
    assert read == [pytest.approx(123.4), pytest.approx(8.123), pytest.approx(-2.5)]


def test_a_number_in_fewer_bytes_than_its_type_has_is_read_and_told():
    made = definition(0, RECORD, [(253, 4, "uint32"), (5, 1, "uint32"), (2, 3, "uint32")])
    made += b"\0" + struct.pack("<I", START) + b"\x64" + b"\xff\xff\xff"
    found = only(file(made))
    assert found.messages("record").column("distance").tolist() == [1.0]
    assert np.isnan(found.messages("record").column("altitude")[0])
    assert [(p.kind, p.count) for p in found.problems()] == [("field_size", 2)]


def test_a_size_that_is_no_multiple_of_the_type_is_read_as_bytes():
    made = definition(0, 65_000, [(1, 5, "uint16")]) + b"\0" + bytes([1, 2, 3, 4, 5])
    assert only(file(made)).messages(65_000).array("field_1").tolist() == [[1, 2, 3, 4, 5]]
    assert kinds(file(made)) == ["field_size"]


def test_an_unknown_base_type_is_read_as_bytes():
    made = definition(0, 65_000, [(1, 2, 0x1F)]) + b"\0" + bytes([1, 2])
    assert only(file(made)).messages(65_000).array("field_1").tolist() == [[1, 2]]
    assert kinds(file(made)) == ["base_type"]


def test_a_base_type_without_its_high_bit_is_known():
    made = definition(0, RECORD, [(7, 2, 0x04)]) + b"\0" + struct.pack("<H", 300)
    assert records(file(made)).column("power").tolist() == [300.0]


def test_arrays_have_a_column_for_each_element_and_may_differ_in_length():
    made = Messages().define(0, 65_000, [(1, "uint16", 3)]).add(0, [1, 0xFFFF, 3])
    made.define(1, 65_000, [(1, "uint16", 2)]).add(1, [4, 5])
    np.testing.assert_array_equal(only(made.file()).messages(65_000).array("field_1"), [[1, np.nan, 3], [4, 5, np.nan]])


def test_a_byte_array_is_absent_only_as_a_whole():
    made = Messages().define(0, 65_000, [(1, "byte", 2)]).add(0, [255, 7]).add(0, [255, 255])
    np.testing.assert_array_equal(only(made.file()).messages(65_000).array("field_1"), [[255, 7], [np.nan, np.nan]])


def test_an_array_of_long_integers_keeps_values_that_look_like_absent_bytes():
    made = Messages().define(0, 65_000, [(1, "uint64", 2)]).add(0, [255, 255])
    assert only(made.file()).messages(65_000).array("field_1").tolist() == [[255, 255]]


def test_big_endian_definitions_are_read():
    data = ride(big=True).file()
    assert records(data).column("power").tolist() == POWER
    assert records(data).column("timestamp").tolist() == [START + k for k in range(5)]


def test_unknown_messages_and_fields_are_kept_under_their_numbers():
    made = Messages().define(0, 65_000, [(253, "uint32"), (9, "uint8")]).add(0, START, 5)
    found = only(made.file()).messages(65_000)
    assert found.name == "message_65000"
    assert (found.column("timestamp").tolist(), found.column("field_9").tolist()) == ([START], [5.0])


# Texts


def test_a_text_ends_at_its_zero_or_with_its_field():
    made = Messages().define(0, DEVICE_INFO, [(27, "string", 4)]).add(0, b"ab\0c").add(0, b"abcd").add(0, b"")
    assert only(made.file()).messages("device_info").text("product_name") == ["ab", "abcd", None]


def test_a_text_that_is_not_utf8_is_read_as_far_as_it_can_be_and_told():
    made = Messages().define(0, DEVICE_INFO, [(27, "string", 4)]).add(0, b"a\xffb")
    assert only(made.file()).messages("device_info").text("product_name") == ["a�b"]
    assert kinds(made.file()) == ["text"]


# Times


def test_compressed_timestamps_count_on_from_the_last_full_one():
    made = ride(seconds=1).define(2, RECORD, [(7, "uint16")])
    for second in (1, 2, 20, 31, 40, 71):
        made.add(2, 300 + second, offset=(START + second) & 0x1F)
    found = records(made.file())
    assert found.column("timestamp").tolist() == [START + k for k in (0, 1, 2, 20, 31, 40, 71)]
    assert found.timed.all()


def test_a_fractional_timestamp_is_part_of_the_time():
    made = Messages().define(0, HR, [(253, "uint32"), (0, "uint16")]).add(0, START, 16_384)
    assert only(made.file()).messages("hr").time[0] % 10**9 == 500_000_000


# Packed fields


def test_compressed_speed_and_distance_are_unpacked_and_the_distance_rolls_over():
    made = Messages().define(0, RECORD, [(8, "byte", 3)])
    for speed, distance in ((354, 16), (355, 4000), (0, 100), (0xFFF, 0xFFF)):
        packed = speed | distance << 12
        made.add(0, list(packed.to_bytes(3, "little")))
    found = records(made.file())
    np.testing.assert_array_equal(found.column("distance"), [1.0, 250.0, (4096 + 100) / 16, np.nan])
    np.testing.assert_array_equal(found.column("speed"), [3.54, 3.55, 0.0, np.nan])


def test_an_accumulated_field_starts_from_its_own_full_value():
    made = Messages().define(0, RECORD, [(29, "uint32")]).add(0, 100_000)
    made.define(1, RECORD, [(28, "uint16")]).add(1, (100_250) & 0xFFFF).add(1, (100_250 + 70_000 - 65_536) & 0xFFFF)
    assert records(made.file()).column("accumulated_power").tolist() == [100_000, 100_250, 104_714]


def test_an_enhanced_field_wins_and_the_plain_one_stands_in():
    made = Messages().define(0, RECORD, [(6, "uint16"), (73, "uint32")])
    made.add(0, 5000, 5001).add(0, 6000, 0xFFFFFFFF)
    assert records(made.file()).column("enhanced_speed").tolist() == [5.001, 6.0]


def test_the_twelve_bit_beats_of_a_strap_follow_its_full_event_time():
    ticks = [5000 + 700 * k for k in range(9)]
    packed = sum((tick & 0xFFF) << 12 * k for k, tick in enumerate(ticks[1:])).to_bytes(12, "little")
    made = Messages().define(0, HR, [(253, "uint32"), (9, "uint32"), (6, "uint8")]).add(0, START, ticks[0], 60)
    made.define(1, HR, [(6, "uint8", 8), (10, "byte", 12)]).add(1, [61] * 8, list(packed))
    found = only(made.file()).messages("hr").array("event_timestamp")
    np.testing.assert_array_equal(found[1], np.array(ticks[1:]) / 1024)


def test_a_gear_change_says_which_gears_even_in_sixteen_bits():
    made = Messages().define(0, EVENT, [(0, "enum"), (3, "uint32")]).add(0, 42, 0x0E_34_19_02).add(0, 11, 3700)
    made.define(1, EVENT, [(0, "enum"), (2, "uint16")]).add(1, 11, 3600)
    found = only(made.file()).messages("event")
    gears = ("rear_gear_num", "rear_gear", "front_gear_num", "front_gear")
    assert [found.column(name)[0] for name in gears] == [2, 0x19, 0x34, 0x0E]
    np.testing.assert_array_equal(found.column("battery_level"), [np.nan, 3.7, 3.6])


def test_the_maker_says_whose_product_number_it_is():
    made = Messages().define(0, DEVICE_INFO, [(2, "uint16"), (4, "uint16")]).add(0, 1, 1836).add(0, 263, 12)
    found = only(made.file()).messages("device_info")
    np.testing.assert_array_equal(found.column("garmin_product"), [1836, np.nan])
    np.testing.assert_array_equal(found.column("favero_product"), [np.nan, 12])


# Developer fields


def developer(*, described=True, base="float32", name=b"Form Power", value=55.5):
    made = Messages()
    if described:
        fields = [(0, "uint8"), (1, "uint8"), (2, "uint8"), (3, "string", 12), (8, "string", 6)]
        made.define(0, FIELD_DESCRIPTION, fields).add(0, 3, 7, FORMATS[base][0], name, b"watts")
    return made.define(1, RECORD, [(253, "uint32"), (7, "uint16")], [(7, base, 3)]).add(1, START, 200, value).file()


def test_a_developer_field_has_the_name_and_type_that_the_file_gives_it():
    found = only(developer())
    assert found.messages("record").column("developer.form_power").tolist() == [55.5]
    assert found.developer_fields["developer.form_power"].unit == "watts"
    assert found.problems() == ()


def test_a_developer_field_that_nothing_describes_is_kept_as_bytes_and_told():
    found = only(developer(described=False, base="uint16", value=0x0102))
    assert found.messages("record").array("developer.3_7").tolist() == [[2, 1]]
    assert found.messages("record").column("power").tolist() == [200.0]
    assert [p.kind for p in found.problems()] == ["developer_field"]


def test_a_developer_field_of_size_zero_or_without_a_name_is_no_harm():
    found = only(developer(name=b""))
    assert found.messages("record").column("developer.3_7").tolist() == [55.5]


# Bounds


def test_a_hostile_file_takes_memory_in_proportion_to_its_size():
    """Every message has no field at all, but for a few that have a field of their own each."""
    made = definition(0, RECORD, [(250, 1, "uint8")])
    for number in range(110, 250):
        made += definition(0, RECORD, [(number, 1, "uint8")]) + b"\0\x01"
    made += definition(0, RECORD, []) + b"\0" * 200_000
    found = records(file(made))
    assert len(found) == 200_140
    assert sum(values.size for values in found.numbers.values()) <= 8 * len(made) + 10_000
    assert "sparse" in kinds(file(made))


def test_more_definitions_than_any_device_makes_end_the_reading():
    made = b"".join(
        definition(0, 60_000, [(k & 0xFF, 1, "uint8"), (k >> 8 & 0xFF, 1, "uint8"), (k >> 16, 1, "uint8")]) + b"\0abc"
        for k in range(66_000)
    )
    (index,) = chain(file(made))
    assert len(index.definitions) == 65_536
    assert [p.kind for p in index.problems] == ["definitions"]
