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
        took, memory = asyncio.run(_measured(candidate.product))
    except PacelineError as error:
        yield Outcome("resources", "failed", str(error), "Try the example by hand.")
        return
    if "p99_ms" in budget:
        slowest = float(np.quantile(took, 0.99)) * 1000
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


async def _measured(product: Product) -> tuple[list[float], int]:
    """Seconds of each request, and the worker's largest memory in bytes."""
    worker = Isolated(product)
    await worker.start()
    took = []
    try:
        for number in range(WARM + REQUESTS):
            request = product.examples[number % len(product.examples)]["request"]
            began = time.perf_counter()
            product.request.check(request)
            product.response.check(await worker.answer(request))
            took.append(time.perf_counter() - began)
        memory = _resident(worker.process or 0)
    finally:
        await worker.stop()
    return took[WARM:], memory


def _resident(process: int) -> int:
    """The most memory that a process has held (Linux); 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
