"""Drag area and rolling resistance from rides, each with how far off it may be.

On a road: `lap_closure` (the same place has the same elevation) and `joint_profile` (all runs ride over one profile).
On a track: `energy_balance` over whole laps. `virtual_elevation` is the picture that testers look at.
"""

from __future__ import annotations

from paceline.measure.drag.balance import Balance, energy_balance
from paceline.measure.drag.closure import Run, joint_profile, lap_closure
from paceline.measure.drag.elevation import Steps, steps, virtual_elevation, virtual_slope
from paceline.measure.drag.jumps import Smoothed, without_jumps
from paceline.measure.drag.places import places_passed, turns
from paceline.measure.drag.results import DragResult

__all__ = [
    "Balance",
    "DragResult",
    "Run",
    "Smoothed",
    "Steps",
    "energy_balance",
    "joint_profile",
    "lap_closure",
    "places_passed",
    "steps",
    "turns",
    "virtual_elevation",
    "virtual_slope",
    "without_jumps",
]
