"""The files a command is given: folders opened, each file read, the refused ones named and passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from paceline.cli.output import complain
from paceline.domain.errors import FileUnreadable, PacelineError, WriteError

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


def paths(given: Sequence[Path]) -> list[Path | FileUnreadable]:
    """The files named, and those in the folders named, in order; hidden ones and settings files are not data.

    A folder that can't be opened, or holds no file, stands in the list as the error that says so.
    """
    return [found for path in given for found in (_inside(path) if os.path.isdir(path) else [path])]  # noqa: PTH112  # never raises


def _inside(folder: Path) -> list[Path | FileUnreadable]:
    files: list[Path] = []
    closed: list[Path | FileUnreadable] = []
    for here, folders, names in os.walk(folder, onerror=lambda error: closed.append(_closed(error))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        seen = (Path(here, name) for name in names if not name.startswith(".") and name != SETTINGS_FILE)
        files += [path for path in seen if os.path.isfile(path)]  # noqa: PTH113  # never raises
    if not files and not closed:
        return [FileUnreadable(str(folder), reason="a folder without files")]
    return [*sorted(files), *closed]


def _closed(error: OSError) -> FileUnreadable:
    return FileUnreadable(str(error.filename), reason=error.strerror or "can't be opened")


def apart(output: Path, given: Sequence[Path]) -> None:
    """Make sure that what is written does not take the place of what is read.

    Raises:
        WriteError: it would.
    """
    try:
        same = any(output.samefile(path) for path in paths(given) if isinstance(path, Path) and os.path.exists(path))  # noqa: PTH110  # never raises
    except (OSError, ValueError):  # there is no such file yet
        return
    if same:
        raise WriteError(str(output), reason="it is one of the files that are read", advice="Choose another name.")


def files(given: Sequence[Path], known: Hints) -> Iterator[tuple[Path, RawFile | PacelineError]]:
    """Each file, read; or the error it was refused with. One bad file stops nothing."""
    from paceline.cli.progress import steps
    from paceline.record.files import read_file

    for path in steps(paths(given), "Reading"):
        if isinstance(path, FileUnreadable):
            yield Path(path.file), path
            continue
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
            complain(outcome)
        else:
            read.append(outcome)
    return read, refused
