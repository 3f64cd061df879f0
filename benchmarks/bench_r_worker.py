"""What does a prediction in R cost, from the server to R and back?

Budget: 1 ms in all, in wall-clock time, one request after another. A persistent R process over pipes runs a function
of one number, and what it answers is checked; the same function in a process of Python is told beside it. The peer is
the budget itself.

    python -m benchmarks r_worker
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import yaml

from benchmarks.timing import emit
from paceline.ship.product import read_product
from paceline.ship.workers import worker_for

BUDGET_MS, ROUNDS, REQUESTS = 1.0, 5, 400
CODE = {
    "r": "double <- function(value) list(value = 2 * value)",
    "python": "def double(value):\n return {'value': 2 * value}",
}
ENDING = {"r": "R", "python": "py"}


async def taken(folder: Path, language: str) -> float:
    """Milliseconds of one prediction, in the best round."""
    file = f"code.{ENDING[language]}"
    (folder / file).write_text(CODE[language])
    said = {"product": "double", "about": "Twice as much.", "code": f"{file}:double", "language": language,
            "request": {"type": "object"}, "response": {"type": "object"}}  # fmt: skip
    (folder / "product.yaml").write_text(yaml.safe_dump(said))
    worker, rounds = worker_for(read_product(folder)), []
    await worker.start()
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for number in range(REQUESTS):
            assert await worker.answer({"value": number}) == {"value": 2 * number}
        rounds.append(1e3 * (time.perf_counter() - begin) / REQUESTS)
    await worker.stop()
    return min(rounds)


def main() -> None:
    """R first, Python beside it."""
    found = {}
    for language in CODE:
        with tempfile.TemporaryDirectory() as folder:
            found[language] = asyncio.run(taken(Path(folder), language))
    rows = [{"what": language, "ours": round(milliseconds, 3)} for language, milliseconds in found.items()]
    emit({"id": "r_worker_v1", "ours": round(found["r"], 3), "theirs": BUDGET_MS, "peer": "budget", "unit": "ms",
          "ratio": round(BUDGET_MS / found["r"], 2), "rows": rows})  # fmt: skip
