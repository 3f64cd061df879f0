"""How drag area moves with posture: slopes within their errors, and refusals where nobody can tell."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.posture_and_drag import drag_by_posture

RUNS = 300


def efforts(seed, count=14):
    random = np.random.default_rng(seed)
    torso, elbow = random.uniform(8.0, 20.0, count), random.uniform(70.0, 110.0, count)
    error = random.uniform(0.002, 0.005, count)
    cda = 0.19 + 0.0021 * (torso - 12.0) + 0.0002 * (elbow - 90.0) + random.normal(0.0, error)
    return cda, {"torso_angle": torso, "elbow_angle": elbow}, error


def test_intervals_of_the_slopes_hold_the_truth_as_often_as_they_say():
    held = {"torso_angle": 0, "elbow_angle": 0}
    for seed in range(RUNS):
        cda, angles, error = efforts(seed)
        found = drag_by_posture(cda, angles, cda_error=error)
        for name, truth in (("torso_angle", 0.0021), ("elbow_angle", 0.0002)):
            low, high = found.slopes[name].interval(0.95)
            held[name] += low <= truth <= high
    assert all(0.90 <= count / RUNS <= 0.98 for count in held.values())


def test_slopes_are_those_of_another_solver():
    cda, angles, _ = efforts(1)
    found = drag_by_posture(cda, angles)
    columns = np.column_stack([np.ones(len(cda)), angles["torso_angle"], angles["elbow_angle"]])
    solved, left = np.linalg.lstsq(columns, cda, rcond=None)[:2]
    errors = np.sqrt(np.diag(np.linalg.inv(columns.T @ columns)) * left[0] / (len(cda) - 3))
    assert [found.slopes[name].value for name in angles] == pytest.approx(solved[1:].tolist())
    assert [found.slopes[name].standard_error for name in angles] == pytest.approx(errors[1:].tolist())
    assert 0.0 < found.explained < 1.0


def test_an_effort_without_an_angle_is_left_out_and_counted():
    cda, angles, _ = efforts(2)
    angles["torso_angle"][3] = np.nan
    slope = drag_by_posture(cda, angles).slopes["torso_angle"]
    assert (slope.used, slope.discarded) == (13, 1)


def test_what_can_not_be_told_is_refused():
    cda, angles, _ = efforts(3)
    torso = angles["torso_angle"]
    with pytest.raises(NotIdentifiable, match="was the same"):
        drag_by_posture(cda, {"torso_angle": np.full(14, 12.0)})
    with pytest.raises(NotIdentifiable, match="moved together"):
        drag_by_posture(cda, {"torso_angle": torso, "hip_angle": 40.0 + 2.0 * torso})
    with pytest.raises(NotIdentifiable, match="little more than it is measured to"):
        drag_by_posture(cda, {"torso_angle": torso}, angle_errors={"torso_angle": 3.0})
    for few in (0, 3):
        with pytest.raises(TooFewSamples):
            drag_by_posture(cda[:few], {"torso_angle": torso[:few]})
    with pytest.raises(TooFewSamples):
        drag_by_posture(np.full(14, np.nan), {"torso_angle": torso})
