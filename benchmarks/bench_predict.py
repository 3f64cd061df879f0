"""What does one prediction over HTTP cost, with request and response both held to their schemas?

Budget: a trusted product at most half of FastAPI's processor time a request, one in a process of its own at most
FastAPI's. The prediction is the same file for all (the five nearest of 86 rows); each server has one process and one
core, the load 32 connections on another one. Processor time is user and system of the server and all its workers, over
requests that were each compared with the expected answer; the least of three rounds, since others only ever add.

    python -m benchmarks predict
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from benchmarks.predict_knn import nearest
from benchmarks.timing import PEERS, ROOT, emit, process

CONNECTIONS, REQUESTS, ROUNDS = 32, 8_000, 3
ASKED = {"values": [float(number % 5) for number in range(12)], "count": 5}
NUMBERS = {"type": "array", "minItems": 12, "maxItems": 12, "items": {"type": "number", "minimum": 0, "maximum": 4}}
NEAR = {
    "type": "object", "additionalProperties": False, "required": ["name", "distance"],
    "properties": {"name": {"type": "string"}, "distance": {"type": "number", "minimum": 0}},
}  # fmt: skip
TICKS = os.sysconf("SC_CLK_TCK")


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


def ours(folder: Path) -> Callable[[int], list[str]]:
    """The command that serves a product."""
    return lambda port: [sys.executable, "-m", "paceline.serve.predict", str(folder), "--port", str(port)]


def fastapi(port: int) -> list[str]:
    """The command that serves it with FastAPI."""
    return [str(PEERS), str(ROOT / "benchmarks" / "predict_fastapi.py"), str(port)]


def measured(command: Callable[[int], list[str]]) -> dict[str, float]:
    """One server's figures."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(command(port), cwd=ROOT, stdout=subprocess.DEVNULL, preexec_fn=_on_first_core)  # noqa: PLW1509  # no threads here
    try:
        _there(port)
        _load(port, 1_000)
        rounds = [_round(server.pid, port) for _ in range(ROUNDS)]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    return min(rounds, key=lambda row: row["cpu_us"])


def _on_first_core() -> None:
    os.sched_setaffinity(0, {0})


def _round(pid: int, port: int) -> dict[str, float]:
    before = seconds(pid)
    waits = _load(port, REQUESTS)
    taken = (seconds(pid) - before) / REQUESTS
    rounded = {name: round(waits[name], 3) for name in ("per_s", "p50_ms", "p99_ms")}
    return {"cpu_us": round(1e6 * taken, 1), **rounded}


def seconds(pid: int) -> float:
    """Processor time of a process and of those that it started, in s."""
    parents, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        parents[int(stat.parent.name)] = int(fields[1])
        spent[int(stat.parent.name)] = (int(fields[11]) + int(fields[12])) / TICKS
    return sum(spent[one] for one in spent if _below(one, pid, parents))


def _below(one: int, pid: int, parents: dict[int, int]) -> bool:
    while one in parents and one != pid:
        one = parents[one]
    return one == pid


def _load(port: int, requests: int) -> dict[str, float]:
    asked, expected = json.dumps(ASKED), json.dumps(nearest(**ASKED))
    words = [str(port), "/products/knn/predict", str(CONNECTIONS), str(requests), str(os.cpu_count() - 1)]  # type: ignore[operator]
    said = process([sys.executable, "-m", "benchmarks.http_load", *words, asked, expected])
    told: dict[str, float] = json.loads(said)
    return told


def _there(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("a server did not come up within 60 s")


def main() -> None:
    """Each in turn; the headline is the trusted one against FastAPI."""
    if not PEERS.exists():
        raise SystemExit("The peers are not installed: run `make bench`, which installs them.")
    with tempfile.TemporaryDirectory() as place:
        rows = {
            "trusted": measured(ours(product(Path(place) / "trusted", trusted=True))),
            "isolated": measured(ours(product(Path(place) / "isolated", trusted=False))),
            "FastAPI": measured(fastapi),
        }
    theirs, mine = rows["FastAPI"]["cpu_us"], rows["trusted"]["cpu_us"]
    emit({"id": "predict_v1", "ours": mine, "theirs": theirs, "peer": "FastAPI", "unit": "us",
          "ratio": round(theirs / mine, 2), "isolated_ratio": round(theirs / rows["isolated"]["cpu_us"], 2),
          "rows": [{"what": name, **row} for name, row in rows.items()]})  # fmt: skip
