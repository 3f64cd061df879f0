"""A report in the terminal: the figures first, then the tables, then what is doubtful and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from paceline.measure.report.content import Report, report

if TYPE_CHECKING:
    from paceline.domain.efforts import Effort
    from paceline.measure.report.doubts import Missing
    from paceline.measure.report.figures import Figure
    from paceline.measure.report.tables import Table, ZoneTable
    from paceline.measure.sessions import Session

BAR = 30
"""Characters of a zone's full bar."""

PROSE = 36
"""Characters of a column of words, which may go over several lines; numbers may not."""

NAMED = 3
"""Metrics that are named for each missing input."""

NARROWEST = 40
"""Characters; some terminals say that they have none."""

FEW = 6
"""Sentences of one kind that are shown; the page and --json have them all."""


def screen() -> Console:
    """What is printed on: as wide as the terminal says, if that is wide enough for a word."""
    console = _Screen(highlight=False, soft_wrap=False)
    console.width = max(console.width, NARROWEST)
    return console


class _Screen(Console):
    def on_broken_pipe(self) -> None:
        """Nobody reads any more: what ends any other command ends this one, too."""
        raise BrokenPipeError


def show(rides: Sequence[Session], marks: Sequence[Effort], *, effort: str | None, imperial: bool) -> None:
    """Print the report of each ride, in time order, behind an overview where there are several."""
    console = screen()
    if len(rides) > 1:
        from paceline.measure.report.overview import overview

        found = overview(rides, imperial=imperial)
        show_table(console, found.rides)
        _figures(console, "Over these rides", found.figures)
    for ride in rides:
        asked = next((mark for mark in marks if mark.name == effort), effort)
        _ride(console, report(ride, effort=asked, marks=marks, imperial=imperial, charts=False, history=len(rides) > 1))


def _ride(console: Console, found: Report) -> None:
    console.print()
    console.rule(Text(f"{found.title}  ·  {found.date}  ·  {found.duration}", style="bold"), align="left")
    _figures(console, "", found.headline)
    show_table(console, found.profile)
    for zones in found.zones:
        _zones(console, zones)
    for table in found.laps:
        show_table(console, table)
    _models(console, found)
    for section in found.sections:
        _figures(console, section.title, section.figures)
    _sentences(console, "Quality", [(group.title, message) for group in found.quality for message in group.messages])
    _sentences(console, "Not computed", [("", _folded(missing)) for missing in found.missing])
    show_table(console, found.sources)
    show_table(console, found.settings)
    show_table(console, found.files)


def _heading(console: Console, title: str) -> None:
    if title:
        console.print(Text(f"\n{title}", style="bold"))


def _figures(console: Console, title: str, figures: Sequence[Figure]) -> None:
    """Figures side by side, as many as the terminal is wide; one to doubt is marked."""
    if not figures:
        return
    _heading(console, title)
    cells = [
        Text.assemble((f"{f.label} ", "dim"), (f.shown, "bold"), (" (!)" if f.problems else "", "yellow"))
        for f in figures
    ]
    console.print(Padding(Columns(cells, padding=(0, 3), equal=True), (0, 2)))


def show_table(console: Console, table: Table) -> None:
    """As many columns as the terminal is wide, never squeezed; the ones left out are named."""
    if not table.rows:
        return
    _heading(console, table.title)
    numeric = [
        all(row[i][:1].isdigit() or row[i][:1] in "−–≥" for row in table.rows) for i in range(len(table.columns))
    ]
    widest = [max(len(row[i]) for row in table.rows) for i in range(len(table.columns))]
    widths = [
        max(*map(len, heading.split()), width if number else min(width, PROSE))
        for heading, width, number in zip(table.columns, widest, numeric, strict=True)
    ]
    fitting = sum(1 for end in accumulate(width + 2 for width in widths) if end <= console.width - 2)
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for i, heading in enumerate(table.columns[:fitting]):
        justify: Literal["right", "left"] = "right" if numeric[i] else "left"
        grid.add_column("\n".join(heading.split()), justify=justify, width=widths[i], no_wrap=numeric[i])
    for row in table.rows:
        grid.add_row(*map(Text, row[:fitting]))
    console.print(Padding(grid, (0, 2)))
    if table.note:
        console.print(Padding(Text(table.note, style="dim"), (0, 2)))
    if fitting < len(table.columns):
        more = f"Too wide for this terminal: {'; '.join(table.columns[fitting:])}."
        console.print(Padding(Text(more, style="dim"), (0, 2)))


def _zones(console: Console, table: ZoneTable) -> None:
    _heading(console, table.title)
    grid = Grid.grid(padding=(0, 2))
    for zone in table.zones:
        bar = "█" * round(zone.share * BAR)
        grid.add_row(Text(zone.name), Text(zone.bounds, style="dim"), Text(zone.time, justify="right"), Text(bar))
    console.print(Padding(grid, (0, 2)))


def _models(console: Console, found: Report) -> None:
    if not found.models:
        return
    _heading(console, "Critical power, from this ride's best 2 to 20 minutes: a lower bound unless they were all-out")
    grid = Grid.grid(padding=(0, 2))
    for row in found.models:
        grid.add_row(Text(row.name.replace("_", " ")), Text(", ".join(row.parameters) or row.reason))
    console.print(Padding(grid, (0, 2)))


def _folded(missing: Missing) -> str:
    """What one missing input costs, in a line or two; `--json` and the page name every metric."""
    named, more = missing.labels[:NAMED], len(missing.labels) - NAMED
    metrics = ", ".join(named) + (f" and {more} more" if more > 0 else "")
    return f"{missing.why}: {metrics}.{' ' + missing.remedy if missing.remedy else ''}"


def _sentences(console: Console, title: str, sentences: Sequence[tuple[str, str]]) -> None:
    """Sentences under a heading; of one kind only the first few, and how many more there are."""
    if not sentences:
        return
    _heading(console, title)
    counts: dict[str, int] = {}
    for kind, sentence in sentences:
        counts[kind] = counts.get(kind, 0) + 1
        if not kind or counts[kind] <= FEW:
            console.print(Padding(Text(sentence), (0, 2)))
    for kind, count in counts.items():
        if kind and count > FEW:
            more = f"{kind}: {count - FEW:,} more; the page (-o) and --json have them all."
            console.print(Padding(Text(more, style="dim"), (0, 2)))
