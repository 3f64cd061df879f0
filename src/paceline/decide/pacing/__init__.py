"""Pacing: how hard to ride where, so that the clock stops soonest."""

from __future__ import annotations

from paceline.decide.pacing.courses import Course, Profile, hour, individual_pursuit, kilometre, time_trial
from paceline.decide.pacing.plans import Plan, Splits
from paceline.decide.pacing.riders import Air, Rider
from paceline.decide.pacing.solver import PacingSolver, plan

__all__ = [
    "Air",
    "Course",
    "PacingSolver",
    "Plan",
    "Profile",
    "Rider",
    "Splits",
    "hour",
    "individual_pursuit",
    "kilometre",
    "plan",
    "time_trial",
]
