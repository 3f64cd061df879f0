"""What a report says of a ride, as plain data: the terminal, the page and the sheet all show this.

Nothing here draws or writes. Places, names of people and serial numbers are not in it: a report is handed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath

from paceline.domain.efforts import Effort
from paceline.measure.quantities import QUANTITIES
from paceline.measure.report.doubts import Missing, QualityGroup, missing, quality, said
from paceline.measure.report.figures import Figure, clock, figure, number, setting_text
from paceline.measure.report.models import Curve, ModelRow, curve, model_rows
from paceline.measure.report.sports import told
from paceline.measure.report.tables import Table, ZoneTable, efforts_table, profile_table, zone_tables
from paceline.measure.report.traces import Strip, strip
from paceline.measure.results import Results
from paceline.measure.sessions import Session


@dataclass(frozen=True, slots=True)
class Section:
    """Figures about one noun."""

    title: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, eq=False)
class Report:
    """A ride, or an effort of one, as its report says it; every text is as the reader sees it, unescaped.

    Attributes:
        title: sport and, for an effort, its name.
        date: day and time on the athlete's wall clock, or that the file has none.
        duration: h:mm:ss.
        headline: the figures of the first page.
        sections: every other figure, by noun.
        profile: best efforts.
        zones: time in power and in heart-rate zones.
        laps: a table for each kind of effort: the device's, a person's, the detected ones.
        models: power-duration models.
        quality: what is doubtful about the readings and files, grouped.
        missing: what could not be computed, by what is missing.
        sources: quantity, what served it, readings used and left out.
        settings: name, value, since when.
        files: name, format, first characters of the hash.
        strip: the traces over time, or None where they were not asked for.
        curve: the mean-maximal curve, or None.
        imperial: whether texts are in miles, feet, pounds and °F.
    """

    title: str
    date: str
    duration: str
    headline: tuple[Figure, ...]
    sections: tuple[Section, ...]
    profile: Table
    zones: tuple[ZoneTable, ...]
    laps: tuple[Table, ...]
    models: tuple[ModelRow, ...]
    quality: tuple[QualityGroup, ...]
    missing: tuple[Missing, ...]
    sources: Table
    settings: Table
    files: Table
    strip: Strip | None
    curve: Curve | None
    imperial: bool


def report(
    session: Session,
    *,
    effort: Effort | str | None = None,
    marks: Sequence[Effort] = (),
    imperial: bool = False,
    charts: bool = True,
    history: bool = False,
) -> Report:
    """Everything a report says of a ride.

    Args:
        session: the ride.
        effort: report this part of it alone.
        marks: a person's efforts, for a table of their own.
        imperial: miles, feet, pounds and °F.
        charts: with the traces over time; a terminal needs none.
        history: metrics over several sessions are reported elsewhere, so don't name them as missing.

    Raises:
        UnknownName: there is no effort of that name.
    """
    results = session.metrics(effort)
    by = told(session, results.effort)
    shown = [found for result in results.values() if (found := figure(result, imperial=imperial, by=by)) is not None]
    headline = tuple(sorted((f for f in shown if results[f.name].metric.headline), key=_place))
    rest = [f for f in shown if f not in headline]
    return Report(
        title=_title(session, results.effort),
        date=_date(session, results.effort),
        duration=clock(results.effort.duration, decimals=False),
        headline=headline,
        sections=tuple(Section(_noun(group), tuple(found)) for group, found in groupby(rest, key=lambda f: f.group)),
        profile=profile_table(results),
        zones=zone_tables(results, session.settings),
        laps=_laps(session, effort, marks, imperial=imperial),
        models=model_rows(results),
        quality=quality(session, results),
        missing=missing(session, results, history=history, by=by),
        sources=_sources(results),
        settings=_settings(session, imperial=imperial),
        files=_files(session),
        strip=strip(session, results, imperial=imperial) if charts else None,
        curve=curve(results),
        imperial=imperial,
    )


FIRST = (
    "duration", "moving_time", "distance_covered", "average_moving_speed", "elevation_gain", "work", "average_power",
    "weighted_power", "intensity", "load", "average_heart_rate", "training_impulse", "average_cadence",
)  # fmt: skip
"""The order in which a coach reads the headline; what is not named comes after, in the catalogue's order."""


def _place(found: Figure) -> int:
    return FIRST.index(found.name) if found.name in FIRST else len(FIRST)


def _title(session: Session, effort: Effort) -> str:
    sport = (effort.sport or session.whole.sport or "ride").replace("_", " ").capitalize()
    return sport if effort.origin == "whole" else f"{sport}: {effort.name}"


def _date(session: Session, effort: Effort) -> str:
    if not session.dated:
        return "The files don't say when"
    begin = session.local(effort.start)
    return f"{begin:%A} {begin.day} {begin:%B %Y}, {begin:%H:%M %Z}"


def _noun(group: str) -> str:
    return group.replace("w_prime", "W′").replace("_", " ").capitalize()


def _laps(
    session: Session, effort: Effort | str | None, marks: Sequence[Effort], *, imperial: bool
) -> tuple[Table, ...]:
    if effort is not None:
        return ()
    whole = session.whole
    laps = [e for e in session.efforts if e.origin == "lap"]
    if len(laps) == 1 and laps[0].duration >= 0.98 * whole.duration:  # nobody pressed the button
        laps = []
    lengths = [e for e in session.efforts if e.origin == "length"]
    sports = [e for e in session.efforts if e.origin == "session"]
    kinds = (
        ("Marks", "Marked by hand.", marks),
        ("Sports", "As the device parted them.", sports if len(sports) > 1 else ()),
        ("Laps", "As the device drew them.", laps),
        ("Lengths", "As the device drew them.", lengths),
        ("Efforts", "Found in the power: where it stands out from what surrounds it.", session.detected),
    )
    return tuple(efforts_table(title, note, session, found, imperial=imperial) for title, note, found in kinds if found)


def _sources(results: Results) -> Table:
    served = {source.quantity: source for result in results.values() for source in result.sources}
    rows = [(said(s.quantity), s.name.replace("_", " "), f"{s.readings:,}", f"{s.unused:,}") for s in served.values()]
    return Table("Sources", ("Quantity", "Served by", "Readings used", "Left out"), tuple(rows))


def _settings(session: Session, *, imperial: bool) -> Table:
    rows = []
    for setting in session.settings.values():
        unit = QUANTITIES[setting.name].unit if setting.name in QUANTITIES else "1"
        if isinstance(setting.value, tuple):
            text = ", ".join(number(value) for value in setting.value)
        else:
            text = setting_text(float(setting.value), unit, imperial=imperial)
        rows.append((said(setting.name), text, setting.since or "always"))
    files = dict.fromkeys("/".join(PurePath(setting.file).parts[-2:]) for setting in session.settings.values())
    return Table("Settings", ("Setting", "Value", "Since"), tuple(rows), ", ".join(f"From {file}." for file in files))


def _files(session: Session) -> Table:
    rows = tuple((PurePath(f.file).name, f.format, f"{f.records:,}", f.sha256[:12]) for f in session.files)
    return Table("Files", ("File", "Format", "Records", "SHA-256 begins"), rows)
