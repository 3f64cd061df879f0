"""The command line: one file a command. Nothing heavy is imported before a command needs it.

Exit codes: 0 all went well; 1 something that was asked for could not be done (each file refused is named on standard
error, the others are done); 2 the command line itself can't be understood; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from paceline.cli import (
    backfill,
    backup,
    checking,
    compare,
    demo,
    evaluate,
    export,
    importing,
    inspect,
    leaderboard,
    live,
    metrics,
    migrate,
    new,
    pace,
    people,
    rebuild,
    releases,
    replay,
    report,
    restore,
    retention,
    retrain,
    runs,
    schedule,
    serve,
    sessions,
    simulate,
    tokens,
    train,
    trends,
    verify,
    watch,
    watch_folder,
    wind_tunnel,
)
from paceline.cli import compile as compiling
from paceline.cli.output import complain, prepare, to_the_end
from paceline.cli.recorded import recorded

app = typer.Typer(
    name="paceline",
    help="Turn what the devices around an athlete record into documented metrics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    importing,
    watch_folder,
    sessions,
    replay,
    report,
    compare,
    trends,
    inspect,
    metrics,
    export,
    demo,
    simulate,
    pace,
    train,
    leaderboard,
    evaluate,
    new,
    checking,
    watch,
    retrain,
    serve,
    live,
    backfill,
    rebuild,
    backup,
    restore,
    verify,
    migrate,
    retention,
    runs,
    wind_tunnel,
    compiling,
):
    done: Callable[..., None] = command.run
    if command in (importing, backfill, rebuild, backup, verify, retention):
        done = recorded(command.NAME, done)
    app.command(name=command.NAME)(to_the_end(done))
for name, run in releases.COMMANDS.items():
    app.command(name=name)(to_the_end(run))
for group in (people, tokens, schedule):
    app.add_typer(group.app, name=group.NAME)


@app.callback(invoke_without_command=True)
def version(show: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    """Options that come before a command."""
    if show:
        from paceline import __version__

        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """The console script: what goes wrong with the input ends in one sentence, never in a traceback."""
    import gc

    from paceline.domain.errors import PacelineError

    prepare()
    gc.disable()  # importing makes many objects and no garbage: looking for it takes a tenth of a report
    try:
        app()
    except PacelineError as error:
        complain(error)
        sys.exit(1)
    finally:
        gc.freeze()  # and at the end it takes another tenth
