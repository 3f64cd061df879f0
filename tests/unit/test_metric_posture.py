"""Metrics of posture: hand sums, holes, and a session that is served from a camera."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import TooFewSamples
from paceline.measure import posture
from paceline.measure.catalogue import catalogue
from paceline.measure.metrics import posture as nodes
from paceline.measure.sources import serve
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

MEANS = [name for name, entry in catalogue().items() if entry.group == "posture" and name.startswith("average")]
SPREADS = [name for name, entry in catalogue().items() if entry.group == "posture" and name.endswith("variability")]


def test_every_angle_has_its_mean_and_its_variability():
    assert {f"average_{name}" for name in (*posture.ANGLES, "frontal_area")} == set(MEANS)
    assert {f"{name}_variability" for name in (*posture.ANGLES, "frontal_area")} == set(SPREADS)


@pytest.mark.parametrize("name", MEANS)
def test_a_mean_is_over_what_was_seen(name):
    node = getattr(nodes, name)
    assert node(np.array([10.0, np.nan, 20.0, 60.0])) == 30.0
    for nothing in (np.full(3, np.nan), np.array([])):
        with pytest.raises(TooFewSamples):
            node(nothing)


@pytest.mark.parametrize("name", SPREADS)
def test_variability_is_the_sample_deviation_of_what_was_seen(name):
    node = getattr(nodes, name)
    assert node(np.array([10.0, np.nan, 20.0, 30.0])) == pytest.approx(10.0)  # √((100 + 0 + 100) / 2)
    for little in (np.array([5.0, np.nan]), np.array([])):
        with pytest.raises(TooFewSamples):
            node(little)


def test_limbs_at_known_angles_have_them_in_an_image_and_in_space():
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    for degrees in (0.001, 30.0, 90.0, 179.999):
        radians = np.radians(degrees)
        ends = np.array([[1.0, 0.0], [0.0, 0.0], [2 * np.cos(radians), 2 * np.sin(radians)]]) + 5.0
        assert posture.inner_angle(*ends) == pytest.approx(degrees, abs=1e-9)
        in_space = np.column_stack([ends, np.full(3, 2.0)]) @ turn
        assert posture.inner_angle(*in_space) == pytest.approx(degrees, abs=1e-9)


def test_a_joint_that_is_absent_or_on_its_neighbour_gives_no_angle():
    here, there, nowhere = np.zeros(2), np.ones(2), np.full(2, np.nan)
    assert np.isnan(posture.inner_angle(here, nowhere, there))
    assert np.isnan(posture.inner_angle(here, here, there))
    assert np.isnan(posture.slope_angle(here, nowhere, up=(0.0, -1.0)))


def test_a_leaning_bike_does_not_change_the_slope_against_its_own_upright():
    back = np.array([np.cos(np.radians(12.0)), 0.0, np.sin(np.radians(12.0))])
    lean = np.radians(40.0)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(lean), np.sin(lean)], [0.0, -np.sin(lean), np.cos(lean)]])
    up = turn @ (0.0, 0.0, 1.0)
    assert posture.slope_angle(np.zeros(3), turn @ back, up=up) == pytest.approx(12.0)


def test_the_box_is_absent_where_a_joint_is():
    body = np.array([[[0.0, -0.2, 0.0], [0.0, 0.3, 1.0]], [[0.0, -0.2, 0.0], [0.0, np.nan, 1.0]]])
    found = posture.frontal_box(body, across=(0.0, 1.0, 0.0), up=(0.0, 0.0, 1.0))
    assert found[0] == pytest.approx(0.5)
    assert np.isnan(found[1])


def test_errors_of_joints_become_errors_of_angles_as_many_draws_do():
    joints = [np.array([0.4, 0.05, 0.3]), np.zeros(3), np.array([0.1, 0.0, -0.4])]
    spread = np.diag([0.01, 0.02, 0.005]) ** 2
    random = np.random.default_rng(2)
    draws = [joint + random.multivariate_normal(np.zeros(3), spread, 20_000) for joint in joints]
    stated = posture.standard_error(posture.inner_angle, joints, [spread] * 3)
    assert np.std(posture.inner_angle(*draws)) == pytest.approx(float(stated), rel=0.05)


def test_a_metric_takes_the_side_that_was_seen_more_often():
    time = np.arange(10) * SECOND
    left, right = np.full(10, 140.0), np.full(10, 120.0)
    left[:6] = np.nan
    streams = {name: Stream(name, time, {"knee_angle": values})
               for name, values in (("posture_left", left), ("posture_right", right))}  # fmt: skip
    served = serve([Recording(streams)], Effort("all", 0, 10 * SECOND))
    assert served.sources["knee_angle"].name == "knee_angle of posture_right"
    assert nodes.average_knee_angle(served.values["knee_angle"]) == 120.0
