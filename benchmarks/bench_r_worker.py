"""What does a prediction in R cost, from the server to R and back?

Budget: 1 ms of the processor, server and R together, one request after another; the wall-clock time is told beside it,
since it depends on who else is there. A persistent R process over pipes runs a function of one number, and what it
answers is checked; the same function in a process of Python is told too. The peer is the budget itself.

    python -m benchmarks r_worker
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

import yaml

from benchmarks.bench_predict import seconds
from benchmarks.timing import emit
from paceline.ship.product import read_product
from paceline.ship.workers import worker_for

BUDGET_MS, ROUNDS, REQUESTS = 1.0, 5, 400
CODE = {
    "r": "double <- function(value) list(value = 2 * value)",
    "python": "def double(value):\n return {'value': 2 * value}",
}
ENDING = {"r": "R", "python": "py"}


async def taken(folder: Path, language: str) -> tuple[float, float]:
    """Milliseconds of one prediction: of the processor, and on the clock, each in the best round."""
    file = f"code.{ENDING[language]}"
    (folder / file).write_text(CODE[language])
    said = {"product": "double", "about": "Twice as much.", "code": f"{file}:double", "language": language,
            "request": {"type": "object"}, "response": {"type": "object"}}  # fmt: skip
    (folder / "product.yaml").write_text(yaml.safe_dump(said))
    worker, rounds = worker_for(read_product(folder)), []
    await worker.start()
    for _ in range(ROUNDS):
        spent, begin = seconds(os.getpid()), time.perf_counter()
        for number in range(REQUESTS):
            assert await worker.answer({"value": number}) == {"value": 2 * number}
        rounds.append((seconds(os.getpid()) - spent, time.perf_counter() - begin))
    await worker.stop()
    processor, clock = (1e3 * min(one) / REQUESTS for one in zip(*rounds, strict=True))
    return processor, clock


def main() -> None:
    """R first, Python beside it."""
    found = {}
    for language in CODE:
        with tempfile.TemporaryDirectory() as folder:
            found[language] = asyncio.run(taken(Path(folder), language))
    rows = [{"what": name, "ours": round(spent, 3), "clock": round(clock, 3)} for name, (spent, clock) in found.items()]
    ours = found["r"][0]
    emit({"id": "r_worker_v1", "ours": round(ours, 3), "theirs": BUDGET_MS, "peer": "budget", "unit": "ms",
          "ratio": round(BUDGET_MS / ours, 2), "rows": rows})  # fmt: skip
