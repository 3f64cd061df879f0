"""Digital wind tunnel: a case of OpenFOAM is solved by a program of the user's, and its force coefficients are read.

The program is run as it is named in the settings, argument by argument and without a shell, in the folder of the case;
`{case}` among its arguments is the case's path. What it is to leave behind is what OpenFOAM's function object
`forceCoeffs` writes: `postProcessing/<name>/<time>/coefficient.dat` (or `forceCoeffs.dat`).
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paceline.domain.errors import FileUnreadable, PacelineError, ProgramFailed, UnknownFormat
from paceline.jobs.executor import ONCE, TaskExecutor
from paceline.jobs.runs import Runs, Work, carried_out
from paceline.record.files import read_file
from paceline.record.formats import open_foam

JOB = "wind-tunnel"
WRITTEN = ("coefficient*.dat", "forceCoeffs*.dat")

SETTLED = 0.2
"""Share of the rows, the last ones, that means are taken over: a steady solver's first iterations mean nothing."""

LIMIT = 24 * 3600.0
"""s that a case may take."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What came back from a case.

    Attributes:
        file: that was read, below the case's folder.
        sha256: of its bytes.
        rows: iterations or time steps in it.
        averaged: the last rows, that the means are of.
        means: coefficient → mean over those rows.
        scatter: coefficient → standard deviation over those rows: how far the case has settled.
        reference_area: m², which the coefficients are told for; None if the file has none.
    """

    file: str
    sha256: str
    rows: int
    averaged: int
    means: dict[str, float]
    scatter: dict[str, float]
    reference_area: float | None

    @property
    def drag_area(self) -> float | None:
        """m², or None where the reference area or the coefficient isn't known."""
        drag = self.means.get("drag_coefficient")
        return None if drag is None or self.reference_area is None else drag * self.reference_area

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "file": self.file, "sha256": self.sha256, "rows": self.rows, "averaged": self.averaged,
            "means": self.means, "scatter": self.scatter, "reference_area_m2": self.reference_area,
            "drag_area_m2": self.drag_area,
        }  # fmt: skip


def solved_cases(
    runs: Runs,
    cases: Sequence[Path],
    *,
    command: tuple[str, ...],
    executor: TaskExecutor,
    limit: float = LIMIT,
    by: str = "owner",
) -> Iterator[tuple[Path, dict[str, Any] | PacelineError]]:
    """Each case with what came of it, in their order; one that was solved before is not solved again.

    Two folders that hold the same case are one, and have one answer.

    Args:
        runs: the history; a case's run stands for exactly these files and this command.
        cases: folders.
        command: the program and its arguments.
        executor: where they are solved.
        limit: s that one may take.
        by: who asks.
    """

    def one(key: str, case: Path) -> dict[str, Any] | PacelineError:
        try:
            with runs.running(JOB, key=f"{JOB}@{key}", by=by) as run:
                work = Work("solve", solved, (command, str(case.resolve()), limit))
                found = dict(carried_out(runs, run, [work], executor=executor, retries=ONCE))
                answer: dict[str, Any] = found["solve"]
                return answer
        except PacelineError as error:
            return error

    futures: dict[str, Future[dict[str, Any] | PacelineError]] = {}
    keys: list[str | PacelineError] = []
    with ThreadPoolExecutor(max_workers=max(1, min(len(cases), 32))) as waiting:
        for case in cases:
            try:
                key = hashlib.sha256("\0".join([case_mark(case), *command]).encode()).hexdigest()
            except PacelineError as error:
                keys.append(error)
                continue
            keys.append(key)
            if key not in futures:
                futures[key] = waiting.submit(one, key, case)
        for case, known in zip(cases, keys, strict=True):
            yield case, known if isinstance(known, PacelineError) else futures[known].result()


def case_mark(case: Path) -> str:
    """What a case is, by its own files and not by what was solved of it: the name under which a run stands for it.

    Raises:
        FileUnreadable: there is no such folder, or no `system/controlDict` in it.
    """
    if not (case / "system" / "controlDict").is_file():
        raise FileUnreadable(str(case), reason="no case of OpenFOAM: there is no system/controlDict in it")
    found = hashlib.sha256()
    for folder in ("0", "0.orig", "constant", "system"):
        for path in sorted((case / folder).rglob("*")):
            if path.is_file():
                found.update(f"{path.relative_to(case)}\0".encode())
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def solved(command: tuple[str, ...], case: str, limit: float = LIMIT) -> dict[str, Any]:
    """Solve a case and read what came of it; the work of one task.

    Args:
        command: the program and its arguments.
        case: the case's folder.
        limit: s that it may take.

    Returns:
        `Solved.plain`.

    Raises:
        ProgramFailed: it could not be started, ended with an error, took too long, or wrote no coefficients.
    """
    folder = Path(case)
    before = {path: path.stat().st_mtime_ns for path in _written(folder)}
    _run([part.replace("{case}", str(folder)) for part in command], folder, limit)
    new = [path for path in _written(folder) if before.get(path) != path.stat().st_mtime_ns]
    if not new:
        advice = "The case needs the function object forceCoeffs."
        raise ProgramFailed(Path(command[0]).name, reason="it wrote no force coefficients", advice=advice)
    return coefficients(max(new, key=lambda path: path.stat().st_mtime_ns), below=folder).plain()


def coefficients(file: Path, *, below: Path) -> Solved:
    """The means of a file of force coefficients over its last fifth.

    Raises:
        UnknownFormat: it is no such file, or has no rows.
    """
    raw = read_file(file)
    expected = f"a file of {open_foam.NAME}"
    if raw.format != open_foam.NAME or not raw.recordings:
        raise UnknownFormat(str(file), expected=expected, found=f"one of {raw.format}")
    recording = raw.recordings[0]
    stream = recording.streams["force_coefficients"]
    if not len(stream):
        raise UnknownFormat(str(file), expected=f"{expected} with rows", found="none")
    averaged = max(round(SETTLED * len(stream)), 1)
    last = {name: np.asarray(values[-averaged:]) for name, values in stream.values.items()}
    known = {name: values[np.isfinite(values)] for name, values in last.items() if np.isfinite(values).any()}
    return Solved(
        str(file.relative_to(below)), raw.sha256, len(stream), averaged,
        {name: float(values.mean()) for name, values in known.items()},
        {name: float(values.std()) for name, values in known.items()},
        _number(recording.notes.get("Aref")),
    )  # fmt: skip


def _written(case: Path) -> list[Path]:
    return [path for pattern in WRITTEN for path in (case / "postProcessing").rglob(pattern) if path.is_file()]


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _run(command: list[str], case: Path, limit: float) -> None:
    """Run a program to its end, in a group of its own, so that whatever it starts ends with it."""
    program = Path(command[0]).name
    try:
        process = subprocess.Popen(  # noqa: S603  # arguments, no shell
            command, cwd=case, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise ProgramFailed(program, reason=error.strerror or "it can't be started") from error
    try:
        code = process.wait(timeout=limit)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise ProgramFailed(program, reason=f"it took longer than {limit:.0f} s") from error
        raise
    if code:
        raise ProgramFailed(program, reason=f"it ended with exit code {code}", advice="See the case's own log.")
