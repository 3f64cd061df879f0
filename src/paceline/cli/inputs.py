"""The files a command is given: folders opened, each file read, the refused ones named and passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from paceline.domain.errors import PacelineError

if TYPE_CHECKING:
    from paceline.record.recordings import RawFile

SETTINGS_FILE = "paceline.yaml"


@dataclass(frozen=True, slots=True)
class Hints:
    """What the person who asks knows and the files do not say."""

    start: int | None = None
    columns: Mapping[str, str] | None = None


def hints(start: str | None, columns: Sequence[str]) -> Hints:
    """The `--start` and `--column` options, checked.

    Raises:
        typer.BadParameter: not a time, or not THEIRS=OURS.
    """
    pairs = [pair.partition("=") for pair in columns]
    for theirs, sign, ours in pairs:
        if not (sign and theirs and ours):
            raise typer.BadParameter(f"{theirs}{sign}{ours!s} is not NAME=CHANNEL, as in 'Watt=power [W]'")
    return Hints(_instant(start), {theirs: ours for theirs, _, ours in pairs} or None)


def _instant(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a time such as 2024-05-01T09:30:00+02:00") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000


def paths(given: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named, in order; hidden ones and settings files are not data."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file() and p.name != SETTINGS_FILE)
            found += [p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts)]
        else:
            found.append(path)
    return found


def files(given: Sequence[Path], known: Hints) -> Iterator[tuple[Path, RawFile | PacelineError]]:
    """Each file, read; or the error it was refused with. One bad file stops nothing."""
    from paceline.cli.progress import steps
    from paceline.record.files import read_file

    for path in steps(paths(given), "Reading"):
        try:
            yield path, read_file(path, start=known.start, columns=known.columns)
        except PacelineError as error:
            yield path, error


def readable(given: Sequence[Path], known: Hints) -> tuple[list[RawFile], int]:
    """The files that could be read, and how many could not; those are named on standard error."""
    read: list[RawFile] = []
    refused = 0
    for _, outcome in files(given, known):
        if isinstance(outcome, PacelineError):
            refused += 1
            typer.echo(f"paceline: {outcome}", err=True)
        else:
            read.append(outcome)
    return read, refused
