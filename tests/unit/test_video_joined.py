"""Cameras around the track: their clocks, the place on the lap as one more source, and why where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.channels import Channel
from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotIdentifiable, SettingsError, TooFewSamples
from paceline.domain.tracks import TRACKS
from paceline.measure.grids import Grid, on_lap
from paceline.measure.metrics.place import distance_along_track, place_error
from paceline.measure.sessions import sessions
from paceline.measure.settings import Settings, load
from paceline.measure.video.joined import film
from paceline.measure.video.ride_clock import by_place, by_speed
from paceline.record.files import read_file
from paceline.record.recordings import Problem, RawFile
from paceline.record.streams import Stream
from paceline.simulate.track import simulate_track
from paceline.simulate.track_cameras import shots
from paceline.simulate.track_files import write_session
from paceline.simulate.track_plans import Block, World

ADELAIDE = TRACKS["adelaide"]
FILMED = (24 * SECOND, 38 * SECOND)
"""ns after the session's start: most of a lap at speed."""


@pytest.fixture(scope="module")
def session():
    return simulate_track(2, world=World(blocks=(Block("flying", 500.0, (400.0,), gate=False),)))


@pytest.fixture(scope="module")
def filmed(session):
    """The session by four cameras: all of it."""
    return shots(session, seed=2)


@pytest.fixture(scope="module")
def cut(session, filmed):
    """The same, a part of a minute long."""
    start = session.truth.happened.stream.time[0]
    return [replace(shot, recording=_during(shot.recording, *(start + at for at in FILMED))) for shot in filmed]


@pytest.fixture(scope="module")
def found(cut):
    return film({shot.filmed.keypoints: [shot.recording] for shot in cut}, [shot.filmed for shot in cut], ADELAIDE)


def _during(recording, start, stop):
    stream = recording.streams["keypoints"]
    inside = (stream.time >= start) & (stream.time < stop)
    values = {name: column[inside] for name, column in stream.values.items()}
    return replace(recording, streams={"keypoints": replace(stream, time=stream.time[inside], values=values)})


def _true(session, time):
    """Where the hips were at those instants of the loops' clock, m."""
    stream = session.truth.happened.stream
    return np.interp(time, stream.time, np.unwrap(stream.values["track_position"], period=ADELAIDE.length))


def _apart(place, truth):
    return place - truth - ADELAIDE.length * np.round((place - truth) / ADELAIDE.length)


def _file(recording, name, problems=()):
    return RawFile(f"/nowhere/{name}", "made", name, (recording,), problems)


def test_four_cameras_give_the_place_within_the_errors_they_state(session, cut, found):
    place = found.recording.streams["place"]
    truth = _true(session, place.time - round(cut[0].ahead * SECOND))
    off, error = _apart(place.values["video_position"], truth), place.values["video_position_error"]
    known = ~np.isnan(off)
    assert known.mean() > 0.9
    assert np.sqrt(np.mean(off[known] ** 2)) < 0.25
    assert 0.90 <= np.mean(np.abs(off[known]) <= 1.96 * error[known]) <= 0.99
    assert (place.values["video_position"][known] < ADELAIDE.length).all()


def test_the_cameras_clocks_are_brought_to_the_first_ones(cut, found):
    kinds = [kind for kind, _, _ in found.notes]
    assert kinds == ["clock", "video"]
    widest = max(abs(shot.ahead - cut[0].ahead) for shot in cut)
    assert f"{widest:.2f}" == f"{float(found.notes[0][1].split('by up to ')[1][:5]):.2f}"


def test_posture_comes_in_metres_and_degrees(found):
    posture = found.recording.streams["posture_left"].values
    assert np.nanmedian(posture["torso_angle"]) == pytest.approx(12.0, abs=2.0)
    assert 0.2 < np.nanmean(posture["frontal_area"]) < 0.8


def test_loops_and_wheel_place_the_rider_before_video_does_and_both_are_named(session, cut):
    asked = (Problem("rate", "How fast?"), Problem("undated", "When?"), Problem("people", "Who?"))
    files = [_file(recording, f"{name}.csv") for name, recording in session.recordings.items()]
    files += [_file(shot.recording, shot.filmed.keypoints, asked) for shot in cut]
    settings = Settings("made", track=ADELAIDE, cameras=tuple(shot.filmed for shot in cut))
    (ride,) = sessions(files, settings=settings, together=True)
    start = session.truth.happened.stream.time[0]
    middle = replace(ride.whole, start=int(start + 26 * SECOND), stop=int(start + 36 * SECOND))
    truth = _true(session, Grid.over(middle, step=1.0).start + np.arange(10) * SECOND)

    by_loops = ride.served(middle)
    assert by_loops.sources["track_position"].name == "place by timing loops and wheel"
    assert by_loops.sources["track_position_error"].name == "place by timing loops and wheel"
    assert np.nanmax(np.abs(_apart(by_loops.values["track_position"], truth))) < 2.0
    assert ride.metrics(middle, only={"distance_along_track"})["distance_along_track"].value == pytest.approx(
        truth[-1] - truth[0], abs=2.0
    )

    without = replace(ride, derived=ride.derived[1:])
    by_video = without.served(middle)
    assert by_video.sources["track_position"].name == "place by video"
    assert np.nanmedian(np.abs(_apart(by_video.values["track_position"], truth))) < 0.3
    said = next(f.message for f in ride.findings if f.message.startswith("Clock of the cameras"))
    assert float(said.split()[4]) == pytest.approx(-cut[0].ahead, abs=0.01)
    assert "by the place on the lap" in said
    assert [p.kind for file in ride.files for p in file.problems] == ["people"] * 4


