"""RR intervals as text, made here, and what must not be taken for them."""

from __future__ import annotations

import pytest

from paceline.domain.efforts import SECOND
from paceline.record.formats import Source, rr_text

MILLISECONDS = "".join(f"{800 + beat}\r\n" for beat in range(10))
SECONDS = "".join(f"{0.8 * beat:.3f} 0.8\n" for beat in range(1, 11))


def read(text, **known):
    (recording,), problems = rr_text.decode(text.encode(), Source("made.txt", **known))
    return recording, {problem.kind for problem in problems}


def test_whole_numbers_are_milliseconds_and_add_up():
    recording, kinds = read("800\n1000\n900\n")
    stream = recording.streams["rr"]
    assert stream.values["rr_interval"].tolist() == [0.8, 1.0, 0.9]
    assert stream.time.tolist() == [800_000_000, 1_800_000_000, 2_700_000_000]
    assert (recording.dated, kinds) == (False, {"undated"})


def test_two_numbers_are_the_beats_time_and_its_interval_in_seconds():
    stream = read("0.809 0.809\n1.585 0.776\n", start=SECOND)[0].streams["rr"]
    assert stream.values["rr_interval"].tolist() == [0.809, 0.776]
    assert stream.time.tolist() == [SECOND, 1_776_000_000]


@pytest.mark.parametrize("line", ["x", "800 800", "-5", "1e9", "nan"])
def test_a_line_that_is_no_interval_is_left_out_and_reported(line):
    recording, kinds = read(f"800\n{line}\n900\n")
    assert len(recording.streams["rr"]) == 2
    assert "number" in kinds


@pytest.mark.parametrize("text", [MILLISECONDS, SECONDS, MILLISECONDS + "81", "\n" + SECONDS])
def test_heads_of_intervals_are_recognised(text):
    assert rr_text.sniff(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "800\n" * 5,
        MILLISECONDS + "5001\r\n",
        MILLISECONDS + "note\r\n",
        MILLISECONDS + "800 800\r\n",
        "57 56 55\n" * 10,
        "".join(f"{n} {n * n}\n" for n in range(20)),
        "".join(f"{n}.0 0.8\n" for n in range(20)),
        "800.5\n" * 10,
        "0\n" * 10,
    ],
)
def test_other_numbers_are_not(text):
    assert not rr_text.sniff(text.encode())
