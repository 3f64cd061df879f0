"""What every chart of a page is made of: nice ticks, scales, lines thinned to what can be seen, and SVG text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from html import escape

import numpy as np

from paceline.measure.quantities import Floats

Scale = Callable[[float], float]

TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""s between ticks of a time axis."""


def ticks(low: float, high: float, *, most: int = 5) -> list[float]:
    """Round numbers from low to high, 1, 2 or 5 times a power of ten apart.

    >>> ticks(0.0, 930.0), ticks(62.0, 181.0, most=4)
    ([0.0, 200.0, 400.0, 600.0, 800.0], [100.0, 150.0])
    """
    span = max(high - low, 1e-9)
    raw = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def time_ticks(duration: float, *, most: int = 10) -> list[float]:
    """Round times from the beginning on.

    >>> time_ticks(4500.0, most=6)
    [0.0, 900.0, 1800.0, 2700.0, 3600.0, 4500.0]
    """
    step = next((s for s in TIME_STEPS if duration / s <= most), math.ceil(duration / most / 86400) * 86400)
    return [float(i * step) for i in range(int(duration / step + 1e-9) + 1)]


def linear(low: float, high: float, start: float, stop: float) -> Scale:
    """From low..high to start..stop."""
    factor = (stop - start) / (high - low) if high != low else 0.0
    return lambda value: start + (value - low) * factor


def thinned(values: Floats, *, columns: int) -> Iterator[list[tuple[float, float]]]:
    """Unbroken pieces of a line, each column of which keeps its lowest and its highest value, in their order.

    Args:
        values: (sample,), NaN where there is nothing: the line breaks there.
        columns: how many there are room for.

    Yields:
        (sample index, value) pairs of a piece.

    >>> list(thinned(np.array([1.0, 5.0, 2.0, np.nan, 7.0]), columns=1))
    [[(0.0, 1.0), (1.0, 5.0), (2.0, 2.0)], [(4.0, 7.0)]]
    """
    known = np.flatnonzero(~np.isnan(values))
    if known.size == 0:
        return
    width = max(values.size / max(columns, 1), 1.0)
    for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        piece: set[int] = {int(run[0]), int(run[-1])}
        buckets = (run // width).astype(np.intp)
        edges = np.flatnonzero(np.diff(buckets)) + 1
        starts = np.concatenate([[0], edges, [run.size]])
        for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            part = values[run[a:b]]
            piece |= {int(run[a + int(part.argmin())]), int(run[a + int(part.argmax())])}
        yield [(float(i), float(values[i])) for i in sorted(piece)]


def path(points: list[tuple[float, float]]) -> str:
    """A line through points in px, to half a px, in relative steps since those are short.

    >>> path([(0.0, 10.0), (1.0, 9.5), (2.0, 9.5)])
    'M0 10l1-.5l1 0'
    """
    halves = [(round(2 * x), round(2 * y)) for x, y in points]
    (left, top), rest = halves[0], halves[1:]
    parts = [f"M{_half(left)} {_half(top)}"]
    for x, y in rest:
        across, down = x - left, y - top
        if across or down:
            second = _half(down)
            parts.append(f"l{_half(across)}{second if second.startswith('-') else ' ' + second}")
            left, top = x, y
    return "".join(parts)


def _half(halves: int) -> str:
    sign, whole = "-" if halves < 0 else "", abs(halves)
    return f"{sign}{whole // 2}" if whole % 2 == 0 else f"{sign}{whole // 2 or ''}.5"


def text(x: float, y: float, words: str, *, kind: str = "", anchor: str = "start") -> str:
    """A piece of SVG text, escaped."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, *, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def rectangle(x: float, y: float, width: float, height: float, *, kind: str, title: str = "") -> str:
    """A rectangle, with a word for whoever points at it."""
    shape = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.0):.1f}" height="{max(height, 0.0):.1f}" class="{kind}"'
    )
    return f"{shape}><title>{escape(title)}</title></rect>" if title else f"{shape}/>"


def drawing(name: str, *, width: float, height: float, title: str, about: str, parts: list[str]) -> str:
    """A whole SVG with the words for people who don't see it; `name` is unique on its page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart {name.partition("-")[0]}" role="img" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" aria-labelledby="{name}-title {name}-about">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-about">{escape(about)}</desc>{"".join(parts)}</svg>'
    )
