"""Drag area of each half lap, from the energy that went in and what became of it.

From the middle of one straight to the middle of the next the rider stands upright at both ends, so that leaning costs
and returns nothing between; what work did not go into speed, tyres and bearings, the air took:

    η ∫P dt = ½ (CdA + F_w) ∫ρ v_a² v_c dt + ∫Crr N v_w dt + ∫bearings dt + Δ(½ m v_c² + ½ I/r² v_w² + m g h cos θ)

The air slows the centre of mass, which in a bend is slower than the wheels (v_c < v_w), and the banking loads the tyres
with more than the weight (N > m g): `lean` has both. Pure arrays; nothing here knows a file or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import TooFewSamples
from paceline.domain.tracks import Track
from paceline.measure import resistance
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats, Joules, Metres, MetresPerSecond, Seconds, Watts
from paceline.measure.robust_regression import inflation, robust_regression
from paceline.measure.track import geometry, lean

EDGE = 0.25
"""s on either side of a half lap's end over which a straight line gives the speed there."""

_LONGEST_STEP = 5.0
"""Usual steps between two samples with every reading, beyond which there is a hole between them. Shorter ones are
bridged by the trapezium that the integrals are made of: a packet lost at 100 Hz costs nobody a half lap."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is known of rider, bike and air besides the drag, and how well (one standard deviation each).

    Attributes:
        mass: rider, bike and all they carry, kg.
        crr: coefficient of rolling resistance, on this track with these tyres.
        rotating_mass: I/r² of both wheels, kg.
        efficiency: share of the power at the pedals that reaches the wheel; 1 for a power meter in the hub.
        height: of the centre of mass above the tyres along the bike, m.
        wheel_drag_area: m², of the turning spokes; 0 counts it in with the rider's.
        power_error: share of the power.
        mass_error: kg.
        crr_error: likewise.
        air_density_error: share of the density.
    """

    mass: float
    crr: float
    rotating_mass: float = 1.6
    efficiency: float = resistance.CHAIN_EFFICIENCY
    height: float = lean.CENTRE_OF_MASS_HEIGHT
    wheel_drag_area: float = resistance.WHEEL_DRAG_AREA
    power_error: float = 0.01
    mass_error: float = 0.5
    crr_error: float = 0.0002
    air_density_error: float = 0.003


@dataclass(frozen=True, eq=False)
class HalfLaps:
    """The balance of each half lap, (half lap,) each; NaN where power, speed or place was not measured throughout.

    Attributes:
        start: s, when it began, in the middle of a straight.
        stop: s, when it ended.
        home: whether it began on the home straight.
        cda: drag area, m².
        standard_error: of it, m², from the scatter of the readings. Neighbours share an end: where its speed was read
            too high, one comes out too high and the other too low. NaN from loggers slower than about 6 Hz, whose
            scatter at an end can't be told.
        systematic: m², from what is not known better of power, mass, rolling resistance and density; it moves all half
            laps of one ride alike, and cancels from a comparison.
        aerodynamic: J, what the air took.
        rolling: J, what tyres and bearings took.
        kinetic: J, what went into speed.
        work: J, what reached the wheel.
        load: J that the air takes for each m² of drag area: ∫½ρ v_a² v_c dt.
        pressed: J that the tyres take for a coefficient of one: ∫N v_w dt.
    """

    start: Seconds
    stop: Seconds
    home: npt.NDArray[np.bool_]
    cda: Floats
    standard_error: Floats
    systematic: Floats
    aerodynamic: Joules
    rolling: Joules
    kinetic: Joules
    work: Joules
    load: Floats
    pressed: Joules

    def overall(self, *, skip: int = 2, shared: bool = True) -> Estimate:
        """The drag area of the ride, each half lap weighted by what its air took.

        Where neighbours are off alike, as in gusts, they count for fewer in the error.

        Args:
            skip: half laps at the beginning to leave out: the standing start.
            shared: whether the error holds, beside the scatter of the half laps, what is not known better of power,
                mass, rolling resistance and density. False compares two rides on one bike and one day.

        Raises:
            TooFewSamples: fewer than three half laps are left that were measured throughout.
        """
        known = np.flatnonzero(~np.isnan(self.cda))
        known = known[known >= skip]
        if known.size < 3:
            raise TooFewSamples("the drag area of a ride", need=3, got=int(known.size))
        root = np.sqrt(self.load[known])
        fit = robust_regression(root[:, None], self.cda[known] * root, model="the drag area of a ride")
        found, lost = fit.estimate(0), int(np.count_nonzero(np.isnan(self.cda[skip:])))
        error = found.standard_error * inflation(fit.weights * fit.residuals)
        found = replace(found, standard_error=error, discarded=found.discarded + lost)
        return found.widened(float(np.average(self.systematic[known], weights=self.load[known]))) if shared else found


