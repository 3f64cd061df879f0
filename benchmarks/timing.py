"""Clocks for benchmarks: the best of several runs, since noise only ever adds."""

from __future__ import annotations

import json
import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-peers" / "bin" / "python"
SERVERS = ROOT / ".venv-servers" / "bin" / "python"
"""Peers whose pins don't go with those of the others: MLServer asks for an old FastAPI."""


def best(work: Callable[[], Any], *, runs: int = 7) -> float:
    """Seconds of the fastest run."""
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def process(command: Sequence[str]) -> str:
    """What a process printed; a failing one is our bug."""
    return subprocess.run(list(command), check=True, capture_output=True, text=True, cwd=ROOT).stdout


def processor(command: Sequence[str], *, runs: int = 7) -> float:
    """Seconds of the processor that a process takes, the least of several runs: others on the machine add little."""
    taken = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process(command)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(taken)


def peer(script: str, *arguments: str) -> Any:
    """The JSON that a script of the peers' environment prints last."""
    if not PEERS.exists():
        raise SystemExit("The peers are not installed: run `make bench`, which installs them.")
    return json.loads(process([str(PEERS), str(ROOT / "benchmarks" / script), *arguments]).splitlines()[-1])


def emit(line: dict[str, Any]) -> None:
    """The one JSON line, printed last."""
    print(json.dumps(line), flush=True)
