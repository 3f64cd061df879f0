"""The servers that `predict` compares: how each is started, what it is asked, what it answers."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.predict_knn import nearest
from benchmarks.timing import PEERS, ROOT, SERVERS

ASKED = {"values": [float(number % 5) for number in range(12)], "count": 5}
NUMBERS = {"type": "array", "minItems": 12, "maxItems": 12, "items": {"type": "number", "minimum": 0, "maximum": 4}}
NEAR = {
    "type": "object", "additionalProperties": False, "required": ["name", "distance"],
    "properties": {"name": {"type": "string"}, "distance": {"type": "number", "minimum": 0}},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """One way to answer."""

    name: str
    command: Callable[[int], list[str]]
    path: str = "/products/knn/predict"
    asked: Any = field(default_factory=lambda: ASKED)
    expected: Any = field(default_factory=lambda: nearest(**ASKED))
    environment: Mapping[str, str] = field(default_factory=dict)
    requests: int = 8_000
    """Of one round: fewer where each takes ten times as long."""


def product(folder: Path, *, trusted: bool) -> Path:
    """The prediction as a product."""
    folder.mkdir()
    (folder / "knn.py").write_text((ROOT / "benchmarks" / "predict_knn.py").read_text())
    said = {
        "product": "knn",
        "about": "The nearest rows.",
        "code": "knn.py:nearest",
        "request": {
            "type": "object", "additionalProperties": False, "required": ["values"],
            "properties": {"values": NUMBERS, "count": {"type": "integer", "minimum": 1, "maximum": 20}},
        },
        "response": {
            "type": "object", "additionalProperties": False, "required": ["nearest"],
            "properties": {"nearest": {"type": "array", "maxItems": 20, "items": NEAR}},
        },
        "examples": [{"request": ASKED}],
        "serve": {"trusted": trusted},
    }  # fmt: skip
    (folder / "product.yaml").write_text(yaml.safe_dump(said))
    return folder


def ours(folder: Path, *, trusted: bool) -> Server:
    """Paceline, the code in its own process or in one beside it."""
    made = product(folder, trusted=trusted)
    command = [sys.executable, "-m", "paceline.serve.predict", str(made), "--port"]
    return Server("trusted" if trusted else "isolated", lambda port: [*command, str(port)])


def fastapi() -> Server:
    """FastAPI, as its documentation would have it."""
    return Server("FastAPI", lambda port: [str(PEERS), str(ROOT / "benchmarks" / "predict_fastapi.py"), str(port)])


def bentoml(folder: Path) -> Server:
    """BentoML with its defaults; its telemetry is off, since nothing is to leave this machine."""
    program = [str(SERVERS.parent / "bentoml"), "serve", "predict_bentoml:Knn", "--host", "127.0.0.1"]
    program += ["--working-dir", str(ROOT / "benchmarks"), "--port"]
    around = {"BENTOML_DO_NOT_TRACK": "true", "BENTOML_HOME": str(folder)}
    return Server("BentoML", lambda port: [*program, str(port)], environment=around, requests=2_000)


def mlserver(folder: Path) -> Server:
    """MLServer in one process: `parallel_workers: 1`, its default, does not start with the uvloop of today."""

    def command(port: int) -> list[str]:
        folder.mkdir()
        others = {"grpc_port": _free(), "metrics_port": _free()}
        said = {"host": "127.0.0.1", "http_port": port, "parallel_workers": 0, "debug": False, **others}
        (folder / "settings.json").write_text(json.dumps(said))
        model = {"name": "knn", "implementation": "predict_mlserver.Knn"}
        (folder / "model-settings.json").write_text(json.dumps(model))
        return [str(SERVERS.parent / "mlserver"), "start", str(folder)]

    values = {"name": "values", "shape": [1, 12], "datatype": "FP64", "data": ASKED["values"]}
    count = {"name": "count", "shape": [1, 1], "datatype": "INT64", "data": [ASKED["count"]]}
    rows = nearest(**ASKED)["nearest"]
    names = {"name": "name", "datatype": "BYTES", "parameters": {"content_type": "str"}}
    distances = {"name": "distance", "datatype": "FP64", "parameters": {"content_type": "np"}}
    outputs = [
        {**names, "shape": [len(rows), 1], "data": [row["name"] for row in rows]},
        {**distances, "shape": [len(rows), 1], "data": [row["distance"] for row in rows]},
    ]
    return Server(
        "MLServer",
        command,
        path="/v2/models/knn/infer",
        asked={"id": "1", "inputs": [values, count]},
        expected={"model_name": "knn", "id": "1", "parameters": {}, "outputs": outputs},
        environment={"PYTHONPATH": str(ROOT / "benchmarks"), "PATH": f"{SERVERS.parent}:{os.environ['PATH']}"},
        requests=2_000,
    )


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
