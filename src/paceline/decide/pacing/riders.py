"""Who rides, and through which air: all that pacing needs to know of them."""

from __future__ import annotations

from dataclasses import dataclass

from paceline.decide.pacing.plausibility import require
from paceline.domain.errors import NotPlausible
from paceline.measure.resistance import CHAIN_EFFICIENCY, WHEEL_DRAG_AREA

_RIDER = {
    "mass": (20.0, 300.0, "kg"),
    "cda": (0.05, 1.5, "m²"),
    "critical_power": (20.0, 700.0, "W"),
    "w_prime": (500.0, 100_000.0, "J"),
    "maximal_power": (50.0, 3000.0, "W"),
    "crr": (0.0, 0.03, ""),
    "rotating_mass": (0.0, 10.0, "kg"),
    "efficiency": (0.8, 1.0, ""),
    "wheel_drag_area": (0.0, 0.05, "m²"),
    "bearings": (0.0, 5.0, ""),
    "maximal_force": (20.0, 1000.0, "N"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rider:
    """A rider on a bike.

    Attributes:
        mass: rider, bike and all they carry, kg.
        cda: drag area, m².
        critical_power: W, what can be held without spending the balance.
        w_prime: J, the work that can be done above critical power.
        maximal_power: W with the balance full; it falls in a straight line to critical power as the balance empties.
        crr: coefficient of rolling resistance.
        rotating_mass: I/r² of both wheels, kg.
        efficiency: share of the power at the pedals that reaches the wheel.
        wheel_drag_area: m², what the turning wheels add to the drag area; 0 where `cda` holds it already.
        bearings: times the bearing loss of Martin et al.; 0 where `crr` holds it already.
        maximal_force: N at the tyre that the gear and the rider's largest torque give, or None for no limit but power.
        recovery: whether the balance comes back below critical power.

    Raises:
        NotPlausible: a value outside what riders and bikes have, or a maximal power not above critical power.
    """

    mass: float
    cda: float
    critical_power: float
    w_prime: float
    maximal_power: float
    crr: float = 0.002
    rotating_mass: float = 1.25
    efficiency: float = CHAIN_EFFICIENCY
    wheel_drag_area: float = WHEEL_DRAG_AREA
    bearings: float = 1.0
    maximal_force: float | None = None
    recovery: bool = True

    def __post_init__(self) -> None:
        """Every value is checked here once, so that no solver is asked nonsense."""
        require(self, _RIDER)
        if self.maximal_power <= self.critical_power:
            raise NotPlausible("maximal_power", expected="above critical_power")


@dataclass(frozen=True, slots=True)
class Air:
    """The air over the whole course; the wind along it belongs to the course.

    Attributes:
        density: kg/m³.

    Raises:
        NotPlausible: a density that no place on a road has.
    """

    density: float

    def __post_init__(self) -> None:
        """Checked once, here."""
        require(self, {"density": (0.5, 1.6, "kg/m³")})
