"""Which version of the dataflow a stored value came from, so that one that has changed can be found and computed anew.

It is a hash of the source code between the bytes and the value: the readers, the sources, the grids and the nodes. A
change of a comment counts, too: computing a value once more than needed does no harm, once too few does.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from paceline.measure.catalogue import catalogue, entry

_DIGITS = 16


@cache
def flow_version(metric: str | None = None) -> str:
    """The version of one metric's part of the dataflow, or of the whole.

    Args:
        metric: its name; a change of a metric that it does not rest on leaves its version as it is.

    Raises:
        UnknownName: there is no such metric.

    >>> flow_version("work") == flow_version("work") != flow_version("load")
    True
    """
    digest = hashlib.sha256(_ground())
    names = {Path(file).name for file in _files(metric)} if metric else None
    for file in sorted(_sources(files("paceline.measure") / "metrics"), key=lambda f: f.name):
        if names is None or file.name in names:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    if metric:
        digest.update(metric.encode())
    return digest.hexdigest()[:_DIGITS]


def _files(metric: str) -> set[str]:
    """The modules of a metric and of all metrics that it rests on."""
    known, found, waiting = catalogue(), set(), [entry(metric).name]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in known and name not in seen:
            seen.add(name)
            found.add(f"{known[name].group}.py")
            waiting += [*known[name].needs, *known[name].uses]
    return found


@cache
def _ground() -> bytes:
    """What every metric rests on: the readers, and the parts of `measure` that are no metrics, reports left out."""
    digest = hashlib.sha256()
    for package in ("paceline.domain", "paceline.record", "paceline.measure"):
        for file in sorted(_tree(files(package)), key=str):
            digest.update(str(file.name).encode() + b"\0" + file.read_bytes())
    return digest.digest()


_ELSEWHERE = {"metrics", "report", "comparison", "export", "reference.py", "lineage.py", "layered.py"}
"""What no value rests on, and the metrics, which are counted one by one."""


def _tree(folder: Traversable) -> list[Traversable]:
    found = _sources(folder)
    for inner in folder.iterdir():
        if inner.is_dir() and inner.name not in _ELSEWHERE:
            found += _tree(inner)
    return found


def _sources(folder: Traversable) -> list[Traversable]:
    kinds = (".py", ".tsv")
    return [f for f in folder.iterdir() if f.is_file() and f.name.endswith(kinds) and f.name not in _ELSEWHERE]
