"""Pacing: how hard to ride where, so that the clock stops soonest."""

from __future__ import annotations

from paceline.decide.pacing.courses import Course, Profile, hour, individual_pursuit, kilometre, time_trial
from paceline.decide.pacing.plans import Plan, Splits
from paceline.decide.pacing.riders import Air, Rider
from paceline.decide.pacing.rides import Ride, forward, forward_power
from paceline.decide.pacing.solver import PacingSolver, plan
from paceline.decide.pacing.whatif import CadenceRange, Change, WhatIf, cadence_range, what_if

__all__ = [
    "Air",
    "CadenceRange",
    "Change",
    "Course",
    "PacingSolver",
    "Plan",
    "Profile",
    "Ride",
    "Rider",
    "Splits",
    "WhatIf",
    "cadence_range",
    "forward",
    "forward_power",
    "hour",
    "individual_pursuit",
    "kilometre",
    "plan",
    "time_trial",
    "what_if",
]
