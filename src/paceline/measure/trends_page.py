"""Trends as tables, as a page and as a picture: each metric's rides as dots, and a line where there is a slope."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from html import escape

import numpy as np

from paceline.measure.quantities import Floats
from paceline.measure.report.chart import Scale, drawing, line, linear, text, ticks
from paceline.measure.report.figures import amount, number, span, to_shown
from paceline.measure.report.page import framed, header, listed, shown_figure, shown_table
from paceline.measure.report.tables import Table
from paceline.measure.trends import PeriodCurve, Trend

WIDTH, LEFT, RIGHT = 960.0, 56.0, 10.0
_HEIGHT, _BETWEEN, _TOP, _MOST = 96.0, 36.0, 28.0, 8
_DURATIONS = (5.0, 60.0, 300.0, 1200.0, 3600.0)
_DAY = 86_400.0
_STYLE = ".chart circle.ride { fill: var(--power); opacity: .65; } .chart line.slope { stroke: var(--heart); }"


def slopes(found: Sequence[Trend]) -> Table:
    """A metric a row: its rides, first and last value, and what it changes in a year with the interval of that."""
    rows = [_row(one) for one in found]
    level = next((one.slope.level for one in found if one.slope), 0.95)
    note = "The change a year is the median over all pairs of rides. Where its interval holds 0, no direction is shown."
    return Table(
        "Trends", ("Metric", "Unit", "Rides", "First", "Last", "A year", f"{level:.0%} interval"), tuple(rows), note
    )


def _row(one: Trend) -> tuple[str, ...]:
    first, last = (_shown(one, float(one.values[at])) for at in (0, -1)) if one.values.size else ("–", "–")
    unit = amount(float(one.values[-1]), one.metric.unit)[1] if one.values.size else ""
    change, interval = "–", "–"
    if one.slope is not None:
        change, low, high = (_change(one, each) for each in (one.slope.per_year, one.slope.low, one.slope.high))
        interval = f"{low} to {high}"
    return one.metric.label, unit, str(one.values.size), first, last, change, interval


def _shown(one: Trend, value: float) -> str:
    return amount(value, one.metric.unit)[0]


def _change(one: Trend, value: float) -> str:
    """A difference in the unit that values are shown in; times are told in seconds."""
    shown = value * _scale(one)
    return ("+" if shown > 0 else "") + number(shown)


def curves(found: Sequence[PeriodCurve]) -> Table:
    """The best mean power of each period at the durations that people speak of, W."""
    columns = ("Period", "Rides", *(span(duration) for duration in _DURATIONS))
    return Table("Best mean power, W", columns, tuple(_curve(one) for one in found), "The best of all rides.")


def _curve(one: PeriodCurve) -> tuple[str, ...]:
    best = dict(zip(one.durations.tolist(), one.power.tolist(), strict=True))
    cells = (number(best[duration], whole=True) if duration in best else "–" for duration in _DURATIONS)
    return one.period, str(one.rides), *cells


def reasons(found: Sequence[Trend]) -> list[str]:
    """Why a metric has no slope, and why rides have no value, each reason once with how often."""
    said = [f"{one.metric.label}: {one.why_not}" for one in found if one.why_not]
    for one in found:
        whys = [why for _, why in one.missing]
        said += [f"{one.metric.label}, {whys.count(why)} rides: {why}" for why in dict.fromkeys(whys)]
    return said


def page(found: Sequence[Trend], best: Sequence[PeriodCurve]) -> str:
    """The whole page; every text is escaped here."""
    dates = [start for one in found for start in one.starts]
    below = f"{min(dates):%d %B %Y} to {max(dates):%d %B %Y}" if dates else "No dated ride has a value"
    parts = ["<article>", header("Trends", below)]
    if dates:
        parts.append(shown_figure(chart(found), "A dot a ride. A line where the direction is sure."))
    for table in (slopes(found), curves(best)):
        if table.rows:
            parts += [f"<h2>{escape(table.title)}</h2>", shown_table(table)]
    if why := reasons(found):
        parts += ["<h2>What has no trend or no value, and why</h2>", listed(why)]
    return framed("Trends", [*parts, "</article>"], style=_STYLE)


def chart(found: Sequence[Trend]) -> str:
    """A panel a metric on one calendar, the first eight that have a value."""
    drawn = [one for one in found if one.values.size][:_MOST]
    across = _calendar(drawn, LEFT, WIDTH - RIGHT)
    parts, top = list[str](), _TOP
    for one in drawn:
        parts += _panel(one, across, top)
        top += _HEIGHT + _BETWEEN
    for at, words in _dates(drawn):
        parts.append(text(across(at), top - _BETWEEN + 17, words, kind="tick", anchor="middle"))
    about = ", ".join(one.metric.label for one in drawn) + " over the rides. The table below holds the figures."
    return drawing("trends", width=WIDTH, height=top - _BETWEEN + 26, title="Trends", about=about, parts=parts)


def _panel(one: Trend, across: Scale, top: float) -> list[str]:
    values, at = _values(one), _seconds(one)
    low, high = _limits(values)
    down = linear(low, high, top + _HEIGHT, top)
    unit = amount(float(one.values[-1]), one.metric.unit)[1]
    parts = [text(LEFT, top - 7, ", ".join(filter(None, (one.metric.label, unit))), kind="trace-title")]
    for tick in ticks(low, high, most=4):
        parts.append(line(LEFT, down(tick), WIDTH - RIGHT, down(tick), kind="grid"))
        parts.append(text(LEFT - 6, down(tick) + 3.5, number(tick, whole=abs(tick) >= 10), kind="tick", anchor="end"))
    if (ends := sloped(one)) is not None:
        (x1, y1), (x2, y2) = ends
        parts.append(line(across(x1), down(y1), across(x2), down(y2), kind="slope"))
    dots = zip(at.tolist(), values.tolist(), strict=True)
    return parts + [f'<circle class="ride" cx="{across(x):.1f}" cy="{down(y):.1f}" r="3"/>' for x, y in dots]


def sloped(one: Trend) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Both ends of the line of a slope whose direction is sure, (s since 1970, shown value): through the medians."""
    if one.slope is None or one.slope.low <= 0.0 <= one.slope.high:
        return None
    at, values = _seconds(one), _values(one)
    per_second = one.slope.per_year * _scale(one) / (365.25 * _DAY)
    level = float(np.median(values - per_second * (at - at[0])))
    first, last = float(at[0]), float(at[-1])
    return (first, level), (last, level + per_second * (last - first))


