"""Acceptance: the packed product, asked over HTTP as its users will ask it."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from paceline.domain.errors import WorkerFailed
from paceline.ship.bundle import digest, pack, unpack
from paceline.ship.data import FOLDER
from paceline.ship.gates import Candidate, Gate, Outcome
from paceline.ship.gates.suites import run_suite
from paceline.ship.lineage import Lineage
from paceline.ship.product import Product

READY = 60.0
"""Seconds in which the packed product has to answer its own example."""

Packer = Callable[[Product], AbstractContextManager[str]]
"""Packs a product, runs it, and gives its address: a process here, or a container image elsewhere."""

_UNRELEASED = Lineage(data={}, commit="", lock="", language="")
"""Of what is packed to be asked and never kept."""


@contextlib.contextmanager
def in_process(product: Product) -> Iterator[str]:
    """The product, packed as a release is and laid out elsewhere, in a server of its own on this machine.

    Raises:
        WorkerFailed: it was not ready in time, or could not answer its own example.
        BundleRefused: it can't be packed.
    """
    tables = tuple(product.folder / FOLDER / pointer.table for pointer in product.data)
    bundle = pack(product, tables, _UNRELEASED)
    with tempfile.TemporaryDirectory() as place:
        unpack(bundle, Path(place) / product.name, sha256=digest(bundle))
        with _served(product, Path(place) / product.name) as address:
            yield address


@contextlib.contextmanager
def _served(product: Product, folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "paceline.serve.predict", str(folder.resolve())]
    with subprocess.Popen(  # noqa: S603 - a list of arguments
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as server:
        try:
            yield _address(product, server)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)


def _address(product: Product, server: subprocess.Popen[bytes]) -> str:
    """The first line that it prints."""
    assert server.stdout is not None  # noqa: S101 - asked for above
    line = _line(server.stdout)
    if not line.startswith(b"http"):
        raise WorkerFailed(product.name, why="was not ready to be asked")
    return line.decode().strip()


def _line(stream: IO[bytes]) -> bytes:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return stream.readline() if selector.select(READY) else b""


def acceptance(packer: Packer = in_process) -> Gate:
    """The gate, with whatever packs: the suite finds the product's address in PRODUCT_URL."""

    def gate(candidate: Candidate) -> Iterator[Outcome]:
        product = candidate.product
        named = product.text.get("gates", {}).get("acceptance")
        if named is None:
            yield Outcome("acceptance", "absent", "Nobody asks it over HTTP.", "Name a suite at gates.acceptance.")
            return
        with packer(product) as address:
            extra = {"PRODUCT_URL": f"{address}/products/{product.name}"}
            yield run_suite(candidate, "acceptance", named, what="acceptance tests", extra=extra)

    return gate
