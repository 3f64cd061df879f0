"""The report as one HTML file: no script, nothing from outside, light and dark, for a screen, a phone and paper.

Every text is escaped here, and only here: names of files, laps and developer fields are other people's input.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from paceline.measure.report.content import Report, Section
from paceline.measure.report.doubts import Missing, QualityGroup
from paceline.measure.report.figures import Figure
from paceline.measure.report.models import ModelRow
from paceline.measure.report.overview import Overview
from paceline.measure.report.pictures import curve_chart, strip_chart, trend_chart
from paceline.measure.report.tables import Table, ZoneTable

FEW = 8
"""Sentences of one kind of doubt that stand open; the others unfold."""


def page(reports: Sequence[Report], overview: Overview | None = None) -> str:
    """The whole page.

    Args:
        reports: a ride each.
        overview: of all of them, shown first.
    """
    title = overview.title if overview else f"{reports[0].title}, {reports[0].date}"
    parts = [_overview(overview)] if overview else []
    parts += [_article(report, number, within=overview is not None) for number, report in enumerate(reports, 1)]
    return framed(title, parts)


def framed(title: str, parts: Iterable[str], *, style: str = "") -> str:
    """A whole page around parts that are HTML already.

    Args:
        title: as the reader sees it, unescaped.
        parts: of the body.
        style: rules that only this page needs.
    """
    from paceline import __version__

    return "\n".join([
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{stylesheet()}{style}</style>",
        "</head>",
        "<body>",
        "<main>",
        *parts,
        f"<footer><p>Made by Paceline {escape(__version__)} from the files named above. Places, names of people and "
        "serial numbers are not in it.</p></footer>",
        "</main>",
        "</body>",
        "</html>",
        "",
    ])  # fmt: skip


def stylesheet() -> str:
    """The page's style sheet."""
    return files("paceline.measure.report").joinpath("page.css").read_text(encoding="utf-8")


def _overview(found: Overview) -> str:
    parts = ["<article>", header(found.title, found.dates)]
    if found.figures:
        parts.append(f'<dl class="figures">{"".join(map(_headline, found.figures))}</dl>')
    if found.trend is not None:
        parts += ["<h2>Fitness, fatigue and form</h2>", shown_figure(trend_chart(found.trend, "trend"), found.why_not)]
    elif found.why_not:
        parts.append(f'<p class="note">{escape(found.why_not)}</p>')
    return "\n".join([*parts, "<h2>Rides</h2>", shown_table(found.rides), "</article>"])


def _article(report: Report, number: int, *, within: bool) -> str:
    """One ride. Under an overview its headings are a level lower."""
    parts = ["<article>", header(report.title, f"{report.date} · {report.duration}")]
    if report.headline:
        parts.append(f'<dl class="figures">{"".join(map(_headline, report.headline))}</dl>')
    if report.strip is not None and report.strip.traces:
        parts += ["<h2>Over time</h2>", shown_figure(strip_chart(report.strip, f"strip-{number}"), _shading(report))]
    parts += _power(report, number)
    parts += _zones(report.zones)
    for table in report.laps:
        parts += [f"<h2>{escape(table.title)}</h2>", shown_table(table)]
    parts += _models(report.models)
    if report.sections:
        parts += ["<h2>Everything else</h2>", f'<div class="few">{"".join(map(_section, report.sections))}</div>']
    parts += _missing(report.missing)
    parts += _quality(report.quality)
    parts += _sources(report)
    parts.append(_definitions(report))
    parts.append("</article>")
    text = "\n".join(part for part in parts if part)
    return _lower(text) if within else text


def _lower(text: str) -> str:
    """The same with every heading a level down; they look as before by their class."""
    for level in (3, 2, 1):
        text = text.replace(f"<h{level}>", f'<h{level + 1} class="h{level}">').replace(
            f"</h{level}>", f"</h{level + 1}>"
        )
    return text


def header(title: str, below: str) -> str:
    """The head of an article."""
    return f"<header><h1>{escape(title)}</h1><p>{escape(below)}</p></header>"


def _headline(found: Figure) -> str:
    unit = f" <small>{escape(found.unit)}</small>" if found.unit else ""
    kind = ' class="doubted"' if found.problems else ""
    title = f' title="{escape(" ".join(found.problems))}"' if found.problems else ""
    return f"<div{kind}{title}><dt>{escape(found.label)}</dt><dd>{escape(found.text)}{unit}</dd></div>"


def shown_figure(svg: str, caption: str) -> str:
    """A chart with words below it."""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><div class="scroll" tabindex="0" role="region" aria-label="Chart">{svg}</div>{below}</figure>'