def _scale(one: Trend) -> float:
    """What one of the catalogue's unit is where people read it; times stay in seconds."""
    if one.metric.unit == "s":
        return 1.0
    none, whole = to_shown(np.array([0.0, 1.0]), one.metric.unit).tolist()
    return float(whole - none)


def _values(one: Trend) -> Floats:
    """(ride,), in the unit that people are shown."""
    if one.metric.unit == "s":
        return one.values
    return np.asarray(to_shown(one.values, one.metric.unit))


def _seconds(one: Trend) -> Floats:
    return np.array([start.timestamp() for start in one.starts])


def _limits(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = max(0.1 * (high - low), 0.02 * abs(high), 1e-3)
    return low - room, high + room


def _calendar(drawn: Sequence[Trend], start: float, stop: float) -> Scale:
    at = np.concatenate([_seconds(one) for one in drawn])
    return linear(float(at.min()) - _DAY, float(at.max()) + _DAY, start, stop)


def _dates(drawn: Sequence[Trend]) -> list[tuple[float, str]]:
    at = np.concatenate([_seconds(one) for one in drawn])
    places = np.linspace(float(at.min()), float(at.max()), 6 if np.ptp(at) > 5 * _DAY else 1)
    return [(x, f"{dt.datetime.fromtimestamp(x, dt.UTC):%d %b %Y}") for x in places.tolist()]


def picture(found: Sequence[Trend]) -> bytes:
    """The same panels as PNG."""
    from matplotlib.figure import Figure

    drawn = [one for one in found if one.values.size][:_MOST]
    paper = Figure(figsize=(9.6, 0.5 + 1.5 * max(len(drawn), 1)), layout="constrained")
    for number_, one in enumerate(drawn):
        axes = paper.add_subplot(len(drawn), 1, number_ + 1)
        axes.plot((_seconds(one) * 1e6).astype("datetime64[us]"), _values(one), "o", markersize=4, color="#1d5fc4")
        if (ends := sloped(one)) is not None:
            days = np.array([x * 1e6 for x, _ in ends]).astype("datetime64[us]")
            axes.plot(days, [y for _, y in ends], color="#b4232a")
        unit = amount(float(one.values[-1]), one.metric.unit)[1]
        axes.set_title(", ".join(filter(None, (one.metric.label, unit))), loc="left", fontsize=8)
        axes.tick_params(labelsize=7)
        axes.grid(visible=True, linewidth=0.3)
    out = io.BytesIO()
    paper.savefig(out, format="png", dpi=120, metadata={"Software": "Paceline"})
    return out.getvalue()
