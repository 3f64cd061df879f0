"""A report as a file: its kind is chosen by the name's ending, and it is there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from paceline.domain.efforts import Effort
from paceline.domain.errors import WriteError
from paceline.measure.report.content import report
from paceline.measure.report.overview import overview
from paceline.measure.sessions import Session
from paceline.record.whole import write_whole

SUFFIXES = (".html", ".pdf", ".png", ".svg")


def write_report(
    sessions: Sequence[Session],
    path: str | Path,
    *,
    imperial: bool = False,
    effort: Effort | str | None = None,
    marks: Sequence[Effort] = (),
    watched: Callable[[Sequence[Session]], Iterable[Session]] = iter,
) -> Path:
    """Write the report of one or several rides.

    Args:
        sessions: the rides. Of several, HTML and PDF hold an overview and then each; PNG and SVG, which have no second
            page, the overview alone.
        path: ends in .html, .pdf, .png or .svg; a file that is there is replaced.
        imperial: miles, feet, pounds and °F.
        effort: report this part of each ride alone.
        marks: a person's efforts, for a table of their own.
        watched: gives the rides one by one, and may show how far it has come.

    Returns:
        The path.

    Raises:
        WriteError: another ending, no ride, or the file can't be written.
        UnknownName: there is no effort of that name.
    """
    target = Path(path)
    kind = target.suffix.casefold()
    if kind not in SUFFIXES:
        reason = f"no report is written as {target.suffix or 'a file without an ending'}"
        raise WriteError(str(path), reason=reason, advice=f"Let the name end in {', '.join(SUFFIXES)}.")
    if not sessions:
        raise WriteError(str(path), reason="there is no ride to report")
    several = len(sessions) > 1
    above = overview(sessions, imperial=imperial) if several else None
    asked = sessions if kind in {".html", ".pdf"} or not several else ()
    found = (report(s, effort=effort, marks=marks, imperial=imperial, history=several) for s in watched(asked))
    if kind == ".html":
        from paceline.measure.report.page import page

        data = page(list(found), above).encode("utf-8", "backslashreplace")  # half a character is no text
    else:
        from paceline.measure.report.sheet import sheet

        data = sheet(found, above, kind=kind)
    write_whole(target, data)
    return target
