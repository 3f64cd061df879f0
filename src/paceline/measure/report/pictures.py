"""The charts of a page as SVG: the ride over time, the power curve, and fitness over the days."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from paceline.measure.quantities import Floats
from paceline.measure.report.chart import (
    Scale,
    drawing,
    line,
    linear,
    path,
    rectangle,
    text,
    thinned,
    ticks,
    time_ticks,
)
from paceline.measure.report.figures import clock, number, span
from paceline.measure.report.models import Curve
from paceline.measure.report.overview import Trend
from paceline.measure.report.traces import Strip, Trace

WIDTH, LEFT, RIGHT = 960.0, 46.0, 10.0
_COLUMNS = 420
"""Two points a column: what a screen can show of a line, and small enough to send."""

_TALL = {"power": 150.0}
_USUAL, _BETWEEN, _LANE = 84.0, 30.0, 26.0

MOST_EDGES = 40
"""Laps whose edges run down through the traces; more would hide them."""

CURVE_TICKS = (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 57600)


def strip_chart(strip: Strip, name: str) -> str:
    """Every trace under the others on one time axis, laps above, doubtful readings and pauses shaded."""
    across = linear(0.0, max(strip.duration, 1e-9), LEFT, WIDTH - RIGHT)
    tops, y = [], _LANE + 22.0
    for trace in strip.traces:
        tops.append(y)
        y += _TALL.get(trace.name, _USUAL) + _BETWEEN
    bottom = y - _BETWEEN
    parts = [
        rectangle(across(hole.start), _LANE, across(hole.stop) - across(hole.start), bottom - _LANE, kind="hole",
                  title=f"{hole.name}, {clock(hole.stop - hole.start)}")
        for hole in strip.holes
    ]  # fmt: skip
    parts += _lap_marks(strip, across, bottom)
    for trace, top in zip(strip.traces, tops, strict=True):
        parts += _panel(trace, strip, across, top)
    for at in time_ticks(strip.duration):
        parts += [
            line(across(at), bottom, across(at), bottom + 4, kind="axis"),
            text(across(at), bottom + 17, clock(at, decimals=False), kind="tick", anchor="middle"),
        ]
    titles = ", ".join(trace.title for trace in strip.traces)
    about = f"{titles} over {clock(strip.duration, decimals=False)}. The tables below hold the figures."
    return drawing(name, width=WIDTH, height=bottom + 24, title="The ride over time", about=about, parts=parts)


def _lap_marks(strip: Strip, across: Scale, bottom: float) -> list[str]:
    """A band for every second lap, and the lap's number where there is room for it."""
    parts: list[str] = []
    for number_, lap in enumerate(strip.laps, 1):
        left, right = across(lap.start), across(lap.stop)
        kind = "lap odd" if number_ % 2 else "lap"
        parts.append(rectangle(left, 4, right - left, _LANE - 8, kind=kind, title=lap.name))
        if len(strip.laps) <= MOST_EDGES:
            parts.append(line(left, _LANE - 4, left, bottom, kind="edge"))
        room = int((right - left - 6) / 6.2)
        words = lap.name if len(lap.name) <= room else str(number_) if len(str(number_)) <= room else ""
        if words:
            parts.append(text((left + right) / 2, 17.5, words, kind="lap-name", anchor="middle"))
    return parts


def _panel(trace: Trace, strip: Strip, across: Scale, top: float) -> list[str]:
    height = _TALL.get(trace.name, _USUAL)
    low, high = limits(trace)
    down = linear(low, high, top + height, top)
    parts = [text(LEFT, top - 7, f"{trace.title}, {trace.unit}", kind=f"trace-title {trace.name}")]
    for at, words in axis(trace, most=4 if height > _USUAL else 3):
        parts.append(line(LEFT, down(at), WIDTH - RIGHT, down(at), kind="grid"))
        parts.append(text(LEFT - 6, down(at) + 3.5, words, kind="tick", anchor="end"))
    for doubt in trace.doubts:
        wide = max(across(doubt.stop) - across(doubt.start), 2.0)
        parts.append(rectangle(across(doubt.start), top, wide, height, kind="doubt", title="Readings to doubt"))
    pieces = []
    for piece in thinned(trace.values, columns=_COLUMNS):
        points = [(across((i + 0.5) * strip.interval), down(min(max(v, low), high))) for i, v in piece]
        if trace.name == "altitude":
            floor = (points[-1][0], top + height), (points[0][0], top + height)
            parts.append(f'<path class="area {trace.name}" d="{path([*points, *floor])}z"/>')
        pieces.append(path(points) + ("l.5 0" if len(points) == 1 else ""))
    parts.append(f'<path class="trace {trace.name}" d="{"".join(pieces)}"/>')
    return parts


def axis(trace: Trace, *, most: int) -> list[tuple[float, str]]:
    """Where something stands at a trace's axis, and what: its own ticks, else round numbers."""
    low, high = limits(trace)
    return list(trace.ticks) or [(at, number(at, whole=abs(at) >= 10)) for at in ticks(low, high, most=most)]


def limits(trace: Trace) -> tuple[float, float]:
    """The range of a trace's axis, with some air: from 0 for power and speed, from where it lies for the others."""
    known = trace.values[~np.isnan(trace.values)]
    if known.size == 0:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if trace.name in {"power", "speed", "cadence"}:
        return 0.0, max(high * 1.05, 1.0)
    if trace.name == "w_prime_balance":
        low, high = min(low, 0.0), max(high, 0.0)
    room = max((high - low) * 0.08, {"altitude": 10.0, "heart_rate": 5.0}.get(trace.name, 0.5))
    return low - (room if low != 0.0 else 0.0), high + room


