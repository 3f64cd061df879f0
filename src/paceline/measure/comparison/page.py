"""A comparison as one HTML file, in the style of a report: no script, nothing from outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from importlib.resources import files

import numpy as np

from paceline.domain.channels import CHANNELS
from paceline.measure.comparison.compared import Comparison
from paceline.measure.comparison.tables import (
    drawn_unit,
    drawn_values,
    lost_line,
    matrix_table,
    reasons,
    stretch_table,
)
from paceline.measure.quantities import Floats
from paceline.measure.report.chart import Scale, drawing, line, linear, path, text, thinned, ticks, time_ticks
from paceline.measure.report.figures import clock, number, shown_in
from paceline.measure.report.page import framed, header, listed, shown_figure, shown_table

WIDTH, LEFT, RIGHT = 960.0, 46.0, 10.0
_TALL, _USUAL, _BETWEEN, _TOP = 150.0, 96.0, 34.0, 46.0
_COLUMNS = 420
KINDS = 6
"""Colours there are; after as many efforts they come again, with a dashed line."""


def page(found: Comparison) -> str:
    """The whole page; every text is escaped here."""
    title = f"{len(found.names)} efforts compared by {found.by}"
    parts = ["<article>", header(title, ", ".join(found.names)), listed(lost_line(found))]
    if found.mismatches:
        parts += ["<h2>What makes it doubtful</h2>", listed(mismatch.message for mismatch in found.mismatches)]
    caption = f"Differences are against {found.names[0]}. A line breaks where nothing was measured."
    parts += ["<h2>Along the way</h2>", shown_figure(chart(found), caption)]
    for table in (stretch_table(found), matrix_table(found)):
        parts += [f"<h2>{escape(table.title)}</h2>", shown_table(table)]
    if why := reasons(found):
        parts += ["<h2>What could not be computed, and why</h2>", listed(why)]
    style = files("paceline.measure.comparison").joinpath("page.css").read_text(encoding="utf-8")
    return framed(title, [*parts, "</article>"], style=style)


def chart(found: Comparison) -> str:
    """What was lost on top, then each channel, an effort a line, on the axis that they share."""
    across = linear(float(found.edges[0]), float(found.edges[-1]), LEFT, WIDTH - RIGHT)
    parts, top = _names(found), _TOP
    for title, lines, tall in _panels(found):
        parts += _panel(title, lines, across, found.edges, top=top, height=tall)
        top += tall + _BETWEEN
    bottom = top - _BETWEEN
    for at, words in _axis(found):
        parts += [
            line(across(at), bottom, across(at), bottom + 4, kind="axis"),
            text(across(at), bottom + 17, words, kind="tick", anchor="middle"),
        ]
    about = " ".join(lost_line(found))
    return drawing("strip-comparison", width=WIDTH, height=bottom + 24, title="Along the way", about=about, parts=parts)


Lines = list[tuple[int, Floats]]
"""Effort's number and its values: (edge,) where they belong to edges, (cell,) where to cells."""


def _panels(found: Comparison) -> list[tuple[str, Lines, float]]:
    gaps = found.distance_gained if found.by == "time" else found.time_lost
    title = "Distance gained, m" if found.by == "time" else "Time lost, s"
    panels = [(title, [(i, gaps(name)) for i, name in enumerate(found.names)][1:], _TALL)]
    for channel in found.channels:
        unit = shown_in(drawn_unit(channel), imperial=False) or CHANNELS[channel].unit
        lines = [(i, drawn_values(found.trace(name, channel), channel)) for i, name in enumerate(found.names)]
        panels.append((f"{channel.replace('_', ' ').capitalize()}, {unit}", lines, _USUAL))
    return [panel for panel in panels if any(not np.all(np.isnan(values)) for _, values in panel[1])]


def _panel(title: str, lines: Lines, across: Scale, edges: Floats, *, top: float, height: float) -> list[str]:
    known = np.concatenate([values[~np.isnan(values)] for _, values in lines])
    low, high = float(known.min()), float(known.max())
    room = max((high - low) * 0.06, 0.05)
    low, high = low - room, high + room
    down = linear(low, high, top + height, top)
    parts = [text(LEFT, top - 7, title, kind="trace-title")]
    for at in ticks(low, high, most=4):
        parts.append(line(LEFT, down(at), WIDTH - RIGHT, down(at), kind="axis" if at == 0.0 else "grid"))
        parts.append(text(LEFT - 6, down(at) + 3.5, number(at, whole=abs(at) >= 10), kind="tick", anchor="end"))
    middles = (edges[:-1] + edges[1:]) / 2.0
    for effort, values in lines:
        places = edges if values.size == edges.size else middles
        pieces = (
            path([(across(float(places[int(i)])), down(v)) for i, v in piece])
            for piece in thinned(values, columns=_COLUMNS)
        )
        parts.append(f'<path class="trace {_kind(effort)}" d="{"".join(pieces)}"/>')
    return parts


def _names(found: Comparison) -> list[str]:
    """The efforts' names in the colours of their lines, as many as there is room for."""
    parts, x = [], LEFT
    for effort, name in enumerate(found.names):
        words = name if len(name) <= 28 else f"{name[:27]}…"
        if x + 7.0 * len(words) + 24.0 > WIDTH - RIGHT:
            parts.append(text(x, 16.0, "…", kind="tick"))
            break
        parts.append(f'<path class="trace {_kind(effort)}" d="M{x:.0f} 12h18"/>')
        parts.append(text(x + 24.0, 16.0, words, kind=_kind(effort)))
        x += 7.0 * len(words) + 48.0
    return parts


def _kind(effort: int) -> str:
    return f"effort-{effort % KINDS}" + (" again" if effort >= KINDS else "")


def _axis(found: Comparison) -> Sequence[tuple[float, str]]:
    low, high = float(found.edges[0]), float(found.edges[-1])
    if found.by == "time":
        return [(at, clock(at, decimals=False)) for at in time_ticks(high) if at >= low]
    if found.by == "lap":
        step = max(1, math.ceil((high - low) / 20.0))
        return [(float(at), f"{at}") for at in range(math.ceil(low), math.floor(high) + 1, step)]
    far = high >= 5000.0
    return [(at, f"{at / 1000.0:g} km" if far else f"{at:,.0f} m") for at in ticks(low, high, most=8)]
