"""Progress on standard error, where a person is watching and there is something to wait for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

WORTH_A_BAR = 4
"""Fewer files than this are done before a bar has been drawn."""


def steps(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items one by one, under a progress bar where that helps; over many of them garbage is worth collecting."""
    if len(items) >= WORTH_A_BAR:
        gc.enable()
    if len(items) < WORTH_A_BAR or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=what, console=Console(stderr=True), transient=True)


@contextmanager
def counting(expected: int, what: str) -> Iterator[Callable[[], None]]:
    """A bar for work that tells of each thing done, by calling what this gives."""
    if expected >= WORTH_A_BAR:
        gc.enable()
    if expected < WORTH_A_BAR or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=expected)
        yield lambda: bar.advance(task)


def announce_compilation() -> None:
    """Say so when a kernel has to be compiled: it happens once on a machine and takes some seconds."""
    from paceline.record.native import before_compiling

    before_compiling(_announce)


def _announce() -> None:
    print("Compiling the kernels for this machine, once: about half a minute …", file=sys.stderr)  # noqa: T201
