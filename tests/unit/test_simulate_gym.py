"""The simulated gym: what its sensors record agrees with the truth beside them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from paceline.cli import app
from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotPlausible, WriteError
from paceline.learn.counting import Counter
from paceline.learn.motion import joined, within
from paceline.record.files import read_file
from paceline.simulate.gym import FINE, GRAVITY, MOVEMENTS, RATES, simulate_gym
from paceline.simulate.gym_files import write_gym


@pytest.fixture(scope="module")
def gym():
    return simulate_gym(3, athletes=2, sessions=1, sets=1, places=("left wrist", "right wrist"))


def test_every_athlete_does_every_exercise(gym):
    assert [sorted({one.exercise for one in session.sets}) for session in gym] == [
        sorted(m.name for m in MOVEMENTS)
    ] * 2


def test_the_same_seed_makes_the_same_gym():
    one, two = (simulate_gym(5, athletes=1, sessions=1, sets=1)[0] for _ in range(2))
    assert one.sets == two.sets
    for kind, stream in one.recordings[0].streams.items():
        assert np.array_equal(stream.time, two.recordings[0].streams[kind].time)


def test_each_sensor_has_its_own_rate_and_rest_feels_gravity(gym):
    for recording in gym[0].recordings:
        for kind, stream in recording.streams.items():
            assert 1.0 / stream.usual_steps[0] == pytest.approx(RATES[kind], rel=0.01)
        still = within(recording.streams["acceleration"], 0, gym[0].sets[0].start)
        length = np.linalg.norm(np.column_stack(list(still.values.values())), axis=1)
        assert np.median(length) == pytest.approx(GRAVITY, rel=0.03)


def test_repetitions_of_the_truth_are_in_the_motion(gym):
    right = []
    for session in gym:
        for one in session.sets:
            part = within(session.recordings[0].streams["acceleration"], one.start, one.stop)
            _, values, _ = joined({"acceleration": part}, rate=25.0)
            right.append(abs(Counter().count(values, rate=25.0) - one.repetitions) <= 1)
    assert np.mean(right) >= 0.75


def test_what_is_written_is_read_back_with_its_faults(gym, tmp_path):
    written = write_gym(gym, tmp_path / "gym", seed=1, again=0.3, lost=0.2)
    truth = json.loads(written[-1].read_text())
    assert [row["athlete"] for row in truth] == ["athlete-1", "athlete-2"]
    raw = read_file(written[0])
    kinds = {problem.kind for problem in raw.problems}
    assert {"repeated_packet", "break", "lossy"} <= kinds
    stream, meant = raw.recordings[0].streams["acceleration"], gym[0].recordings[0].streams["acceleration"]
    near = np.searchsorted(meant.time, stream.time[::97])
    near = np.clip(near, 1, len(meant) - 1)
    apart = np.minimum(np.abs(meant.time[near] - stream.time[::97]), np.abs(meant.time[near - 1] - stream.time[::97]))
    assert apart.max() < SECOND // 40


def test_other_files_are_not_written_over(gym, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(WriteError):
        write_gym(gym, tmp_path)


def test_a_gym_without_athletes_is_refused():
    with pytest.raises(NotPlausible):
        simulate_gym(1, athletes=0)
    with pytest.raises(NotPlausible):
        simulate_gym(1, places=("left ear",))


def test_from_a_simulated_gym_to_a_scored_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    made = run(app, ["simulate", "gym", "-o", "gym", "--athletes", "2", "--sessions", "1", "--sets", "1"])
    assert made.exit_code == 0
    trained = run(
        app, ["train", "strength", "gym", "--candidates", "2", "--epochs", "3", "--processes", "1", "--seed", "1"]
    )
    assert trained.exit_code == 0, trained.output
    assert "Trying 2 models on 12 sets of 6 exercises and 10 pauses" in trained.output
    board = run(app, ["leaderboard", "--json"])
    row = json.loads(board.output.splitlines()[0])
    assert 0.0 <= row["low"] <= row["macro_f1"] <= row["high"] <= 1.0
    assert run(app, ["leaderboard", "--save", "best.model"]).exit_code == 0
    scored = run(app, ["evaluate", "best.model", "gym", "--json", "--by", "athlete"])
    assert scored.exit_code == 0, scored.output
    row = json.loads(scored.output)
    assert row["sets"] == 12 + 10
    assert "none" in row["labels"]
    assert run(app, ["train", "speed", "gym"]).exit_code == 2


def test_bad_repetitions_are_told_in_the_truth_and_good_gyms_have_none():
    good = simulate_gym(6, athletes=1, sessions=1, sets=1)[0]
    assert {fault for one in good.sets for fault in one.faults} == {""}
    sets = simulate_gym(6, athletes=2, sessions=1, sets=2, faulty=0.4)[0].sets
    assert {fault for one in sets for fault in one.faults} == {"", "short", "hurried", "jerky"}
    for one in sets:
        assert len(one.faults) == len(one.begins) == one.repetitions
        assert one.begins[0] == one.start
        assert one.begins[-1] < one.stop
        lengths = np.diff([*one.begins, one.stop]) / SECOND
        hurried = [length for length, fault in zip(lengths, one.faults, strict=True) if fault == "hurried"]
        good_ones = [length for length, fault in zip(lengths, one.faults, strict=True) if fault == ""]
        if hurried and good_ones:
            assert max(hurried) < min(good_ones) + 1 / FINE


def test_a_short_repetition_turns_the_arm_less():
    session = simulate_gym(6, athletes=1, sessions=1, sets=2, faulty=0.4)[0]
    rotation = session.recordings[0].streams["rotation"]
    reach = {"": [], "short": []}
    for one in session.sets:
        if one.exercise != "biceps-curl":
            continue
        for fault, start, stop in zip(one.faults, one.begins, [*one.begins[1:], one.stop], strict=True):
            if fault in reach:
                turned = np.column_stack(list(within(rotation, start, stop).values.values()))
                reach[fault].append(float(np.linalg.norm(turned, axis=1).mean() * (stop - start) / SECOND))
    assert max(reach["short"]) < 0.75 * min(reach[""])


def test_beginners_move_their_own_way_only_where_cohorts_differ():
    angles = {}
    for cohorts in ("none", "alike", "differing"):
        beginner, advanced = simulate_gym(9, athletes=2, sessions=1, sets=1, cohorts=cohorts)
        assert beginner.athlete.proficiency == ("" if cohorts == "none" else "beginner")
        assert advanced.athlete.proficiency == ("" if cohorts == "none" else "advanced")
        curl = next(one for one in beginner.sets if one.exercise == "biceps-curl")
        still = within(beginner.recordings[0].streams["acceleration"], curl.start, curl.stop)
        angles[cohorts] = np.column_stack(list(still.values.values())).mean(axis=0)
    assert np.allclose(angles["none"], angles["alike"])
    assert not np.allclose(angles["none"], angles["differing"], atol=0.5)


def test_a_gym_of_cohorts_is_made_from_the_command_line(tmp_path):
    asked = ["simulate", "gym", "-o", str(tmp_path / "gym"), "--athletes", "2", "--sessions", "1", "--sets", "1"]
    asked += ["--faulty", "0.5", "--cohorts", "differing", "--places", "left wrist, right wrist"]
    assert CliRunner().invoke(app, asked).exit_code == 0
    truth = json.loads((tmp_path / "gym" / "truth.json").read_text())
    assert [row["proficiency"] for row in truth] == ["beginner", "advanced"]
    assert {"left wrist", "right wrist"} == set(truth[0]["files"])
    assert any(fault for one in truth[0]["sets"] for fault in one["faults"])
    assert CliRunner().invoke(app, [*asked, "--cohorts", "some"]).exit_code == 2


@pytest.mark.parametrize("wrong", [{"faulty": 1.5}, {"faulty": -0.1}])
def test_a_share_of_faults_outside_0_to_1_is_refused(wrong):
    with pytest.raises(NotPlausible):
        simulate_gym(1, athletes=1, **wrong)
