"""`paceline watch`: is a product that is out still good? Prints and draws it, and tells whom its rules name."""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paceline.cli.house import Home, Organisation, opened, settings

if TYPE_CHECKING:
    from paceline.jobs.watched import Watched, Watching
    from paceline.keep.store import Store
    from paceline.ship.watch.look import Look

NAME = "watch"
BARS = "▁▂▃▄▅▆▇█"
WIDE = 10
"""Pieces of a course in the terminal: the last."""

LONGEST = 100_000
"""Labels of one file."""


def run(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Draw it as a page: .html.")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="First take in labels: a CSV with the columns id and label.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--look", help="Only look: tell nobody, begin nothing.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Look at what a product was asked and answered: drift, decay, and whoever is to be told is told once."""
    from paceline.jobs.watched import Watched, seen, watched
    from paceline.ship.watch import page

    if output is not None and output.suffix != ".html":
        raise typer.BadParameter("a page ends in .html", param_hint="--output")
    with opened(home, organisation) as store:
        if labels is not None:
            _taken_in(store, product, labels)
        if quiet:
            found = Watched(seen(store, product), ())
        else:
            with _watching(store, home, organisation) as watching:
                found = watched(watching, product)
    if as_json:
        typer.echo(page.as_json(found.look, found.conditions, found.begun))
    else:
        _shown(found)
    if output is not None:
        from paceline.record.whole import write_whole

        write_whole(output, page.as_html(found.look, found.conditions, found.begun).encode())
        typer.echo(f"Wrote {output}", err=True)


@contextmanager
def _watching(store: Store, home: Path | None, organisation: str) -> Iterator[Watching]:
    from paceline.jobs import wiring
    from paceline.jobs.alerts import Alerts
    from paceline.jobs.runs import Runs, place_of
    from paceline.jobs.watched import Watching

    def retrain(name: str) -> object:
        from paceline.jobs.retraining import retrain

        return retrain(store, name)

    with Runs.open(place_of(settings(home).house.organisation(organisation)), organisation=organisation) as runs:
        alerts = Alerts(runs.database, webhook=wiring.webhook(), mail=wiring.mail())
        yield Watching(store, runs, alerts, retrain)


def _taken_in(store: Store, product: str, file: Path) -> None:
    """Labels of a file into the lake, under the pseudonym of the answer that each is of.

    Raises:
        FileUnreadable: it can't be read, or is no such table.
    """
    import polars as pl

    from paceline.domain.errors import FileUnreadable

    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = [row for _, row in zip(range(LONGEST + 1), csv.DictReader(lines), strict=False)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileUnreadable(str(file), reason=getattr(error, "strerror", None) or "it is no CSV in UTF-8") from error
    if len(rows) > LONGEST or not rows or not {"id", "label"} <= set(rows[0]):
        raise FileUnreadable(
            str(file), reason=f"a CSV with the columns id and label is wanted, of 1 to {LONGEST:,} rows"
        )
    answers = store.lake.read("predictions", where=pl.col("product") == product, columns=["id", "subject"])
    now = time.time_ns()
    given = pl.DataFrame({"id": [row["id"] for row in rows], "label": [_label(row["label"]) for row in rows]})
    known = given.join(answers, on="id", how="inner").with_columns(
        product=pl.lit(product), t=pl.lit(now), source=pl.lit("file"), session=pl.lit(f"feedback-{now}"),
        month=pl.lit(f"{datetime.now(UTC):%Y-%m}"),
    )  # fmt: skip
    if known.height:
        store.lake.append("feedback", known, key=("session",))
    typer.echo(f"{known.height:,} of {len(rows):,} labels are of answers that are kept.", err=True)


def _label(text: str) -> str:
    """As JSON: a number or a truth value where it reads as one, else text."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        found = text
    sound = isinstance(found, bool | int | str) or (isinstance(found, float) and math.isfinite(found))
    return json.dumps(found if sound else text)


def _shown(found: Watched) -> None:
    from rich.console import Console
    from rich.text import Text

    from paceline.ship.watch.page import summary

    console, look = Console(highlight=False), found.look
    console.print(Text(f"{look.product}, release {look.release}", style="bold"))
    console.print(Text(summary(look)))
    for rows in (_fields(look), _scores(look)):
        if rows is not None:
            console.print(rows)
    for one in found.conditions:
        if one.holds:
            console.print(Text(f"! {one.message}", style="bold red"))
    for sentence in found.begun:
        console.print(Text(sentence))
    if found.conditions and not any(one.holds for one in found.conditions):
        console.print(Text("No rule holds.", style="green"))


def _fields(look: Look) -> Any:
    from rich.table import Table

    from paceline.ship.watch.page import number

    if not look.fields:
        return None
    table = Table(
        "field", "stability", "distance", "missing", "unseen", "changed", "over time", box=None, padding=(0, 1, 0, 0)
    )
    table.columns[5].no_wrap = True
    for one in look.fields:
        figures = one.moved
        changed = "" if one.found is None else _minute(one.since)
        table.add_row(
            figures.field, number(figures.stability), number(figures.distance), number(figures.missing, "+.1%"),
            number(figures.unseen, ".1%"), changed, sparkline([value for _, value in one.course], top=0.5),
        )  # fmt: skip
    return table


def _scores(look: Look) -> Any:
    from rich.table import Table

    from paceline.ship.watch.page import number

    if not any(one.decay.now for one in look.scores):
        return None
    table = Table(
        "cases",
        "labelled",
        "loss at first",
        "now",
        "change, 95 %",
        "worse",
        "over time",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.columns[5].no_wrap = True
    for one in look.scores:
        figures = one.decay
        change = f"{number(figures.low, '+.3g')} to {number(figures.high, '+.3g')}"
        worse = "" if one.since is None else _minute(one.since)
        table.add_row(
            figures.slice or "all", f"{figures.now:,}", number(figures.loss_before), number(figures.loss), change,
            worse, sparkline([value for _, value in one.course]),
        )  # fmt: skip
    return table


def _minute(instant: int | None) -> str:
    """UTC to the minute, as a column of a terminal has room for."""
    from paceline.ship.watch.conditions import moment

    return moment(instant)[:16].replace("T", " ")


def sparkline(values: Sequence[float], *, top: float = 0.0) -> str:
    """A course as one line of bars; the highest is `top`, or the largest value where that is more.

    >>> sparkline([0.0, 0.25, 0.5], top=0.5)
    '▁▅█'
    """
    known = [value for value in values if math.isfinite(value)][-WIDE:]
    highest = max([top, *known], default=0.0) or 1.0
    return "".join(BARS[min(7, round(7 * max(value, 0.0) / highest + 1e-9))] for value in known)
