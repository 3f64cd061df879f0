"""How the rider sat, from video: angles of the body, and what the wind meets of it.

The angles are defined in `measure/posture.py`. They come on the grid of the effort: on a grid of one second an angle is
its mean over that second, in which a leg turns more than once. For the variability of knees and hips within a turn of
the cranks ask for a step of a frame.
"""

from __future__ import annotations

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.posture import mean_and_deviation
from paceline.measure.quantities import Degrees, Floats, Scalar
from paceline.measure.readings import measured


@metric("°", low=-90.0, high=90.0, headline=True)
def average_torso_angle(torso_angle: Degrees) -> Scalar:
    """How flat the rider's back was, on average.

    Args:
        torso_angle: (sample,), °, from hip to shoulder above the horizontal; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °.

    Raises:
        TooFewSamples: it was never seen.

    >>> average_torso_angle(np.array([10.0, np.nan, 14.0]))
    12.0
    """
    return float(np.mean(measured(torso_angle, "average_torso_angle")))


@metric("°", low=0.0, high=90.0)
def torso_angle_variability(torso_angle: Degrees) -> Scalar:
    """How much the torso angle changed over the effort: little of it is a steady back.

    Args:
        torso_angle: (sample,), °, from hip to shoulder above the horizontal; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °, the sample standard deviation; what the keypoints are off by is in it.

    Raises:
        TooFewSamples: it was seen less than twice.

    >>> round(torso_angle_variability(np.array([10.0, np.nan, 14.0])), 6)     # √(2² + 2²)
    2.828427
    """
    return mean_and_deviation(torso_angle, "torso_angle_variability")[1]


@metric("°", low=-90.0, high=90.0)
def average_head_angle(head_angle: Degrees) -> Scalar:
    """How high the rider held their head, on average.

    Args:
        head_angle: (sample,), °, from shoulder to ear above the horizontal; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °.

    Raises:
        TooFewSamples: it was never seen.

    >>> average_head_angle(np.array([30.0, np.nan, 34.0]))
    32.0
    """
    return float(np.mean(measured(head_angle, "average_head_angle")))


@metric("°", low=0.0, high=90.0)
def head_angle_variability(head_angle: Degrees) -> Scalar:
    """How much the head angle changed over the effort: little of it is a steady head.

    Args:
        head_angle: (sample,), °, from shoulder to ear above the horizontal; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °, the sample standard deviation; what the keypoints are off by is in it.

    Raises:
        TooFewSamples: it was seen less than twice.

    >>> round(head_angle_variability(np.array([30.0, np.nan, 34.0])), 6)     # √(2² + 2²)
    2.828427
    """
    return mean_and_deviation(head_angle, "head_angle_variability")[1]


@metric("°", low=0.0, high=180.0)
def average_hip_angle(hip_angle: Degrees) -> Scalar:
    """How far the rider's hip was open, on average.

    Args:
        hip_angle: (sample,), °, at the hip between torso and thigh; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °.

    Raises:
        TooFewSamples: it was never seen.

    >>> average_hip_angle(np.array([50.0, np.nan, 54.0]))
    52.0
    """
    return float(np.mean(measured(hip_angle, "average_hip_angle")))


@metric("°", low=0.0, high=90.0)
def hip_angle_variability(hip_angle: Degrees) -> Scalar:
    """How much the hip angle changed over the effort: little of it is a steady seat.

    Args:
        hip_angle: (sample,), °, at the hip between torso and thigh; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °, the sample standard deviation; what the keypoints are off by is in it.

    Raises:
        TooFewSamples: it was seen less than twice.

    >>> round(hip_angle_variability(np.array([50.0, np.nan, 54.0])), 6)     # √(2² + 2²)
    2.828427
    """
    return mean_and_deviation(hip_angle, "hip_angle_variability")[1]


@metric("°", low=0.0, high=180.0)
def average_knee_angle(knee_angle: Degrees) -> Scalar:
    """How far the rider's knee was stretched, on average.

    Args:
        knee_angle: (sample,), °, at the knee between thigh and shank; 180° is a straight leg; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °.

    Raises:
        TooFewSamples: it was never seen.

    >>> average_knee_angle(np.array([100.0, np.nan, 104.0]))
    102.0
    """
    return float(np.mean(measured(knee_angle, "average_knee_angle")))


