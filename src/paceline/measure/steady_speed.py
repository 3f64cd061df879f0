"""The speed that a power holds: `resistance.steady_power` turned round.

Source: Martin and others (1998), see `resistance`. Reproduces the speeds that the tests of the sauce4strava project
expect of its own search, at its air density and gravity.
"""

from __future__ import annotations

import itertools

import numpy as np

from paceline.domain.errors import NotIdentifiable
from paceline.measure.quantities import Floats
from paceline.measure.resistance import CHAIN_EFFICIENCY, GRAVITY, WHEEL_DRAG_AREA

BEARINGS = (0.091, 0.0087)
"""N and N per m/s, that wheel bearings take: Martin's v (91 + 8.7 v) 10⁻³ over v."""


def steady_speeds(  # noqa: PLR0913  # the physics has so many terms
    power: float,
    *,
    cda: float,
    crr: float,
    mass: float,
    air_density: float,
    slope: float = 0.0,
    head_wind: float = 0.0,
    efficiency: float = CHAIN_EFFICIENCY,
    wheel_drag_area: float = WHEEL_DRAG_AREA,
    bearings: tuple[float, float] = BEARINGS,
    gravity: float = GRAVITY,
) -> Floats:
    """Every speed at which power and resistance balance, the fastest first.

    There may be several: without power a bike on a slope balances standing and rolling backwards. Between two changes
    of sign, of the speed and of the air's, the balance is a cubic, whose roots are exact. Nobody pedals backwards: with
    power the bike goes forward.

    Args:
        power: W, at the pedals.
        cda: drag area, m².
        crr: coefficient of rolling resistance.
        mass: kg, with bike and all.
        air_density: kg/m³.
        slope: rise over horizontal distance.
        head_wind: m/s, against the direction of travel.
        efficiency: share of the power at the pedals that reaches the wheel.
        wheel_drag_area: m², for the spokes.
        bearings: N, and N per m/s; (0, 0) leaves them out.
        gravity: m/s².

    Returns:
        (solution,), m/s; negative where the bike rolls backwards. 0 is one of them where the power is 0.

    >>> steady_speeds(180.0, cda=0.3, crr=0.0, mass=80.0, air_density=1.2, efficiency=1.0, wheel_drag_area=0.0,
    ...               bearings=(0.0, 0.0)).round(9).tolist()   # 180 = ½·1.2·0.3·10³
    [10.0]
    """
    drag = 0.5 * air_density * (cda + wheel_drag_area)
    climb = mass * gravity * slope / np.hypot(1.0, slope)
    rolling = crr * mass * gravity / np.hypot(1.0, slope) + bearings[0]
    wheel = power * efficiency
    found: list[float] = [0.0] if wheel == 0.0 else []
    for forward, against in itertools.product((1.0, -1.0) if wheel <= 0.0 else (1.0,), (1.0, -1.0)):
        cubic = np.array([
            against * drag,
            2.0 * against * drag * head_wind + bearings[1],
            against * drag * head_wind**2 + forward * rolling + climb,
            -wheel,
        ])  # fmt: skip
        roots = _real_roots(cubic)
        found += [v for v in roots if v * forward > 1e-12 and (v + head_wind) * against >= 0.0]
    return np.array(sorted(set(found), reverse=True))


def steady_speed(power: float, **conditions: float) -> float:
    """The fastest speed that a power holds; see `steady_speeds` for the conditions.

    Raises:
        NotIdentifiable: nothing slows the bike, so that there is none.

    >>> round(steady_speed(250.0, cda=0.3, crr=0.005, mass=80.0, air_density=1.2), 3)   # 0.976·250 = 201.5 + 40.5 + 1.9
    10.335
    """
    found = steady_speeds(power, **conditions)  # type: ignore[arg-type]  # all but `bearings` are numbers
    if found.size == 0:
        raise NotIdentifiable("the steady speed", why="no speed balances this power", advice="Give drag or friction.")
    return float(found[0])


def _real_roots(cubic: Floats) -> list[float]:
    """Real roots, polished by Newton's rule: the companion matrix leaves the last digits to chance."""
    slope = np.polyder(cubic)
    found = []
    for root in np.roots(cubic):
        if abs(root.imag) > 1e-9 * max(1.0, abs(root)):
            continue
        speed = float(root.real)
        for _ in range(3):
            steep = float(np.polyval(slope, speed))
            speed -= float(np.polyval(cubic, speed)) / steep if steep else 0.0
        found.append(speed)
    return found
