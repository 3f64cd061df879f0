"""Layered drawing of a graph without cycles: which column and height each box gets, and the way of each arrow.

The method of Sugiyama, Tagawa and Toda (1981) in its four steps: the column of a box is the longest path to it; an
arrow that skips columns gets a place to pass in each; the order within the columns is swept towards the barycentres of
the neighbours, and the sweep with the fewest crossings is kept; heights are as near to the neighbours' as order
and spacing allow. The same graph gives the same drawing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Node: TypeAlias = "str | tuple[str, str, int]"
"""A box by its name, or the place where the arrow (from, to) passes a column."""
Neighbours: TypeAlias = Mapping[Node, Sequence[Node]]

_SWEEPS = 12
_GAP, _PASSAGE, _COLUMN_GAP = 14.0, 10.0, 56.0


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box lies; x and y are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished layout, in the unit of the sizes, with its upper left corner at 0, 0.

    Attributes:
        boxes: name → place.
        routes: (from, to) → the points that the arrow passes, from the right side of one box to the left of the other.
        width: of everything.
        height: likewise.
    """

    boxes: Mapping[str, Box]
    routes: Mapping[tuple[str, str], tuple[tuple[float, float], ...]]
    width: float
    height: float


def drawn(parents: Mapping[str, Sequence[str]], sizes: Mapping[str, tuple[float, float]]) -> Drawing:
    """A layout with every arrow pointing to the right.

    Args:
        parents: box → the boxes that arrows come from; each of them is a key too.
        sizes: box → width and height.

    >>> drawing = drawn({"a": [], "b": ["a"]}, {"a": (40.0, 20.0), "b": (40.0, 20.0)})
    >>> drawing.routes["a", "b"]
    ((40.0, 10.0), (96.0, 10.0))
    """
    depth = _depths(parents)
    before, columns = _with_passages(parents, depth)
    after: dict[Node, list[Node]] = {node: [] for node in before}
    for node, sources in before.items():
        for source in sources:
            after[source].append(node)
    columns = _ordered(columns, before, after)
    middles = _heights(columns, before, after, sizes)
    return _placed(columns, middles, parents, sizes)


def _depths(parents: Mapping[str, Sequence[str]]) -> dict[str, int]:
    depths: dict[str, int] = {}

    def depth(name: str) -> int:
        if name not in depths:
            depths[name] = 1 + max((depth(parent) for parent in parents[name]), default=-1)
        return depths[name]

    for name in parents:
        depth(name)
    return depths


def _with_passages(
    parents: Mapping[str, Sequence[str]], depth: Mapping[str, int]
) -> tuple[dict[Node, list[Node]], list[list[Node]]]:
    before: dict[Node, list[Node]] = {name: [] for name in parents}
    columns: list[list[Node]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in parents:
        columns[depth[name]].append(name)
    for name, sources in parents.items():
        for source in sources:
            chain: list[Node] = [source, *((source, name, at) for at in range(depth[source] + 1, depth[name])), name]
            for one, other in pairwise(chain):
                before.setdefault(other, []).append(one)
                if isinstance(other, tuple):
                    columns[other[2]].append(other)
    return before, columns


def _ordered(columns: list[list[Node]], before: Neighbours, after: Neighbours) -> list[list[Node]]:
    best, fewest = columns, _crossings(columns, after)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        columns = [list(column) for column in columns]
        indices = range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1)
        for i in indices:
            fixed = {node: place for place, node in enumerate(columns[i - 1 if forward else i + 1])}
            neighbours = before if forward else after
            here = {node: place for place, node in enumerate(columns[i])}

            def barycentre(
                node: Node, fixed: dict[Node, int] = fixed, near: Neighbours = neighbours, here: dict[Node, int] = here
            ) -> float:
                places = [fixed[other] for other in near[node]]
                return sum(places) / len(places) if places else float(here[node])

            columns[i].sort(key=barycentre)
        if (count := _crossings(columns, after)) < fewest:
            best, fewest = columns, count
    return best


def _crossings(columns: list[list[Node]], after: Neighbours) -> int:
    total = 0
    for left, right in pairwise(columns):
        place = {node: i for i, node in enumerate(right)}
        ends = [place[other] for node in left for other in sorted(after[node], key=lambda n: place[n])]
        total += sum(1 for i, one in enumerate(ends) for other in ends[i + 1 :] if other < one)
    return total


def _heights(
    columns: list[list[Node]], before: Neighbours, after: Neighbours, sizes: Mapping[str, tuple[float, float]]
) -> dict[Node, float]:
    """The middle of each node: columns take turns in moving towards their neighbours' middles."""

    def height(node: Node) -> float:
        return sizes[node][1] + _GAP if isinstance(node, str) else _PASSAGE

    middles: dict[Node, float] = {}
    for column in columns:
        wanted = [0.0] * len(column)
        middles.update(zip(column, _apart(wanted, [height(n) for n in column]), strict=True))
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            near = [(before if forward else after)[n] or (after if forward else before)[n] for n in column]
            wanted = [
                sum(middles[o] for o in others) / len(others) if others else middles[n]
                for n, others in zip(column, near, strict=True)
            ]
            middles.update(zip(column, _apart(wanted, [height(n) for n in column]), strict=True))
    return middles


def _apart(wanted: list[float], heights: list[float]) -> list[float]:
    """The middles nearest to those wanted, in least squares, that keep their order and don't overlap.

    Without the heights that lie above each it is an isotonic regression: neighbours that violate the order are pooled.

    >>> _apart([0.0, 0.0], [20.0, 20.0])
    [-10.0, 10.0]
    """
    offsets = [sum(heights[:i]) + heights[i] / 2 for i in range(len(heights))]
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        pools.append((want - offset, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (one, n), (other, m) = pools[-2:]
            pools[-2:] = [((one * n + other * m) / (n + m), n + m)]
    return [value + offset for value, offset in zip((v for v, n in pools for _ in range(n)), offsets, strict=True)]


def _placed(
    columns: list[list[Node]],
    middles: Mapping[Node, float],
    parents: Mapping[str, Sequence[str]],
    sizes: Mapping[str, tuple[float, float]],
) -> Drawing:
    boxes: dict[str, Box] = {}
    points: dict[Node, tuple[tuple[float, float], ...]] = {}
    names = [node for column in columns for node in column if isinstance(node, str)]
    top = min((middles[name] - sizes[name][1] / 2 for name in names), default=0.0)
    top = min([top, *(middles[n] - _PASSAGE / 2 for column in columns for n in column if isinstance(n, tuple))])
    x = 0.0
    for column in columns:
        wide = max(sizes[node][0] for node in column if isinstance(node, str))
        for node in column:
            y = middles[node] - top
            if isinstance(node, str):
                width, height = sizes[node]
                boxes[node] = Box(x, y - height / 2, width, height)
                points[node] = ((x, y), (x + width, y))
            else:
                points[node] = ((x, y), (x + wide, y))
        x += wide + _COLUMN_GAP
    order = {name: i for i, column in enumerate(columns) for name in column if isinstance(name, str)}
    routes = {
        (source, name): (
            points[source][1],
            *(point for at in range(order[source] + 1, order[name]) for point in points[source, name, at]),
            points[name][0],
        )
        for name, sources in parents.items()
        for source in sources
    }
    bottom = max((y for way in points.values() for _, y in way), default=0.0)
    bottom = max([bottom, *(box.y + box.height for box in boxes.values())])
    return Drawing(boxes, routes, max(x - _COLUMN_GAP, 0.0), bottom)
