"""A product's Python, imported into this process. Two products may each have a `features.py`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paceline.ship.workers import python_harness as harness


def imported(file: Path, name: str) -> dict[str, Callable[[Any], Any]]:
    """The calls of a file, its neighbours importable while it is imported and forgotten by name afterwards."""
    folder = str(file.parent)
    before = set(sys.modules)
    sys.path.insert(0, folder)
    try:
        with contextlib.chdir(folder):
            return harness.loaded(str(file), name)
    finally:
        sys.path.remove(folder)
        for added in set(sys.modules) - before:
            place = getattr(sys.modules[added], "__file__", None)
            if place is not None and Path(place).is_relative_to(folder):
                del sys.modules[added]
