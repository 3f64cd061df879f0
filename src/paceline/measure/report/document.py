"""A report as a JSON document: values in the catalogue's units, with what each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from paceline.domain.efforts import Effort
from paceline.measure.results import Result, Results, plain
from paceline.measure.sessions import Session

MOST_EFFORTS = 2000
"""Efforts that are told of: a day of pool lengths."""

MOST_WORK = 20
"""Times the ride's own duration that its efforts may last together: laps that all lie upon one another say nothing."""

LONGEST = 200
"""Elements of an array that are always written; a longer one is a series, and is written when it is asked for."""


def document(
    session: Session, *, effort: Effort | None = None, marks: Sequence[Effort] = (), series: bool = False
) -> dict[str, Any]:
    """Everything that is known of a ride, as JSON can hold it.

    Args:
        session: the ride.
        effort: this part of it alone.
        marks: a person's efforts, told of beside the device's own.
        series: arrays with a value for every second, too; else their names stand under `series_left_out`.

    Returns:
        files, start, zone, sport, effort, metrics, missing, efforts, efforts_left_out, findings, problems, settings,
        series_left_out.
    """
    results = session.metrics(effort)
    long = [name for name, r in results.items() if not series and _is_series(r.value)]
    inside = () if effort is not None else (*marks, *session.efforts, *session.detected)
    told = _bounded(inside, session.whole.duration)
    return {
        "files": [
            {"file": f.file, "format": f.format, "records": f.records, "sha256": f.sha256} for f in session.files
        ],
        "start": session.local(results.effort.start).isoformat() if session.dated else None,
        "zone": str(session.zone),
        "sport": session.whole.sport,
        "effort": _effort(results.effort),
        "metrics": {name: _result(r) for name, r in results.items() if name not in long},
        "missing": {name: {"needs": list(m.needs), "why": m.why} for name, m in results.missing.items()},
        "efforts": [{**_effort(e), "metrics": _numbers(session.metrics(e))} for e in told],
        "efforts_left_out": _left_out(len(inside) - len(told)),
        "findings": [plain(finding) for finding in session.findings],
        "problems": [{"file": f.file, **plain(p)} for f in session.files for p in f.problems],
        "settings": {name: {"value": plain(s.value), "since": s.since} for name, s in session.settings.items()},
        "series_left_out": long,
    }


def _bounded(efforts: Sequence[Effort], duration: float) -> Sequence[Effort]:
    """The first efforts, as many as are worth the time that they take."""
    together = list(accumulate(effort.duration for effort in efforts))
    fitting = sum(1 for length in together if length <= MOST_WORK * duration)
    return efforts[: min(fitting, MOST_EFFORTS)]


def _left_out(count: int) -> str | None:
    if not count:
        return None
    return (
        f"{count:,} more efforts: no more than {MOST_EFFORTS:,} are told of, and no more than {MOST_WORK} times the "
        "ride's duration in all. Ask for one by its name."
    )


def _is_series(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.size > LONGEST


def _effort(effort: Effort) -> dict[str, Any]:
    return {
        "name": effort.name,
        "origin": effort.origin,
        "start_ns": effort.start,
        "stop_ns": effort.stop,
        "duration_s": effort.duration,
        "device_summary": plain(effort.summary),
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "value": plain(result.value),
        "unit": result.metric.unit,
        "readings": result.readings,
        "sources": [plain(source) for source in result.sources],
        "settings": [setting.name for setting in result.settings],
        "problems": list(result.problems),
    }


def _numbers(results: Results) -> dict[str, float | None]:
    """The metrics of an effort that are single numbers."""
    return {name: plain(r.value) for name, r in results.items() if isinstance(r.value, int | float)}
