"""Where a release comes from: data version, commit, lock. All three, or there is no release."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
from pathlib import Path

import msgspec

from paceline.domain.errors import LineageMissing
from paceline.ship.product import FILE, Product

LOCK = "locks/production.lock"

LEFT_OUT = frozenset(
    {".git", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".template.json"}
)
"""What is no part of a product: environments, caches, version control, what its template once gave."""


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """What a release was made of."""

    data: dict[str, str]
    """Each table's sha256 by its name; a lake table is `lake:NAME` → its version."""
    commit: str
    """Of the repository that the product's folder lies in."""
    lock: str
    """sha256 of the production lock."""
    language: str
    """The language with its version, such as `Python 3.11.7`."""


def lineage(product: Product) -> Lineage:
    """Where a product comes from.

    Returns:
        the three parts and the language.

    Raises:
        LineageMissing: one of them is not there, or the folder holds changes that no commit has.
    """
    return Lineage(
        data=_data(product),
        commit=_commit(product.folder, product.name),
        lock=_lock(product),
        language=_language(product),
    )


def _data(product: Product) -> dict[str, str]:
    if "data" not in product.text:
        advice = "Name it in product.yaml, at data; a product that needs none says so: data: []."
        raise LineageMissing(product.name, part="the data's version", advice=advice)
    if product.lake is not None:
        return {f"lake:{product.lake[0]}": str(product.lake[1])}
    return {pointer.table: pointer.sha256 for pointer in product.data}


def _lock(product: Product) -> str:
    try:
        return hashlib.sha256((product.folder / LOCK).read_bytes()).hexdigest()
    except OSError as error:
        raise LineageMissing(
            product.name, part="the environment's lock", advice=f"Write {LOCK}, with hashes."
        ) from error


def _commit(folder: Path, name: str) -> str:
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        raise LineageMissing(name, part="the code's commit", advice="Put the folder under version control (git).")
    if _git(folder, "ls-files", "--error-unmatch", FILE) is None:
        raise LineageMissing(name, part="a commit that holds product.yaml", advice="Commit the folder first.")
    changed = uncommitted(folder)
    those = [name for name in changed or () if not set(Path(name).parts) & LEFT_OUT]
    if changed is None or those:
        files = ", ".join(those[:5])
        raise LineageMissing(name, part=f"a commit that holds {files or 'these files'}", advice="Commit them first.")
    return commit.strip()


def uncommitted(folder: Path) -> tuple[str, ...] | None:
    """Files of a folder that differ from what was committed, ignored ones left out; None where there is no git."""
    said = _git(folder, "status", "--porcelain", "--untracked-files=all", "--", ".")
    return None if said is None else tuple(line[3:] for line in said.splitlines())


def ignored(folder: Path) -> tuple[str, ...]:
    """Files of a product's folder that version control is told to ignore; none where it doesn't keep the product."""
    said = _git(folder, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", ".")
    names = tuple(name for name in (said or "").split("\0") if name)
    return () if FILE in names else names


def _git(folder: Path, *words: str) -> str | None:
    """What git says of a folder, or None where there is no git or no repository."""
    program = shutil.which("git")
    if program is None:
        return None
    said = subprocess.run(  # noqa: S603 - a list of arguments
        [program, "-C", str(folder), *words], capture_output=True, text=True, check=False
    )
    return said.stdout if said.returncode == 0 else None


def _language(product: Product) -> str:
    if product.code.language == "python":
        return f"Python {platform.python_version()}"
    program = shutil.which("Rscript")
    if program is None:
        raise LineageMissing(product.name, part="the version of R", advice="Install R with jsonlite.")
    asked = "cat(as.character(getRversion()), as.character(packageVersion('jsonlite')))"
    said = subprocess.run(  # noqa: S603 - a list of arguments
        [program, "--vanilla", "-e", asked], capture_output=True, text=True, check=False
    )
    version, _, jsonlite = said.stdout.partition(" ")
    return f"R {version}, jsonlite {jsonlite}"
