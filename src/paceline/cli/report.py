"""`paceline report`: what was each ride worth, what could not be computed, and why?"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.house import Home, Organisation
from paceline.cli.output import complain

if TYPE_CHECKING:
    from datetime import tzinfo

    from paceline.domain.efforts import Effort
    from paceline.measure.sessions import Session

NAME = "report"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the report was asked for."""

    effort: str | None
    marks: str | None
    imperial: bool
    series: bool


def run(
    files: Annotated[
        list[Path], typer.Argument(help="Files of rides, folders of files, or sessions by their ids.", readable=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a ride and line, in SI units.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A page: .html, .pdf, .png or .svg.")] = None,
    effort: Annotated[str | None, typer.Option(help="Report this lap, mark or effort instead of the ride.")] = None,
    marks: Annotated[
        str | None, typer.Option(help="Efforts of your own: 'test 10:00-30:00, sprint 41:10-41:25.5'.")
    ] = None,
    settings: Annotated[Path | None, typer.Option(help="Settings file; else paceline.yaml beside the ride.")] = None,
    bike: Annotated[str | None, typer.Option(help="Which bike of the settings was ridden.")] = None,
    station: Annotated[str | None, typer.Option(help="Which weather station of several speaks for the ride.")] = None,
    zone: Annotated[str | None, typer.Option(help="Wall clock for times, such as Europe/London.")] = None,
    imperial: Annotated[bool, typer.Option("--imperial", help="Miles, feet, pounds and °F.")] = False,
    series: Annotated[bool, typer.Option("--series", help="With --json: values for every second, too.")] = False,
    start: Annotated[str | None, typer.Option(help="When undated files begin, as 2024-05-01T09:30+02:00.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="THEIRS=OURS, for a CSV of no known dialect.")] = None,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Report what each ride was worth, what could not be computed, and why."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its matrices are small: threads would wait, busily
    from paceline.cli import inputs, kept
    from paceline.cli.progress import announce_compilation
    from paceline.measure import sessions

    if as_json and output is not None:
        raise typer.BadParameter("JSON is printed, not written as a page: redirect it", param_hint="--output")
    if series and not as_json:
        raise typer.BadParameter("series are for --json", param_hint="--series")
    if output is not None:
        inputs.apart(output, files)
    announce_compilation()
    refused = 0
    if kept.are_sessions(files):
        if start or column or station:
            raise typer.BadParameter("--start, --column and --station are for files, not for sessions that are kept")
        rides = tuple(kept.session(str(key), home, organisation, settings=settings, bike=bike) for key in files)
        if (clock := _zone(zone)) is not None:
            rides = tuple(replace(ride, zone=clock) for ride in rides)
    else:
        read, refused = inputs.readable(files, inputs.hints(start, column or []))
        if not read:
            raise typer.Exit(1)
        rides = sessions.sessions(read, settings=settings, bike=bike, zone=_zone(zone), station=station)
        _without_samples(read, rides)
    rides, too_long = _of_sound_length(rides)
    refused += too_long
    if not rides:
        raise typer.Exit(1)
    wishes = Wishes(effort, marks, imperial or _imperial(rides), series)
    if as_json:
        _lines(rides, wishes)
    elif output is not None:
        _page(rides, output, wishes)
    else:
        from paceline.cli.sheet import show

        show(rides, _marked(rides, wishes.marks), effort=wishes.effort, imperial=wishes.imperial)
    raise typer.Exit(1 if refused else 0)


def _without_samples(read: Sequence[object], rides: Sequence[Session]) -> None:
    """Name the files that were read and hold nothing to measure."""
    used = {id(file) for ride in rides for file in ride.files}
    for file in read:
        if id(file) not in used:
            why = "nothing in it that joins a ride (settings, a workout, totals, weather of another time)"
            typer.echo(f"paceline: {file.file}: {why}.", err=True)  # type: ignore[attr-defined]


def _of_sound_length(rides: Sequence[Session]) -> tuple[tuple[Session, ...], int]:
    """The rides that can be measured, and how many are longer than any: those are named on standard error."""
    from paceline.measure.grids import CELLS

    sound = tuple(ride for ride in rides if ride.whole.duration <= CELLS)
    for ride in rides:
        if ride.whole.duration > CELLS:
            days = f"more than {CELLS // 86_400} days lie between its first reading and its last"
            complain(f"{', '.join(file.file for file in ride.files)}: {days}, so a clock is wrong; not measured.")
    return sound, len(rides) - len(sound)


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise typer.BadParameter(f"{name!r} is not a time zone such as Europe/London") from error


def _imperial(rides: Sequence[Session]) -> bool:
    return bool(rides) and rides[0].units == "imperial"


def _marked(rides: Sequence[Session], text: str | None) -> tuple[Effort, ...]:
    """A person's marks; they are offsets into one ride, so they need there to be one."""
    if text is None:
        return ()
    from paceline.measure.marks import marks

    if len(rides) > 1:
        raise typer.BadParameter(f"marks speak of one ride, these files hold {len(rides)}")
    return marks(text, ride=rides[0].whole, zone=rides[0].zone)


def _lines(rides: Sequence[Session], wishes: Wishes) -> None:
    from paceline.measure.report.document import document

    marks = _marked(rides, wishes.marks)
    for ride in rides:
        asked = _asked(ride, marks, wishes.effort)
        found = document(ride, effort=asked, marks=marks, series=wishes.series)
        typer.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))


def _page(rides: Sequence[Session], output: Path, wishes: Wishes) -> None:
    from paceline.cli.progress import steps
    from paceline.measure.report.write import write_report

    marks = _marked(rides, wishes.marks)
    asked = _asked(rides[0], marks, wishes.effort) if len(rides) == 1 else wishes.effort
    write_report(rides, output, imperial=wishes.imperial, effort=asked, marks=marks,
                 watched=lambda rides: steps(rides, "Writing"))  # fmt: skip
    typer.echo(f"Wrote {output}")


def _asked(ride: Session, marks: Sequence[Effort], name: str | None) -> Effort | None:
    """The effort asked for: a mark of the command line comes before the device's own."""
    if name is None:
        return None
    return next((mark for mark in marks if mark.name == name), None) or ride.effort(name)
