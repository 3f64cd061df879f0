"""A plan: how hard to ride where, and which time the clock should show at each line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from paceline.decide.pacing.courses import Course, Floats
from paceline.decide.pacing.riders import Air, Rider


@dataclass(frozen=True, eq=False, slots=True)
class Splits:
    """The schedule: one entry a line, the finish last.

    Attributes:
        distance: (line,), m from the start.
        time: (line,), s since the start.
        duration: (line,), s since the line before.
        speed: (line,), m/s, mean since the line before.
        power: (line,), W, mean in time since the line before.
        end_speed: (line,), m/s at the line.
        w_prime_balance: (line,), J left at the line.
    """

    distance: Floats
    time: Floats
    duration: Floats
    speed: Floats
    power: Floats
    end_speed: Floats
    w_prime_balance: Floats


@dataclass(frozen=True, eq=False)
class Plan:
    """The fastest way to ride a course, on the optimiser's grid: the ends of its intervals and their middles.

    From rest the grid begins where the rider has got to walking pace, with the time that this took.

    Attributes:
        course: what is ridden.
        rider: by whom.
        air: through what.
        distance: (point,), m, rising; an odd number of points.
        power: (point,), W.
        speed: (point,), m/s of the wheels over the ground.
        time: (point,), s since the start.
        w_prime_balance: (point,), J.
        sensitivities: quantity of rider, air or course → s (or, for a given duration, m) that one unit more of it adds
            to the result, to first order, the first metres from rest apart; nothing is solved again.
        iterations: of the solver.
    """

    course: Course
    rider: Rider
    air: Air
    distance: Floats
    power: Floats
    speed: Floats
    time: Floats
    w_prime_balance: Floats
    sensitivities: Mapping[str, float]
    iterations: int

    @property
    def finish_time(self) -> float:
        """s from start to finish."""
        return float(self.time[-1])

    @property
    def finish_distance(self) -> float:
        """m from start to finish."""
        return float(self.distance[-1])

    @property
    def work(self) -> float:
        """J that the rider does from the first point of the grid on."""
        return float(self._work_done(self.distance[-1:])[0])

    def splits(self, every: float | None = None) -> Splits:
        """The schedule.

        Args:
            every: m between two lines; the course's own distance of marks if left out.

        Returns:
            Times at every multiple of that distance and at the finish, from the polynomials that the optimiser itself
            works with: no point of the grid stands in for a line that it only comes near to.
        """
        spacing = self.course.mark if every is None else every
        end = self.finish_distance
        # A line within a millimetre of the finish is the finish.
        lines = np.append(np.arange(spacing, end - 1e-3, spacing), end)
        lines = lines[lines > self.distance[0]]
        time = self.time_at(lines)
        duration = np.diff(time, prepend=0.0)
        work = np.diff(self._work_done(lines), prepend=0.0)
        # From rest the first power is of the time since the grid began: before it the legs push, and give no power yet.
        powered = duration - np.where(np.arange(lines.size) == 0, self.time[0], 0.0)
        return Splits(
            distance=lines,
            time=time,
            duration=duration,
            speed=np.diff(lines, prepend=0.0) / duration,
            power=work / powered,
            end_speed=np.sqrt(self._through_points(self.speed**2, lines)),
            w_prime_balance=self._through_points(self.w_prime_balance, lines),
        )

    def time_at(self, distance: Floats) -> Floats:
        """The clock at distances on the course, (…,), s."""
        return np.asarray(self.time[0] + self._integral(1.0 / self.speed, distance))

    def power_at(self, distance: Floats) -> Floats:
        """Power at distances on the course, (…,), W: straight lines between the ends of the intervals."""
        return np.interp(distance, self.distance[0::2], self.power[0::2])

    def _work_done(self, distance: Floats) -> Floats:
        return self._integral(self.power / self.speed, distance)

    @cached_property
    def _steps(self) -> Floats:
        return np.diff(self.distance[0::2])

    def _place(self, distance: Floats) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], Floats]:
        """The interval of each distance, and the share of it that is covered there."""
        interval = np.searchsorted(self.distance[0::2], distance, side="right") - 1
        interval = np.clip(interval, 0, self._steps.size - 1)
        return interval, (distance - self.distance[0::2][interval]) / self._steps[interval]

    def _integral(self, rate: Floats, distance: Floats) -> Floats:
        """∫ rate over distance since the grid began, where each interval's rate is the parabola of its three points."""
        whole = self._steps / 6.0 * (rate[0:-2:2] + 4.0 * rate[1::2] + rate[2::2])
        before = np.concatenate([[0.0], np.cumsum(whole)])
        interval, share = self._place(distance)
        start, middle, end = (rate[2 * interval + i] for i in range(3))
        tilt, bend = -3.0 * start + 4.0 * middle - end, 2.0 * (start - 2.0 * middle + end)
        part = share * (start + share * (tilt / 2.0 + share * bend / 3.0))
        return np.asarray(before[interval] + self._steps[interval] * part)

    def _through_points(self, values: Floats, distance: Floats) -> Floats:
        """Values at distances, on the parabola through the three points of each interval."""
        interval, share = self._place(distance)
        start, middle, end = (values[2 * interval + i] for i in range(3))
        tilt, bend = -3.0 * start + 4.0 * middle - end, 2.0 * (start - 2.0 * middle + end)
        return np.asarray(start + share * (tilt + share * bend))