def _shading(report: Report) -> str:
    strip = report.strip
    if strip is None:
        return ""
    said = [f"Above: {strip.above}."] if strip.laps else []
    said += ["Grey: the recording was paused or has a gap."] if strip.holes else []
    said += ["Amber: readings to doubt."] if any(trace.doubts for trace in strip.traces) else []
    return " ".join(said)


def _power(report: Report, number: int) -> list[str]:
    if report.curve is None:
        return []
    caption = "Best mean power for each duration."
    if report.curve.model:
        caption += " Dashed: the model, over the efforts that it was fitted to."
    svg = curve_chart(report.curve, f"curve-{number}")
    return [
        "<h2>Power by duration</h2>",
        f'<div class="pair">{shown_figure(svg, caption)}{shown_table(report.profile)}</div>',
    ]


def shown_table(table: Table, *, words: bool = False) -> str:
    """A table, with its note as a caption; `words` where its cells hold sentences."""
    if not table.rows:
        return ""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in table.rows
    )
    caption = f"<caption>{escape(table.note)}</caption>" if table.note else ""
    kind = ' class="words"' if words else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}">'
        f"<table{kind}>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _zones(tables: Sequence[ZoneTable]) -> list[str]:
    if not tables:
        return []
    parts = ["<h2>Time in zones</h2>", '<div class="wide">']
    for table in tables:
        most = max(max((zone.share for zone in table.zones), default=0.0), 1e-9)
        rows = "".join(
            f'<tr><th scope="row">{escape(zone.name)}</th><td>{escape(zone.bounds)}</td><td>{escape(zone.time)}</td>'
            f"<td>{zone.share:.0%}</td>"
            f'<td class="bar"><span style="width:{100 * zone.share / most:.1f}%"></span></td></tr>'
            for zone in table.zones
        )
        head = "".join(f'<th scope="col">{name}</th>' for name in ("Zone", "Bounds", "Time", "Share", ""))
        kind = "heart" if "eart" in table.title else "watts"
        parts.append(
            f'<section><h3>{escape(table.title)}</h3><table class="zones {kind}"><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table></section>"
        )
    return [*parts, "</div>"]


def _models(models: Sequence[ModelRow]) -> list[str]:
    if not models:
        return []
    rows = [
        (
            m.name.replace("_", " "),
            m.formula,
            "; ".join(m.parameters) if m.parameters else f"Not identifiable: {m.reason}.",
        )
        for m in models
    ]
    note = "Fitted to this ride's best efforts of 2 to 20 minutes; a lower bound unless they were all-out."
    table = Table("Critical power", ("Model", "Formula", "Estimates"), tuple(rows), note)
    return ["<h2>Critical power, from this ride alone</h2>", shown_table(table, words=True)]


def _section(section: Section) -> str:
    rows = "".join(f"<div><dt>{escape(f.label)}</dt><dd>{escape(f.shown)}</dd></div>" for f in section.figures)
    return f"<section><h3>{escape(section.title)}</h3><dl>{rows}</dl></section>"


def _missing(missing: Sequence[Missing]) -> list[str]:
    if not missing:
        return []
    return ["<h2>What could not be computed, and why</h2>", listed(found.line for found in missing)]


def _quality(groups: Sequence[QualityGroup]) -> list[str]:
    if not groups:
        return ["<h2>Quality of the data</h2>", "<p>Nothing in the files was found to be doubtful.</p>"]
    parts = ["<h2>Quality of the data</h2>"]
    for group in groups:
        parts += [f"<h3>{escape(group.title)}</h3>", listed(group.messages[:FEW])]
        if rest := group.messages[FEW:]:
            parts.append(f"<details><summary>{len(rest):,} more</summary>{listed(rest)}</details>")
    return parts


def _sources(report: Report) -> list[str]:
    tables = [table for table in (report.sources, report.settings, report.files) if table.rows]
    parts = ["<h2>What it rests on</h2>"]
    for table in tables:
        parts += [f"<h3>{escape(table.title)}</h3>", shown_table(table, words=True)]
    return parts if tables else []


def _definitions(report: Report) -> str:
    figures = [*report.headline, *(f for section in report.sections for f in section.figures)]
    if not figures:
        return ""
    rows = "".join(f"<dt>{escape(f.label)}</dt><dd>{escape(f.meaning)}</dd>" for f in figures)
    return f"<h2>Definitions</h2><details><summary>What each figure means</summary><dl>{rows}</dl></details>"


def listed(messages: Iterable[str]) -> str:
    """Sentences as a list."""
    return f"<ul>{''.join(f'<li>{escape(message)}</li>' for message in messages)}</ul>"
