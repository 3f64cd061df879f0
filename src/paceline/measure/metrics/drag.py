"""How much the rider is worth to the wind: drag area on a track, and efforts in standard air."""

from __future__ import annotations

from paceline.domain.tracks import Track
from paceline.measure import drag, standard_air
from paceline.measure.catalogue import metric
from paceline.measure.drag import Balance
from paceline.measure.quantities import MetresPerSecond, Scalar, Watts
from paceline.measure.resistance import CHAIN_EFFICIENCY, WHEEL_DRAG_AREA
from paceline.measure.track import lean
from paceline.measure.track.lap_means import on_track


@metric("m²", label="Drag balance")
def drag_coefficients(
    power: Watts,
    speed: MetresPerSecond,
    average_air_density: Scalar,
    mass: Scalar,
    bike_mass: Scalar,
    crr: Scalar,
    lap_length: Scalar,
    interval: Scalar,
    drive_efficiency: Scalar = CHAIN_EFFICIENCY,
    velodrome: Track | None = None,
) -> Balance:
    """The drag area that balances the energy of whole laps on a track, window by window and in all.

    Args:
        power: (sample,), W; a window with an absent reading is left out.
        speed: (sample,), m/s, likewise.
        average_air_density: scalar, kg/m³.
        mass: scalar, kg, of the rider.
        bike_mass: scalar, kg, with everything on it.
        crr: scalar, coefficient of rolling resistance.
        lap_length: scalar, m.
        interval: scalar, s, the step of the grid.
        drive_efficiency: scalar, share of the measured power that reaches the wheel; a clean chain's 0.976 where it
            isn't given, 1 for a meter in the hub.
        velodrome: the track's shape; with it bends, banking and bearings take what they take, over whole laps. Without
            it every metre counts as a straight one, and the drag area comes out 3 to 4 % too small.

    Returns:
        The balance. A window is a lap, begins every 1/24 of a lap, and is steady (slowest reading at least 0.8 of the
        fastest); of windows beyond 3.5 robust standard deviations at most a tenth is left out. Wheels and spokes are in
        the drag area, and so is what a draft takes off.

    Source:
        Energy balance of Martin and others (1998): see `measure/resistance.py` and docs/why/what-five-rides-resolve.md;
        the bends as in `measure/track/lap_means.py`.

    >>> import numpy as np
    >>> speed, watts = np.full(120, 10.0), np.full(120, 204.0)   # ½·1.2·0.25·10³ + 0.004·(80·9.80665)·10 = 150 + 31.4
    >>> balance = drag_coefficients(watts, speed, 1.2, 72.0, 8.0, 0.004, 250.0, 1.0, 0.889)
    >>> round(balance.cda.value, 3)
    0.25
    """
    steps = drag.steps(
        power, speed, interval, mass=mass + bike_mass, air_density=average_air_density, efficiency=drive_efficiency
    )
    if velodrome is not None:
        steps = on_track(steps, speed, interval, velodrome, mass=mass + bike_mass, height=lean.CENTRE_OF_MASS_HEIGHT)
    return drag.energy_balance(steps, speed, lap=lap_length, crr=crr)


@metric("m²", low=0.05, high=1.0, headline=True, label="Drag area")
def cda(drag_coefficients: Balance) -> Scalar:
    """How much air the rider pushes away: drag coefficient times frontal area, on a track.

    Args:
        drag_coefficients: the balance of the effort's laps.

    Returns:
        scalar, m², without the 0.0044 m² of the turning spokes: what half laps give, and what pacing takes. Two rides
        differ for sure only where they differ by several times `cda_error`.

    >>> import numpy as np
    >>> from paceline.measure.estimates import Estimate
    >>> none = np.empty(0)
    >>> round(cda(Balance(Estimate(0.22, 0.002, used=400), none, none, none > 0, 20, 0.0)), 6)
    0.2156
    """
    return drag_coefficients.cda.value - WHEEL_DRAG_AREA


@metric("m²", low=0.0, label="Drag area's standard error")
def cda_error(drag_coefficients: Balance) -> Scalar:
    """How far off the drag area may be, by the scatter of the laps.

    Args:
        drag_coefficients: the balance of the effort's laps.

    Returns:
        scalar, m²: one standard error. A wrong mass, density or rolling resistance moves all laps alike.

    >>> import numpy as np
    >>> from paceline.measure.estimates import Estimate
    >>> none = np.empty(0)
    >>> cda_error(Balance(Estimate(0.22, 0.002, used=400), none, none, none > 0, 20, 0.0))
    0.002
    """
    return drag_coefficients.cda.standard_error


@metric("W", label="Power in standard air")
def power_in_standard_air(
    power: Watts,
    speed: MetresPerSecond,
    drag_coefficients: Balance,
    average_air_density: Scalar,
    drive_efficiency: Scalar = CHAIN_EFFICIENCY,
) -> Scalar:
    """What the effort would have cost at the same speeds in standard air: to compare between days and tracks.

    Args:
        power: (sample,), W; a sample without power or speed is left out.
        speed: (sample,), m/s.
        drag_coefficients: the balance that gives the drag area, wheels included.
        average_air_density: scalar, kg/m³.
        drive_efficiency: as for `drag_coefficients`.

    Returns:
        scalar, W, the mean. `standard_air.power_in_standard_air` also gives its error.

    Source:
        Standard air of ISO 2533, 1.225 kg/m³: see docs/why/in-standard-air.md.

    >>> import numpy as np
    >>> from paceline.measure.estimates import Estimate
    >>> none = np.empty(0)
    >>> laps = Balance(Estimate(0.2, 0.002, used=400), none, none, none > 0, 20, 0.0)
    >>> round(power_in_standard_air(np.array([300.0]), np.array([10.0]), laps, 1.125, 1.0), 6)  # + ½·0.1·0.2·10³
    310.0
    """
    found = standard_air.power_in_standard_air(
        power,
        speed,
        cda=drag_coefficients.cda.value - WHEEL_DRAG_AREA,  # the balance has the wheels in it
        air_density=average_air_density,
        efficiency=drive_efficiency,
    )
    return found.value
