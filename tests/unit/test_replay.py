"""A recorded session through the live path: the packets it becomes, and what is told of them."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from typer.testing import CliRunner

from paceline.cli import app
from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotPlausible
from paceline.jobs.replaying import in_time, packets_of
from paceline.learn import model_file
from paceline.learn.descent import descended
from paceline.learn.live_session import DoneSet, LiveSession, Second
from paceline.learn.model_file import Model
from paceline.learn.motion import joined, within
from paceline.learn.networks import Architecture
from paceline.learn.sets import NONE, MotionSet
from paceline.learn.training import Recipe, fair_weights
from paceline.learn.windows import Cut, windows
from paceline.record.recordings import Recording
from paceline.record.streams import Stream
from paceline.simulate.gym import simulate_gym
from paceline.simulate.gym_files import write_gym

AXES = ("acceleration_x", "acceleration_y", "acceleration_z")


@pytest.fixture(scope="module")
def gym():
    return simulate_gym(3, athletes=3, sessions=1, sets=1)


@pytest.fixture(scope="module")
def model(gym):
    """A network that knows the exercises and pauses of two athletes."""
    sets = []
    for session in gym[:2]:
        stream = session.recordings[0].streams["acceleration"]
        rows = [(one.exercise, one.start, one.stop) for one in session.sets]
        rows += [(NONE, a.stop + SECOND, b.start - SECOND) for a, b in pairwise(session.sets)]
        for label, start, stop in rows:
            time, values, names = joined({"acceleration": within(stream, start, stop)}, rate=25.0)
            sets.append(MotionSet(f"{start}", "a", "s", label, time, values, names))
    cut, labels = windows(sets, Cut(4.0, 1.0, 25.0)), tuple(sorted({one.label for one in sets}))
    truth = np.array([labels.index(sets[owner].label) for owner in cut.owner])
    network = descended(
        cut.values, truth, weights=fair_weights(truth, cut.owner), recipe=Recipe(epochs=25, rate=4e-3, seed=1),
        architecture=Architecture(100, 3, len(labels), hidden=(64, 32)),
    )  # fmt: skip
    proof = cut.values[0]
    expected = network.probabilities(proof[None])[0].astype(np.float32)
    return Model(network.architecture, network.weights, network.scale, AXES, labels, 25.0, proof, expected)


def test_packets_hold_every_sample_once_and_come_in_the_order_of_time(gym):
    recording = gym[0].recordings[0]
    packets = list(packets_of([recording]))
    assert [one.first for one in packets] == sorted(one.first for one in packets)
    assert [one.sequence for one in packets] == list(range(len(packets)))
    for kind, stream in recording.streams.items():
        mine = [one for one in packets if one.description.stream == kind]
        assert np.array_equal(np.concatenate([one.time() for one in mine]), stream.time)
        assert all(int(one.time()[-1] - one.first) < SECOND for one in mine)
        for channel, values in stream.values.items():
            sent = np.concatenate([one.values()[channel] for one in mine])
            np.testing.assert_allclose(sent, values, rtol=1e-6)


def test_samples_that_no_device_could_have_sent_live_stay_behind():
    time = np.array([0, 1, 1, 3, 2, 4], np.int64) * SECOND
    stream = Stream("record", time, {"power": np.arange(6.0)})
    packets = list(packets_of([Recording({"record": stream}, Device())]))
    assert [value for one in packets for value in one.values()["power"]] == [0.0, 1.0, 3.0, 5.0]


def test_every_set_of_an_unseen_athlete_is_told_as_packets_come(gym, model):
    live, told = LiveSession(model), []
    for packet in packets_of(gym[2].recordings):
        told += live.fed(packet)
    told += live.ended()
    seconds = [one for one in told if isinstance(one, Second)]
    assert all(b.time - a.time == SECOND for a, b in pairwise(seconds))
    done = [one for one in told if isinstance(one, DoneSet)]
    right = 0
    for true in gym[2].sets:
        found = [one for one in done if one.start < true.stop and true.start < one.stop]
        longest = max(found, key=lambda one: one.stop - one.start, default=None)
        right += longest is not None and longest.exercise == true.exercise
    assert right >= len(gym[2].sets) - 1
    assert any(one.exercise is None and one.repetitions == 0 for one in seconds)


def test_what_is_told_does_not_depend_on_a_sensor_that_the_model_does_not_take(gym, model):
    def told(recording):
        live = LiveSession(model)
        return [one for packet in packets_of([recording]) for one in live.fed(packet)]

    recording = gym[2].recordings[0]
    alone = Recording({"acceleration": recording.streams["acceleration"]}, recording.device, notes=recording.notes)
    assert repr(told(recording)) == repr(told(alone))


def test_a_hole_is_told_as_too_little(gym, model):
    stream = gym[2].recordings[0].streams["acceleration"]
    begin = int(stream.time[0])
    keep = (stream.time < begin + 20 * SECOND) | (stream.time > begin + 26 * SECOND)
    holed = Stream(stream.name, stream.time[keep], {name: column[keep] for name, column in stream.values.items()})
    live = LiveSession(model)
    told = [one for packet in packets_of([Recording({"acceleration": holed}, Device())]) for one in live.fed(packet)]
    states = {(one.time - begin) // SECOND: one.state for one in told if isinstance(one, Second)}
    assert {states[second] for second in range(22, 27)} == {"too little"}
    assert states[18] != "too little"


def test_packets_come_as_fast_as_is_asked(gym):
    packets = list(packets_of(gym[0].recordings))[:50]
    waited = []
    assert list(in_time(packets, speed=2.0, wait=waited.append, now=lambda: 0.0)) == packets
    assert max(waited) == pytest.approx((packets[-1].first - packets[0].first) / SECOND / 2)
    assert list(in_time(packets, speed=0.0, wait=waited.clear)) == packets
    assert waited
    with pytest.raises(NotPlausible):
        list(in_time(packets, speed=-1.0))


def test_a_file_is_replayed_from_the_command_line(gym, model, tmp_path):
    write_gym(gym[2:], tmp_path / "gym", again=0.1)
    (tmp_path / "m.model").write_bytes(model_file.encoded(model))
    asked = ["replay", str(tmp_path / "gym"), "--model", str(tmp_path / "m.model")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "repetitions" in done.output.splitlines()[0]
    events = [json.loads(line) for line in CliRunner().invoke(app, [*asked, "--json"]).output.splitlines()]
    assert {event["kind"] for event in events} == {"second", "set"}
    assert sum(event["kind"] == "set" for event in events) == len(done.output.splitlines())


def test_a_damaged_model_is_refused_before_anything_is_told(gym, model, tmp_path):
    write_gym(gym[2:], tmp_path / "gym")
    (tmp_path / "m.model").write_bytes(model_file.encoded(model)[:-40])
    done = CliRunner().invoke(app, ["replay", str(tmp_path / "gym"), "--model", str(tmp_path / "m.model")])
    assert done.exit_code == 1
    assert "second" not in done.output


def test_a_model_with_scrambled_weights_is_not_used(model):
    matrix, bias = model.weights[0]
    scrambled = ((matrix[::-1].copy(), bias), *model.weights[1:])
    with pytest.raises(NotPlausible, match="test vector"):
        LiveSession(Model(model.architecture, scrambled, model.scale, model.channels, model.labels, model.rate,
                          model.proof, model.expected))  # fmt: skip
