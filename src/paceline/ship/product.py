"""A product: one analysis that ships, as `product.yaml` beside the analyst's own code says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml

from paceline.domain.errors import FileUnreadable, ProductInvalid
from paceline.ship.contract import Contract

FILE = "product.yaml"
LARGEST = 1_000_000
"""Bytes of a product.yaml; a person writes a few thousand."""

_FUNCTION = re.compile(r"^(?P<file>[^:]+?)(?::(?P<function>[A-Za-z_.][A-Za-z0-9_.]*))?$")


@dataclass(frozen=True, slots=True)
class Code:
    """Where the prediction is: a file, and the function in it, or None where the file itself is the script."""

    file: str
    function: str | None
    language: Literal["python", "r"]

    def __str__(self) -> str:
        """As product.yaml writes it."""
        return self.file if self.function is None else f"{self.file}:{self.function}"


@dataclass(frozen=True, slots=True)
class Pointer:
    """A data file by its content: its name in the product's `data/`, its checksum, where it comes from."""

    table: str
    sha256: str
    sources: tuple[str, ...]
    role: Literal["train", "test", "feedback"] | None = None
    """Where the data is split: rows of one must not be in the other. Feedback has a gate of its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How the product is run: in whose process, how many at once, how long and how large it may get."""

    trusted: bool
    workers: int
    timeout: float
    memory: int
    batch: tuple[int, float] | None


@dataclass(frozen=True, slots=True)
class Product:
    """What product.yaml says, checked."""

    folder: Path
    name: str
    about: str
    code: Code
    request: Contract
    response: Contract
    data: tuple[Pointer, ...]
    lake: tuple[str, int] | None
    limits: Limits
    text: Mapping[str, Any]
    """The whole file as it was read; gates, watch and examples are read from here by those who know them."""

    @property
    def examples(self) -> tuple[Mapping[str, Any], ...]:
        """Requests to try it with, and what is to come back where the author said so."""
        return tuple(self.text.get("examples", ()))


def read_product(folder: Path) -> Product:
    """The product in a folder.

    Args:
        folder: holds product.yaml and the analyst's code.

    Returns:
        the product, with both sides of its contract compiled.

    Raises:
        FileUnreadable: there is no product.yaml, or it can't be read.
        ProductInvalid: it says something that a product can't be: the place, what was expected, what came.
    """
    file = folder / FILE
    text = _text(file)
    _checked(text, str(file))
    pointers, lake = _data(text.get("data"))
    return Product(
        folder=folder,
        name=text["product"],
        about=text["about"],
        code=_code(text, folder),
        request=Contract(text["request"], side="request", file=str(file)),
        response=Contract(text["response"], side="response", file=str(file)),
        data=pointers,
        lake=lake,
        limits=_limits(text.get("serve", {}), language=text.get("language", "python"), file=str(file)),
        text=text,
    )


def _text(file: Path) -> Mapping[str, Any]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileUnreadable(str(file), reason=error.strerror or "not readable") from error
    if len(content) > LARGEST:
        raise ProductInvalid(
            str(file), place="the file", expected=f"at most {LARGEST:,} bytes", found=f"{len(content):,}"
        )
    try:
        text = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "the file" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
        found = getattr(error, "problem", None) or "something else"
        raise ProductInvalid(str(file), place=place, expected="YAML", found=found) from error
    if not isinstance(text, dict):
        raise ProductInvalid(str(file), place="the file", expected="names with values", found=type(text).__name__)
    return text


@cache
def _rules() -> Any:
    import jsonschema_rs

    schema = yaml.safe_load(resources.files("paceline.ship").joinpath("product.schema.yaml").read_bytes())
    return jsonschema_rs.Draft202012Validator(schema)


def _checked(text: Mapping[str, Any], file: str) -> None:
    """Everything product.schema.yaml asks; the first thing that is wrong is told with its place."""
    error = next(iter(_rules().iter_errors(text)), None)
    if error is not None:
        place = ".".join(map(str, error.instance_path)) or "the file"
        raise ProductInvalid(file, place=place, expected="what docs/reference/product.md says", found=error.message)


def _code(text: Mapping[str, Any], folder: Path) -> Code:
    found = _FUNCTION.match(text["code"])
    language = text.get("language", "python")
    endings = {"python": ".py", "r": ".R"}
    if found is None or not found["file"].endswith(endings[language]):
        expected = f"file{endings[language]}:function, or a script file{endings[language]}"
        raise ProductInvalid(str(folder / FILE), place="code", expected=expected, found=repr(text["code"]))
    path = (folder / found["file"]).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        expected = "a file in the product's folder"
        raise ProductInvalid(str(folder / FILE), place="code", expected=expected, found=repr(found["file"]))
    return Code(found["file"], found["function"], language)


def _data(data: Any) -> tuple[tuple[Pointer, ...], tuple[str, int] | None]:
    if data is None:
        return (), None
    if isinstance(data, dict) and "lake" in data:
        return (), (data["lake"], data["version"])
    files = [data] if isinstance(data, dict) else data
    return tuple(
        Pointer(file["table"], file["sha256"], _sources(file.get("from", ())), file.get("role")) for file in files
    ), None


def _sources(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _limits(serve: Mapping[str, Any], *, language: str, file: str) -> Limits:
    trusted = serve.get("trusted", False)
    if trusted and language != "python":
        raise ProductInvalid(
            file, place="serve.trusted", expected="false: only Python runs in the server", found="true"
        )
    batch = serve.get("batch")
    return Limits(
        trusted=trusted,
        workers=serve.get("workers", 1),
        timeout=float(serve.get("timeout_s", 10)),
        memory=int(serve.get("memory_mb", 2048)) * 1_000_000,
        batch=None if batch is None else (batch["size"], batch.get("wait_ms", 2) / 1000),
    )
