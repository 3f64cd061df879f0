"""A model as an ONNX file, for phones and boards that run nothing else; by the extra `onnx`.

The graph takes windows as they are, in the catalogue's units, and gives probabilities: scaling and temperature are
inside. What a device must know beside it (channels, labels, rate, lineage) stands in the file's metadata, and the file
is only given away once onnxruntime has reproduced the model's own test vector with it.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from paceline.domain.errors import ExtraMissing
from paceline.learn.model_file import Model, check

if TYPE_CHECKING:
    from paceline.learn.sets import Floats32

OPSET, FORMAT = 17, 9
"""Of ONNX: old enough for the runtimes of phones."""


def onnx_file(model: Model) -> bytes:
    """The ONNX file's bytes: input `windows` (window, sample, channel), output `probabilities` (window, label).

    Raises:
        ExtraMissing: onnx or onnxruntime is not installed.
        NotPlausible: the model, or its ONNX form, doesn't reproduce its own test vector.
    """
    try:
        import onnx
    except ImportError as error:
        raise ExtraMissing("ONNX files", extra="onnx") from error
    model.runtime()
    one, graph = model.architecture, _Graph()
    values = graph.node("Div", ["windows", graph.constant("scale", model.scale)])
    values = _in_time(graph, model, values) if one.convolutions else graph.node("Flatten", [values], axis=1)
    layers = list(model.weights[len(one.convolutions) :])
    active = "Relu" if one.activation == "relu" else "Tanh"
    for number, (matrix, bias) in enumerate(layers):
        last = number == len(layers) - 1
        heat = np.float32(model.temperature if last else 1.0)
        parts = [graph.constant(f"matrix_{number}", matrix / heat), graph.constant(f"bias_{number}", bias / heat)]
        values = graph.node("Gemm", [values, *parts])
        values = values if last else graph.node(active, [values])
    graph.node("Softmax", [values], output="probabilities", axis=1)
    tensor = onnx.helper.make_tensor_value_info
    made = onnx.helper.make_graph(
        graph.nodes, "paceline",
        [tensor("windows", onnx.TensorProto.FLOAT, ["window", one.samples, one.channels])],
        [tensor("probabilities", onnx.TensorProto.FLOAT, ["window", one.outputs])], graph.constants,
    )  # fmt: skip
    file = onnx.helper.make_model(
        made, opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=FORMAT, producer_name="paceline"
    )
    said = {"channels": model.channels, "labels": model.labels, "rate_hz": model.rate, "lineage": dict(model.lineage)}
    onnx.helper.set_model_props(file, {key: json.dumps(value) for key, value in said.items()})
    onnx.checker.check_model(file)
    content: bytes = file.SerializeToString()
    check(onnx_probabilities(content, model.proof[None])[0], model.expected)
    return content


def onnx_probabilities(content: bytes, windows: Floats32) -> Floats32:
    """What onnxruntime makes of windows, (window, label).

    Raises:
        ExtraMissing: it is not installed.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # it is on by default, and read when the library is loaded
    try:
        import onnxruntime  # type: ignore[import-untyped]  # it has none
    except ImportError as error:
        raise ExtraMissing("ONNX files", extra="onnx") from error
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    found: Floats32 = session.run(["probabilities"], {"windows": windows.astype(np.float32)})[0]
    return found


class _Graph:
    """Nodes and constants as they are added; a node's output has a name of its own."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, values: Floats32) -> str:
        """Weights under a name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
        return name

    def node(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        """An operation; the name of what it gives."""
        from onnx import helper

        name = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name


def _in_time(graph: _Graph, model: Model, values: str) -> str:
    """Convolutions along time, channels first as ONNX has them, then means before maxima."""
    one = model.architecture
    values = graph.node("Transpose", [values], perm=[0, 2, 1])
    for number, (convolution, (matrix, bias)) in enumerate(zip(one.convolutions, model.weights, strict=False)):
        kernel = matrix.reshape(convolution.kernel, -1, convolution.width).transpose(2, 1, 0)
        parts = [graph.constant(f"kernel_{number}", kernel), graph.constant(f"offset_{number}", bias)]
        values = graph.node("Conv", [values, *parts], strides=[convolution.stride])
        values = graph.node("Relu" if one.activation == "relu" else "Tanh", [values])
    pooled = [graph.node(kind, [values], axes=[2], keepdims=0) for kind in ("ReduceMean", "ReduceMax")]
    return graph.node("Concat", pooled, axis=1)
