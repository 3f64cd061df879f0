"""The report as a sheet of paper: one A4 page a ride, as PDF, PNG or SVG.

Matplotlib is imported here alone, and its figure is used as an object: no window, no global state.
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterable, Sequence
from functools import cache
from textwrap import wrap
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure as Paper
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from paceline.measure.report.chart import ticks, time_ticks
from paceline.measure.report.content import Report
from paceline.measure.report.figures import Figure, clock, number, span
from paceline.measure.report.models import Curve
from paceline.measure.report.overview import Overview, Trend
from paceline.measure.report.pictures import CURVE_TICKS, MOST_EDGES, axis, limits
from paceline.measure.report.tables import Table, ZoneTable
from paceline.measure.report.traces import Strip

A4 = (8.27, 11.69)
"""Inches."""

INK, SOFT, RULE, GRID = "#171c22", "#566069", "#d9dde2", "#e6e9ed"
COLOURS = {
    "power": "#1d5fc4",
    "heart_rate": "#b4232a",
    "cadence": "#0b6e63",
    "speed": "#1d5fc4",
    "altitude": "#6a6f57",
    "w_prime_balance": "#7a3fb0",
}
LEFT, RIGHT = 0.075, 0.955

_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "text.color": INK,
    "text.parse_math": False,  # a lap named $\alpha$ is a lap's name
    "axes.edgecolor": RULE,
    "axes.labelcolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "pdf.fonttype": 42,
    "svg.hashsalt": "paceline",
}


def sheet(reports: Iterable[Report], overview: Overview | None = None, *, kind: str) -> bytes:
    """The sheets as a file's bytes; of a book, each page is written before the next one is made.

    Args:
        reports: a ride each, asked for one by one.
        overview: of all of them; PNG and SVG, which have one page, show it alone.
        kind: ".pdf", ".png" or ".svg".
    """
    plain = {name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith("backend")}
    with mpl.rc_context(cast("Any", plain | _STYLE)):  # what a matplotlibrc says is for other pictures
        pages = itertools.chain(
            () if overview is None else (_overview_page(overview),), (_ride_page(report) for report in reports)
        )
        out = io.BytesIO()
        if kind == ".pdf":
            with PdfPages(out, metadata={"Creator": "Paceline", "Producer": None, "CreationDate": None}) as book:
                for paper in pages:
                    book.savefig(paper)
        else:
            metadata = {"Date": None} if kind == ".svg" else {"Software": "Paceline"}
            next(pages).savefig(out, format=kind[1:], dpi=150, metadata=metadata)
        return out.getvalue()


def _ride_page(report: Report) -> Paper:
    paper = Paper(figsize=A4)
    _header(paper, report.title, f"{report.date} · {report.duration}")
    y = _figures(paper, report.headline, top=0.93)
    if report.strip is not None and report.strip.traces:
        bottom = 0.475
        _strip(paper, report.strip, top=y, bottom=bottom)
        y = bottom - 0.055
    if report.curve is not None or report.zones:
        _lower(paper, report, top=y + 0.01, bottom=0.285)
        y = 0.24
    if report.laps:
        _table(paper, report.laps[0], top=y, bottom=0.075)
    _foot(paper, report)
    return paper


def _header(paper: Paper, title: str, below: str) -> None:
    paper.text(LEFT - 0.03, 0.965, _fit(title, 60), fontsize=17, fontweight="bold", va="center")
    paper.text(RIGHT, 0.965, _fit(below, 60), fontsize=8.5, color=SOFT, ha="right", va="center")
    _rule(paper, 0.948, INK, width=1.0)


def _rule(paper: Paper, y: float, colour: str, *, width: float = 0.5) -> None:
    axes = paper.add_axes((LEFT - 0.03, y, RIGHT - LEFT + 0.03, 0.0005))
    axes.axhline(0.0, color=colour, linewidth=width)
    axes.set_axis_off()


def _figures(paper: Paper, figures: Sequence[Figure], *, top: float) -> float:
    """The headline numbers, five in a row; gives the height at which the next thing may begin."""
    columns, high = 5, 0.037
    wide = (RIGHT - LEFT + 0.03) / columns
    for i, found in enumerate(figures[:20]):
        x, y = LEFT - 0.03 + (i % columns) * wide, top - (i // columns) * high
        paper.text(x, y, _fit(found.shown, 14), fontsize=12.5, fontweight="bold", va="top")
        paper.text(x, y - 0.0165, _fit(found.label, 27), fontsize=6.6, color=SOFT, va="top")
    return top - math.ceil(min(len(figures), 20) / columns) * high


def _strip(paper: Paper, strip: Strip, *, top: float, bottom: float) -> None:
    shares = [2.0 if trace.name == "power" else 1.0 for trace in strip.traces]
    gap = 0.016
    unit = (top - bottom - gap * len(shares)) / sum(shares)
    y = top
    for trace, share in zip(strip.traces, shares, strict=True):
        y -= share * unit + gap
        axes = paper.add_axes((LEFT, y, RIGHT - LEFT, share * unit))
        low, high = limits(trace)
        colour = COLOURS[trace.name]
        seconds = (np.arange(trace.values.size) + 0.5) * strip.interval
        axes.plot(seconds, trace.values, color=colour, linewidth=0.6)
        if trace.name == "altitude":
            axes.fill_between(seconds, low, trace.values, color=colour, alpha=0.15, linewidth=0)
        for hole in strip.holes:
            axes.axvspan(hole.start, hole.stop, color="#6e7882", alpha=0.13, linewidth=0)
        for doubt in trace.doubts:
            axes.axvspan(doubt.start, doubt.stop, color="#d97706", alpha=0.25, linewidth=0)
        for lap in strip.laps if len(strip.laps) <= MOST_EDGES else ():
            axes.axvline(lap.start, color="#b9c6da", linewidth=0.4, linestyle=(0, (2, 2)))
        axes.set(xlim=(0.0, max(strip.duration, 1.0)), ylim=(low, high))
        axes.set_title(f"{trace.title}, {trace.unit}", loc="left", fontsize=6.8, color=colour, pad=2, fontweight="bold")
        _plain(axes, axis(trace, most=4 if share > 1 else 3))
        axes.xaxis.set_major_locator(FixedLocator(time_ticks(strip.duration)))
        last = trace is strip.traces[-1]
        axes.xaxis.set_major_formatter(FuncFormatter(lambda s, _: clock(s, decimals=False)))
        axes.tick_params(axis="x", labelbottom=last, length=2 if last else 0)


def _plain(axes: Axes, at: Sequence[tuple[float, str]]) -> None:
    axes.set_yticks([place for place, _ in at], [words for _, words in at])
    axes.grid(axis="y", color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=6.2)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _lower(paper: Paper, report: Report, *, top: float, bottom: float) -> None:
    middle = LEFT + 0.5 * (RIGHT - LEFT)
    if report.curve is not None:
        _curve(paper.add_axes((LEFT, bottom, middle - LEFT - 0.06, top - bottom)), report.curve)
    tables = report.zones[:2]
    if tables:
        wide = (RIGHT - middle) / len(tables)
        for i, table in enumerate(tables):
            _zones(paper.add_axes((middle + i * wide + 0.085, bottom, wide - 0.125, top - bottom)), table)


def _curve(axes: Axes, curve: Curve) -> None:
    axes.plot(curve.durations, curve.power, color=COLOURS["power"], linewidth=1.2)
    if curve.model:
        axes.plot(curve.durations, curve.modelled, color=COLOURS["heart_rate"], linewidth=0.9, linestyle=(0, (4, 2)))
    axes.set_xscale("log")
    longest = max(float(curve.durations[-1]), 2.0)
    highest = max(float(np.nanmax(curve.power)), 1.0) * 1.06
    axes.set(xlim=(1.0, longest), ylim=(0.0, highest))
    _plain(axes, [(at, number(at, whole=abs(at) >= 10)) for at in ticks(0.0, highest)])
    few = [t for t in CURVE_TICKS if t <= longest and t not in {15, 120, 600, 1800}]
    axes.xaxis.set_major_locator(FixedLocator(few))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda s, _: span(s)))
    title = "Best mean power, W" + (f"; dashed: {curve.model} model" if curve.model else "")
    axes.set_title(title, loc="left", fontsize=6.8, color=SOFT, pad=3)


def _zones(axes: Axes, table: ZoneTable) -> None:
    colour = COLOURS["heart_rate" if "eart" in table.title else "power"]
    places = np.arange(len(table.zones))[::-1]
    shares = [zone.share for zone in table.zones]
    axes.barh(places, shares, height=0.55, color=colour)
    for place, zone in zip(places, table.zones, strict=True):
        axes.text(zone.share, place, f" {zone.time}", va="center", fontsize=6.2)
    axes.yaxis.set_major_locator(FixedLocator(places.tolist()))
    axes.set_yticklabels([zone.bounds for zone in table.zones], fontsize=6.2)
    axes.set_xlim(0.0, max(*shares, 1e-9) * 1.25)
    axes.xaxis.set_major_locator(NullLocator())
    axes.tick_params(length=0)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_title(table.title, loc="left", fontsize=6.8, color=SOFT, pad=3)


def _table(paper: Paper, table: Table, *, top: float, bottom: float, rows: int = 0) -> None:
    """As many rows as there is room for; how many more there are is said."""
    step = 0.0108
    room = rows or int((top - bottom) / step) - 2
    names = len(table.columns)
    first = 0.17
    wide = (RIGHT - LEFT + 0.03 - first) / max(names - 1, 1)
    ends = [LEFT - 0.03, *(LEFT - 0.03 + first + wide * (i + 1) for i in range(names - 1))]
    for x, column in zip(ends, table.columns, strict=True):
        side = "left" if x == ends[0] else "right"
        words = "\n".join(_fit(part, 15) for words in column.split(", ") for part in wrap(words, 10))
        paper.text(x, top, words, fontsize=5.6, color=SOFT, ha=side, va="bottom", linespacing=1.1)
    for i, row in enumerate(table.rows[:room]):
        for x, cell in zip(ends, row, strict=True):
            side = "left" if x == ends[0] else "right"
            paper.text(x, top - 0.006 - i * step, _fit(cell, 26), fontsize=6.3, ha=side, va="top")
    if len(table.rows) > room:
        more = f"{len(table.rows) - room} more: see the page or the terminal."
        paper.text(ends[0], top - 0.006 - room * step, more, fontsize=5.8, color=SOFT, va="top")


def _foot(paper: Paper, report: Report) -> None:
    doubts = ", ".join(f"{group.title.lower()} ({len(group.messages)})" for group in report.quality) or "nothing"
    lacking = "; ".join(f"{found.why} ({len(found.labels)})" for found in report.missing) or "nothing"
    rests = ", ".join(f"{row[0]} {row[1]}" for row in report.settings.rows) or "none"
    lines = (f"To doubt: {doubts}.", f"Not computed: {lacking}.", f"Settings: {rests}.")
    _rule(paper, 0.062, RULE)
    for i, words in enumerate(lines):
        paper.text(LEFT - 0.03, 0.055 - 0.011 * i, _fit(words, 175), fontsize=5.8, color=SOFT, va="top")


def _overview_page(found: Overview) -> Paper:
    paper = Paper(figsize=A4)
    _header(paper, found.title, found.dates)
    y = _figures(paper, found.figures, top=0.93)
    if found.trend is not None:
        _trend(paper, found.trend, top=y - 0.02, bottom=y - 0.3)
        y -= 0.34
    _table(paper, found.rides, top=y - 0.03, bottom=0.05)
    if found.why_not:
        paper.text(LEFT - 0.03, 0.03, _fit(found.why_not, 150), fontsize=6, color=SOFT)
    return paper


def _trend(paper: Paper, trend: Trend, *, top: float, bottom: float) -> None:
    split = bottom + 0.3 * (top - bottom)
    upper = paper.add_axes((LEFT, split + 0.015, RIGHT - LEFT, top - split - 0.015))
    lower = paper.add_axes((LEFT, bottom, RIGHT - LEFT, split - bottom - 0.01))
    days = np.arange(trend.fitness.size)
    upper.bar(days, np.nan_to_num(trend.load), color="#b9c6da", width=0.7)
    upper.plot(days, trend.fitness, color=COLOURS["power"], linewidth=1.4, label="Fitness")
    upper.plot(days, trend.fatigue, color=COLOURS["heart_rate"], linewidth=0.9, label="Fatigue")
    upper.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.99), frameon=False, fontsize=6.5, ncols=2)
    lower.plot(days, trend.form, color=COLOURS["cadence"], linewidth=1.0)
    lower.axhline(0.0, color=RULE, linewidth=0.6)
    lower.set_title("Form", loc="left", fontsize=6.8, color=COLOURS["cadence"], pad=2)
    for axes in (upper, lower):
        low, high = axes.get_ylim()
        _plain(axes, [(at, number(at, whole=abs(at) >= 10)) for at in ticks(low, high, most=4)])
        axes.set_xlim(-0.5, days.size - 0.5)
        at = days[:: max(1, math.ceil(days.size / 8))]
        axes.xaxis.set_major_locator(FixedLocator(at.tolist()))
        axes.set_xticklabels([f"{trend.days[i].day} {trend.days[i]:%b}" for i in at] if axes is lower else [])


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(FT2Font(findfont("DejaVu Sans")).get_charmap())


def _fit(words: str, most: int) -> str:
    """What the font can write, in the room there is: other people's words may hold anything."""
    clean = "".join(c if ord(c) in _glyphs() else "□" for c in " ".join(words.split()))
    return clean if len(clean) <= most else clean[: most - 1] + "…"
