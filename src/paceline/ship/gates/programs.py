"""Run a program on a candidate's behalf: in its folder, for so long, with so much of what it printed kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from paceline.ship.product import Product

LONGEST = 900.0
"""Seconds that one suite or notebook may take."""

KEPT = 8_000
"""Characters of its output that are kept, from the end."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended."""

    status: int | None
    """Its exit status, or None where it took too long and was killed."""
    output: str


def run(command: Sequence[str], product: Product, *, extra: Mapping[str, str] | None = None) -> Ended:
    """A program in the product's folder, which is also where its imports are looked for.

    Args:
        command: the program and its arguments.
        product: whose folder it runs in.
        extra: environment variables beside the server's own.

    Returns:
        how it ended; a program that isn't there ends with status 127, as in a shell.
    """
    own = {"PYTHONPATH": str(product.folder.resolve()), "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {**os.environ, **own, **(extra or {})}
    try:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments
            list(command), cwd=product.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return Ended(127, f"{command[0]}: {error.strerror}")
    try:
        output, _ = process.communicate(timeout=LONGEST)
        status: int | None = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        status = None
    return Ended(status, output.decode(errors="replace")[-KEPT:])


def interpreter(product: Product) -> str:
    """The Python of the product's own environment, where it has one; else the one that runs this."""
    own = product.folder / ".venv" / "bin" / "python"
    return str(own.resolve(strict=False)) if own.exists() else sys.executable


def below(product: Product, path: str) -> Path:
    """A path that product.yaml names, from the product's folder."""
    return (product.folder / path).resolve()
