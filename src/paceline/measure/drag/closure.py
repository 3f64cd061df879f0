"""Drag area on a road: the rider comes back to the same place, which has not changed its elevation.

Two estimators share one set of equations. A window from place to place gives: work less speed gained less rolling =
drag area · air + rise. Over a whole lap the rise is nothing (`lap_closure`). Over half a lap it is what the other half
takes back, and the same in every lap of every run (`joint_profile`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import TooFewSamples
from paceline.measure.drag import linear
from paceline.measure.drag.elevation import Steps
from paceline.measure.drag.results import DragResult
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats

NAME = "The drag area"
FEWEST = 2
"""Degrees of freedom, below which an error says nothing."""

Rolling = float | Sequence[float] | None


@dataclass(frozen=True, eq=False, slots=True)
class Run:
    """One run over the course.

    Attributes:
        setup: what was tested; runs of one set-up share a drag area.
        steps: the run's energy.
        passed: (passing,), when each place was passed, as `places_passed` gives it.
    """

    setup: str
    steps: Steps
    passed: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Windows:
    """Equations of windows of one length.

    Attributes:
        setups: in order of first appearance.
        design: (window, set-up), m: height that 1 m² takes; one column more, the distance, where rolling is free.
        response: (window,), m: height to be explained.
        run: (window,), which run.
        at: (window,), the place at which it begins, along its run.
        span: places.
        left: set-up → windows left out for a hole.
    """

    setups: list[str]
    design: Floats
    response: Floats
    run: npt.NDArray[np.intp]
    at: npt.NDArray[np.intp]
    span: int
    left: dict[str, int]

    @property
    def pieces(self) -> int:
        """How many windows of this length lie end to end in the runs: what can be called independent."""
        return linear.end_to_end(self.run, self.at, self.span)


def lap_closure(runs: Sequence[Run], *, places: int, crr: Rolling) -> DragResult:
    """Drag areas for which every lap ends as high as it began.

    A lap may begin at any place. All of them are used, one equation each: over a whole lap what a place lies off its
    mark is worth nothing on average, since the slopes of a lap add up to nothing. Laps that overlap share their errors,
    which the standard error knows; its degrees of freedom are whole laps less parameters.

    Args:
        runs: of one or several set-ups.
        places: per lap, as in `places_passed`.
        crr: rolling resistance, one for all or one a run; None to estimate one for all, which needs laps at different
            speeds and widens the error of the drag area many times over.

    Returns:
        For each set-up; `used` and `discarded` count windows of a lap: those with a hole in them are left out.

    Raises:
        TooFewSamples: fewer whole laps than two more than there are parameters.
        NotIdentifiable: the laps can't tell air from tyres.
    """
    found = windows(runs, span=places, crr=crr)
    return _solved(found, None, method="lap closure", free=crr is None)


def joint_profile(runs: Sequence[Run], *, places: int, crr: Rolling) -> DragResult:
    """Drag areas under one elevation profile for all runs.

    From each place to the one half a lap further the road rises by as much as it falls on the other half, in every lap
    of every run. These rises are estimated beside the drag areas. Half laps at a run's ends and beside a hole count.

    Args:
        runs: as for `lap_closure`; `passed` begins at the same place of the lap in all of them.
        places: per lap, an even number.
        crr: as for `lap_closure`.

    Returns:
        For each set-up; `used` and `discarded` count windows of half a lap.

    Raises:
        TooFewSamples: too few half laps.
        NotIdentifiable: the runs can't tell air from tyres, or never ride one half of the lap.
    """
    half = places // 2
    found = windows(runs, span=half, crr=crr)
    rises = np.zeros((found.at.size, half))
    rises[np.arange(found.at.size), found.at % half] = np.where(found.at % places < half, 1.0, -1.0)
    return _solved(found, rises, method="joint profile", free=crr is None)


def windows(runs: Sequence[Run], *, span: int, crr: Rolling) -> Windows:
    """The equations of every window of so many places, for all runs."""
    rolling = [crr or 0.0] * len(runs) if crr is None or isinstance(crr, float | int) else crr
    setups = list(dict.fromkeys(run.setup for run in runs))
    left = dict.fromkeys(setups, 0)
    design, response, number, starts = [], [], [], []
    for index, (run, fixed) in enumerate(zip(runs, rolling, strict=True)):
        work, air, distance, broken = _spans(run, span)
        whole = np.flatnonzero(broken == 0.0)
        left[run.setup] += broken.size - whole.size
        rows = np.zeros((whole.size, len(setups) + (crr is None)))
        rows[:, setups.index(run.setup)] = air[whole]
        if crr is None:
            rows[:, -1] = distance[whole]
        design.append(rows)
        response.append((work - fixed * distance)[whole])
        number.append(np.full(whole.size, index))
        starts.append(whole)
    numbers, places = np.concatenate(number), np.concatenate(starts)
    return Windows(setups, np.concatenate(design), np.concatenate(response), numbers, places, span, left)


def _spans(run: Run, span: int) -> tuple[Floats, Floats, Floats, Floats]:
    """(window,) each: net work, air and distance over every window, m, and how many absent samples lie in it."""
    found = run.steps
    net = found.work - found.kinetic
    absent = np.isnan(net)
    if run.passed.size <= span:
        return np.empty(0), np.empty(0), np.empty(0), np.empty(0)
    samples = np.arange(absent.size, dtype=np.float64)

    def over(values: Floats) -> Floats:
        until: Floats = np.interp(run.passed, samples, np.cumsum(np.where(absent, 0.0, values)))
        return until[span:] - until[:-span]

    holes = np.interp(run.passed, samples, np.cumsum(absent.astype(np.float64)))
    return over(net), over(found.air), over(found.distance), holes[span:] - holes[:-span]


def _solved(found: Windows, rises: Floats | None, *, method: str, free: bool) -> DragResult:
    """Drag areas from the equations; the rises of a profile, half a lap in all, count as one parameter."""
    drag = len(found.setups)
    freedom = found.pieces - drag - free - (rises is not None)
    used = {name: int(np.count_nonzero(found.design[:, i])) for i, name in enumerate(found.setups)}
    if freedom < FEWEST or min(used.values(), default=0) == 0:
        raise TooFewSamples(f"{method} (windows)", need=found.pieces - freedom + FEWEST, got=found.pieces)
    design = found.design if rises is None else np.hstack([found.design, rises])
    fit = linear.fit(design, found.response, run=found.run, at=found.at, overlap=found.span, name=NAME)
    variance = float(np.mean(fit.residuals**2)) * found.pieces / freedom
    covariance = fit.spread * variance
    errors = np.sqrt(np.diag(covariance))

    def estimate(at: int, windows_used: int, discarded: int) -> Estimate:
        return Estimate(float(fit.parameters[at]), float(errors[at]), windows_used, discarded, freedom)

    cda = {name: estimate(i, used[name], found.left[name]) for i, name in enumerate(found.setups)}
    crr = estimate(drag, sum(used.values()), sum(found.left.values())) if free else None
    block = tuple(tuple(row) for row in covariance[:drag, :drag].tolist())
    return DragResult(cda, crr, method, variance**0.5, block)
