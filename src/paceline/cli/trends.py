"""`paceline trends`: how does a metric change over months of rides, and is the change more than chance?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

if TYPE_CHECKING:
    from paceline.measure.trends import Period, PeriodCurve, Trend

NAME = "trends"

USUAL = ("duration", "average_power", "weighted_power", "load", "average_heart_rate", "efficiency", "cda")
"""Metrics that are looked at where none is named; those that no ride has are left out."""


def run(
    files: Annotated[list[Path], typer.Argument(help="Folders of rides, or files.", readable=False)],
    metric: Annotated[list[str] | None, typer.Option(help="Look at this metric; once for each.")] = None,
    period: Annotated[str, typer.Option(help="Best powers of each week, month or year.")] = "month",
    level: Annotated[float, typer.Option(help="How often such intervals hold the true change.")] = 0.95,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, in SI units.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A page or a picture: .html, .png.")] = None,
    settings: Annotated[Path | None, typer.Option(help="Settings file; else paceline.yaml beside the rides.")] = None,
    bike: Annotated[str | None, typer.Option(help="Which bike of the settings was ridden.")] = None,
) -> None:
    """Show how metrics change over months, a year's change with its interval, and the best powers of each month."""
    from paceline.cli import inputs
    from paceline.cli.progress import announce_compilation, steps
    from paceline.measure.catalogue import catalogue, entry
    from paceline.measure.sessions import sessions
    from paceline.measure.trends import Period, power_curves, trend

    if period not in get_args(Period):
        raise typer.BadParameter(f"{period!r} is none of {', '.join(get_args(Period))}", param_hint="--period")
    if not 0.5 <= level < 1.0:
        raise typer.BadParameter("a share from 0.5 to below 1", param_hint="--level")
    if as_json and output is not None:
        raise typer.BadParameter("JSON is printed, not written as a page: redirect it", param_hint="--output")
    names = [entry(name).name for name in metric] if metric else [name for name in USUAL if name in catalogue()]
    if output is not None:
        inputs.apart(output, files)
    announce_compilation()
    read, refused = inputs.readable(files, inputs.Hints())
    if not read:
        raise typer.Exit(1)
    rides = sessions(read, settings=settings, bike=bike)
    found = [trend(rides, name, level=level) for name in steps(names, "Measuring")]
    if not metric:
        found = [one for one in found if one.values.size]
    best = power_curves(rides, period=cast("Period", period))
    if output is not None:
        _written(found, best, output)
    elif as_json:
        typer.echo(json.dumps(_document(found, best), ensure_ascii=False, allow_nan=False))
    else:
        _show(found, best)
    raise typer.Exit(1 if refused else 0)


def _written(found: Sequence[Trend], best: Sequence[PeriodCurve], output: Path) -> None:
    from paceline.domain.errors import WriteError
    from paceline.measure import trends_page
    from paceline.record.whole import write_whole

    kind = output.suffix.casefold()
    if kind not in {".html", ".png"}:
        reason = "trends are written as a page or a picture"
        raise WriteError(str(output), reason=reason, advice="Let the name end in .html or .png.")
    if kind == ".html":
        data = trends_page.page(found, best).encode("utf-8", "backslashreplace")
    else:
        data = trends_page.picture(found)
    write_whole(output, data)
    typer.echo(f"Wrote {output}")


def _show(found: Sequence[Trend], best: Sequence[PeriodCurve]) -> None:
    from paceline.cli.sheet import screen, show_table
    from paceline.measure.trends_page import curves, reasons, slopes

    console = screen()
    for table in (slopes(found), curves(best)):
        if table.rows:
            show_table(console, table)
    for sentence in reasons(found):
        console.print(sentence, markup=False, style="dim")


def _document(found: Sequence[Trend], best: Sequence[PeriodCurve]) -> dict[str, Any]:
    return {"trends": [_trend(one) for one in found], "best_power": [_curve(one) for one in best]}


def _trend(one: Trend) -> dict[str, Any]:
    slope = one.slope
    told = slope and {"per_year": slope.per_year, "low": slope.low, "high": slope.high, "level": slope.level}
    rides = [{"start": s.isoformat(), "value": v} for s, v in zip(one.starts, one.values.tolist(), strict=True)]
    missing = [{"start": start and start.isoformat(), "why": why} for start, why in one.missing]
    return {"metric": one.metric.name, "unit": one.metric.unit, "rides": rides, "missing": missing, "slope": told,
            "why_not": one.why_not}  # fmt: skip


def _curve(one: PeriodCurve) -> dict[str, Any]:
    rows = zip(one.durations.tolist(), one.power.tolist(), one.dates, strict=True)
    return {"period": one.period, "rides": one.rides,
            "power": [{"duration_s": d, "power_w": p, "date": day.isoformat()} for d, p, day in rows]}  # fmt: skip
