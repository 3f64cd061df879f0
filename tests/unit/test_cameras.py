"""Cameras: what can't be one is refused, and pixels lead back to where they came from."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.cameras import Camera, looking_at
from paceline.domain.errors import FileUnreadable, NotPlausible, SettingsError
from paceline.measure.video.calibration import cameras
from paceline.measure.video.lens import distorted, stretch, undistorted
from paceline.measure.video.projection import in_camera, pixels_of, rays_of, sensitivity
from paceline.simulate.posture import standing

BENT = (-0.21, 0.06, 0.0011, -0.0007, -0.01)
MADE = replace(standing("made", (-6.0, 8.0, 1.5), (2.0, 0.0, 0.9)), distortion=BENT)


def written(tmp_path, **changes):
    camera = {"name": "infield", "size_px": [1920, 1080], "focal_px": [1500, 1490.5], "centre_px": [960, 540],
              "distortion": [-0.12, 1e-05, 0, 0, 0], "rotation": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
              "position_m": [0, -8, 1.2], **changes}  # fmt: skip
    path = tmp_path / "cameras.json"
    path.write_text(json.dumps({"cameras": [{key: value for key, value in camera.items() if value is not None}]}))
    return path


def test_a_calibration_file_is_read_as_it_is_written(tmp_path):
    (camera,) = cameras(written(tmp_path))
    assert camera == Camera(
        "infield", (1500.0, 1490.5), (960.0, 540.0), ((1, 0, 0), (0, 0, -1), (0, 1, 0)), (0.0, -8.0, 1.2),
        (-0.12, 1e-05, 0.0, 0.0, 0.0),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"focal_px": None}, "cameras[0]"),
        ({"focal_px": [1500]}, "cameras[0].focal_px"),
        ({"focal_px": [1500, True]}, "cameras[0].focal_px[1]"),
        ({"focal_px": [1500, "wide"]}, "cameras[0].focal_px[1]"),
        ({"focal_px": [1500, -3]}, "cameras[0]"),
        ({"rotation": [[1, 0, 0], [0, 1, 0], [0, 0, -1]]}, "cameras[0]"),
        ({"rotation": [[2, 0, 0], [0, 0, -1], [0, 1, 0]]}, "cameras[0]"),
        ({"position_m": [0, 1e9, 0]}, "cameras[0].position_m[1]"),
        ({"zoom": 2}, "cameras[0]"),
        ({"name": 3}, "cameras[0].name"),
    ],
)
def test_what_is_wrong_in_a_calibration_file_is_named_with_its_place(tmp_path, changes, place):
    with pytest.raises(SettingsError) as caught:
        cameras(written(tmp_path, **changes))
    assert caught.value.place == place


def test_a_calibration_file_has_cameras_of_different_names(tmp_path):
    path = tmp_path / "none.yaml"
    with pytest.raises(FileUnreadable):
        cameras(path)
    path.write_text("cameras: []")
    with pytest.raises(SettingsError):
        cameras(path)
    one = json.loads(written(tmp_path).read_text())["cameras"][0]
    path.write_text(json.dumps({"cameras": [one, one]}))
    with pytest.raises(SettingsError, match="each name once"):
        cameras(path)


def test_a_camera_of_impossible_figures_is_refused():
    for changes in ({"focal": (0.0, 1.0)}, {"position": (np.nan, 0.0, 0.0)}, {"size": (0.0, 1080.0)}):
        with pytest.raises(NotPlausible):
            replace(MADE, **changes)
    with pytest.raises(NotPlausible):
        looking_at((0.0, 0.0, 5.0), (0.0, 0.0, 0.0))


def test_the_target_is_in_the_middle_of_the_image_and_up_is_up():
    plain = replace(MADE, distortion=(0.0,) * 5)
    middle, above = pixels_of(np.array([[2.0, 0.0, 0.9], [2.0, 0.0, 1.4]]), plain)
    np.testing.assert_allclose(middle, [960.0, 540.0], atol=1e-9)
    assert above[1] < 500.0
    assert above[0] == pytest.approx(960.0)


def test_pixels_lead_back_along_their_ray():
    random = np.random.default_rng(1)
    points = np.array([2.0, 0.0, 0.9]) + random.normal(0.0, 1.5, (200, 3))
    own = in_camera(points, MADE)
    np.testing.assert_allclose(rays_of(pixels_of(points, MADE), MADE), own[:, :2] / own[:, 2:], atol=1e-9)


def test_derivatives_are_those_of_the_projection():
    random = np.random.default_rng(2)
    points = np.array([2.0, 0.0, 0.9]) + random.normal(0.0, 1.0, (20, 3))
    numeric = [(pixels_of(points + by, MADE) - pixels_of(points - by, MADE)) / 2e-6 for by in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(sensitivity(points, MADE), np.stack(numeric, axis=-1), rtol=1e-5, atol=1e-4)
    ideal = random.normal(0.0, 0.3, (20, 2))
    numeric = [(distorted(ideal + by, BENT) - distorted(ideal - by, BENT)) / 2e-6 for by in 1e-6 * np.eye(2)]
    np.testing.assert_allclose(stretch(ideal, BENT), np.stack(numeric, axis=-1), atol=1e-8)


def test_absent_pixels_stay_absent_and_points_behind_are_not_seen():
    assert np.isnan(rays_of(np.array([np.nan, 3.0]), MADE)).all()
    assert np.isnan(pixels_of(np.array([-20.0, 16.0, 2.0]), MADE)).all()


def test_where_the_lens_model_folds_over_nothing_is_made_up():
    strong = (-0.4, 0.0, 0.0, 0.0, 0.0)  # x (1 − 0.4 x²) is largest at 0.913, where it is 0.609
    assert np.isnan(undistorted(np.array([0.7, 0.0]), strong)).all()
    np.testing.assert_allclose(undistorted(distorted(np.array([0.8, 0.1]), strong), strong), [0.8, 0.1], atol=1e-8)