@metric("°", low=0.0, high=90.0)
def knee_angle_variability(knee_angle: Degrees) -> Scalar:
    """How much the knee angle changed over the effort: little of it is an even stroke.

    Args:
        knee_angle: (sample,), °, at the knee between thigh and shank; 180° is a straight leg; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °, the sample standard deviation; what the keypoints are off by is in it.

    Raises:
        TooFewSamples: it was seen less than twice.

    >>> round(knee_angle_variability(np.array([100.0, np.nan, 104.0])), 6)     # √(2² + 2²)
    2.828427
    """
    return mean_and_deviation(knee_angle, "knee_angle_variability")[1]


@metric("°", low=0.0, high=180.0)
def average_elbow_angle(elbow_angle: Degrees) -> Scalar:
    """How far the rider's arms were stretched, on average.

    Args:
        elbow_angle: (sample,), °, at the elbow between upper arm and forearm; 180° is a straight arm; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °.

    Raises:
        TooFewSamples: it was never seen.

    >>> average_elbow_angle(np.array([90.0, np.nan, 94.0]))
    92.0
    """
    return float(np.mean(measured(elbow_angle, "average_elbow_angle")))


@metric("°", low=0.0, high=90.0)
def elbow_angle_variability(elbow_angle: Degrees) -> Scalar:
    """How much the elbow angle changed over the effort: little of it is quiet arms.

    Args:
        elbow_angle: (sample,), °, at the elbow between upper arm and forearm; 180° is a straight arm; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °, the sample standard deviation; what the keypoints are off by is in it.

    Raises:
        TooFewSamples: it was seen less than twice.

    >>> round(elbow_angle_variability(np.array([90.0, np.nan, 94.0])), 6)     # √(2² + 2²)
    2.828427
    """
    return mean_and_deviation(elbow_angle, "elbow_angle_variability")[1]


@metric("°", low=0.0, high=180.0)
def average_shoulder_angle(shoulder_angle: Degrees) -> Scalar:
    """How far the rider reached forward, on average.

    Args:
        shoulder_angle: (sample,), °, at the shoulder between torso and upper arm; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °.

    Raises:
        TooFewSamples: it was never seen.

    >>> average_shoulder_angle(np.array([80.0, np.nan, 84.0]))
    82.0
    """
    return float(np.mean(measured(shoulder_angle, "average_shoulder_angle")))


@metric("°", low=0.0, high=90.0)
def shoulder_angle_variability(shoulder_angle: Degrees) -> Scalar:
    """How much the shoulder angle changed over the effort: little of it is quiet arms and back.

    Args:
        shoulder_angle: (sample,), °, at the shoulder between torso and upper arm; NaN
            where it was not seen, which does not count.

    Returns:
        scalar, °, the sample standard deviation; what the keypoints are off by is in it.

    Raises:
        TooFewSamples: it was seen less than twice.

    >>> round(shoulder_angle_variability(np.array([80.0, np.nan, 84.0])), 6)     # √(2² + 2²)
    2.828427
    """
    return mean_and_deviation(shoulder_angle, "shoulder_angle_variability")[1]


@metric("m²", low=0.0, high=3.0)
def average_frontal_area(frontal_area: Floats) -> Scalar:
    """What the wind met of the rider on average, as a stand-in: the box around the joints as seen from the front.

    Args:
        frontal_area: (sample,), m², width times height of that box, of the rider without the bike; NaN where it was not
            seen whole, which does not count.

    Returns:
        scalar, m². It is larger than the silhouette: compare it with other efforts, never with a wind tunnel's area.

    Raises:
        TooFewSamples: the rider was never seen whole.

    >>> round(average_frontal_area(np.array([0.40, np.nan, 0.44])), 9)
    0.42
    """
    return float(np.mean(measured(frontal_area, "average_frontal_area")))


@metric("m²", low=0.0, high=1.5)
def frontal_area_variability(frontal_area: Floats) -> Scalar:
    """How much the stand-in for the frontal area changed over the effort.

    Args:
        frontal_area: (sample,), m², as `average_frontal_area` takes it.

    Returns:
        scalar, m², the sample standard deviation; the feet's rise and fall is in it.

    Raises:
        TooFewSamples: the rider was seen whole less than twice.

    >>> round(frontal_area_variability(np.array([0.40, np.nan, 0.44])), 6)
    0.028284
    """
    return mean_and_deviation(frontal_area, "frontal_area_variability")[1]
