"""A look as a page to hand on and as JSON: every field with its course, nothing fetched from anywhere."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from paceline.ship.watch.conditions import Condition, moment
from paceline.ship.watch.look import Look, Scored, Seen

SHIFTED = 0.25
"""The stability index above which a shift is commonly spoken of; drawn as a line."""

WIDTH, HEIGHT = 260.0, 48.0

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.35rem .8rem .35rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #8884}.told{color:#b01818;font-weight:600}svg{display:block}"
    "@media(prefers-color-scheme:dark){.told{color:#ff8a8a}}"
)


def as_json(look: Look, held: Sequence[Condition], begun: Sequence[str]) -> str:
    """One object; what is not known is null."""
    told = [{"rule": str(one.rule), "about": one.kind, "message": one.message} for one in held if one.holds]
    return json.dumps(_plain({**asdict(look), "told": told, "begun": list(begun)}), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """The same with null for what is no finite number."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_html(look: Look, held: Sequence[Condition], begun: Sequence[str]) -> str:
    """A page: what holds first, then every field and every slice with its course."""
    title = html.escape(f"{look.product}, release {look.release}")
    told = [one for one in held if one.holds]
    news = "".join(f'<li class="told">{html.escape(one.message)}</li>' for one in told)
    news += "".join(f"<li>{html.escape(sentence)}</li>" for sentence in begun)
    said = f"<ul>{news}</ul>" if news else "<p>No rule holds.</p>"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><p>{html.escape(summary(look))}</p>{said}"
        f"{_fields(look)}{_scores(look)}</html>\n"
    )


def summary(look: Look) -> str:
    """What is looked at, in a sentence."""
    if look.begun is None:
        return "No answer of it is kept yet."
    beside = f" Beside it the canary {look.canary}." if look.canary else ""
    return f"{look.answers:,} answers are kept, from {moment(look.begun)} to {moment(look.ended)}.{beside}"


def number(value: float, form: str = ".3g") -> str:
    """A figure, or a dash where it is not known.

    >>> number(0.123456), number(float("nan"))
    ('0.123', '–')
    """
    return format(value, form) if math.isfinite(value) else "–"


def _fields(look: Look) -> str:
    head = "<tr><th>Field<th>Stability<th>Distance<th>Missing<th>Unseen<th>Detector<th>Stability over time</tr>"
    return f"<h2>Fields</h2><table>{head}{''.join(_field(one) for one in look.fields)}</table>" if look.fields else ""


def _field(seen: Seen) -> str:
    one = seen.moved
    alarm = "" if seen.found is None else f'<span class="told">changed about {moment(seen.since)}</span>'
    cells = [html.escape(one.field), number(one.stability), number(one.distance), number(one.missing, "+.1%"),
             number(one.unseen, ".1%"), alarm, drawn(seen.course, since=seen.since, line=SHIFTED)]  # fmt: skip
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _scores(look: Look) -> str:
    head = "<tr><th>Cases<th>Labelled<th>Loss at first<th>Loss now<th>Change, 95 %<th>Detector<th>Loss over time</tr>"
    return f"<h2>Score</h2><table>{head}{''.join(_score(one) for one in look.scores)}</table>" if look.scores else ""


def _score(scored: Scored) -> str:
    one = scored.decay
    alarm = "" if scored.since is None else f'<span class="told">worse since about {moment(scored.since)}</span>'
    change = f"{number(one.low, '+.3g')} to {number(one.high, '+.3g')}"
    cells = [html.escape(one.slice or "all"), f"{one.now:,}", number(one.loss_before), number(one.loss), change, alarm,
             drawn(scored.course, since=scored.since)]  # fmt: skip
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def drawn(course: Sequence[tuple[int, float]], *, since: int | None, line: float | None = None) -> str:
    """A course over time as SVG, with a mark where the change began and a line at what is commonly a shift."""
    known = [(at, value) for at, value in course if math.isfinite(value)]
    if len(known) < 2:
        return ""
    first, last = known[0][0], known[-1][0]
    top = max(*(value for _, value in known), line or 0.0, 1e-9) * 1.1
    low = min(0.0, *(value for _, value in known))

    def place(at: int, value: float) -> tuple[float, float]:
        return WIDTH * (at - first) / max(last - first, 1), HEIGHT * (1 - (value - low) / (top - low))

    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in known))
    marks = ""
    if line is not None:
        y = place(first, line)[1]
        marks += f'<line x1="0" x2="{WIDTH:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" opacity=".3"/>'
    if since is not None:
        x = min(max(place(since, 0.0)[0], 0.0), WIDTH)
        marks += f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT:g}" stroke="#c02020" stroke-dasharray="3 2"/>'
    said = f"from {known[0][1]:.2g} to {known[-1][1]:.2g}"
    return (
        f'<svg width="{WIDTH:g}" height="{HEIGHT:g}" viewBox="0 -1 {WIDTH:g} {HEIGHT + 2:g}" role="img" '
        f'aria-label="{said}">{marks}<polyline points="{path}" fill="none" stroke="#2a78c2" stroke-width="1.5"/></svg>'
    )
