"""`paceline schedule`: commands that run by themselves."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.house import Home, Organisation, settings
from paceline.cli.output import complain, to_the_end
from paceline.cli.runs import moment

if TYPE_CHECKING:
    from paceline.jobs.scheduling import Scheduler

NAME = "schedule"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

app = typer.Typer(help="Commands that run by themselves: backups, checks, backfills.", no_args_is_help=True)


def add(
    name: Annotated[str, typer.Argument(help="What to call it: small letters, digits, hyphens.")],
    command: Annotated[list[str], typer.Argument(help="A command of paceline, after --, as: -- backup /mnt/safe.")],
    at: Annotated[str, typer.Option(help="minute hour day month weekday, as cron has them: '15 3 * * mon-fri'.")],
    zone: Annotated[str, typer.Option(help="On whose wall clock, such as Europe/London.")] = "UTC",
    late: Annotated[str, typer.Option(help="How late a missed run is made up for: 90m, 6h, 2d.")] = "1d",
    input: Annotated[  # noqa: A002  # what the option is called
        str | None, typer.Option(help="What it works on: a path, or 'recordings' for what is taken in.")
    ] = None,
    fresh: Annotated[str | None, typer.Option(help="How old its newest input may be before somebody is told.")] = None,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Run a command by itself; one of the same name is replaced."""
    from paceline.jobs.schedules import Schedule, Times

    if (input is None) != (fresh is None):
        raise typer.BadParameter("--input and --fresh belong together", param_hint="--fresh")
    asked = Schedule(
        name, Times.of(at), zone, tuple(command), _seconds(late), input, None if fresh is None else _seconds(fresh)
    )
    with _scheduler(home, organisation) as scheduler:
        kept = scheduler.schedules.put(asked)
        typer.echo(f"{kept.name}: next at {moment(kept.after(time.time_ns()))}. It runs where `schedule run` does.")


def list_schedules(home: Home = None, organisation: Organisation = "home") -> None:
    """List schedules: name, next time, when, where, what."""
    with _scheduler(home, organisation) as scheduler:
        for schedule in scheduler.schedules.all():
            planned = moment(schedule.after(time.time_ns()))
            said = f"{schedule.times.text} {schedule.zone}"
            typer.echo(f"{schedule.name:20} {planned}  {said:32} {' '.join(schedule.command)}")


def remove(
    name: Annotated[str, typer.Argument(help="The schedule's name.")],
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Run it no more; its runs stay in the history."""
    with _scheduler(home, organisation) as scheduler:
        scheduler.schedules.remove(name)


def run(
    once: Annotated[bool, typer.Option("--once", help="Run what is due now, and leave.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Run what is due, now and as long as this is not ended; several may run, and each job runs once."""
    import gc
    import logging

    gc.enable()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with _scheduler(home, organisation) as scheduler:
        if once:
            count = scheduler.once()
            typer.echo(f"{count} {'run' if count == 1 else 'runs'}.")
            return
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        complain("runs what is due; ends with Ctrl-C, once what runs is done")
        scheduler.forever(over)


app.command(name="add", context_settings={"allow_interspersed_args": True})(to_the_end(add))
app.command(name="list")(to_the_end(list_schedules))
app.command(name="remove")(to_the_end(remove))
app.command(name="run")(to_the_end(run))


@contextmanager
def _scheduler(home: object, organisation: str) -> Iterator[Scheduler]:
    from pathlib import Path

    from paceline.jobs import wiring
    from paceline.jobs.alerts import Alerts
    from paceline.jobs.runs import Runs, place_of
    from paceline.jobs.schedules import Schedules
    from paceline.jobs.scheduling import Scheduler

    said = settings(home if isinstance(home, Path) else None)
    said.house.there(organisation)
    with Runs.open(place_of(said.house.organisation(organisation)), organisation=organisation) as runs:
        yield Scheduler(
            runs, Schedules(runs.database), Alerts(runs.database, webhook=wiring.webhook(), mail=wiring.mail()),
            store=lambda: wiring.open_store(said, organisation=organisation),
            environment=wiring.processes_environment(said),
        )  # fmt: skip


def _seconds(text: str) -> float:
    """A duration as 90m, 6h, 2d."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)([smhd])", text.strip())
    if found is None:
        raise typer.BadParameter(f"{text!r} is no duration such as 90m, 6h or 2d")
    return float(found[1]) * _UNITS[found[2]]