def curve_chart(curve: Curve, name: str) -> str:
    """Best mean power over the duration, on a logarithmic axis, with the fitted model where it holds."""
    width, height, top = 560.0, 400.0, 14.0
    bottom, right = height - 40, width - RIGHT
    longest = float(curve.durations[-1])
    highest = max(float(np.nanmax(curve.power)), 1.0) * 1.06
    across = linear(0.0, max(math.log10(longest), 0.3), LEFT, right)
    down = linear(0.0, highest, bottom, top)
    parts = []
    for at in ticks(0.0, highest):
        parts.append(line(LEFT, down(at), right, down(at), kind="grid"))
        parts.append(text(LEFT - 6, down(at) + 3.5, number(at, whole=True), kind="tick", anchor="end"))
    named = -math.inf
    for seconds in CURVE_TICKS:
        if seconds <= longest:
            x = across(math.log10(seconds))
            parts.append(line(x, top, x, bottom, kind="grid"))
            if x - named > 42.0:  # a word for each would run into the next
                parts.append(text(x, bottom + 16, span(seconds), kind="tick", anchor="middle"))
                named = x
    parts.append(text(right, bottom + 32, "duration", kind="tick", anchor="end"))
    parts.append(text(LEFT, top - 3, "W", kind="tick", anchor="end"))
    points = [(across(math.log10(d)), down(p)) for d, p in zip(curve.durations, curve.power, strict=True)]
    parts.append(f'<path class="trace power" d="{path(points)}"/>')
    known = ~np.isnan(curve.modelled)
    if known.any():
        pairs = zip(curve.durations[known], curve.modelled[known], strict=True)
        model = [(across(math.log10(d)), down(p)) for d, p in pairs]
        parts.append(f'<path class="trace model" d="{path(model)}"/>')
        x, y = model[len(model) // 2]
        parts.append(text(x + 6, max(y - 14, top + 10), f"{curve.model} model", kind="model-name"))
    about = (
        f"From {number(float(curve.power[0]), whole=True)} W for 1 s to {number(float(curve.power[-1]), whole=True)} W "
    )
    about += f"for {span(longest)}."
    return drawing(name, width=width, height=height, title="Best mean power by duration", about=about, parts=parts)


def trend_chart(trend: Trend, name: str) -> str:
    """Fitness and fatigue over the days with each day's load as a bar, and form below."""
    upper, lower, top = 190.0, 80.0, 26.0
    days = trend.fitness.size
    across = linear(0.0, float(max(days, 1)), LEFT, WIDTH - RIGHT)
    highest = max(float(np.nanmax([np.nanmax(trend.fitness), np.nanmax(trend.fatigue), 1.0])), _most(trend.load)) * 1.05
    down = linear(0.0, highest, top + upper, top)
    parts = _grid(0.0, highest, down)
    wide = max((WIDTH - RIGHT - LEFT) / days * 0.7, 1.0)
    for day, load in enumerate(trend.load.tolist()):
        if load > 0:
            parts.append(rectangle(across(day + 0.5) - wide / 2, down(load), wide, down(0) - down(load), kind="load"))
    for kind, values in (("fitness", trend.fitness), ("fatigue", trend.fatigue)):
        parts.append(f'<path class="trace {kind}" d="{_daily(values, across, down)}"/>')
    parts += [
        text(LEFT, top - 9, "Fitness", kind="trace-title fitness"),
        text(LEFT + 64, top - 9, "Fatigue", kind="trace-title fatigue"),
        text(LEFT + 130, top - 9, "Load of the day", kind="trace-title load-name"),
    ]
    below = top + upper + 34
    parts += _form(trend, across, below, lower)
    step = max(1, math.ceil(days / 8))
    for day in range(0, days, step):
        words = f"{trend.days[day].day} {trend.days[day]:%b}"
        parts.append(text(across(day + 0.5), below + lower + 17, words, kind="tick", anchor="middle"))
    about = f"{days} days to {trend.days[-1]:%d %B %Y}."
    height = below + lower + 24
    return drawing(name, width=WIDTH, height=height, title="Fitness, fatigue and form", about=about, parts=parts)


def _form(trend: Trend, across: Scale, top: float, height: float) -> list[str]:
    known = trend.form[~np.isnan(trend.form)]
    parts = [text(LEFT, top - 7, "Form", kind="trace-title form")]
    if known.size == 0:
        return [*parts, text(LEFT, top + 16, "Not known: too little is known of the load.", kind="tick")]
    reach = max(float(np.abs(known).max()) * 1.1, 1.0)
    down = linear(-reach, reach, top + height, top)
    return [
        *parts,
        *_grid(-reach, reach, down),
        f'<path class="trace form" d="{_daily(trend.form, across, down)}"/>',
    ]


def _grid(low: float, high: float, down: Scale) -> list[str]:
    parts = []
    for at in ticks(low, high, most=4):
        parts.append(line(LEFT, down(at), WIDTH - RIGHT, down(at), kind="grid"))
        parts.append(text(LEFT - 6, down(at) + 3.5, number(at, whole=True), kind="tick", anchor="end"))
    return parts


def _daily(values: Floats, across: Scale, down: Scale) -> str:
    pieces = thinned(values, columns=_COLUMNS)
    lines: Sequence[str] = [path([(across(i + 0.5), down(v)) for i, v in p]) + "l.5 0" for p in pieces]
    return "".join(lines)


def _most(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if known.size else 0.0
