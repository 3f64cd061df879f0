"""`paceline rebuild`: make lists and tables anew from the journal and the raw files."""

from __future__ import annotations

import typer

from paceline.cli.house import OWNER, Home, Organisation, opened, settings
from paceline.cli.output import complain

NAME = "rebuild"


def run(home: Home = None, organisation: Organisation = "home") -> None:
    """Make lists and tables anew from the journal and the raw files; raw files and facts stay as they are."""
    from paceline.cli.progress import announce_compilation, counting
    from paceline.jobs.rebuilding import rebuild
    from paceline.jobs.wiring import open_executor

    announce_compilation()
    with opened(home, organisation) as store:
        expected = sum(1 for _ in store.sessions())
        where = open_executor(settings(home), tasks=expected)
        with where as executor, counting(expected, "Measuring") as count:
            done = rebuild(store, executor=executor, progress=lambda _: count(), by=OWNER)
    typer.echo(
        f"{done.sessions:,} sessions in tables of data version {done.lake_version}; lists up to fact {done.position:,}."
    )
    for session, reason in done.unmeasured.items():
        complain(f"session {session[:8]} could not be measured: {reason}")
    for table in done.lost:
        complain(f"{table}: it follows from no fact, and could not be read any more; restore it from a backup")
    raise typer.Exit(1 if done.unmeasured or done.lost else 0)
