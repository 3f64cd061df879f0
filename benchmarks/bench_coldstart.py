"""How long until a product answers, from nothing?

Budget: 1.5 s until a server on its own is ready and has answered (one product in a process of its own), and until a
cloud function has given its first answer; each a fresh process with warm file caches. The peer is the budget itself; a
FastAPI server with the same prediction is told beside them.

    python -m benchmarks coldstart
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.predict_knn import nearest
from benchmarks.predict_servers import ASKED, Server, fastapi, ours
from benchmarks.timing import PEERS, best, emit, process

BUDGET = 1.5
FUNCTION = """
import json, sys
from pathlib import Path
from paceline.serve.function import Function
print(json.dumps(Function(Path(sys.argv[1])).answer(json.loads(sys.argv[2]))))
"""


def served(server: Server) -> None:
    """Start a server, and go when it has answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = subprocess.Popen(server.command(port), stdout=subprocess.DEVNULL)
    try:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}{server.path}", json.dumps(ASKED).encode())
        asked.add_header("Content-Type", "application/json")
        _there(port)
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            assert json.load(answer) == nearest(**ASKED)
    finally:
        started.terminate()
        started.wait()


def _there(port: int) -> None:
    while True:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)


def first_answer(folder: Path) -> None:
    """Start a function, and go when it has answered."""
    said = process([sys.executable, "-c", FUNCTION, str(folder), json.dumps(ASKED)])
    assert json.loads(said) == nearest(**ASKED)


def main() -> None:
    """Each as the best of several; the slower of ours is the headline."""
    with tempfile.TemporaryDirectory() as place:
        isolated = Path(place) / "isolated"
        server = ours(isolated, trusted=False)
        seconds = {
            "server, isolated": best(lambda: served(server), runs=5),
            "function": best(lambda: first_answer(isolated), runs=5),
        }
    worst = max(seconds.values())
    if PEERS.exists():
        seconds["FastAPI"] = best(lambda: served(fastapi()), runs=5)
    rows = [{"what": name, "ours": round(taken, 3)} for name, taken in seconds.items()]
    emit({"id": "coldstart_v1", "ours": round(worst, 3), "theirs": BUDGET, "peer": "budget", "unit": "s",
          "ratio": round(BUDGET / worst, 2), "rows": rows})  # fmt: skip
