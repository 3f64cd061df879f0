"""`paceline import`: take files in, each ride once, and measure them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.house import OWNER, AsJson, Home, Organisation, Subject, athlete, opened
from paceline.cli.house import settings as environment
from paceline.cli.output import complain

if TYPE_CHECKING:
    from paceline.jobs.importing import Imported, Outcome
    from paceline.keep.store import Store

NAME = "import"


def run(
    files: Annotated[list[Path], typer.Argument(help="Files of rides, or folders of files.", readable=False)],
    subject: Subject = None,
    home: Home = None,
    organisation: Organisation = "home",
    settings: Annotated[
        Path | None, typer.Option(help="The athlete's settings file; else paceline.yaml beside the first file.")
    ] = None,
    start: Annotated[str | None, typer.Option(help="When undated files begin, as 2024-05-01T09:30+02:00.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="THEIRS=OURS, for a CSV of no known dialect.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take files in, each ride once however many files tell of it, and measure them."""
    from paceline.cli import inputs
    from paceline.cli.progress import announce_compilation, counting
    from paceline.domain.errors import FileUnreadable
    from paceline.jobs.importing import import_files
    from paceline.jobs.process_executor import pool

    announce_compilation()
    hints = inputs.hints(start, column or [])
    found = inputs.paths(files)
    closed = [path for path in found if isinstance(path, FileUnreadable)]
    for error in closed:
        complain(error)
    paths = [path for path in found if isinstance(path, Path)]
    with opened(home, organisation, new=True) as store:
        mine = athlete(store, subject, new=True)
        workers = environment(home).workers
        with pool(len(paths), workers=workers) as executor, counting(len(paths), "Taking in") as count:

            def told(outcome: Outcome) -> None:
                count()
                if outcome.became == "refused":
                    complain(outcome.reason)

            done = import_files(
                store, paths, subject=mine, executor=executor, progress=told, by=OWNER,
                settings=settings, start=hints.start, columns=hints.columns,
            )  # fmt: skip
        _lines(done) if as_json else _say(store, done)
    raise typer.Exit(1 if closed or done.count("refused") else 0)


def _lines(done: Imported) -> None:
    for outcome in done.outcomes:
        line = {
            "file": str(outcome.file),
            "became": outcome.became,
            "sessions": [str(session) for session in outcome.sessions],
            "joined": outcome.joined,
            "reason": outcome.reason or None,
        }
        typer.echo(json.dumps(line, ensure_ascii=False))


def _say(store: Store, done: Imported) -> None:
    """One line: what is new, what was known, what was refused; and what could not be measured."""
    parts = [
        (done.count("new"), "new"),
        (done.count("known"), "known already"),
        (done.count("nothing"), "without anything to measure"),
        (done.count("refused"), "refused"),
    ]
    told = ", ".join(f"{count:,} {what}" for count, what in parts if count) or "nothing"
    typer.echo(f"{len(done.outcomes):,} files: {told}. {_sessions(done)}".strip())
    for session, reason in done.unmeasured.items():
        complain(f"session {session[:8]} is kept, but could not be measured: {reason}")
    if done.count("new"):
        typer.echo(f"See them with: paceline sessions   (data version {store.lake.version()})")


def _sessions(done: Imported) -> str:
    sessions: Sequence[object] = done.sessions
    return f"{len(sessions):,} sessions." if sessions else ""
