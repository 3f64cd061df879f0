"""`paceline pace`: the fastest way to ride against the clock, as a schedule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from paceline.decide.pacing import Plan, WhatIf

NAME = "pace"


def run(
    critical_power_w: Annotated[float, typer.Option(help="Power that can be held.")],
    w_prime_j: Annotated[float, typer.Option(help="Work that can be done above it.")],
    maximal_power_w: Annotated[float, typer.Option(help="Power when fresh.")],
    mass_kg: Annotated[float, typer.Option(help="Rider, bike and all they carry.")],
    cda_m2: Annotated[float, typer.Option(help="Drag area.")],
    air_density_kg_per_m3: Annotated[float, typer.Option(help="Of the hall, or the day.")],
    distance_m: Annotated[float | None, typer.Option(help="How far: 4000, 3000, 1000, …")] = None,
    duration_s: Annotated[float | None, typer.Option(help="How long, as far as possible: 3600 for the hour.")] = None,
    crr: Annotated[float, typer.Option(help="Rolling resistance.")] = 0.002,
    efficiency: Annotated[float, typer.Option(help="Share of the power that reaches the wheel.")] = 0.976,
    start_speed_m_per_s: Annotated[float, typer.Option(help="0 from rest: then give the maximal force.")] = 1.0,
    maximal_force_n: Annotated[float | None, typer.Option(help="At the tyre, in the gear that is ridden.")] = None,
    mark_m: Annotated[float, typer.Option(help="Between two lines of the schedule.")] = 125.0,
    intervals: Annotated[int, typer.Option(help="Of the optimiser's grid.")] = 200,
    recovery: Annotated[bool, typer.Option(help="Whether W′ comes back below critical power.")] = True,
    what_if: Annotated[bool, typer.Option("--what-if", help="Add what other air, position and power bring.")] = False,
    development_m: Annotated[float | None, typer.Option(help="Road for a turn of the crank: adds the cadence.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, in SI units.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the schedule as CSV.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the target if it is there.")] = False,
) -> None:
    """Plan the fastest ride over a distance, or the longest in a time, on a level track without wind."""
    from paceline.decide import pacing

    rider = pacing.Rider(
        mass=mass_kg,
        cda=cda_m2,
        critical_power=critical_power_w,
        w_prime=w_prime_j,
        maximal_power=maximal_power_w,
        crr=crr,
        efficiency=efficiency,
        maximal_force=maximal_force_n,
        recovery=recovery,
    )
    course = pacing.Course(
        name=f"{distance_m:g} m" if distance_m is not None else f"{duration_s or 0:g} s",
        length=distance_m,
        duration=duration_s,
        start_speed=start_speed_m_per_s,
        mark=mark_m,
    )
    air = pacing.Air(air_density_kg_per_m3)
    plan = pacing.plan(course, rider, air, intervals=intervals)
    others = pacing.what_if(course, rider, air, intervals=intervals) if what_if else ()
    if output is not None:
        _write(plan, output, overwrite=overwrite)
    if as_json:
        typer.echo(json.dumps(_document(plan, others, development_m), ensure_ascii=False, allow_nan=False))
    else:
        _show(plan, others, development_m)
    if output is not None:
        typer.echo(f"Wrote {output}", err=as_json)


_COLUMNS = ("distance_m", "time_s", "duration_s", "speed_m_per_s", "power_w", "end_speed_m_per_s", "w_prime_balance_j")


def _rows(plan: Plan) -> list[list[float]]:
    """The schedule, a row a line, in the order of `_COLUMNS`."""
    splits = plan.splits()
    names = ("distance", "time", "duration", "speed", "power", "end_speed", "w_prime_balance")
    columns = [getattr(splits, name).tolist() for name in names]
    return [[round(value, 4) for value in row] for row in zip(*columns, strict=True)]


def _write(plan: Plan, output: Path, *, overwrite: bool) -> None:
    from paceline.record.whole import write_whole

    lines = [",".join(_COLUMNS), *(",".join(f"{value:.4f}" for value in row) for row in _rows(plan))]
    write_whole(output, ("\n".join(lines) + "\n").encode(), overwrite=overwrite)


def _document(plan: Plan, others: tuple[WhatIf, ...], development: float | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "finish_time_s": round(plan.finish_time, 4),
        "finish_distance_m": round(plan.finish_distance, 3),
        "splits": [dict(zip(_COLUMNS, row, strict=True)) for row in _rows(plan)],
    }
    if others:
        found["what_if"] = [
            {
                "quantity": each.change.quantity,
                "by": each.change.by,
                "finish_time_change_s": round(each.finish_time_change, 4),
                "finish_distance_change_m": round(each.finish_distance_change, 3),
            }
            for each in others
        ]
    if development is not None:
        from paceline.decide.pacing import cadence_range

        cadence = cadence_range(plan, development)
        found["cadence_per_min"] = {name: round(getattr(cadence, name), 2) for name in ("mean", "lowest", "highest")}
    return found


def _show(plan: Plan, others: tuple[WhatIf, ...], development: float | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from paceline.domain.units import named

    console, kilometres_per_hour = Console(highlight=False), named("km/h").factor
    console.print(f"\n[bold]{plan.finish_distance:,.1f} m in {_clock(plan.finish_time)}[/bold]\n")
    grid = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for heading in ("m", "time", "split", "km/h", "W", "W′ left, kJ"):
        grid.add_column(heading, justify="right")
    for distance, time, duration, speed, power, _, balance in _rows(plan):
        pace = speed / kilometres_per_hour
        cells = (f"{distance:,.0f}", _clock(time), f"{duration:.3f}", f"{pace:.2f}", f"{power:.0f}")
        grid.add_row(*cells, f"{balance / 1000:.1f}")
    console.print(grid)
    if development is not None:
        from paceline.decide.pacing import cadence_range

        cadence = cadence_range(plan, development)
        console.print(f"\nCadence after the first line: mean {cadence.mean:.1f}, {cadence.lowest:.1f} to "
                      f"{cadence.highest:.1f} per minute.")  # fmt: skip
    if others:
        console.print()
        console.print(_changes(others, timed=plan.course.duration is not None))


def _changes(others: tuple[WhatIf, ...], *, timed: bool) -> Any:
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for heading in ("what if", "by", "m" if timed else "s"):
        grid.add_column(heading, justify="left" if heading == "what if" else "right")
    for each in others:
        brought = each.finish_distance_change if timed else each.finish_time_change
        by = f"{each.change.by:+g} {_UNITS[each.change.quantity]}"
        grid.add_row(each.change.quantity.replace("_", " "), by, f"{brought:+.2f}" if timed else f"{brought:+.3f}")
    return grid


_UNITS = {"air_density": "kg/m³", "cda": "m²", "mass": "kg", "critical_power": "W", "w_prime": "J"}


def _clock(seconds: float) -> str:
    """Minutes and seconds to the millisecond, as a track board shows them."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    clock = f"{minutes}:{rest / 1000:06.3f}"
    return f"{hours}:{minutes:02d}:{rest / 1000:06.3f}" if hours else clock
