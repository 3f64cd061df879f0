"""Clocks for benchmarks: the best of several runs, since noise only ever adds."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-peers" / "bin" / "python"


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


def peer(script: str, *arguments: str) -> Any:
    """The JSON that a script of the peers' environment prints last."""
    if not PEERS.exists():
        raise SystemExit("The peers are not installed: run `make bench`, which installs them.")
    return json.loads(process([str(PEERS), str(ROOT / "benchmarks" / script), *arguments]).splitlines()[-1])


def emit(line: dict[str, Any]) -> None:
    """The one JSON line, printed last."""
    print(json.dumps(line), flush=True)
