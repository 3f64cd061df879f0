"""Live packets on the wire: what was sent is what is read, and what is not whole is refused."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import NumberReused, PacketDamaged, PacketUnknown, ReadError
from paceline.keep.packets.intake import Intake
from paceline.keep.packets.sealing import seal
from paceline.record.packets import LARGEST, Packet, Written, last, packet, packets, passed_on, sampled

FIRST = 1_700_000_000_123_456_789


def resealed(raw: bytes, at: int, new: bytes) -> bytes:
    """Bytes put in at a place, with a size and a check sum that fit."""
    changed = bytearray(raw[:-4])
    changed[at : at + len(new)] = new
    return bytes(changed) + struct.pack("<I", zlib.crc32(bytes(changed)))


def one(number: int = 0, device: str = "hub", watts: float = 200.0) -> bytes:
    return sampled(device, "record", {"power": [watts, np.nan]}, sequence=number, first=FIRST, rate=(2, 1))


@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32) | st.just(float("nan")), min_size=1, max_size=60),
    samples=st.integers(1, 1_000_000),
    seconds=st.integers(1, 1000),
    number=st.integers(0, 2**32 - 1),
)
def test_what_was_sent_at_a_rate_is_what_is_read(values, samples, seconds, number):
    raw = sampled("hub", "motion", {"power": values, "cadence": values}, sequence=number, first=FIRST,
                  rate=(samples, seconds))  # fmt: skip
    found = packet(raw)
    assert (found.device, found.sequence, found.count) == ("hub", number, len(values))
    assert found.time().tolist() == [FIRST + k * seconds * 10**9 // samples for k in range(len(values))]
    for channel in ("power", "cadence"):
        np.testing.assert_array_equal(found.values()[channel], values)


@given(st.lists(st.integers(0, 86_400 * 10**9), min_size=1, max_size=50))
def test_each_sample_may_have_its_own_time_to_the_nanosecond(since):
    raw = sampled("strap", "rr", {"rr_interval": [0.8] * len(since)}, sequence=0, first=FIRST, since=since)
    assert packet(raw).time().tolist() == [FIRST + step for step in since]


def test_whole_numbers_are_read_to_their_scale_and_absent_is_absent():
    raw = sampled("pod", "motion", {"acceleration_x": [9.81, np.nan, -300.0, 400.0]}, sequence=0, first=FIRST,
                  rate=(50, 1), written={"acceleration_x": Written(0.01)})  # fmt: skip
    np.testing.assert_allclose(packet(raw).values()["acceleration_x"], [9.81, np.nan, -300.0, 327.67])


def test_four_sensors_of_three_axes_at_50_hz_take_less_than_2_kb_a_second():
    values = {f"acceleration_{axis}": np.zeros(50) for axis in "xyz"}
    raw = sampled("wrist-left", "motion", values, sequence=0, first=FIRST, rate=(50, 1),
                  written=dict.fromkeys(values, Written(0.01)))  # fmt: skip
    assert 4 * len(raw) < 2000


def test_every_cut_and_every_flipped_bit_is_noticed():
    raw = one()
    for end in range(len(raw)):
        with pytest.raises(PacketDamaged):
            packet(raw[:end])
    for bit in range(8 * len(raw)):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ReadError):
            packet(bytes(changed))


@given(st.binary(max_size=200))
def test_any_bytes_are_packets_or_errors_that_hold_all_of_them(data):
    found = list(packets(data))
    assert b"".join(part.raw for part in found) == data


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (resealed(one(), 2, b"\2"), PacketUnknown),  # a later version
        (resealed(one(), 3, b"\7"), PacketUnknown),  # a later kind
        (resealed(one(), one().index(b"power"), b"tower"), PacketUnknown),  # no such channel
        (resealed(one(), one().index(b"hub"), b"h b"), PacketDamaged),
        (resealed(one(), 20, struct.pack("<H", 3)), PacketDamaged),  # more samples than there are
        (resealed(one(), one().index(b"record") + 6, bytes(8)), PacketDamaged),  # a rate of nothing
        (resealed(one(), 12, struct.pack("<q", 2**62)), PacketDamaged),  # a time far away
        (resealed(one(), one().index(b"record") + 6, struct.pack("<II", 1, 100_000)), PacketDamaged),  # more than a day
        (sampled("hub", "record", {"power": np.zeros(LARGEST // 4)[:65_535]}, sequence=0, first=0, rate=(50, 1)) + b"x",
         PacketDamaged),
    ],
)  # fmt: skip
def test_what_contradicts_itself_or_is_not_known_is_told_apart(raw, error):
    with pytest.raises(error):
        packet(raw)


def test_a_damaged_packet_costs_only_itself():
    broken = bytearray(one(1))
    broken[-6] ^= 1
    found = list(packets(one(0) + bytes(broken) + one(2)))
    assert [part.sequence if isinstance(part, Packet) else type(part) for part in found] == [0, PacketDamaged, 2]


@given(st.permutations(range(8)), st.lists(st.integers(0, 7), max_size=8))
def test_any_order_with_any_repetition_comes_to_the_same(order, again):
    intake = Intake()
    for number in (*order, *again):
        found = packet(one(number))
        if intake.judge(found):
            intake.add(found)
    assert intake.held() == {"hub": [(0, 7)]}
    assert intake.missing() == {}
    assert seal(map(packet, map(one, (*order, *again)))) == seal(map(packet, map(one, range(8))))


@given(st.sets(st.integers(0, 40), min_size=1))
def test_what_is_held_and_what_is_missing_make_up_all(numbers):
    intake = Intake(packet(one(number)) for number in numbers)
    spans = [*intake.held()["hub"], *intake.missing().get("hub", [])]
    assert sorted(n for first, end in spans for n in range(first, end + 1)) == list(range(max(numbers) + 1))
    assert {n for first, end in intake.held()["hub"] for n in range(first, end + 1)} == numbers


def test_a_number_is_one_packets_for_ever():
    intake = Intake([packet(one(0))])
    with pytest.raises(NumberReused):
        intake.judge(packet(one(0, watts=201.0)))


def test_a_session_has_only_so_many_devices():
    intake = Intake(packet(one(0, device=f"d{number}")) for number in range(64))
    with pytest.raises(PacketDamaged, match="64 devices"):
        intake.judge(packet(one(0, device="one-more")))


def test_a_device_is_complete_when_its_last_packet_and_all_before_have_come():
    intake = Intake(map(packet, (one(0), last("hub", sequence=2, time=FIRST))))
    assert not intake.rows["hub"].complete
    intake.add(packet(one(1)))
    assert intake.rows["hub"].complete


def test_a_device_that_only_said_goodbye_makes_no_recording():
    assert seal([packet(last("hub", sequence=0, time=FIRST))]) == ()


def test_a_message_is_passed_on_as_it_came():
    found = packet(passed_on("loops", "velotrain/passing", b'{"index": 1}', sequence=0, time=FIRST))
    assert found.message == b'{"index": 1}'
    assert found.description.stream == "velotrain/passing"
