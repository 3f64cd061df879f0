"""Real FIT files, written again and read back: what the file said is what it says."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import ReadError, WriteError
from paceline.record.export import writer_of
from paceline.record.formats import Source, fit

pytestmark = pytest.mark.realdata

CLOSE = {"rtol": 1e-9, "atol": 1e-5}
"""What a field of 32-bit floats loses when it becomes one of the protocol's own."""


def recordings(data):
    for path in sorted(path for path in data.rglob("*") if path.suffix.lower() == ".fit"):
        try:
            found, _ = fit.decode(path.read_bytes(), Source(path.name))
        except ReadError:
            continue
        yield from ((path.name, recording) for recording in found)


def test_recordings_written_as_fit_read_back_as_they_were(data):
    done, refusals = 0, []
    for file, recording in recordings(data):
        try:
            content, left_out = writer_of("fit").encode(recording)
        except WriteError as refused:
            refusals.append(refused.reason)
            continue
        (again,), _ = fit.decode(content, Source("again.fit"))
        assert (again.sport, again.utc_offset, again.dated) == (recording.sport, recording.utc_offset, recording.dated)
        for kind in ("laps", "sessions", "lengths"):
            before, after = getattr(recording, kind), getattr(again, kind)
            assert [(e.start, e.stop) for e in before] == [(e.start, e.stop) for e in after][: len(before)], (
                file,
                kind,
            )
        if "record" in recording.streams:
            assert_same(recording.streams["record"], again.streams["record"], left_out, file)
        if "rr" in recording.streams:
            intervals = [r.streams["rr"].values["rr_interval"] for r in (recording, again)]
            np.testing.assert_array_equal(*intervals, err_msg=file)
        done += 1
    assert done > 0
    assert [reason for reason in refusals if not reason.startswith("a time lies outside")] == []


def assert_same(before, after, left_out, file):
    np.testing.assert_array_equal(after.time, before.time, err_msg=file)
    assert after.values.keys() == before.values.keys(), file
    coarser = {name.partition(" finer")[0] for name in left_out}
    for name in before.values.keys() - coarser:
        np.testing.assert_allclose(after.values[name], before.values[name], **CLOSE, err_msg=f"{file} {name}")
