"""A product from a template, and the template's changes brought into it later.

What the template gave stands in the product (`.template.json`), so an update knows what the author changed since: those
changes stay, the template's are added, and where both changed the same lines both are shown.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from paceline import __version__
from paceline.domain.errors import ExtraMissing, FileUnreadable, ProductInvalid, WriteError
from paceline.record.whole import folder as made
from paceline.record.whole import write_whole
from paceline.ship.lineage import uncommitted

ANSWERS = ".copier-answers.yml"
GIVEN = ".template.json"
"""What the template gave, as it gave it: each file's text by its path."""

TABLE = "data/rides.csv"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says of a product before it is there."""

    name: str
    about: str
    language: Literal["python", "r"] = "python"


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update did to each file that it touched."""

    changed: tuple[str, ...]
    """Brought up to date, changes of the author's kept."""
    torn: tuple[str, ...]
    """Both changed the same lines: both are in the file, between marks, for a person to choose."""
    kept: tuple[str, ...]
    """The template has let go of it; the author has changed it, so it stays."""


def make(folder: Path, answers: Answers) -> tuple[str, ...]:
    """A product from the template.

    Args:
        folder: where to; it must not be there, or be empty.
        answers: its name, its sentence, its language.

    Returns:
        the files, by their paths.

    Raises:
        WriteError: the folder holds something, or can't be written.
        ProductInvalid: the answers are none of a product.
        ExtraMissing: copier is not installed.
    """
    checked = _checked(answers, str(folder / ANSWERS))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        advice = "Choose another name, or bring it up to date: paceline new --update."
        raise WriteError(str(folder), reason="it is there already", advice=advice)
    files = rendered(checked)
    for name, text in files.items():
        _write(folder, name, text)
    _write(folder, GIVEN, _given(files))
    return tuple(files)


def update(folder: Path) -> Updated:
    """Bring the template of this version into a product that an earlier one made.

    Args:
        folder: the product's, under version control and with nothing uncommitted, so that all can be undone.

    Returns:
        what was done.

    Raises:
        FileUnreadable: it was not made from the template.
        ProductInvalid: what says so can't be read.
        WriteError: something in it is not committed, or it can't be written.
        ExtraMissing: copier is not installed.
    """
    answers, before = _answers(folder / ANSWERS), _before(folder / GIVEN)
    if (changed := uncommitted(folder)) is None or changed:
        said = "it is not under version control (git)" if changed is None else f"{changed[0]} is not committed"
        raise WriteError(str(folder), reason=said, advice="Commit first: then git shows what the update did.")
    after = rendered(answers)
    done: dict[str, list[str]] = {"changed": [], "torn": [], "kept": []}
    for name in sorted(before.keys() | after.keys()):
        verdict = _brought(folder, name, before.get(name), after.get(name))
        if verdict is not None:
            done[verdict].append(name)
    _write(folder, GIVEN, _given(after))
    return Updated(*(tuple(done[verdict]) for verdict in ("changed", "torn", "kept")))


def rendered(answers: Answers) -> dict[str, str]:
    """Every file of the template for these answers, by its path."""
    try:
        from copier import run_copy
    except ImportError as error:
        raise ExtraMissing("A product from a template", extra="scaffold") from error
    with (
        resources.as_file(resources.files("paceline.ship") / "template") as template,
        tempfile.TemporaryDirectory() as place,
    ):
        table = (template / "product" / TABLE).read_bytes()
        told = {"paceline": __version__, "sha256": hashlib.sha256(table).hexdigest()}
        run_copy(str(template), place, data=msgspec.to_builtins(answers) | told, defaults=True, quiet=True)
        files = sorted(path for path in Path(place).rglob("*") if path.is_file())
        return {path.relative_to(place).as_posix(): path.read_bytes().decode() for path in files}


def _brought(
    folder: Path, name: str, before: str | None, after: str | None
) -> Literal["changed", "torn", "kept"] | None:
    """One file: what the template gave, what it gives now, and what the author has made of it."""
    file = folder / name
    now = file.read_bytes().decode(errors="surrogateescape") if file.is_file() else None
    if after in (before, now) or (now is None and before is not None):
        return None  # nothing new, or the author has thrown it away
    if after is None:
        if now != before:
            return "kept"
        file.unlink()
        return "changed"
    if now == before:
        _write(folder, name, after)
        return "changed"
    text, torn = _merged(now or "", before or "", after)
    _write(folder, name, text)
    return "torn" if torn else "changed"


def _merged(now: str, before: str, after: str) -> tuple[str, bool]:
    """Both changes in one text, and whether they meet somewhere."""
    program = shutil.which("git") or "git"
    with tempfile.TemporaryDirectory() as place:
        sides = {"yours": now, "before": before, "template": after}
        for side, text in sides.items():
            (Path(place) / side).write_bytes(text.encode(errors="surrogateescape"))
        labels = [word for side in sides for word in ("-L", side)]
        ended = subprocess.run(  # noqa: S603 - a list of arguments
            [program, "merge-file", "-p", *labels, *sides], cwd=place, capture_output=True, check=False
        )
    return ended.stdout.decode(errors="surrogateescape"), ended.returncode != 0


def _checked(answers: Answers, file: str) -> Answers:
    if not _NAME.fullmatch(answers.name):
        expected = "lower case, digits and hyphens, a letter first, 63 at most"
        raise ProductInvalid(file, place="name", expected=expected, found=repr(answers.name))
    if not 0 < len(answers.about) <= 500 or not answers.about.isprintable():
        raise ProductInvalid(file, place="about", expected="one line of at most 500 letters", found="something else")
    return answers


def _answers(file: Path) -> Answers:
    try:
        return _checked(msgspec.convert(yaml.safe_load(_read(file)), Answers), str(file))
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        expected = "name, about and language"
        raise ProductInvalid(str(file), place="the file", expected=expected, found=str(error)) from error


def _before(file: Path) -> dict[str, str]:
    try:
        files = msgspec.json.decode(_read(file), type=dict[str, str])
    except msgspec.DecodeError as error:
        expected = "what the template gave, unchanged"
        raise ProductInvalid(str(file), place="the file", expected=expected, found=str(error)) from error
    for name in files:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ProductInvalid(str(file), place=name, expected="a path in the folder", found="one that leads out")
    return files


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FileUnreadable(str(file), reason=error.strerror or "not readable") from error


def _given(files: dict[str, str]) -> str:
    return msgspec.json.format(msgspec.json.encode(files), indent=1).decode() + "\n"


def _write(folder: Path, name: str, text: str) -> None:
    target = folder / name
    write_whole(made(target.parent) / target.name, text.encode(errors="surrogateescape"))
