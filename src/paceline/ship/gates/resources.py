"""What an answer costs: latency and memory of the worker, and the size of what is shipped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from paceline.domain.errors import PacelineError
from paceline.ship.data import FOLDER
from paceline.ship.gates import Candidate, Outcome
from paceline.ship.product import Product
from paceline.ship.workers.isolated import Isolated

REQUESTS = 300
WARM = 20
ROUNDS = 5
"""What is over its budget is measured again, this often at most: the machine may have been busy with something else."""


def resources(candidate: Candidate) -> Iterator[Outcome]:
    """Each budget that product.yaml names."""
    budget = candidate.product.text.get("gates", {}).get("resources", {})
    if not budget:
        yield Outcome("resources", "absent", "It has no budget.", "Give it one at gates.resources.")
        return
    if "bundle_mb" in budget:
        yield _within("size", size(candidate.product) / 1e6, budget["bundle_mb"], "MB", "Leave out what isn't needed.")
    if not {"p99_ms", "rss_mb"} & set(budget):
        return
    if not candidate.product.examples:
        yield Outcome("resources", "failed", "There is no example to ask.", "Write one at examples.")
        return
    try:
        slowest, memory = asyncio.run(_measured(candidate.product, budget.get("p99_ms")))
    except PacelineError as error:
        yield Outcome("resources", "failed", str(error), "Try the example by hand.")
        return
    if "p99_ms" in budget:
        yield _within("latency", slowest, budget["p99_ms"], "ms at the 99th percentile", "Profile the function.")
    if "rss_mb" in budget:
        yield _within("memory", memory / 1e6, budget["rss_mb"], "MB", "Load less, or later.")


def _within(name: str, found: float, most: float, unit: str, advice: str) -> Outcome:
    good = found <= most
    said = f"{found:.3g} {unit}; at most {most:g} is allowed."
    return Outcome(
        f"resources: {name}", "passed" if good else "failed", said, "" if good else advice, "", {name: found}
    )


def size(product: Product) -> int:
    """Bytes of the product's files with its data, without environments, caches and version control."""
    files = (file for file in product.folder.rglob("*") if file.is_file() and not _hidden(file, product.folder))
    data = sum(file.stat().st_size for file in (product.folder / FOLDER).glob("*") if file.is_file())
    return data + sum(file.stat().st_size for file in files if file.parent != product.folder / FOLDER)


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(folder).parts)


async def _measured(product: Product, most: float | None) -> tuple[float, int]:
    """ms of the slowest requests but 1 %, of the calmest round, and the worker's largest memory in bytes."""
    worker = Isolated(product)
    rounds: list[float] = []
    await worker.start()
    try:
        await _round(product, worker, WARM)
        while not rounds or (most is not None and min(rounds) > most and len(rounds) < ROUNDS):
            took = await _round(product, worker, REQUESTS)
            rounds.append(float(np.quantile(took, 0.99)) * 1000)
        memory = _resident(worker.process or 0)
    finally:
        await worker.stop()
    return min(rounds), memory


async def _round(product: Product, worker: Isolated, requests: int) -> list[float]:
    """Seconds of each request."""
    took = []
    for number in range(requests):
        request = product.examples[number % len(product.examples)]["request"]
        began = time.perf_counter()
        product.request.check(request)
        product.response.check(await worker.answer(request))
        took.append(time.perf_counter() - began)
    return took


def _resident(process: int) -> int:
    """The most memory that a process has held (Linux); 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
