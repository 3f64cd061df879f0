"""The loop of a ride on a track, compiled: power in, speed and place out, a hundred times a second.

The physics is `measure.resistance` and `measure.track.lean`, the same functions, compiled. What is kept of them is kept
for as long as their files stay as they are, too: a simulator with yesterday's physics would be worse than a slow start.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from paceline.measure import resistance
from paceline.measure.track import lean
from paceline.record.native import callee, kernel

PHYSICS = (resistance.__file__, lean.__file__)


def positional(function: Callable[..., Any]) -> types.FunctionType:
    """The same function without keyword-only parameters, which numba does not know; they follow the others in order."""
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    plain = code.replace(co_argcount=count, co_kwonlyargcount=0)
    return types.FunctionType(plain, function.__globals__, function.__name__)


_lean_sine: Any = callee(error_model="numpy")(positional(lean.lean_sine))
_speed_ratio: Any = callee(error_model="numpy")(positional(lean.speed_ratio))
_height: Any = callee(error_model="numpy")(positional(lean.centre_of_mass_height))
_wheel_load: Any = callee(error_model="numpy")(positional(lean.wheel_load))
_air_power: Any = callee(error_model="numpy")(positional(resistance.aerodynamic_power))
_bearing_power: Any = callee(error_model="numpy")(positional(resistance.bearing_power))

_GRAVITY = resistance.GRAVITY
_WHEELS = resistance.WHEEL_DRAG_AREA


@kernel(error_model="numpy")
def wander(pushes, memory, out):  # type: ignore[no-untyped-def]
    """First-order autoregressive noise: each value is `memory` of the one before and a push; it begins at the first."""
    out[0] = pushes[0]
    share = (1.0 - memory * memory) ** 0.5
    for i in range(1, pushes.size):
        out[i] = memory * out[i - 1] + share * pushes[i]


@callee(error_model="numpy")
def _speed(energy, bend, rider, speed):  # type: ignore[no-untyped-def]
    """Wheel speed and sine of the lean that have this energy: the lean lowers the centre of mass and slows it."""
    mass, rotating, height = rider[0], rider[1], rider[4]
    sine = _lean_sine(speed, bend, height, _GRAVITY)
    for _ in range(2):
        ratio = _speed_ratio(sine, bend, height)
        moving = max(energy - mass * _GRAVITY * _height(sine, height), 0.0)
        speed = (2.0 * moving / (mass * ratio * ratio + rotating)) ** 0.5
        sine = _lean_sine(speed, bend, height, _GRAVITY)
    return speed, sine


@callee(error_model="numpy")
def _taken(speed, sine, at, track, rider, cda, density, gust):  # type: ignore[no-untyped-def]
    """W that air, tyres and bearings take, and the speed of the centre of mass over that of the wheels."""
    ratio = _speed_ratio(sine, track[at, 0], rider[4])
    load = _wheel_load(sine, track[at, 1], track[at, 2], rider[0] * _GRAVITY)
    air = _air_power(speed * ratio, speed * ratio + gust, cda, density, _WHEELS)
    return air + rider[2] * load * speed + _bearing_power(speed), ratio


@kernel(error_model="numpy", also=PHYSICS)
def ride(track, steps_in_metre, rider, block, steady, weather, out):  # type: ignore[no-untyped-def]
    """One block from its start to standstill; gives the number of samples, or −1 where `out` was too short.

    Args:
        track: (place, 3), curvature, sine and cosine of the banking, from the pursuit line of the home straight on.
        steps_in_metre: places in a metre.
        rider: mass, rotating mass, crr, efficiency, height of the centre of mass, circumference, gear, largest force.
        block: distance to ride, m; first speed, m/s; power at the start, W; drag area, m²; m/s² of the braking after.
        steady: (metre,), W aimed at.
        weather: (sample, 4), share by which the legs miss the aim; density; gust, m/s; metres above the black line.
        out: (sample, 5), gets power, wheel speed, wheel distance, place along the black line, ratio of the speeds.
    """
    step, places = 0.01, track.shape[0]
    distance, first, start_power, cda, braking = block[0], block[1], block[2], block[3], block[4]
    energy = rider[0] * _GRAVITY * rider[4] + 0.5 * (rider[0] + rider[1]) * first * first
    speed, place, rolled, stopping = first, 0.0, 0.0, False
    for i in range(out.shape[0]):
        at = int(place * steps_in_metre) % places
        if stopping:
            speed = max(speed - braking * step, 0.0)
            out[i, 0], out[i, 1], out[i, 2], out[i, 3] = 0.0, speed, rolled, place
            out[i, 4] = 1.0 - rider[4] * track[at, 0] * _lean_sine(speed, track[at, 0], rider[4], _GRAVITY)
            if speed == 0.0:
                return i + 1
            moved = speed * step
        else:
            miss, density, gust = weather[i, 0], weather[i, 1], weather[i, 2]
            speed, sine = _speed(energy, track[at, 0], rider, speed)
            aim = steady[min(int(place), steady.size - 1)]
            fading = np.exp(-max(i * step - 5.0, 0.0) / 6.0)
            pushes = 1.0 + 0.25 * np.cos(4.0 * np.pi * rolled / rider[5] / rider[6])
            power = min(
                (aim + max(start_power - aim, 0.0) * fading) * pushes * (1.0 + miss), rider[7] * max(speed, 0.5)
            )
            taken, ratio = _taken(speed, sine, at, track, rider, cda, density, gust)
            out[i, 0], out[i, 1], out[i, 2], out[i, 3], out[i, 4] = power, speed, rolled, place, ratio
            # Heun's method: the losses at both ends of the step; the power is held over it.
            later = energy + (power * rider[3] - taken) * step
            there = int((place + speed * step) * steps_in_metre) % places
            after, leant = _speed(later, track[there, 0], rider, speed)
            then, _ = _taken(after, leant, there, track, rider, cda, density, gust)
            energy += (power * rider[3] - 0.5 * (taken + then)) * step
            moved = 0.5 * (speed + after) * step
        rolled += moved
        place += moved / (1.0 + weather[i, 3] * track[at, 0])
        stopping = stopping or place >= distance
    return -1