def test_cameras_alone_give_a_session_with_place_speed_and_posture(cut):
    settings = Settings("made", track=ADELAIDE, cameras=tuple(shot.filmed for shot in cut[:2]))
    (ride,) = sessions([_file(shot.recording, shot.filmed.keypoints) for shot in cut[:2]], settings=settings)
    metrics = ride.metrics(only={"average_elapsed_speed", "place_error", "average_torso_angle"})
    assert set(metrics) == {"average_elapsed_speed", "place_error", "average_torso_angle"}
    assert metrics["place_error"].value < 0.5
    assert "place by video" in {source.name for source in ride.served().sources.values()}


def test_one_camera_two_people_and_no_track_are_said_and_nothing_is_guessed(cut):
    people = {shot.filmed.keypoints: [shot.recording] for shot in cut}
    cameras = [shot.filmed for shot in cut]
    nowhere = film(people, cameras, None)
    assert nowhere.recording is None
    assert "name it in the settings file" in nowhere.notes[0][1]
    alone = film({cameras[0].keypoints: people[cameras[0].keypoints]}, cameras, ADELAIDE)
    assert alone.recording is None
    assert "takes two cameras; keypoints of 1 are there" in alone.notes[0][1]
    crowd = {**people, cameras[1].keypoints: [cut[1].recording, cut[1].recording]}
    two = film(crowd, cameras[:2], ADELAIDE)
    assert two.recording is None
    assert "south east shows 2 people" in two.notes[0][1]


def test_cameras_that_never_see_the_rider_together_give_no_place(session, filmed):
    start = session.truth.happened.stream.time[0]
    parts = [_during(shot.recording, start + at * SECOND, start + (at + 3) * SECOND)
             for shot, at in zip(filmed, (10, 18, 26, 34), strict=True)]  # fmt: skip
    people = {shot.filmed.keypoints: [part] for shot, part in zip(filmed, parts, strict=True)}
    found = film(people, [shot.filmed for shot in filmed], ADELAIDE)
    assert found.recording is None
    assert "No place by video" in found.notes[-1][1]


def test_files_of_a_filmed_session_read_back_as_what_was_seen(session, filmed, tmp_path):
    write_session(session, tmp_path, video=True)
    settings = load(tmp_path / "paceline.yaml")
    assert settings.cameras == tuple(shot.filmed for shot in shots(session, seed=session.truth.seed))
    first = settings.cameras[0]
    (again,) = read_file(tmp_path / first.keypoints).recordings
    told = filmed[0].recording.streams["keypoints"].values
    there = np.isin(told["frame"], again.streams["keypoints"].values["frame"])
    for name in ("left_hip_x", "right_ankle_y"):
        np.testing.assert_allclose(again.streams["keypoints"].values[name], told[name][there], atol=0.006)


CAMERA = """cameras:
  - name: a
    keypoints: a.json
    frame_rate_hz: 25
    start: 2024-05-04T10:00:00.250Z
    size_px: [1920, 1080]
    focal_px: [1500, 1500]
    centre_px: [960, 540]
    rotation: [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    position_m: [0, -8, 1.2]
"""


def test_a_camera_of_the_settings_knows_its_file_its_rate_and_its_start(tmp_path):
    (tmp_path / "paceline.yaml").write_text(CAMERA)
    (camera,) = load(tmp_path / "paceline.yaml").cameras
    assert (camera.keypoints, camera.frame_rate, camera.start) == ("a.json", 25.0, 1_714_816_800_250_000_000)


@pytest.mark.parametrize(
    ("was", "said"),
    [
        ("    keypoints: a.json\n", "keypoints"),
        ("    start: 2024-05-04T10:00:00.250Z\n", "start"),
        ("T10:00:00.250Z", "zone"),
        ("frame_rate_hz: 25", "frames a second"),
    ],
)
def test_a_camera_without_file_start_zone_or_rate_is_refused(tmp_path, was, said):
    other = {"T10:00:00.250Z": "T10:00:00", "frame_rate_hz: 25": "frame_rate_hz: 0"}.get(was, "")
    (tmp_path / "paceline.yaml").write_text(CAMERA.replace(was, other))
    with pytest.raises(SettingsError, match=said):
        load(tmp_path / "paceline.yaml")


