"""A product's model, made from its data before anything is asked of it.

A model of data that isn't ours is no more kept in the project than the data is: `model.train` makes it wherever the
product is checked or released. What it was made from lies beside it, so that new data or new code make a new model,
and nothing else does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from paceline.domain.errors import FileUnreadable, ProductInvalid, ProgramFailed
from paceline.record.whole import folder as made
from paceline.record.whole import write_whole
from paceline.ship.gates.programs import LONGEST, interpreter, run
from paceline.ship.product import FILE, Product

ORIGIN = ".origin.json"
"""What stands behind the model file's name in the name of the file that says what it was made from."""

LOCK = "locks/development.lock"
"""The packages that train."""

_TRAIN = "import importlib, sys; getattr(importlib.import_module(sys.argv[1]), sys.argv[2])()"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a model file was made from, and what it then was."""

    data: dict[str, str]
    """Each table's sha256 by its name."""
    code: dict[str, str]
    """sha256 of each file of Python in the product's folder, and of the development lock: any may bear on training."""
    model: str
    """sha256 of the model file."""


def trained(product: Product) -> Path | None:
    """The model file of a product, trained anew where it is missing or was made from something else.

    Args:
        product: whose tables are in its data folder already.

    Returns:
        the file, or None where the product names no model.

    Raises:
        ProductInvalid: the model is named outside the folder, is not there and nothing trains it, training left none,
            or it is not what its checksum says.
        ProgramFailed: training ended in an error, or took too long.
        FileUnreadable, WriteError: the folder can't be read or written.
    """
    rules: Mapping[str, str] | None = product.text.get("model")
    if rules is None:
        return None
    file = (product.folder / rules["file"]).resolve()
    if not file.is_relative_to(product.folder.resolve()):
        raise _wrong(product, "file", expected="a file in the product's folder", found=repr(rules["file"]))
    if "train" in rules:
        _made(product, file, rules["train"])
    found = _digest(file) if file.is_file() else None
    if found is None:
        raise _wrong(product, "file", expected="a file, or a train that makes one", found="neither")
    if rules.get("sha256", found) != found:
        raise _wrong(product, "sha256", expected=f"{rules['sha256'][:12]}…", found=f"{found[:12]}…")
    return file


def _made(product: Product, file: Path, train: str) -> None:
    """Train, unless the file is what the same data and code made before."""
    beside = file.with_name(file.name + ORIGIN)
    data = {pointer.table: pointer.sha256 for pointer in product.data}
    code = _code(product)
    if file.is_file() and _origin(beside) == Origin(data=data, code=code, model=_digest(file)):
        return
    _train(product, train)
    if not file.is_file():
        raise _wrong(product, "train", expected=f"it to write {product.text['model']['file']}", found="no such file")
    origin = msgspec.json.encode(Origin(data=data, code=code, model=_digest(file)))
    write_whole(made(beside.parent) / beside.name, msgspec.json.format(origin, indent=1))


def _train(product: Product, train: str) -> None:
    """Run the function in the product's folder, with the Python of its own environment where it has one."""
    place, _, function = train.partition(":")
    module = Path(place)
    if module.suffix != ".py" or len(module.parts) != 1 or not function.isidentifier():
        raise _wrong(product, "train", expected="file.py:function, beside product.yaml", found=repr(train))
    ended = run([interpreter(product), "-c", _TRAIN, module.stem, function], product)
    if ended.status is None:
        raise ProgramFailed(f"{product.name}, {train}", reason=f"it took longer than {LONGEST:g} s")
    if ended.status != 0:
        last = ended.output.strip().splitlines()[-1:] or ["it said nothing"]
        raise ProgramFailed(
            f"{product.name}, {train}", reason=last[0].rstrip("."), advice="Run it by hand in the product's folder."
        )


def _code(product: Product) -> dict[str, str]:
    files = [*sorted(product.folder.glob("*.py")), product.folder / LOCK]
    return {path.name: _digest(path) for path in files if path.is_file()}


def _origin(beside: Path) -> Origin | None:
    """What was written of the model's origin; None where nothing was, or nothing that can be read."""
    try:
        return msgspec.json.decode(beside.read_bytes(), type=Origin)
    except (OSError, msgspec.DecodeError):
        return None


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise FileUnreadable(str(file), reason=error.strerror or "not readable") from error


def _wrong(product: Product, field: str, *, expected: str, found: str) -> ProductInvalid:
    return ProductInvalid(str(product.folder / FILE), place=f"model.{field}", expected=expected, found=found)
