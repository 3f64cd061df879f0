"""What the code that answers imports, and whether the production lock pins it: else it works only here."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from paceline.ship.gates import Candidate, Outcome
from paceline.ship.lineage import LOCK

HERE = "paceline"
"""Is there wherever a product is served."""

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)


def unlocked(candidate: Candidate) -> Iterator[Outcome]:
    """Each package that is imported on the way to an answer, and that the production lock does not name."""
    product = candidate.product
    if product.code.language != "python" or not (product.folder / LOCK).is_file():
        return
    pinned = {_plain(name) for name in _PIN.findall((product.folder / LOCK).read_text(errors="replace"))}
    known = packages_distributions()
    for name, file in sorted(imported(product.folder, product.code.file).items()):
        homes = {_plain(home) for home in (name, *known.get(name, ()))}
        if not homes & pinned:
            said = f"{file} imports {name}, which {LOCK} does not pin."
            advice = "Pin it with a hash: what answers elsewhere has only what that lock names."
            yield Outcome("habits: imports", "failed", said, advice)


def imported(folder: Path, file: str) -> dict[str, str]:
    """Packages that a file and those beside it that it imports need, by name, with the file that says so.

    What Python brings, Paceline itself and the product's own files are left out.
    """
    found: dict[str, str] = {}
    ahead, seen = [file], set[str]()
    while ahead:
        here = ahead.pop()
        if here in seen:
            continue
        seen.add(here)
        for name in _names(folder / here):
            if (folder / f"{name}.py").is_file():
                ahead.append(f"{name}.py")
            elif not (folder / name).is_dir() and name not in sys.stdlib_module_names and name != HERE:
                found.setdefault(name, here)
    return found


def _names(file: Path) -> Iterator[str]:
    """The first part of every module that a file imports, wherever in it; what can't be read fails its own gates."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _plain(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503).

    >>> _plain("Ruamel.Yaml")
    'ruamel-yaml'
    """
    return re.sub(r"[-_.]+", "-", name).lower()
