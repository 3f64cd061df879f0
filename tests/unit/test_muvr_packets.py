"""Every generation of the wrist sensors' packets, read and written to the byte."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import Damaged, NoSamples, NotPlausible, PacelineError
from paceline.record.files import read_bytes
from paceline.record.formats import Source, muvr
from paceline.record.formats import muvr_blocks as blocks
from paceline.record.formats import muvr_containers as containers
from paceline.record.formats import muvr_packets as packets
from paceline.record.formats.packed_samples import packed, unpacked

G = 9.80665
CURL = packed([[864, 464, 376], [872, 448, 384], [880, 456, 424]])


@pytest.mark.parametrize(
    ("raw", "sample", "spare"),
    [
        ("ff ff ff ff 01", (-1, -1, 127), False),
        ("00 00 00 00 01", (0, 0, 64), False),
        ("78 01 4a c0 73", (376, 592, -784), False),
        ("18 1c 7d e0 f8", (-1000, 1000, -456), True),
    ],
)
def test_five_bytes_are_three_axes_and_back(raw, sample, spare):
    axes, bits = unpacked(bytes.fromhex(raw))
    assert (tuple(axes[0].tolist()), bool(bits[0])) == (sample, spare)
    assert packed(axes, bits) == bytes.fromhex(raw)


@given(st.lists(st.tuples(*[st.integers(-4096, 4095)] * 3, st.booleans()), max_size=20))
def test_every_number_of_13_bits_survives(rows):
    axes = np.array([row[:3] for row in rows], np.int64).reshape(-1, 3)
    spare = np.array([row[3] for row in rows], bool)
    back, bits = unpacked(packed(axes, spare))
    assert back.tolist() == axes.tolist()
    assert bits.tolist() == spare.tolist()


@pytest.mark.parametrize("sample", [[4096, 0, 0], [0, -4097, 0], [0, 0, 0.5]])
def test_what_13_bits_do_not_hold_is_refused(sample):
    with pytest.raises(NotPlausible):
        packed([sample])


def test_half_a_sample_is_refused():
    with pytest.raises(ValueError, match="no whole samples"):
        unpacked(b"1234")


MADE = {
    "0": blocks.Block("0", "acceleration", 100, CURL),
    "1": blocks.Block("1", "rotation", 100, CURL, sample_size=0),
    "2": blocks.Block("2", "acceleration", 50, CURL, 5, 0xF0, 15, 1_432_206_359_635, 2047),
    "2-april": blocks.Block("2-april", "acceleration", 50, CURL, 5, 3, None, 1_432_206_359_635, 2047),
}


@pytest.mark.parametrize("generation", MADE)
def test_a_block_of_each_generation_is_written_as_it_was_read(generation):
    raw = blocks.encoded(MADE[generation]) * 3
    assert blocks.generation_of(raw) == generation
    offset, again = 0, b""
    while offset < len(raw):
        block, offset = blocks.block_at(raw, offset, generation=generation, file="made")
        assert block == MADE[generation]
        again += blocks.encoded(block)
    assert again == raw


def test_headers_are_those_of_the_devices():
    assert blocks.encoded(MADE["0"])[:5] == bytes.fromhex("fcfe 0300 64")
    assert blocks.encoded(MADE["2"])[:16] == bytes.fromhex("ad 03 32 05 f0 0f 53bc26764d010000 ff07")
    many = blocks.Block("1", "acceleration", 100, CURL[:5] * 124)
    assert blocks.encoded(many)[:5].hex() == "ad7c640500"
    assert len(blocks.encoded(many)) == 625


@pytest.mark.parametrize("generation", MADE)
def test_a_cut_block_is_told_apart_from_a_whole_one(generation):
    raw = blocks.encoded(MADE[generation])
    for end in range(len(raw)):
        with pytest.raises(Damaged) as caught:
            blocks.block_at(raw[:end], 0, generation=generation, file="made")
        assert caught.value.expected


def test_a_block_that_its_header_can_not_describe_is_refused():
    with pytest.raises(NotPlausible):
        blocks.encoded(blocks.Block("1", "acceleration", 50, CURL[:5] * 256))
    with pytest.raises(NotPlausible):
        blocks.encoded(blocks.Block("1", "acceleration", 50, CURL[:7]))
    with pytest.raises(NotPlausible):
        blocks.encoded(blocks.Block("2", "acceleration", 50, CURL))


def test_an_unknown_type_is_named():
    with pytest.raises(Damaged, match="type 0xaa"):
        blocks.block_at(b"\xaa" + bytes(20), 0, generation="2", file="made")


def made_container():
    block = blocks.encoded(blocks.Block("1", "acceleration", 100, CURL[:5] * 124))
    turned = blocks.encoded(blocks.Block("1", "rotation", 100, CURL[:5] * 124))
    return containers.Container(2, (containers.Entry("waist", block), containers.Entry("waist", turned)))


def test_a_container_is_written_as_the_phone_wrote_it():
    raw = containers.encoded(made_container())
    assert len(raw) == 1263
    assert raw[:10] == bytes.fromhex("cab1 02 00000002 0271 02")
    assert raw[10:15] == bytes.fromhex("ad7c640500")
    assert raw[635:643] == bytes.fromhex("0271 02 bd7c640500")
    assert containers.container_at(raw, 0, file="made") == (made_container(), len(raw))


def test_the_small_container_of_the_phone_is_read():
    raw = bytes.fromhex(
        "cab1 04 00000002 0007 02" + "41" * 7 + "0007 01" + "42" * 7 + "0009 03" + "43" * 9 + "0007 7f" + "44" * 7
    )
    found, end = containers.container_at(raw, 0, file="made")
    assert [(len(e.payload), e.place) for e in found.entries] == [(7, "waist"), (7, "wrist"), (9, "chest"), (7, "any")]
    assert (found.time, end) == (2, len(raw))
    assert containers.encoded(found) == raw


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("cab1 01 00000002 00", "at least 10 bytes"),
        ("cab2 01 00000002 0001 02 0a", "magic"),
        ("cab1 00 00000002 0001 02 0a", "with entries"),
        ("cab1 01 00000002 0001 05 0a", "place on the body"),
        ("cab1 01 00000002 0002 02 0a", "payload of 2"),
        ("cab1 02 00000002 0001 02 0a", "3 bytes"),
    ],
)
def test_a_broken_container_says_what_is_wrong(raw, why):
    with pytest.raises(Damaged, match=why):
        containers.container_at(bytes.fromhex(raw), 0, file="made")


def test_a_container_without_room_is_refused():
    with pytest.raises(NotPlausible):
        containers.encoded(containers.Container(2, ()))
    with pytest.raises(NotPlausible):
        containers.encoded(containers.Container(2**32, (containers.Entry("wrist", b"A"),)))


def floats(rows, *, early=False, start=700_000_000.5, tags="al"):
    content = np.asarray(rows, "<f4").tobytes()
    tag = tuple(packets.Tag(tags[k], tags[k + 1]) for k in range(0, len(tags), 2))
    return packets.Packet(False, 50, start, np.size(rows), tag, content, early)


@pytest.mark.parametrize("early", [False, True])
def test_a_float_packet_is_written_as_it_was_read(early):
    packet = floats([[0.5, -0.25, 1.0]] * 7, early=early)
    raw = packets.encoded(packet)
    assert len(raw) == (19 if early else 20) + 7 * 12
    assert packets.packet_at(raw, 0, file="made") == (packet, len(raw))


def test_the_watch_writes_the_header_of_its_own_test():
    packet = packets.Packet(True, 100, 0.0, 9, (packets.Tag("a", "l"),), b"")
    raw = packets.header(packet, [struct.pack("<I", 123)]) + bytes.fromhex("010102020303")
    assert raw.hex() == "61650164" + "00" * 8 + "09000000" + "7b000000" + "010102020303"


def test_a_packed_packet_of_the_watch_has_270_bytes():
    packet = packets.Packet(True, 50, 1_460_000_000.0, 150, (packets.Tag("a", "l", 0x51),), CURL[:5] * 50)
    raw = packets.encoded(packet)
    assert len(raw) == 270
    assert raw[16:20] == struct.pack("<I", 0x516C6174)
    assert packets.packet_at(raw, 0, file="made") == (packet, 270)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"ad",
        b"xx" + bytes(30),
        b"ad\x01\x32" + bytes(12) + b"tzl\0",
        b"ad\x00\x32" + bytes(20),
        b"ad\x41\x32" + bytes(900),
    ],
)
def test_what_is_no_packet_is_refused(raw):
    with pytest.raises(Damaged):
        packets.packet_at(raw, 0, file="made")


def test_values_that_make_no_rows_are_refused():
    raw = packets.encoded(floats([[0.5, -0.25, 1.0]] * 2))
    with pytest.raises(Damaged):
        packets.packet_at(raw[:12] + struct.pack("<I", 4) + raw[16:], 0, file="made")


def read(raw, **known):
    return read_bytes(raw, Source("made", **known))


def test_the_two_epochs_of_the_watches_are_one_clock():
    apple = packets.encoded(floats([[1.0, 0.0, 0.0]], start=100.0))
    pebble = packets.encoded(
        packets.Packet(True, 50, 978_307_300.0, 3, (packets.Tag("a", "l"),), packed([[1000, 0, 0]]))
    )
    one, other = (read(raw).recordings[0].streams["acceleration"] for raw in (apple, pebble))
    assert one.time[0] == other.time[0] == 978_307_300 * 10**9
    assert one.values["acceleration_x"][0] == pytest.approx(G)
    assert other.values["acceleration_x"][0] == pytest.approx(G)


def test_sensors_of_one_packet_become_streams_of_one_recording():
    row = [1.0, 0.0, 0.0, 0.1, 0.2, 0.3, 71.0]
    recording = read(packets.encoded(floats([row] * 3, tags="argrh-"))).recordings
    kinds = {(r.notes.get("place"), kind) for r in recording for kind in r.streams}
    assert kinds == {("right wrist", "acceleration"), ("right wrist", "rotation"), (None, "heart_rate")}
    rotation = recording[0].streams["rotation"].values["rotation_z"]
    assert rotation.tolist() == pytest.approx([0.3] * 3)


def test_places_of_a_container_become_recordings():
    found = read(containers.encoded(made_container())).recordings
    assert [(r.notes["place"], sorted(r.streams)) for r in found] == [("waist", ["acceleration", "rotation"])]
    assert found[0].streams["rotation"].values["rotation_x"][0] == pytest.approx(0.864)
    assert not found[0].dated


def test_a_payload_that_is_no_block_does_not_take_the_others_away():
    entries = (containers.Entry("waist", b"A" * 7), *made_container().entries)
    raw = read(containers.encoded(containers.Container(2, entries)))
    assert [problem.kind for problem in raw.problems] == ["payload", "undated"]
    assert len(raw.recordings) == 1


def numbered(*numbers, rate=49):
    out = b""
    for number in numbers:
        block = blocks.Block(
            "2", "acceleration", 50, CURL[:5] * rate, 5, 0, number % 256, 1_432_206_000_000 + number * 1000, 1000
        )
        out += blocks.encoded(block)
    return out


def test_a_packet_that_came_twice_is_used_once():
    raw = read(numbered(250, 250, 251, 251, 250, 252))
    assert len(raw.recordings[0].streams["acceleration"]) == 3 * 49
    assert [(p.kind, p.count) for p in raw.problems] == [("repeated_packet", 3)]
    assert raw.recordings[0].notes["acceleration_rate"] == "49.00 1/s"


def test_numbers_that_wrap_are_no_break():
    assert read(numbered(255, 256, 257)).problems == ()


def test_a_hole_is_reported_and_not_filled():
    raw = read(numbered(*range(20), 22, 23))
    recording = raw.recordings[0]
    assert [(e.kind, e.data) for e in recording.events] == [("break", 2)]
    assert [p.kind for p in raw.problems] == ["break"]
    stream = recording.streams["acceleration"]
    assert len(stream) == 22 * 49
    assert np.diff(stream.time).max() > 2 * 10**9
    assert int(np.flatnonzero(stream.flag("acceleration_x") | stream.flags["time"])[0]) == 20 * 49


def test_a_recording_that_lost_many_packets_is_flagged():
    raw = read(numbered(*range(0, 40, 2)))
    assert {"lossy", "break"} == {p.kind for p in raw.problems}
    assert raw.recordings[0].notes["acceleration_packets"] == "20 of 39"


def test_packets_that_come_late_are_put_in_order():
    stream = read(numbered(3, 1, 2)).recordings[0].streams["acceleration"]
    assert stream.ordered


def test_blocks_without_time_follow_each_other_at_the_claimed_rate():
    raw = blocks.encoded(MADE["1"]) * 2
    stream = read(raw, start=5 * 10**9).recordings[0].streams["rotation"]
    assert stream.time.tolist() == [5 * 10**9 + n * 10**7 for n in range(6)]


def test_a_heart_rate_of_zero_is_absent():
    block = blocks.Block("2", "heart_rate", 1, bytes([0, 71]), 1, 0, 1, 1_432_206_359_635, 2000)
    values = read(blocks.encoded(block)).recordings[0].streams["heart_rate"].values["heart_rate"]
    assert np.isnan(values[0])
    assert values[1] == 71.0


def test_packets_without_samples_are_nothing_to_measure():
    block = blocks.Block("2", "acceleration", 50, b"", 5, 0, 1, 1_432_206_359_635, 2000)
    with pytest.raises(NoSamples):
        read(blocks.encoded(block))


@pytest.mark.parametrize(
    "raw",
    [*(blocks.encoded(block) * 2 for block in MADE.values()), containers.encoded(made_container()),
     packets.encoded(floats([[0.5, 0.25, 1.0]] * 5)), packets.encoded(floats([[0.5, 0.25, 1.0]] * 5, early=True))],
)  # fmt: skip
def test_no_damage_of_any_generation_ends_in_anything_but_our_own_error(raw):
    random = np.random.default_rng(1)
    whole = len(muvr.decode(raw, Source("made"))[0])
    assert whole >= 1
    for _ in range(300):
        data = bytearray(raw)
        for at in random.integers(0, len(data), 3):
            data[at] = int(random.integers(256))
        try:
            muvr.decode(bytes(data[: int(random.integers(1, len(data) + 1))]), Source("made"))
        except PacelineError as error:
            assert str(error)  # noqa: PT017