def half_lap_drag(
    time: Seconds,
    *,
    power: Watts,
    wheel_speed: MetresPerSecond,
    distance: Metres,
    track: Track,
    load: Load,
    air_density: Floats | float,
    air_speed: MetresPerSecond | None = None,
) -> HalfLaps:
    """The drag area of every half lap between the pursuit lines.

    Args:
        time: (sample,), s, rising, at any rate.
        power: (sample,), W; NaN where nothing was measured. A half lap with more than five usual steps without power,
            speed or place is not computed.
        wheel_speed: (sample,), m/s, NaN likewise.
        distance: (sample,), m along the black line from the finish line, NaN likewise; as `ridden` gives it.
        track: where.
        load: what is known besides.
        air_density: (sample,) or scalar, kg/m³, NaN likewise.
        air_speed: (sample,), m/s, against the air, where a pitot measured it; else that of the centre of mass.

    Returns:
        One entry for each half lap that was begun and ended.

    Raises:
        TooFewSamples: no half lap was ridden from line to line.
    """
    terms = _Terms.of(wheel_speed, distance, track, load, air_density, air_speed)
    columns = np.stack([power * load.efficiency, terms.pressed, terms.bearing, terms.air], axis=1)
    known = ~np.isnan(columns).any(axis=1)
    time, columns, wheel_speed, distance = time[known], columns[known], wheel_speed[known], distance[known]
    lines, home = _lines(distance, track)
    if lines.size < 2:
        raise TooFewSamples("the drag area of a half lap", need=2, got=int(lines.size))
    at = _crossed(lines, time, distance)
    whole = _whole(time, at)
    work, pressed, bearing, air = np.diff(_integrals(time, columns, at), axis=0).T
    rolling = load.crr * pressed + bearing
    speed, error = _edges(at, time, wheel_speed)
    energy, slope = _mechanical(speed, lines, track, load)
    kinetic = np.diff(energy)
    aerodynamic = np.where(whole, work - rolling - kinetic, np.nan)
    noise = _noise(columns[:, 0]) * _usual_step(time) ** 0.5 * np.sqrt(np.diff(at))
    ends = (slope * error) ** 2
    scatter = np.sqrt(noise**2 + ends[1:] + ends[:-1]) / air
    return HalfLaps(
        start=at[:-1], stop=at[1:], home=home[:-1], cda=aerodynamic / air - load.wheel_drag_area,
        standard_error=np.where(whole, scatter, np.nan),
        systematic=np.where(whole, _systematic(load, work, rolling, kinetic, aerodynamic) / air, np.nan),
        aerodynamic=aerodynamic, rolling=np.where(whole, rolling, np.nan), kinetic=np.where(whole, kinetic, np.nan),
        work=np.where(whole, work, np.nan), load=np.where(whole, air, np.nan),
        pressed=np.where(whole, pressed, np.nan),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Terms:
    """W of tyres for a coefficient of one, W of bearings, and W for each m² that the air takes, (sample,) each."""

    pressed: Watts
    bearing: Watts
    air: Floats

    @classmethod
    def of(
        cls,
        wheel_speed: MetresPerSecond,
        distance: Metres,
        track: Track,
        load: Load,
        air_density: Floats | float,
        air_speed: MetresPerSecond | None,
    ) -> _Terms:
        bend = geometry.curvature(distance, track)
        sine = lean.lean_sine(wheel_speed, bend, height=load.height)
        speed = wheel_speed * lean.speed_ratio(sine, bend, height=load.height)
        bank = np.radians(geometry.banking(distance, track))
        weight = load.mass * resistance.GRAVITY
        pressed = lean.wheel_load(sine, np.sin(bank), np.cos(bank), weight=weight)
        against = speed if air_speed is None else air_speed
        air = resistance.aerodynamic_power(
            speed, air_speed=against, cda=1.0, air_density=air_density, wheel_drag_area=0.0
        )
        return cls(pressed * wheel_speed, resistance.bearing_power(wheel_speed), air)


def _lines(distance: Metres, track: Track) -> tuple[Metres, npt.NDArray[np.bool_]]:
    """Distances at which a pursuit line was crossed, and whether it is the one on the home straight."""
    if not distance.size:
        return np.empty(0), np.empty(0, bool)
    half = track.length / 2
    first, last = float(distance.min()), float(distance.max())
    numbers = np.arange(np.ceil((first - track.home) / half - 1e-9), np.floor((last - track.home) / half + 1e-9) + 1)
    return track.home + numbers * half, numbers % 2 == 0


def _crossed(lines: Metres, time: Seconds, distance: Metres) -> Seconds:
    return np.interp(lines, np.maximum.accumulate(distance), time)


def _integrals(time: Seconds, columns: Floats, at: Seconds) -> Floats:
    """Integrals from the first sample to each instant, (instant, column), by trapezia."""
    areas = (columns[1:] + columns[:-1]) / 2.0 * np.diff(time)[:, None]
    total = np.concatenate([np.zeros((1, columns.shape[1])), np.cumsum(areas, axis=0)])
    return np.stack([np.interp(at, time, column) for column in total.T], axis=1)


def _whole(time: Seconds, at: Seconds) -> npt.NDArray[np.bool_]:
    """Whether no hole lies in a half lap, nor over one of its ends."""
    holes = np.diff(time, prepend=time[0]) > _LONGEST_STEP * _usual_step(time)
    before = np.concatenate([[0], np.cumsum(holes)])
    first = np.maximum(np.searchsorted(time, at[:-1], side="right") - 1, 0)
    last = np.minimum(np.searchsorted(time, at[1:], side="left"), time.size - 1)
    # A hole stands with the sample that ends it: the first sample's lies before the half lap.
    return np.asarray(before[last + 1] == before[first + 1])


def _edges(at: Seconds, time: Seconds, speed: MetresPerSecond) -> tuple[MetresPerSecond, MetresPerSecond]:
    """Speed at each instant from a straight line through the samples around it, and its standard error."""
    values, errors = np.full(at.shape, np.nan), np.full(at.shape, np.nan)
    bounds = np.searchsorted(time, np.stack([at - EDGE, at + EDGE]))
    for edge, (first, last) in enumerate(bounds.T):
        t, v = time[first:last] - at[edge], speed[first:last]
        if t.size < 3:  # slow loggers: the line through the samples on both sides
            values[edge], errors[edge] = np.interp(at[edge], time, speed), np.nan
            continue
        middle, spread = t.mean(), float(np.sum((t - t.mean()) ** 2))
        slope = float(np.sum((t - middle) * v)) / spread
        left = v - v.mean() - slope * (t - middle)
        values[edge] = v.mean() - slope * middle
        errors[edge] = (float(left @ left) / (t.size - 2) * (1.0 / t.size + middle**2 / spread)) ** 0.5
    return values, errors


def _mechanical(speed: MetresPerSecond, lines: Metres, track: Track, load: Load) -> tuple[Joules, Floats]:
    """Energy of motion and height at each line, and how it changes with the speed, J/(m/s)."""
    bend = geometry.curvature(lines, track)
    sine = lean.lean_sine(speed, bend, height=load.height)
    moving = load.mass * lean.speed_ratio(sine, bend, height=load.height) ** 2 + load.rotating_mass
    height = lean.centre_of_mass_height(sine, height=load.height)
    return 0.5 * moving * speed**2 + load.mass * resistance.GRAVITY * height, moving * speed


def _systematic(load: Load, work: Joules, rolling: Joules, kinetic: Joules, aerodynamic: Joules) -> Joules:
    """J by which what the air took may be off, from what all half laps share."""
    parts = (
        load.power_error * work,
        load.mass_error / load.mass * (rolling + kinetic),
        load.crr_error / load.crr * rolling if load.crr else 0.0 * rolling,
        load.air_density_error * aerodynamic,
    )
    return np.asarray(np.sqrt(sum(part**2 for part in parts)))


def _noise(values: Floats) -> float:
    """Standard deviation of the readings' own noise, told by second differences, which know no slow change."""
    change = np.diff(values, n=2)
    return 1.4826 * float(np.median(np.abs(change))) / 6.0**0.5 if change.size else 0.0


def _usual_step(time: Seconds) -> float:
    return float(np.median(np.diff(time)))
