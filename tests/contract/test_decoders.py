"""What every format of the registry promises, run on one small made sample of each.

A sample is `samples/<NAME, blanks as _>.<anything>`: the bytes themselves, or a `.py` file whose function `sample()`
returns them. Samples are small, so that every byte can be a place where the file breaks off.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import tracemalloc
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from paceline.domain.errors import PacelineError, UnknownFormat
from paceline.record.files import read_bytes
from paceline.record.formats import FORMATS, HEAD, Source, formats
from paceline.record.recordings import RawFile

FOLDER = Path(__file__).parent / "samples"
SMALL = 16_384
MUTANTS = 300
MEMORY = 64 * 1024 * 1024


def _content(path: Path) -> bytes:
    if path.suffix != ".py":
        return path.read_bytes()
    spec = importlib.util.spec_from_file_location(f"sample_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.sample()


SAMPLES = {path.stem.replace("_", " "): path for path in sorted(FOLDER.iterdir()) if path.is_file()}


@pytest.fixture(scope="module", params=SAMPLES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def sample(name):
    return _content(SAMPLES[name])


def read(data: bytes) -> RawFile | None:
    """A file read, or refused in our own words; any other exception fails the test that asked."""
    try:
        raw = read_bytes(data, Source("sample"))
    except PacelineError:
        return None
    assert all(str(problem) for problem in raw.problems)
    assert all(np.isfinite(stream.time).all() for r in raw.recordings for stream in r.streams.values())
    return raw


def mutants(sample: bytes, seed: int):
    """The sample with a few bits flipped, bytes taken out, or a piece of it repeated."""
    random = np.random.default_rng(seed)
    for turn in range(MUTANTS):
        data = bytearray(sample)
        for _ in range(int(random.integers(1, 6))):
            at = int(random.integers(len(data)))
            if turn % 3 == 0:
                data[at] ^= 1 << int(random.integers(8))
            elif turn % 3 == 1:
                del data[at : at + int(random.integers(1, 40))]
            else:
                data[at:at] = data[at : at + int(random.integers(1, 40))]
            if not data:
                break
        yield bytes(data)


def comparable(value):
    """A recording as plain values, NaN equal to NaN."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.tobytes()
    if isinstance(value, dict):
        return {key: comparable(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return tuple(comparable(entry) for entry in value)
    if hasattr(value, "streams") or hasattr(value, "values"):
        return {field.name: comparable(getattr(value, field.name)) for field in fields(value)}
    return value


def test_every_format_has_a_sample():
    assert {form.NAME for form in formats()} - set(SAMPLES) == set()


def test_every_sample_has_a_format():
    assert set(SAMPLES) - {form.NAME for form in formats()} == set()


def test_every_format_says_where_its_files_come_from():
    assert all(form.MEANING.endswith(".") for form in formats())
    assert len({form.NAME for form in formats()}) == len(FORMATS)


def test_a_sample_is_small_enough_to_be_cut_at_every_byte(sample):
    assert 0 < len(sample) <= SMALL


def test_a_sample_is_recognised_as_what_it_is(name, sample):
    assert next(form.NAME for form in formats() if form.sniff(sample[:HEAD])) == name


def test_a_sample_gives_a_recording_without_damage(name, sample):
    raw = read(sample)
    assert raw.format == name
    assert raw.recordings
    assert any(len(stream) for recording in raw.recordings for stream in recording.streams.values())
    assert not {problem.kind for problem in raw.problems} & {"truncated", "syntax", "crc"}


def test_reading_twice_gives_the_same(sample):
    assert comparable(read(sample).recordings) == comparable(read(sample).recordings)


def test_packing_changes_nothing(name, sample):
    plain = comparable(read(sample).recordings)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ride", sample)
    zipped, gzipped = read(packed.getvalue()), read(gzip.compress(sample))
    assert (zipped.format, gzipped.format) == (f"{name}+zip", f"{name}+gz")
    assert comparable(zipped.recordings) == comparable(gzipped.recordings) == plain


def test_a_file_that_breaks_off_anywhere_is_read_so_far_or_refused(sample):
    whole = sum(len(s) for r in read(sample).recordings for s in r.streams.values())
    cuts = [read(sample[:end]) for end in range(len(sample))]
    assert cuts[0] is None
    assert all(sum(len(s) for r in cut.recordings for s in r.streams.values()) <= whole for cut in cuts if cut)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_damaged_file_is_read_or_refused(sample, seed):
    assert len([read(mutant) for mutant in mutants(sample, seed)]) == MUTANTS


def test_a_damaged_file_takes_no_more_memory_than_its_size_warrants(sample):
    read(sample)  # what is compiled or loaded at the first use does not count
    tracemalloc.start()
    try:
        for mutant in mutants(sample, 4):
            read(mutant)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("garbage", [b"\0" * 100, b"<x>&y;]]>", b"garbage \xff\xfe\n1,2,3\n", b"}]}]\n\x00"])
def test_what_follows_the_end_takes_nothing_away(sample, garbage):
    raw = read(sample + garbage)
    assert raw is None or raw.recordings


def test_an_empty_file_is_of_no_format():
    with pytest.raises(UnknownFormat):
        read_bytes(b"", Source("sample"))
