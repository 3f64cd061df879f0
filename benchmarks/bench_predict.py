"""What does one prediction over HTTP cost, with request and response both held to their schemas?

Budget: a trusted product at most half of FastAPI's processor time a request, one in a process of its own at most
FastAPI's. The prediction is the same file for all (the five nearest of 86 rows); each server has one worker and one
core, the load 32 connections on another one. Processor time is user and system of the server and all its processes,
over requests that were each compared with the expected answer; the least of three rounds, since others only ever add.
Rounds go around the servers, so that whatever else the machine does meets all of them.

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
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.predict_servers import Server, bentoml, fastapi, mlserver, ours
from benchmarks.timing import PEERS, ROOT, SERVERS, emit, process

CONNECTIONS, ROUNDS = 32, 3
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(server: Server) -> Iterator[tuple[int, int]]:
    """A server that answers: its process, its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = subprocess.Popen(
        server.command(port), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **server.environment}, preexec_fn=_on_first_core,  # noqa: PLW1509  # no threads here
    )  # fmt: skip
    try:
        _there(server, port)
        _load(server, port, 1_000)
        yield started.pid, port
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait()


def _on_first_core() -> None:
    os.sched_setaffinity(0, {0})


def _round(server: Server, pid: int, port: int) -> dict[str, float]:
    before = seconds(pid)
    waits = _load(server, port, server.requests)
    taken = (seconds(pid) - before) / server.requests
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


def _load(server: Server, port: int, requests: int) -> dict[str, float]:
    words = [str(port), server.path, str(CONNECTIONS), str(requests), str(os.cpu_count() - 1)]  # type: ignore[operator]
    texts = [json.dumps(server.asked), json.dumps(server.expected)]
    told: dict[str, float] = json.loads(process([sys.executable, "-m", "benchmarks.http_load", *words, *texts]))
    return told


def _there(server: Server, port: int) -> None:
    """Wait for the first answer: some listen long before they answer."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{server.path}", json.dumps(server.asked).encode())
    asked.add_header("Content-Type", "application/json")
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(asked, timeout=10):  # noqa: S310  # this machine's own
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{server.name} did not answer within 120 s")


def main() -> None:
    """Each in turn, around and around; the headline is the trusted one against FastAPI."""
    if not PEERS.exists() or not SERVERS.exists():
        raise SystemExit("The peers are not installed: run `make bench`, which installs them.")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        place = Path(name)
        servers = [ours(place / "trusted", trusted=True), ours(place / "isolated", trusted=False), fastapi(),
                   bentoml(place / "bentoml"), mlserver(place / "mlserver")]  # fmt: skip
        there = [(server, *stack.enter_context(running(server))) for server in servers]
        rounds = [[_round(*one) for one in there] for _ in range(ROUNDS)]
    tried = zip(servers, zip(*rounds, strict=True), strict=True)
    rows = {server.name: min(tries, key=lambda row: row["cpu_us"]) for server, tries in tried}
    theirs, mine = rows["FastAPI"]["cpu_us"], rows["trusted"]["cpu_us"]
    emit({"id": "predict_v1", "ours": mine, "theirs": theirs, "peer": "FastAPI", "unit": "us",
          "ratio": round(theirs / mine, 2), "isolated_ratio": round(theirs / rows["isolated"]["cpu_us"], 2),
          "rows": [{"what": name, **row} for name, row in rows.items()]})  # fmt: skip
