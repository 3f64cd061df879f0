"""The wrist sensors' real recordings: packets, rates and what was lost."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from paceline.record.files import read_file
from paceline.record.formats import muvr_blocks as blocks
from paceline.record.formats import muvr_packets as packets

pytestmark = pytest.mark.realdata
G = 9.80665


@pytest.fixture(scope="module")
def raws(data):
    return sorted((data / "muvr" / "sessions_2015").glob("*/*.raw"))


@pytest.fixture(scope="module")
def read(raws):
    return {path: read_file(path) for path in raws}


def test_every_packet_is_written_as_it_was_read(raws):
    count = 0
    for path in raws:
        data, offset, again = path.read_bytes(), 0, b""
        while offset < len(data):
            block, offset = blocks.block_at(data, offset, generation="2", file=path.name)
            again += blocks.encoded(block)
            count += 1
        assert again == data
    assert count == 12_942


def test_repeats_are_dropped_by_number(read):
    repeated = sum(p.count for raw in read.values() for p in raw.problems if p.kind == "repeated_packet")
    assert 12_942 - repeated == 6_431


def test_the_true_rate_is_not_the_declared_one(read):
    notes = [raw.recordings[0].notes for raw in read.values()]
    complete = [
        n for n, raw in zip(notes, read.values(), strict=True) if not any(p.kind == "lossy" for p in raw.problems)
    ]
    assert np.median([float(n["acceleration_rate"].split()[0]) for n in complete]) == pytest.approx(48.9, abs=0.05)


def test_a_recording_that_lost_every_other_packet_is_flagged(read):
    lossy = [path for path, raw in read.items() if any(p.kind == "lossy" for p in raw.problems)]
    assert len(lossy) == 122
    shares = [
        [int(word) for word in read[path].recordings[0].notes["acceleration_packets"].split(" of ")] for path in lossy
    ]
    assert max(came / sent for came, sent in shares) < 0.9


def test_decoded_samples_are_those_of_the_authors(data, read):
    """The authors' own table of a set is the recording resampled and cut: its first row is a sample as it was sent."""
    agreeing = 0
    for path, raw in read.items():
        table = path.with_suffix(".csv")
        if not table.exists():
            continue
        first = next(csv.reader(table.read_text().splitlines()))
        stream = raw.recordings[0].streams["acceleration"]
        axes = np.stack([stream.values[f"acceleration_{axis}"] for axis in "xyz"], axis=1) / G * 1000.0
        agreeing += bool(np.any(np.all(np.abs(axes - np.array(first[-3:], float)) < 0.51, axis=1)))
    assert agreeing >= 75


@pytest.mark.parametrize("number", range(4))
def test_the_last_generation_is_written_as_it_was_read(data, number):
    data_ = sorted((data / "muvr" / "ios_continuous").glob("*.raw"))[number].read_bytes()
    packet, end = packets.packet_at(data_, 0, file="raw")
    assert (end, packets.encoded(packet)) == (len(data_), data_)


def test_every_wristband_file_is_read_without_a_problem(data):
    files = sorted((data / "barbell_metamotion").rglob("*.csv"))
    found = [read_file(path) for path in files]
    assert {raw.format for raw in found} == {"MetaMotion CSV"}
    assert not [problem for raw in found for problem in raw.problems]
    rates = {kind: [] for kind in ("acceleration", "rotation")}
    for raw in found:
        for kind, stream in raw.recordings[0].streams.items():
            rates[kind].append(1.0 / stream.usual_steps[0])
    assert np.median(rates["acceleration"]) == pytest.approx(12.5, rel=0.01)
    assert np.median(rates["rotation"]) == pytest.approx(25.0, rel=0.01)


def test_every_labelled_set_is_one_lap(data):
    for path in sorted((data / "muvr" / "labelled_head").rglob("*.csv")):
        assert len(read_file(path).recordings[0].laps) == 1
