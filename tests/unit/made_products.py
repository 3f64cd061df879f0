"""Products made for tests: a small table, a function over it, the tests that a product brings."""

from __future__ import annotations

import hashlib
import textwrap
from pathlib import Path
from typing import Any

import yaml

from paceline.ship.gates import Candidate
from paceline.ship.product import Product, read_product

TABLE = "name,size,kind\nash,1.5,a\nelm,2.5,b\noak,3.5,a\n"
CODE = """
import csv
from pathlib import Path

with (Path(__file__).parent / "data" / "trees.csv").open() as lines:
    SIZES = {row["name"]: float(row["size"]) for row in csv.DictReader(lines)}

def size(name):
    return {"size": SIZES[name]}

def errors():
    return {"values": [0.1, 0.2, 0.3], "slices": ["a", "b", "a"]}
"""
LOCKED = f"numpy==2.4.6 \\\n    --hash=sha256:{'0' * 64}\n"


def text(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "product": "trees",
        "about": "How large a tree is.",
        "code": "trees.py:size",
        "request": {
            "type": "object", "additionalProperties": False, "required": ["name"],
            "properties": {"name": {"type": "string", "maxLength": 20}},
        },
        "response": {
            "type": "object", "additionalProperties": False, "required": ["size"],
            "properties": {"size": {"type": "number", "minimum": 0}},
        },
        "examples": [{"request": {"name": "ash"}}],
    }  # fmt: skip
    return found | changes


def write(folder: Path, *, table: str = TABLE, source: str = CODE, **changes: Any) -> Path:
    """A product's folder, its data in place."""
    (folder / "data").mkdir(parents=True)
    (folder / "locks").mkdir()
    (folder / "data" / "trees.csv").write_text(table)
    (folder / "trees.py").write_text(source)
    for lock in ("development", "exploration", "production"):
        (folder / "locks" / f"{lock}.lock").write_text(LOCKED)
    said = text(data={"table": "trees.csv", "sha256": hashlib.sha256(table.encode()).hexdigest()}, **changes)
    (folder / "product.yaml").write_text(yaml.safe_dump(said))
    return folder


def product(folder: Path, **changes: Any) -> Product:
    return read_product(write(folder, **changes))


def candidate(folder: Path, **changes: Any) -> Candidate:
    made = product(folder, **changes)
    return Candidate(made, tuple(made.folder / "data" / pointer.table for pointer in made.data))


def suite(folder: Path, name: str, code: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / f"test_{Path(name).name}.py").write_text(textwrap.dedent(code))
