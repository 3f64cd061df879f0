"""`paceline compare`: where was time won and lost between efforts, of one ride or of several?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from paceline.cli.house import Home, Organisation

if TYPE_CHECKING:
    from paceline.domain.efforts import Effort
    from paceline.measure.comparison import Axis, Compared, Comparison
    from paceline.measure.sessions import Session

NAME = "compare"


def run(
    efforts: Annotated[
        list[str],
        typer.Argument(help="FILE or SESSION, then #EFFORT: a lap, a detected effort, or times such as 10:00-12:30.5."),
    ],
    by: Annotated[str, typer.Option(help="Lay them side by side by distance, time or lap.")] = "distance",
    shift: Annotated[
        list[float] | None, typer.Option(help="Where an effort's mark lies, in s, m or laps; once an effort, in order.")
    ] = None,
    metric: Annotated[list[str] | None, typer.Option(help="Compare this metric; once for each.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, in SI units.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A page: .html.")] = None,
    settings: Annotated[Path | None, typer.Option(help="Settings file; else paceline.yaml beside each ride.")] = None,
    bike: Annotated[str | None, typer.Option(help="Which bike of the settings was ridden.")] = None,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Compare efforts of any rides: where time was won and lost, and every metric of each."""
    from paceline.cli import inputs
    from paceline.cli.progress import announce_compilation
    from paceline.measure.comparison import Axis, compare

    if by not in get_args(Axis):
        raise typer.BadParameter(f"{by!r} is none of {', '.join(get_args(Axis))}", param_hint="--by")
    if shift and len(shift) != len(efforts):
        raise typer.BadParameter(f"{len(shift)} shifts for {len(efforts)} efforts", param_hint="--shift")
    if output is not None:
        inputs.apart(output, [Path(_parts(asked)[0]) for asked in efforts])
    announce_compilation()
    chosen = _chosen(efforts, shift or [0.0] * len(efforts), _rides(efforts, settings, bike, home, organisation))
    found = compare(chosen, by=cast("Axis", by), metrics=metric)
    if output is not None:
        _page(found, output)
    elif as_json:
        from paceline.measure.comparison.document import document

        typer.echo(json.dumps(document(found), ensure_ascii=False, allow_nan=False))
    else:
        _show(found)


def _parts(asked: str) -> tuple[str, str]:
    """File and effort; a file may have a # in its name."""
    if Path(asked).exists():
        return asked, ""
    file, _, effort = asked.rpartition("#")
    return (file, effort) if file else (asked, "")


def _rides(
    efforts: Sequence[str], settings: Path | None, bike: str | None, home: Path | None, organisation: str
) -> Mapping[str, Session]:
    """Each file or session read once, however many of its efforts are asked for."""
    from paceline.cli import kept
    from paceline.measure.sessions import read

    found = {}
    for name in dict.fromkeys(_parts(asked)[0] for asked in efforts):
        if kept.are_sessions([Path(name)]):
            found[name] = kept.session(name, home, organisation, settings=settings, bike=bike)
        else:
            found[name] = read(name, settings=settings, bike=bike)
    return found


def _chosen(efforts: Sequence[str], shifts: Sequence[float], rides: Mapping[str, Session]) -> list[Compared]:
    from paceline.measure.comparison import Compared

    chosen: list[Compared] = []
    several = len(rides) > 1
    for asked, shift in zip(efforts, shifts, strict=True):
        file, name = _parts(asked)
        label = " ".join(part for part in (Path(file).stem if several or not name else "", name) if part)
        taken = sum(one.name == label or one.name.startswith(f"{label} (") for one in chosen)
        label += f" ({taken + 1})" if taken else ""
        chosen.append(Compared(rides[file], _effort(rides[file], name), label, shift))
    return chosen


def _effort(ride: Session, name: str) -> Effort:
    """An effort by its name, or by two times where no effort has such a name."""
    from paceline.domain.errors import SettingsError, UnknownName
    from paceline.measure.marks import marks

    if not name:
        return ride.whole
    try:
        return ride.effort(name)
    except UnknownName:
        try:
            (mark,) = marks(name, ride=ride.whole, zone=ride.zone)
        except (SettingsError, ValueError):
            pass
        else:
            return mark
        raise


def _page(found: Comparison, output: Path) -> None:
    from paceline.domain.errors import WriteError
    from paceline.measure.comparison.page import page
    from paceline.record.whole import write_whole

    if output.suffix.casefold() != ".html":
        raise WriteError(str(output), reason="a comparison is written as a page", advice="Let the name end in .html.")
    write_whole(output, page(found).encode("utf-8", "backslashreplace"))
    typer.echo(f"Wrote {output}")


def _show(found: Comparison) -> None:
    from paceline.cli.sheet import screen, show_table
    from paceline.measure.comparison.tables import lost_line, matrix_table, reasons, stretch_table

    console = screen()
    for sentence in (*lost_line(found), *(f"! {mismatch.message}" for mismatch in found.mismatches)):
        console.print(sentence, markup=False)
    for table in (stretch_table(found), matrix_table(found)):
        show_table(console, table)
    for sentence in reasons(found):
        console.print(sentence, markup=False, style="dim")
