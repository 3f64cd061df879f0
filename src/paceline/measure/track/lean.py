"""Lean in the bends: how far rider and bike tip inwards, and how much slower their centre of mass goes than the wheels.

The wheels follow the black line with radius R; the centre of mass, h above the tyres along the leaning bike, follows a
smaller circle, R_c = R − h sin θ, in the same time: v_c = v_w R_c / R. In balance tan θ = v_c² / (g R_c).

Like all physics here these are plain operators: NumPy arrays, floats and CasADi symbols go through alike, and curvature
1/R takes the place of R, so that a straight is 0 and needs no case of its own. Balance is taken as instantaneous.

Source: the equations as in Bos, Slawinski, Slawinski and Stanoev, "Modelling of a cyclist's power for time trials on a
velodrome" (arXiv 2201.06788), which takes the same equilibrium.
"""

from __future__ import annotations

from paceline.measure.resistance import GRAVITY, Operand

CENTRE_OF_MASS_HEIGHT = 1.1
"""m above the tyres' contact with the track along the bike, for a rider and bike on a track; measure your own."""

_TURNS = 12
"""Each turn of the fixed point leaves at most a few hundredths of the error before: twelve leave none in a double."""


def lean_sine(
    wheel_speed: Operand, curvature: Operand, *, height: Operand = CENTRE_OF_MASS_HEIGHT, gravity: Operand = GRAVITY
) -> Operand:
    """Sine of the lean angle from the vertical.

    Args:
        wheel_speed: of the tyres along the black line, m/s.
        curvature: of the black line, 1/m; 0 on a straight.
        height: of the centre of mass above the tyres along the bike, m.
        gravity: m/s².

    >>> lean_sine(16.0, 0.0)
    0.0
    """
    push = wheel_speed * wheel_speed * curvature / gravity
    sine = push * (1.0 + push * push) ** -0.5
    for _ in range(_TURNS):
        tangent = push * (1.0 - height * curvature * sine)
        sine = tangent * (1.0 + tangent * tangent) ** -0.5
    return sine


def speed_ratio(sine: Operand, curvature: Operand, *, height: Operand = CENTRE_OF_MASS_HEIGHT) -> Operand:
    """Speed of the centre of mass over that of the wheels: 1 − h sin θ / R.

    Args:
        sine: of the lean angle.
        curvature: of the black line, 1/m.
        height: of the centre of mass above the tyres along the bike, m.

    >>> round(speed_ratio(lean_sine(16.69, 1 / 22, gravity=9.81), 1 / 22), 5)
    0.96107
    """
    return 1.0 - height * curvature * sine


def centre_of_mass_height(sine: Operand, *, height: Operand = CENTRE_OF_MASS_HEIGHT) -> Operand:
    """Height of the centre of mass above the tyres' contact, m: h cos θ.

    >>> round(1.1 - centre_of_mass_height(lean_sine(16.69, 1 / 22, gravity=9.81)), 4)   # it drops by so much
    0.4096
    """
    return height * (1.0 - sine * sine) ** 0.5


def wheel_load(sine: Operand, bank_sine: Operand, bank_cosine: Operand, *, weight: Operand) -> Operand:
    """Force of the track against the tyres at right angles to its surface, N: m g (cos β + sin β tan θ).

    What pushes the rider around the bend presses the tyres onto the banking; m g cos(θ − β) / cos θ is the same.

    Args:
        sine: of the lean angle.
        bank_sine: of the banking's angle β.
        bank_cosine: likewise.
        weight: m g, N.

    >>> wheel_load(0.6, 0.6, 0.8, weight=800.0)     # leaning as the track does: 800 / cos
    1000.0
    """
    return weight * (bank_cosine + bank_sine * sine * (1.0 - sine * sine) ** -0.5)
