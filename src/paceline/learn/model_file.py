"""One file that says everything about a model: what it is made of, what it takes, what it gives, and a proof.

The proof is a window of motion with the probabilities that the trainer gave it. Every runtime computes them before it
uses the model and refuses it where they differ: an earlier system shipped weights in another order than its phones read
them, and nobody noticed.

Layout, little-endian: magic `PACELINE`, version u32, length of the description u32, the description as JSON in UTF-8,
zero bytes up to a multiple of 64, all float32 numbers in the order of the description's `arrays`, and the SHA-256 of
everything before it. Matrices are (input, output), row by row.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import Damaged, NotPlausible, PacelineError, TooLarge
from paceline.learn.networks import Architecture, Convolution, Weights
from paceline.learn.runtime import Runtime
from paceline.learn.sets import Floats32

MAGIC = b"PACELINE"
VERSION = 1
LIMIT = 64 * 1024 * 1024
"""Bytes of a model file."""
TOLERANCE = 1e-4
"""How far a runtime's probabilities may be from the proof's."""

Facts: TypeAlias = Mapping[str, str | int | float | list[str]]

_HEAD = struct.Struct("<8sII")
_ALIGN = 64


@dataclass(frozen=True, eq=False)
class Model:
    """A model as it lies in a file.

    Attributes:
        architecture: of its network.
        weights: of its layers.
        scale: (channel,), what channels are divided by.
        channels: that a window must have, in this order, in the catalogue's units.
        labels: in the order of the outputs.
        rate: samples a second of a window.
        lineage: where it comes from: data version, code, parents, scores; never a person.
        proof: (sample, channel), a window.
        expected: (label,), the probabilities of the proof.
        temperature: what logits are divided by, so that probabilities are calibrated.
    """

    architecture: Architecture
    weights: Weights
    scale: Floats32
    channels: tuple[str, ...]
    labels: tuple[str, ...]
    rate: float
    proof: Floats32
    expected: Floats32
    lineage: Facts = field(default_factory=dict)
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Sizes are checked here once.

        Raises:
            NotPlausible: labels, channels or the proof don't fit the architecture.
        """
        sizes = (len(self.labels), len(self.channels), self.proof.shape, self.expected.shape)
        one = self.architecture
        if sizes != (one.outputs, one.channels, (one.samples, one.channels), (one.outputs,)):
            raise NotPlausible("a model", expected="labels, channels and a proof that fit its architecture")
        if not (self.rate > 0 and self.temperature > 0):
            raise NotPlausible("a model's rate and temperature", expected="above 0")

    def runtime(self) -> Runtime:
        """The network, after it has reproduced the proof.

        Raises:
            NotPlausible: it gives other probabilities than its trainer did.
        """
        last = tuple(part / np.float32(self.temperature) for part in self.weights[-1])
        found = Runtime(self.architecture, (*self.weights[:-1], (last[0], last[1])), self.scale)
        check(found.probabilities(self.proof[None])[0], self.expected)
        return found


def check(given: npt.ArrayLike, expected: npt.ArrayLike) -> None:
    """Hold what a runtime gives for the proof against what is expected.

    Raises:
        NotPlausible: they differ by more than `TOLERANCE`.
    """
    if not np.allclose(given, expected, rtol=0.0, atol=TOLERANCE):
        raise NotPlausible("a model's answer to its own test vector", expected=f"its trainer's, within {TOLERANCE}")


def encoded(model: Model) -> bytes:
    """The file's bytes; the same model gives the same bytes.

    Raises:
        NotPlausible: the model doesn't reproduce its own proof.
    """
    model.runtime()
    arrays = [part for layer in model.weights for part in layer] + [model.scale, model.proof, model.expected]
    text = json.dumps(_described(model), sort_keys=True, ensure_ascii=False, allow_nan=False).encode()
    head = _HEAD.pack(MAGIC, VERSION, len(text)) + text
    body = head + bytes(-len(head) % _ALIGN) + b"".join(np.ascontiguousarray(a, "<f4").tobytes() for a in arrays)
    return body + hashlib.sha256(body).digest()


def _described(model: Model) -> dict[str, Any]:
    one = model.architecture
    names = [f"layer {index} {part}" for index in range(len(model.weights)) for part in ("matrix", "bias")]
    return {
        "architecture": {
            "samples": one.samples, "channels": one.channels, "outputs": one.outputs, "hidden": list(one.hidden),
            "activation": one.activation,
            "convolutions": [{"width": c.width, "kernel": c.kernel, "stride": c.stride} for c in one.convolutions],
        },
        "channels": list(model.channels), "labels": list(model.labels), "rate_hz": model.rate,
        "temperature": model.temperature, "lineage": dict(model.lineage),
        "arrays": [*names, "scale", "proof", "expected"],
    }  # fmt: skip


def decoded(data: bytes, *, file: str) -> Model:
    """The model in a file's bytes; it is not yet proven: `runtime` does that.

    Raises:
        Damaged: no model file, another version, cut off, changed since it was written, or a description that is none.
        TooLarge: more than `LIMIT` bytes.
    """
    if len(data) > LIMIT:
        raise TooLarge(file, expected=f"at most {LIMIT:,} bytes", found=f"{len(data):,}")
    if data[:8] != MAGIC or len(data) < _HEAD.size + 32:
        raise Damaged(file, expected="a model file, which begins with PACELINE", found="something else", offset=0)
    _, version, length = _HEAD.unpack_from(data)
    if version != VERSION:
        raise Damaged(file, expected=f"version {VERSION}", found=f"version {version}", offset=8)
    if hashlib.sha256(data[:-32]).digest() != data[-32:]:
        raise Damaged(file, expected="the checksum that was written", found="another: it was cut off or changed")
    begin = _HEAD.size + length
    begin += -begin % _ALIGN
    try:
        return _model(json.loads(data[_HEAD.size : _HEAD.size + length]), data[begin:-32])
    except (PacelineError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Damaged(file, expected="a description of a model", found="none that makes sense", offset=16) from error


def _model(said: Any, numbers: bytes) -> Model:
    given = said["architecture"]
    convolutions = tuple(Convolution(c["width"], c["kernel"], c["stride"]) for c in given["convolutions"])
    one = Architecture(
        given["samples"], given["channels"], given["outputs"], convolutions, tuple(given["hidden"]), given["activation"]
    )
    shapes = [shape for rows, columns in one.shapes for shape in ((rows, columns), (columns,))]
    shapes += [(one.channels,), (one.samples, one.channels), (one.outputs,)]
    values = np.frombuffer(numbers, "<f4").astype(np.float32)
    cuts = np.cumsum([int(np.prod(shape)) for shape in shapes])
    if cuts[-1] != len(values):
        raise ValueError("the numbers are not as many as the architecture has")
    parts = [part.reshape(shape) for part, shape in zip(np.split(values, cuts[:-1]), shapes, strict=True)]
    *layers, scale, proof, expected = parts
    weights = tuple(zip(layers[::2], layers[1::2], strict=True))
    return Model(
        one, weights, scale, tuple(said["channels"]), tuple(said["labels"]), float(said["rate_hz"]), proof, expected,
        said["lineage"], float(said["temperature"]),
    )  # fmt: skip
