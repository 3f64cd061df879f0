"""A product's data by its checksum: data that isn't ours is pointed to, never copied into the project."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from paceline.domain.errors import DataMissing
from paceline.record.whole import folder as made
from paceline.record.whole import write_whole
from paceline.ship.product import Pointer, Product

FOLDER = "data"
"""Where a product's code finds its tables, beside product.yaml; a project keeps it out of version control."""

LARGEST = 1_000_000_000
"""Bytes that are fetched of one table."""

PATIENCE = 30.0
"""Seconds that an address may say nothing."""


def bring(product: Product, *, shared: Path | None, reach: bool = True) -> tuple[Path, ...]:
    """Put every table of a product into its data folder, and check those that are there.

    Args:
        product: whose `data` says which.
        shared: the folder that PACELINE_DATA names, or None.
        reach: whether addresses may be asked; what lies nearby always may.

    Returns:
        the paths, in the order of product.yaml.

    Raises:
        DataMissing: one is nowhere to be had, or every copy of it has another checksum.
        WriteError: the data folder can't be written.
    """
    return tuple(_bring(pointer, product.folder / FOLDER, shared, reach=reach) for pointer in product.data)


def _bring(pointer: Pointer, folder: Path, shared: Path | None, *, reach: bool) -> Path:
    target = folder / pointer.table
    tried = []
    for place, content in _copies(pointer, target, shared, reach=reach):
        if isinstance(content, str):
            tried.append(f"{place}: {content}")
        elif (sha256 := hashlib.sha256(content).hexdigest()) != pointer.sha256:
            tried.append(f"{place}: its checksum is {sha256[:12]}…, not {pointer.sha256[:12]}…")
        else:
            if place != str(target):
                write_whole(made(folder) / pointer.table, content)
            return target
    advice = "Set PACELINE_DATA to the folder that holds it, or put it there yourself"
    raise DataMissing(pointer.table, tried=tried, advice=f"{advice}: {target}.")


def _copies(pointer: Pointer, target: Path, shared: Path | None, *, reach: bool) -> Iterator[tuple[str, bytes | str]]:
    """Where it may be, and what is there: its bytes, or why there are none."""
    if target.exists():
        yield str(target), _read(target)
    for source in pointer.sources:
        if source.startswith("https://"):
            yield source, _fetched(source) if reach else "not asked"
        elif "://" in source:
            yield source, "only https addresses are asked"
        elif shared is None:
            yield f"PACELINE_DATA/{source}", "PACELINE_DATA is not set"
        else:
            yield str(shared / source), _read(shared / source)


def _read(path: Path) -> bytes | str:
    try:
        return path.read_bytes()
    except OSError as error:
        return error.strerror or "not readable"


def _fetched(address: str) -> bytes | str:
    import urllib.error  # with all of HTTP and e-mail behind it: a server that fetches nothing starts without
    import urllib.request

    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - https, looked at above
            content: bytes = answer.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        return str(error.reason) if isinstance(error, urllib.error.URLError) else type(error).__name__
    return content if len(content) <= LARGEST else f"more than {LARGEST // 1_000_000} MB"
