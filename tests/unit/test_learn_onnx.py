"""A model as an ONNX file says what the model says."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from typer.testing import CliRunner

from paceline.cli import app
from paceline.domain.errors import NotPlausible
from paceline.learn.candidates import Candidate
from paceline.learn.model_file import Model, encoded
from paceline.learn.networks import Architecture, Convolution, initial
from paceline.learn.onnx_file import onnx_file, onnx_probabilities
from paceline.learn.runtime import Runtime
from paceline.learn.trials import Result, Trials

AXES = ("acceleration_x", "acceleration_y", "acceleration_z")


def made(one, *, temperature=1.0):
    generator = np.random.default_rng(0)
    weights, scale = initial(one, generator), np.full(3, 2.0, np.float32)
    proof = generator.normal(size=(one.samples, 3)).astype(np.float32)
    heated = (*weights[:-1], tuple(part / np.float32(temperature) for part in weights[-1]))
    expected = Runtime(one, heated, scale).probabilities(proof[None])[0]
    labels = tuple(f"exercise {number}" for number in range(one.outputs))
    return Model(one, weights, scale, AXES, labels, 25.0, proof, expected, {"data": "lake-3"}, temperature)


@pytest.mark.parametrize(
    ("one", "temperature"),
    [
        (Architecture(50, 3, 4, hidden=(20, 10)), 1.0),
        (Architecture(50, 3, 4, hidden=(20,), activation="tanh"), 2.0),
        (Architecture(60, 3, 3, (Convolution(4, 7, 3), Convolution(6, 3)), ()), 0.7),
        (Architecture(60, 3, 3, (Convolution(4, 7, 2),), (5,), "tanh"), 1.0),
    ],
)
def test_onnx_says_what_the_model_says(one, temperature):
    model = made(one, temperature=temperature)
    windows = np.random.default_rng(1).normal(size=(7, one.samples, 3)).astype(np.float32)
    said = onnx_probabilities(onnx_file(model), windows)
    np.testing.assert_allclose(said, model.runtime().probabilities(windows), atol=1e-5)


def test_the_file_tells_what_a_device_must_know():
    props = {entry.key: json.loads(entry.value) for entry in onnx.load_from_string(
        onnx_file(made(Architecture(50, 3, 2, hidden=(4,))))).metadata_props}  # fmt: skip
    assert props["channels"] == list(AXES)
    assert props["labels"] == ["exercise 0", "exercise 1"]
    assert props["rate_hz"] == 25.0
    assert props["lineage"] == {"data": "lake-3"}


def test_a_model_that_fails_its_own_test_vector_is_not_exported():
    model = made(Architecture(50, 3, 2, hidden=(4,)))
    with pytest.raises(NotPlausible, match="test vector"):
        onnx_file(replace(model, expected=model.expected[::-1].copy()))


def test_the_leaderboard_saves_by_the_name_s_ending(tmp_path):
    trials = Trials(tmp_path / "trials.sqlite")
    model = made(Architecture(50, 3, 2, hidden=(4,)))
    trials.plan("r", [], data="d", code="c")
    trials.begin("r", "c000", 0, parameters=Candidate().parameters(), parent=None)
    trials.end("r", "c000", 0, result=Result(0.9, 0.8, 1.0, encoded(model)))
    place = tmp_path / "best.onnx"
    asked = ["leaderboard", "--trials", str(tmp_path / "trials.sqlite"), "--save", str(place)]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert onnx_probabilities(place.read_bytes(), model.proof[None]).shape == (1, 2)
