"""`paceline watch-folder`: take in what is put into a folder, as it comes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.house import OWNER, Home, Organisation, Subject, athlete, opened
from paceline.cli.output import complain

if TYPE_CHECKING:
    from paceline.jobs.importing import Outcome

NAME = "watch-folder"


def run(
    folder: Annotated[Path, typer.Argument(help="The folder; files at any depth in it are taken in.")],
    subject: Subject = None,
    home: Home = None,
    organisation: Organisation = "home",
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 5.0,
    stable: Annotated[float, typer.Option(min=0.0, help="Seconds for which a file must not have changed.")] = 5.0,
    looks: Annotated[int | None, typer.Option(min=1, help="Stop after so many looks; never if left out.")] = None,
) -> None:
    """Take in what is put into a folder once it has stopped growing. It can be stopped and begun again at any time."""
    from paceline.cli.progress import announce_compilation
    from paceline.domain.errors import FileUnreadable
    from paceline.jobs.importing import import_files
    from paceline.jobs.watching import Watch

    if not folder.is_dir():
        raise FileUnreadable(str(folder), reason="there is no such folder")
    announce_compilation()
    watch, looked = Watch(folder, stable=stable), 0
    with opened(home, organisation, new=True) as store:
        mine = athlete(store, subject, new=True)
        while looks is None or looked < looks:
            if looked:
                time.sleep(every)
            looked += 1
            if found := watch.ready():
                import_files(store, found, subject=mine, progress=_told, by=OWNER)


def _told(outcome: Outcome) -> None:
    if outcome.became == "refused":
        complain(outcome.reason)
        return
    sessions = ", ".join(str(session)[:8] for session in outcome.sessions)
    typer.echo(f"{outcome.file}: {outcome.became}{f' (session {sessions})' if sessions else ''}")
