"""How far off is the finish of an individual pursuit that is told at half distance?

Budget: mean absolute error at most 2.3 s for men over 4 km and 1.8 s for women over 3 km, and a 90 % interval that
holds 85 to 95 % of the finishes. The races of PACELINE_DATA/track_splits_uci are read from their texts. Each year is
predicted from the years before it alone, and the years are pooled. The method was chosen on 2009 and 2010 (see
`paceline.decide.pursuit`), so that 2010 is shown but only later years count as unseen: they make the headline. Peers:
twice the half time, and a least-squares line on the half time and the last 500 m before it, fitted to the same races.

    python -m benchmarks pursuit
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import ROOT, emit
from paceline.decide.pursuit import fit
from paceline.domain.races import Performance
from paceline.record.formats.uci_results import read_results

DATA = Path(os.environ.get("PACELINE_DATA", ROOT.parent / "shared" / "data"))
DISTANCES = {"men": 4000.0, "women": 3000.0}
CHOSEN_TO = 2010
"""The last year that the method was chosen on."""

Years = dict[int, list[Performance]]


def main() -> None:
    """Score each sex, and print the sex in which we are least ahead of the better peer as the headline."""
    rows = [row(sex, distance) for sex, distance in DISTANCES.items()]
    worst = min(rows, key=lambda r: float(r["later"]["regression"]) / float(r["later"]["ours"]))
    ours, theirs = worst["later"]["ours"], worst["later"]["regression"]
    emit({"id": "pursuit_v1", "ours": ours, "theirs": theirs, "peer": "half and last 500 m, least squares",
          "unit": "s mean absolute error", "ratio": round(theirs / ours, 2), "rows": rows})  # fmt: skip


def row(sex: str, distance: float) -> dict[str, Any]:
    """Errors of one sex: all years but the first, those after the choice of the method, and each."""
    years = pursuits(sex, distance)
    scores = {year: score(years, year, distance) for year in sorted(years)[1:]}
    later = np.concatenate([errors for year, errors in scores.items() if year > CHOSEN_TO])
    return {"sex": sex, "all": summary(np.concatenate(list(scores.values()))), "later": summary(later),
            "by_year": {year: summary(errors) for year, errors in scores.items()}}  # fmt: skip


def pursuits(sex: str, distance: float) -> Years:
    """Year → every pursuit with a time at the finish and at each line up to half distance that anyone needs."""
    years: Years = {}
    for path in sorted((DATA / "track_splits_uci" / "texts").rglob("*.txt")):
        race, _ = read_results(path)
        if race.discipline == "individual pursuit" and race.sex == sex and race.date is not None:
            half = distance / 2
            needed = (250.0, half - 500, half - 250, half, distance)
            whole = [one for one in race.performances if None not in map(one.time, needed)]
            years.setdefault(race.date.year, []).extend(whole)
    return years


def score(years: Years, year: int, distance: float) -> np.ndarray[Any, Any]:
    """(performance, 4): absolute errors of ours, twice the half and the regression, and whether the interval held."""
    before = [one for earlier, those in years.items() if earlier < year for one in those]
    model = fit(before, distance=distance)
    line = regression(before, distance)
    found = []
    for one in years[year]:
        finish, half = float(one.time(distance) or 0), float(one.time(distance / 2) or 0)
        told = model.finish(split for split in one.splits if split.distance <= distance / 2)
        held = told.low <= finish <= told.high
        found.append([abs(told.time - finish), abs(2 * half - finish), abs(line(one) - finish), held])
    return np.array(found)


def regression(before: list[Performance], distance: float) -> Callable[[Performance], float]:
    """The peer that is fitted."""

    def known(one: Performance) -> list[float]:
        half = float(one.time(distance / 2) or 0)
        return [1.0, half, half - float(one.time(distance / 2 - 500) or 0)]

    design = np.array([known(one) for one in before])
    slopes = np.linalg.lstsq(design, np.array([one.time(distance) for one in before], float), rcond=None)[0]
    return lambda one: float(np.array(known(one)) @ slopes)


def summary(errors: np.ndarray[Any, Any]) -> dict[str, float]:
    """Means over the performances."""
    ours, twice, line, held = errors.mean(axis=0)
    return {"performances": len(errors), "ours": round(float(ours), 3), "twice": round(float(twice), 3),
            "regression": round(float(line), 3), "coverage": round(float(held), 3)}  # fmt: skip


if __name__ == "__main__":
    main()
