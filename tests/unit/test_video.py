"""Video: a made rider seen by made cameras is found where they were, within the errors that are stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotIdentifiable, TooFewSamples, UnknownName
from paceline.domain.tracks import track
from paceline.measure.estimates import Estimate
from paceline.measure.posture import angles
from paceline.measure.track.geometry import plan
from paceline.measure.video.motion import motion
from paceline.measure.video.places import first_known, on_line, placed
from paceline.measure.video.posture import from_side, in_space, upright
from paceline.measure.video.projection import pixels_of
from paceline.measure.video.smoothing import smooth
from paceline.measure.video.synchrony import clock_offsets, pair_offset
from paceline.measure.video.triangulation import triangulate
from paceline.measure.video.views import drawn, view
from paceline.record.formats.keypoint_joints import COCO_17
from paceline.simulate.posture import Faults, Ride, seen, standing

ADELAIDE = track("adelaide")
RIDE = Ride(ADELAIDE, 232.0, 15.0)
TARGET = (2.0, 0.0, 0.9)
CAMERAS = tuple(
    standing(name, place, TARGET)
    for name, place in (("a", (-6.0, 8.0, 1.5)), ("b", (6.0, 9.0, 2.5)), ("c", (12.0, -3.0, 3.0)))
)
SECONDS = np.arange(0.0, 0.8, 0.02)
NONE = Faults(noise=0.0, unseen=0.0, wild=0.0)
USUAL = (Faults(),) * 3
RUNS = 50


def views(seed, *, faults=USUAL, cameras=CAMERAS, ride=RIDE, seconds=SECONDS):
    generator = np.random.default_rng(seed)
    recordings = [seen(ride, c, seconds, generator=generator, faults=f) for c, f in zip(cameras, faults, strict=False)]
    return [view(recording, camera) for recording, camera in zip(recordings, cameras, strict=False)]


def off_by(found, ride=RIDE):
    error = found.distance - ride.distance(found.time / SECOND)
    return error - ADELAIDE.length * np.round(np.nanmedian(error) / ADELAIDE.length)


@pytest.fixture(scope="module")
def runs():
    """What was covered by 95 % intervals in each of many runs: offsets, hips in space, place, torso and knee."""
    covered = {name: [] for name in ("offset", "space", "place", "torso_angle", "knee_angle")}
    joints = ("left_ear", "left_shoulder", "left_hip", "right_hip", "left_knee", "left_ankle", "right_ankle")
    truth = {name: RIDE.joints_at(SECONDS)[:, index] for index, name in enumerate(COCO_17)}
    ahead, _, upward, _ = RIDE.frame_at(SECONDS)
    exact = angles(truth, side="left", up=upward, ahead=ahead)
    for seed in range(RUNS):
        late = float(np.random.default_rng(10_000 + seed).uniform(-0.08, 0.08))
        all_joints = views(seed, faults=(Faults(), Faults(), Faults(ahead=late)))
        tie = pair_offset(all_joints[0], all_joints[2], longest=0.12)
        low, high = tie.interval(0.95)
        covered["offset"].append(float(low <= -late <= high))
        nothing = Estimate(0.0, 0.0, used=0)
        found = motion([one.of(joints) for one in all_joints], offsets=(nothing, nothing, tie))
        hip, covariance = found.joint("left_hip")
        error = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        covered["space"].append(_share(hip - truth["left_hip"], error))
        place = placed(found, ADELAIDE)
        covered["place"].append(_share(off_by(place), place.error))
        up = upright(found, heading=place.heading)
        stream = in_space(found, place, heading=place.heading, up=up).streams["posture_left"]
        for name in ("torso_angle", "knee_angle"):
            covered[name].append(_share(stream.values[name] - exact[name], stream.values[f"{name}_error"]))
    return covered


def _share(off, error):
    known = ~np.isnan(off) & ~np.isnan(error)
    return float(np.mean(np.abs(off[known]) <= 1.96 * error[known]))


@pytest.mark.parametrize("name", ["space", "place", "torso_angle", "knee_angle"])
def test_intervals_hold_the_truth_as_often_as_they_say(runs, name):
    assert len(runs[name]) == RUNS
    assert 0.90 <= np.mean(runs[name]) <= 0.98


def test_of_fifty_offsets_forty_four_at_least_lie_in_their_intervals(runs):
    """Of intervals that hold the truth with a probability of .95, fewer do so once in 120 times."""
    assert len(runs["offset"]) == RUNS
    assert sum(runs["offset"]) >= 44


def test_without_noise_the_joints_are_where_they_were():
    found = motion(views(1, faults=(NONE,) * 3))
    there = ~np.isnan(found.position)
    np.testing.assert_allclose(found.position[there], RIDE.joints_at(SECONDS)[there], atol=1e-6)
    assert there.mean() > 0.9


def test_a_camera_that_sees_something_else_is_left_out():
    points = np.array(TARGET) + np.random.default_rng(3).normal(0.0, 0.5, (60, 3))
    pixels = np.stack([pixels_of(points, camera) for camera in CAMERAS])
    pixels += np.random.default_rng(4).normal(0.0, 1.0, pixels.shape)
    pixels[1, :5] += 60.0
    found = triangulate(pixels, cameras=CAMERAS)
    assert found.used[:, :5].tolist() == [[True] * 5, [False] * 5, [True] * 5]
    assert found.used[:, 5:].all()
    assert np.abs(found.position - points).max() < 0.1
    assert found.noise == pytest.approx(1.0, abs=0.15)
    assert (found.residual[1, :5] > 50.0).all()


def test_two_cameras_that_disagree_give_nothing():
    points = np.array(TARGET) + np.random.default_rng(3).normal(0.0, 0.5, (60, 3))
    pixels = np.stack([pixels_of(points, camera) for camera in CAMERAS[:2]])
    pixels += np.random.default_rng(4).normal(0.0, 1.0, pixels.shape)
    pixels[1, 0] += (0.0, 80.0)
    found = triangulate(pixels, cameras=CAMERAS[:2])
    assert np.isnan(found.position[0]).all()
    assert np.isnan(found.error[0]).all()
    assert not found.used[:, 0].any()
    assert not np.isnan(found.position[1:]).any()


def test_what_one_camera_sees_is_no_place():
    pixels = np.stack([pixels_of(np.array([TARGET]), camera) for camera in CAMERAS[:2]])
    pixels[1] = np.nan
    with pytest.raises(TooFewSamples):
        triangulate(pixels, cameras=CAMERAS[:2], noise=1.0)
    same = replace(CAMERAS[0], name="same place")
    with pytest.raises(NotIdentifiable):
        triangulate(np.stack([pixels[0], pixels[0]]), cameras=(CAMERAS[0], same), noise=1.0)
    with pytest.raises(TooFewSamples):
        motion(views(1)[:1])


def test_the_noise_needs_more_than_one_point_to_be_known():
    pixels = np.stack([pixels_of(np.array([TARGET]), camera) for camera in CAMERAS])
    with pytest.raises(TooFewSamples):
        triangulate(pixels, cameras=CAMERAS)


def test_clocks_of_three_cameras_are_brought_together():
    ahead = (0.0, 0.173, -0.081)
    found = clock_offsets(views(5, faults=tuple(Faults(ahead=by) for by in ahead)), longest=0.3)
    for offset, by in zip(found, ahead, strict=True):
        assert offset.value == pytest.approx(-by, abs=max(5 * offset.standard_error, 1e-12))
        assert offset.standard_error < 0.002


def test_a_clock_that_is_not_brought_along_spoils_what_is_found():
    late = views(6, faults=(Faults(), Faults(ahead=0.1), Faults()))
    good = motion(late, offsets=clock_offsets(late, longest=0.2))
    assert np.isnan(good.position).mean() < 0.1
    try:
        spoiled = np.isnan(motion(late).position).mean()
    except (TooFewSamples, NotIdentifiable):
        spoiled = 1.0
    assert spoiled > np.isnan(good.position).mean() or np.nanmedian(motion(late).noise) > 5 * np.median(good.noise)


def test_an_offset_beyond_what_is_tried_is_refused():
    late = views(7, faults=(Faults(), Faults(), Faults(ahead=0.5)))
    with pytest.raises(NotIdentifiable):
        pair_offset(late[0], late[2], longest=0.1)


def test_a_rider_who_stands_still_tells_no_offset():
    still = Ride(ADELAIDE, 238.0, 0.0, cadence=0.0, sway=0.0)
    with pytest.raises(NotIdentifiable):
        pair_offset(*views(8, ride=still)[:2], longest=0.2)


def test_too_few_keypoints_tell_no_offset():
    with pytest.raises(TooFewSamples):
        pair_offset(*[one.of(["nose"]) for one in views(9)[:2]], longest=0.2)


def test_between_frames_a_curve_is_drawn_and_holes_stay_holes():
    time = np.array([0, 1, 2, 3, 4, 5, 20, 21]) * SECOND
    values = np.stack([(time / SECOND) ** 2, time / SECOND], axis=1)[:, None, :]
    values[4] = np.nan
    found = drawn(time, values, np.ones((8, 1)), (np.array([1.5, 2.0, 3.5, 4.0, 12.0, -1.0]) * SECOND).astype(np.int64))
    np.testing.assert_allclose(found.values[:2, 0, 0], [2.25, 4.0])
    assert np.isnan(found.values[2:]).all()
    assert found.spread[0, 0] < 1.0 == found.spread[1, 0]


def test_smoothing_keeps_a_cubic_and_drops_what_lies_far_off():
    seconds = np.arange(0.0, 0.6, 0.02)
    noise = np.random.default_rng(1).normal(0.0, 0.01, (30, 1, 2))
    cubic = np.stack([seconds**3 - seconds, 2 * seconds], axis=1)[:, None, :]
    values = cubic + noise
    values[12] += 5.0
    found = smooth(np.rint(seconds * SECOND).astype(np.int64), values, np.ones((30, 1)))
    assert np.abs(found.values - cubic).max() < 0.03
    assert np.abs(found.values[5:-5] - cubic[5:-5]).max() < np.abs(noise).max()
    np.testing.assert_allclose(found.slopes[5:-5, 0, 1], 2.0, atol=0.4)


def test_the_place_is_found_on_straights_and_in_bends_across_the_finish_line():
    position = np.array([0.5, 30.0, 62.0, 130.0, 249.5])
    line = np.stack(plan(position, ADELAIDE), axis=1)
    found, outward, along = on_line(line, ADELAIDE)
    np.testing.assert_allclose(found, position, atol=1e-3)
    np.testing.assert_allclose(outward, 0.0, atol=1e-3)
    found, outward, _ = on_line(line + 0.8 * np.stack([along[:, 1], -along[:, 0]], axis=1), ADELAIDE)
    np.testing.assert_allclose(found, position, atol=1e-3)
    np.testing.assert_allclose(outward, 0.8, atol=1e-3)


def test_in_a_bend_the_hips_are_inside_the_line_and_the_angles_those_of_the_bike():
    ride = Ride(ADELAIDE, 50.0, 15.0)
    x, y = (float(part[0]) for part in plan(np.array([56.0]), ADELAIDE))
    stands = ((-9.0, -6.0, 1.5), (-9.0, 6.0, 2.0), (6.0, 9.0, 3.0))
    around = tuple(standing(n, (x + a, y + b, c), (x, y, 0.9)) for n, (a, b, c) in zip("abc", stands, strict=True))
    found = motion(views(2, cameras=around, ride=ride))
    place = placed(found, ADELAIDE)
    assert np.nanmean(place.outward) < -0.5
    assert np.nanmax(np.abs(off_by(place, ride))) < 0.1
    up = upright(found, heading=place.heading)
    leaning = in_space(found, place, heading=place.heading, up=up).streams["posture_left"]
    assert np.nanmean(leaning.values["torso_angle"]) == pytest.approx(12.0, abs=0.5)
    level = in_space(found, place, heading=place.heading).streams["posture_left"]
    assert np.nanmean(level.values["torso_angle"]) < 10.5


def test_a_joint_that_no_one_sees_leaves_its_angles_absent():
    all_views = [
        replace(one, confidence=np.where(np.array(one.joints) == "left_knee", 0.0, one.confidence)) for one in views(3)
    ]
    found = motion(all_views)
    place = placed(found, ADELAIDE)
    stream = in_space(found, place, heading=place.heading).streams["posture_left"]
    assert np.isnan(stream.values["knee_angle"]).all()
    assert np.isnan(stream.values["frontal_area"]).all()
    assert not np.isnan(stream.values["elbow_angle"]).all()


def test_one_camera_from_the_side_gives_angles_and_no_areas():
    middle = RIDE.distance(SECONDS).mean() - ADELAIDE.home
    side = standing("side", (middle, 30.0, 0.9), (middle, 0.0, 0.9), focal=3500.0)
    side = replace(side, distortion=(0.0,) * 5)
    recording = seen(RIDE, side, SECONDS, generator=np.random.default_rng(1), faults=NONE)
    streams = from_side(view(recording, side)).streams
    truth = {name: RIDE.joints_at(SECONDS)[:, index] for index, name in enumerate(COCO_17)}
    exact = angles(truth, side="left", up=(0.0, 0.0, 1.0), ahead=(1.0, 0.0, 0.0))
    at = len(SECONDS) // 2
    for name, values in exact.items():
        assert streams["posture_left"].values[name][at] == pytest.approx(values[at], abs=1.5)
    assert "frontal_area" not in streams["posture_left"].values


def test_the_best_known_source_gives_the_place_and_is_named():
    video = placed(motion(views(4)), ADELAIDE)
    loops = replace(video, source="loops and wheel", distance=np.where(np.arange(len(video.time)) < 20, 1.0, np.nan))
    both = first_known([video, loops])
    assert both.source == "loops and wheel, video"
    assert (both.distance[:20] == 1.0).all()
    np.testing.assert_array_equal(both.distance[20:], video.distance[20:])
    with pytest.raises(ValueError, match="same instants"):
        first_known([loops, replace(video, time=video.time + 1)])


def test_unknown_joints_are_named():
    found = motion([one.of(["nose", "left_ear", "right_ear"]) for one in views(4)])
    with pytest.raises(UnknownName, match="left_hip"):
        placed(found, ADELAIDE)
    with pytest.raises(UnknownName):
        from_side(views(4)[0].of(["nose"]))
