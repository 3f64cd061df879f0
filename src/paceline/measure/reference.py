"""The reference pages that are read off the code: docs/reference/metrics.md and channels.md.

python -m paceline.measure.reference [FOLDER]     writes them; `make docs` does the same
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from paceline.domain.channels import CHANNELS
from paceline.measure.catalogue import Metric, catalogue, modules
from paceline.measure.quantities import QUANTITIES, Kind

FOLDER = Path("docs/reference")

_SECTION = re.compile(r"^(Args|Returns|Raises|Source|Example|Examples|Yields|Attributes):$")

_METRICS = """# Metrics

Every metric that Paceline computes, read off the code: this page is written by `make docs`. A metric is computed when
what it needs is there; where it isn't, the report says what would bring it. `paceline metrics NAME` prints an entry,
`paceline metrics NAME --lineage picture.svg` draws what it rests on.
"""

_CHANNELS = """# Channels

Every quantity a device can record, read off the code: this page is written by `make docs`. A reading outside the
plausible range is kept and flagged, and no metric uses it. A channel that isn't listed (a developer field, an unknown
column) keeps the name and unit that its file gives it.
"""

_KINDS: Mapping[Kind, str] = MappingProxyType({
    "grid": "measured",
    "stream": "measured beat by beat",
    "passing": "from timing loops",
    "clock": "of the effort itself",
    "setting": "from the settings file",
    "track": "of the track and the plan",
    "history": "from several sessions",
})  # fmt: skip


def metrics_page() -> str:
    """The page of all metrics, grouped by the module that each lives in, a heading each."""
    groups = {module.__name__.rpartition(".")[2]: _first_paragraph(module.__doc__ or "") for module in modules()}
    parts = [_METRICS, *_quantities()]
    for group, metrics in groupby(catalogue().values(), key=lambda metric: metric.group):
        parts += [f"# {group.replace('_', ' ').capitalize()}", groups[group], *map(_entry, metrics)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def channels_page() -> str:
    """The page of all channels, a heading each."""
    entries = [
        f"## {c.name}\n\n{c.meaning}\n\nUnit: {_unit(c.unit)}. Plausible: {_bound(c.low)} to {_bound(c.high)}."
        for c in CHANNELS.values()
    ]
    return "\n\n".join([_CHANNELS.strip("\n"), *entries]) + "\n"


PAGES: Mapping[str, Callable[[], str]] = MappingProxyType({"metrics.md": metrics_page, "channels.md": channels_page})


def _entry(metric: Metric) -> str:
    uses = f", and where they are there {_names(metric.uses)}" if metric.uses else ""
    facts = [
        f"Unit: {_unit(metric.unit)}",
        f"Needs: {_names(metric.needs)}{uses}",
        f"Rests on: {_names(sorted(_leaves(metric.name)))}",
        *([f"Range: {_range(metric)}"] if math.isfinite(metric.low) or math.isfinite(metric.high) else []),
        *([f"Known as: {', '.join(metric.known_as)}"] if metric.known_as else []),
        f"In a report: {metric.label}",
    ]
    listed = "\n".join(f"- {fact}" for fact in facts)
    return f"## {metric.name}\n\n{metric.summary}\n\n{listed}\n\n{definition(metric.definition)}"


def definition(docstring: str) -> str:
    """A docstring after its first paragraph, as Markdown: sections become bold words, their items a list.

    >>> print(definition("First.\\n\\nArgs:\\n    power: (sample,), W;\\n        NaN where absent."))
    **Args**
    <BLANKLINE>
    - `power`: (sample,), W; NaN where absent.
    """
    paragraphs = docstring.split("\n\n")[1:]
    return "\n\n".join(part for paragraph in paragraphs for part in _paragraph(paragraph.splitlines()))


def _paragraph(lines: list[str]) -> Iterator[str]:
    if found := _SECTION.match(lines[0]):
        yield f"**{found[1]}**"
        body = [line.removeprefix("    ") for line in lines[1:]]
        if body:
            yield (
                "\n".join(_items(body))
                if found[1] in {"Args", "Raises", "Attributes"}
                else " ".join(map(str.strip, body))
            )
    elif lines[0].lstrip().startswith(">>>"):
        yield "\n".join(["```python", *lines, "```"])
    else:
        yield " ".join(line.strip() for line in lines)


def _items(body: list[str]) -> Iterator[str]:
    """`name: what it is` a line; a line further in goes on with the item before it."""
    items: list[str] = []
    for line in body:
        if line.startswith(" ") and items:
            items[-1] += " " + line.strip()
        else:
            items.append(line)
    for item in items:
        name, colon, meaning = item.partition(": ")
        yield f"- `{name}`: {meaning}" if colon else f"- {item}"


def _quantities() -> Iterator[str]:
    yield "# What metrics start from"
    yield "A metric's inputs are other metrics, or these:"
    rows = [f"| `{q.name}` | {_unit(q.unit)} | {_KINDS[q.kind]} | {q.meaning} |" for q in QUANTITIES.values()]
    yield "\n".join(["| quantity | unit | comes | meaning |", "|---|---|---|---|", *rows])


def _leaves(name: str) -> frozenset[str]:
    metric = catalogue().get(name)
    return frozenset({name}) if metric is None else frozenset().union(*map(_leaves, metric.needs))


def _names(names: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"[`{n}`](#{n})" if n in catalogue() else f"`{n}`" for n in names) or "nothing"


def _unit(unit: str) -> str:
    return "none (a number)" if unit == "1" else unit


def _range(metric: Metric) -> str:
    unit = "" if metric.unit == "1" else f" {metric.unit}"
    if not math.isfinite(metric.high):
        return f"{_bound(metric.low)}{unit} or more"
    if not math.isfinite(metric.low):
        return f"{_bound(metric.high)}{unit} or less"
    return f"{_bound(metric.low)} to {_bound(metric.high)}{unit}"


def _bound(number: float) -> str:
    return f"{number:,.10g}".replace("-", "−")


def _first_paragraph(docstring: str) -> str:
    return "\n\n".join(" ".join(p.split()) for p in docstring.strip().split("\n\n"))


def write(folder: Path = FOLDER) -> None:
    """Write the pages into a folder."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:2]))