def test_a_file_or_name_that_two_cameras_share_is_refused(tmp_path):
    again = CAMERA.removeprefix("cameras:\n")
    for other in (again, again.replace("name: a", "name: b")):
        (tmp_path / "paceline.yaml").write_text(CAMERA + other)
        with pytest.raises(SettingsError, match="once"):
            load(tmp_path / "paceline.yaml")


def test_between_two_places_the_finish_line_is_no_jump_back_and_a_hole_stays_one():
    time = np.array([0, 2, 10]) * SECOND
    found = on_lap(time, np.array([246.0, 4.0, 100.0]), Grid(0, 1.0, 5), 3.0, lap=250.0)
    np.testing.assert_allclose(found, [246.0, 0.0, 4.0, np.nan, np.nan])


def test_a_place_without_the_laps_length_is_not_told():
    from paceline.measure.grids import on_grid

    stream = Stream("place", np.arange(3) * SECOND, {"video_position": np.array([1.0, 2.0, 3.0])})
    assert np.isnan(on_grid(stream, "video_position", Grid(0, 1.0, 3)).values).all()


def test_the_distance_along_the_track_counts_laps_and_leaves_holes_out():
    around = np.mod(np.arange(0.0, 760.0, 10.0), 250.0)
    assert distance_along_track(around, 250.0) == pytest.approx(750.0)
    around[10:12] = np.nan  # from 90 to 120 m nothing is known
    assert distance_along_track(around, 250.0) == pytest.approx(720.0)
    for metric in (lambda none: distance_along_track(none, 250.0), place_error):
        with pytest.raises(TooFewSamples):
            metric(np.full(3, np.nan))


def test_a_recording_of_an_unnamed_camera_joins_no_film(cut):
    (ride,) = sessions([_file(cut[0].recording, "phone.json")], settings=Settings("made", track=ADELAIDE))
    assert ride.derived == ()


def _ridden(speed, *, late=0.0, seed=1, during=(0.0, 120.0)):
    """The place by loops on the ride's clock, and by video on a clock that is late by so much."""
    generator, clock = np.random.default_rng(seed), np.arange(0.0, 120.0, 0.1)
    along = np.concatenate([[0.0], np.cumsum(speed(clock) * 0.1)[:-1]])
    loops = np.mod(along + generator.normal(0.0, 0.05, clock.size), 250.0)
    seen = (clock >= during[0]) & (clock < during[1])
    video = along[seen] + generator.normal(0.0, 0.1, int(seen.sum()))
    told = Channel("track_distance", "m", -np.inf, np.inf, "made")
    film_clock = np.round((clock[seen] - late) * SECOND).astype(np.int64)
    return (
        Stream("place", np.round(clock * SECOND).astype(np.int64), {"loop_position": loops}),
        Stream("place", film_clock, {"track_distance": video}, {}, {"track_distance": told}),
    )


def test_the_place_tells_the_cameras_clock_even_at_an_even_speed():
    held = 0
    for seed in range(40):
        late = float(np.random.default_rng(seed).uniform(-5.0, 5.0))
        fit = by_place(*_ridden(lambda clock: np.full(clock.shape, 15.0), late=late, seed=seed), lap=250.0)
        low, high = fit.offset.interval(0.95)
        held += low <= late <= high
        assert fit.offset.value == pytest.approx(late, abs=0.01)
    assert held >= 34


def test_at_an_even_speed_a_lap_too_many_is_not_told_from_none_where_the_start_does_not_decide():
    with pytest.raises(NotIdentifiable, match="two offsets fit as well"):
        by_place(*_ridden(lambda clock: np.full(clock.shape, 15.0), late=250.0 / 15.0 / 2), lap=250.0)


def test_a_start_that_is_off_by_minutes_is_not_guessed():
    trusted, video = _ridden(lambda clock: 10.0 + clock / 20.0, late=0.0, during=(60.0, 120.0))
    far = replace(video, time=video.time + 90 * SECOND)
    with pytest.raises((NotIdentifiable, TooFewSamples)):
        by_place(trusted, far, lap=250.0)


def test_speed_tells_the_cameras_clock_where_it_changes_and_only_there():
    clock = np.arange(0.0, 120.0, 0.25)
    noise = np.random.default_rng(3).normal(0.0, 0.05, (2, clock.size))
    for amplitude, known in ((2.0, True), (0.0, False)):
        speed = 13.0 + amplitude * np.sin(clock / 7.0) * np.minimum(clock / 60.0, 1.0)
        trusted = Stream("record", np.round(clock * SECOND).astype(np.int64), {"speed": speed + noise[0]})
        video = Stream("record", np.round((clock - 1.3) * SECOND).astype(np.int64), {"speed": speed + noise[1]})
        if known:
            assert by_speed(trusted, video).offset.value == pytest.approx(1.3, abs=0.05)
        else:
            with pytest.raises(NotIdentifiable):
                by_speed(trusted, video)
