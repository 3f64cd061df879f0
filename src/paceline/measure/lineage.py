"""Lineage: what a metric rests on, as a picture.

Quantities stand at the left, metrics to the right of all they are computed from; a dashed arrow is an input that is
used where it is there. The SVG follows its surroundings: light on light pages, dark on dark ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path

from paceline.domain.errors import WriteError
from paceline.measure.catalogue import Metric, catalogue, entry
from paceline.measure.layered import Box, Drawing, drawn
from paceline.measure.quantities import QUANTITIES
from paceline.record.whole import write_whole

_CHARACTER = 7.9
"""px: a character of a 12.5 px monospaced face is 7.5 px wide; some are wider."""

_HEIGHT, _PADDING, _MARGIN = 40.0, 12.0, 16.0

_STYLE = """
.lineage { --ink: #1a2026; --soft: #59636e; --line: #8b96a1; --paper: #ffffff; --metric: #eef3fb; --asked: #1f5fbf;
  color: var(--ink); font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media (prefers-color-scheme: dark) { .lineage { --ink: #e6eaee; --soft: #a3adb8; --line: #6f7a86; --paper: #14181d;
  --metric: #1c2733; --asked: #7fb0ff; } }
.lineage .paper { fill: var(--paper); } .lineage text { fill: currentColor; }
.lineage .unit { fill: var(--soft); font-size: 10.5px; }
.lineage .box { fill: var(--metric); stroke: var(--line); } .lineage .quantity { fill: var(--paper); }
.lineage .setting { stroke-dasharray: 5 3; } .lineage .asked { stroke: var(--asked); stroke-width: 2; }
.lineage .arrow { fill: none; stroke: var(--line); stroke-width: 1.2; } .lineage .head { fill: var(--line); }
.lineage .used { stroke-dasharray: 4 3; }
"""


def picture(names: str | Iterable[str]) -> str:
    """The graph of what one or several metrics rest on, as SVG.

    Args:
        names: metrics of the catalogue.

    Raises:
        UnknownName: there is no such metric.

    >>> picture("work").count("<rect"), 'id="power"' in picture("work")   # power, interval, work, and the paper
    (4, True)
    """
    asked = [entry(name).name for name in ([names] if isinstance(names, str) else names)]
    parents = graph(asked)
    drawing = drawn(parents, {name: _size(name) for name in parents})
    width, height = drawing.width + 2 * _MARGIN, drawing.height + 2 * _MARGIN
    titled = ", ".join(entry(name).label for name in asked) if len(asked) < 4 else f"{len(asked)} metrics"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lineage" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="lineage-title lineage-description">',
        f'<title id="lineage-title">What {escape(titled)} {"rests" if len(asked) == 1 else "rest"} on</title>',
        f'<desc id="lineage-description">{escape(description(asked))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
        f'<g transform="translate({_MARGIN:.0f} {_MARGIN:.0f})">',
        *(_arrow(*ends, drawing) for ends in drawing.routes),
        *(_box(name, box, asked=name in asked) for name, box in drawing.boxes.items()),
        "</g>",
        "</svg>",
        "",
    ])  # fmt: skip


def write_picture(names: str | Iterable[str], path: str | Path) -> None:
    """The picture as a file.

    Raises:
        UnknownName: there is no such metric.
        WriteError: the file does not end in .svg, or can't be written.
    """
    target = Path(path)
    if target.suffix.casefold() != ".svg":
        raise WriteError(str(path), reason="lineage is drawn as SVG", advice="Let the name end in .svg.")
    write_whole(target, picture(names).encode())


def graph(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Each metric and quantity that the metrics rest on → what it is computed from itself; nearest first, each once."""
    found: dict[str, tuple[str, ...]] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            metric = catalogue().get(name)
            found[name] = () if metric is None else (*metric.needs, *metric.uses)
            waiting += found[name]
    return found


def description(names: Sequence[str]) -> str:
    """The graph in words, for people who don't see it.

    >>> description(["work"])
    'work is computed from power and interval.'
    """
    sentences = []
    for name in graph(names):
        if isinstance(metric := catalogue().get(name), Metric):
            used = f", and uses {_listed(metric.uses)} where there" if metric.uses else ""
            sentences.append(f"{name} is computed from {_listed(metric.needs)}{used}.")
    return " ".join(sentences)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), "".join(names[-1:])) if part) or "nothing"


def _unit(name: str) -> str:
    metric = catalogue().get(name)
    unit = QUANTITIES[name].unit if metric is None else metric.unit
    return "no unit" if unit == "1" else unit


def _size(name: str) -> tuple[float, float]:
    return max(len(name), len(_unit(name))) * _CHARACTER + 2 * _PADDING, _HEIGHT


def _box(name: str, box: Box, *, asked: bool) -> str:
    quantity = QUANTITIES.get(name)
    kinds = ["box"] + (["quantity", quantity.kind] if quantity else ["metric"]) + (["asked"] if asked else [])
    about = quantity.meaning if quantity else catalogue()[name].summary
    radius = box.height / 2 if quantity else 4
    middle = box.x + box.width / 2
    return (
        f'<g id="{escape(name)}"><title>{escape(about)}</title>'
        f'<rect class="{" ".join(kinds)}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{radius:.0f}"/>'
        f'<text x="{middle:.1f}" y="{box.y + 17:.1f}" text-anchor="middle">{escape(name)}</text>'
        f'<text class="unit" x="{middle:.1f}" y="{box.y + 31:.1f}" text-anchor="middle">{escape(_unit(name))}</text>'
        "</g>"
    )


def _arrow(source: str, name: str, drawing: Drawing) -> str:
    way = drawing.routes[source, name]
    parts = [f"M{way[0][0]:.1f} {way[0][1]:.1f}"]
    for i, ((x, y), (next_x, next_y)) in enumerate(pairwise(way)):
        middle = (x + next_x) / 2
        bend = f"C{middle:.1f} {y:.1f} {middle:.1f} {next_y:.1f} {next_x:.1f} {next_y:.1f}"
        parts.append(f"H{next_x:.1f}" if i % 2 else bend)  # across a column an arrow runs straight
    tip_x, tip_y = way[-1]
    metric = catalogue()[name]
    kind = "arrow used" if source in metric.uses else "arrow"
    head = f"M{tip_x:.1f} {tip_y:.1f}l-7 -3.5v7z"
    return (
        f'<g data-from="{escape(source)}" data-to="{escape(name)}">'
        f'<path class="{kind}" d="{"".join(parts)}"/><path class="head" d="{head}"/></g>'
    )
