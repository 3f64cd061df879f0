"""Copies among real recordings are found by content."""

from __future__ import annotations

import re

import numpy as np
import pytest

from paceline.learn.leakage import copies, entangled, without_copies
from paceline.learn.sets import MotionSet
from paceline.record.files import read_file

pytestmark = pytest.mark.realdata


def motion_set(path, athlete, label):
    stream = read_file(path).recordings[0].streams["acceleration"]
    values = np.stack(list(stream.values.values()), axis=1).astype(np.float32)
    return MotionSet(path.name, athlete, athlete, label, stream.time, values, tuple(stream.values))


def test_a_participant_who_repeats_others_is_found(data):
    paths = sorted((data / "barbell_metamotion").glob("*Accelerometer*.csv"))
    sets = [motion_set(path, path.name[0], re.split("[-_]", path.name)[1]) for path in paths]
    found = copies(sets)
    kept = without_copies(sets, found)
    assert any("E" in group for group in entangled(sets, found))
    assert "E" not in {one.athlete for one in kept}
    assert {"A", "B", "C"} <= {one.athlete for one in kept}
    assert not any(one.contradicts(sets) for one in found)


def test_a_signal_with_two_labels_is_found(data):
    folder = data / "muvr" / "labelled_head" / "18-09-15-triceps-biceps-lateral"
    sets = []
    for path in sorted(folder.glob("*.csv")):
        label = read_file(path).recordings[0].laps[0].name
        sets.append(motion_set(path, "jan", label))
    assert [one.contradicts(sets) for one in copies(sets)] == [True]
