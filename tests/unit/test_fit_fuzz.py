"""Damaged FIT files: whatever the bytes, a result or a `PacelineError`, in bounded memory.

Numba checks no bounds by default, so one test runs this file again in a process of its own with the checks on, and with
its own cache, as cached kernels ignore that setting. By hand, with more examples:

    NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(mktemp -d) FIT_FUZZ_EXAMPLES=3000 pytest tests/unit/test_fit_fuzz.py
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.fit_bytes import (
    EVENT,
    FIELD_DESCRIPTION,
    HR,
    HRV,
    LAP,
    RECORD,
    START,
    Messages,
    definition,
    file,
    ride,
)

from paceline.domain.errors import PacelineError
from paceline.record.formats import Source, fit
from paceline.record.formats.fit_messages import FitFile, files

EXAMPLES = int(os.environ.get("FIT_FUZZ_EXAMPLES", "200"))
CHECKED = "NUMBA_BOUNDSCHECK" in os.environ
CELLS = 24
"""Numbers kept for each byte of a file: eight that lie in it, the rest for what is packed in those."""

bounded = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def everything() -> bytes:
    """A small file with something of each kind: both byte orders, arrays, packed and developer fields, beats."""
    made = ride(seconds=6)
    described = [(0, "uint8"), (1, "uint8"), (2, "uint8"), (3, "string", 8), (8, "string", 2)]
    made.define(2, FIELD_DESCRIPTION, described).add(2, 0, 0, 0x88, b"Form", b"W")
    made.define(3, RECORD, [(253, "uint32"), (8, "byte", 3), (69, "uint8", 2)], [(0, "float32", 0)])
    made.add(3, START + 6, [1, 2, 3], [4, 5], 1.5).add(3, START + 7, [9, 2, 3], [4, 5], 2.5)
    made.define(4, RECORD, [(7, "uint16")]).add(4, 222, offset=None)
    made.define(0, HRV, [(0, "uint16", 2)]).add(0, [800, 0xFFFF])
    made.define(1, HR, [(253, "uint32"), (9, "uint32"), (6, "uint8")]).add(1, START + 8, 5000, 60)
    made.define(1, HR, [(6, "uint8", 2), (10, "byte", 3)]).add(1, [61, 62], [1, 2, 3])
    made.define(2, EVENT, [(253, "uint32"), (0, "enum"), (3, "uint32")]).add(2, START + 8, 42, 0x01020304)
    big = Messages(big=True).define(5, LAP, [(253, "uint32"), (2, "uint32"), (34, "uint16")]).add(5, START, START, 48)
    return file(made.content + big.content)


WHOLE = everything()


def survives(data: bytes) -> None:
    """Read it every way there is; only our own errors may come out, and no more numbers than the bytes warrant."""
    try:
        recordings, problems = fit.decode(data, Source("made.fit"))
    except PacelineError:
        recordings, problems = (), ()
    assert len(problems) <= fit.MOST_PROBLEMS + 1
    limit = CELLS * len(data) + 50_000
    assert sum(v.size for r in recordings for s in r.streams.values() for v in s.values.values()) <= limit
    assert sum(cells(found) for found in files(data)) <= limit


def cells(found: FitFile) -> int:
    return sum(values.size for messages in found.all_messages() for values in messages.numbers.values())


def test_the_made_file_is_whole():
    (found,), problems = fit.decode(WHOLE, Source("made.fit"))
    assert set(found.streams) == {"record", "rr", "hr"}
    assert [p.kind for p in problems] == ["no_time"]


def test_a_file_cut_at_any_byte_is_read_or_refused():
    for end in range(len(WHOLE)):
        survives(WHOLE[:end])


@bounded
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 7)), min_size=1, max_size=12))
def test_flipped_bits_are_survived(flips):
    data = bytearray(WHOLE)
    for at, bit in flips:
        data[at] ^= 1 << bit
    survives(bytes(data))


@bounded
@given(st.integers(12, len(WHOLE)), st.integers(0, 200), st.binary(max_size=40))
def test_bytes_taken_out_or_put_in_are_survived(at, out, put):
    survives(WHOLE[:at] + put + WHOLE[at + out :])


@bounded
@given(st.binary(max_size=400), st.sampled_from([12, 14]), st.sampled_from([None, 0, 3, 10**6, 2**32 - 1]))
def test_any_bytes_behind_a_header_are_survived(content, header, size):
    survives(file(content, header=header, size=size))


sizes = st.integers(0, 255)
telling = st.one_of(st.sampled_from([0, 1, 2, 3, 4, 5, 7, 8, 9, 14, 15, 253]), sizes)
field = st.tuples(
    telling,
    st.one_of(st.sampled_from([1, 2, 4, 8]), sizes),
    st.sampled_from([0, 1, 2, 7, 10, 13, 131, 132, 133, 134, 136, 137, 142, 143, 200]),
)
numbers = st.sampled_from([0, 18, 19, 20, 21, 23, 34, 78, 101, 128, 132, 165, 206, 207, 209, 60_000])
definitions = st.builds(
    definition,
    st.integers(0, 15),
    numbers,
    st.lists(field, max_size=8),
    st.lists(st.tuples(st.integers(0, 3), sizes, st.integers(0, 2)), max_size=3),
    big=st.booleans(),
)


@bounded
@given(st.lists(st.one_of(definitions, st.binary(max_size=60)), max_size=12))
def test_any_definitions_are_survived(parts):
    survives(file(b"".join(parts)))


@bounded
@given(
    numbers,
    st.lists(field, min_size=1, max_size=6),
    st.one_of(st.sampled_from([b"\0\0\x80\x7f", b"\0\0\0\0\0\0\xf0\x7f"]), st.binary(min_size=1, max_size=200)),
    st.integers(1, 30),
    st.booleans(),
)
def test_whole_messages_of_any_layout_are_read(number, fields, pattern, count, big):
    size = sum(field[1] for field in fields)
    message = b"\0" + (pattern * (size // len(pattern) + 1))[:size]
    data = file(definition(0, number, fields, big=big) + message * count)
    assert len(files(data)[0].messages(number)) == count
    survives(data)


@pytest.mark.skipif(CHECKED, reason="this is that run")
def test_the_kernels_stay_inside_their_arrays(tmp_path):
    environment = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path), "FIT_FUZZ_EXAMPLES": "60"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", __file__]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
