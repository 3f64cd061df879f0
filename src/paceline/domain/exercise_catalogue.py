"""The exercises there are, in the order in which they are offered to somebody who has not done any.

The order is by muscle group, and within a group by equipment: barbell, dumbbell, kettlebell, cable and machine, hanging
straps, ball, body alone. Free weights come before machines because a habit that is not known yet is most often one of
them; nothing else stands behind the order, and the athlete's own habits outweigh it after a set or two.

The ids are those of the connected-fitness system (muvr-ios, BSD-3-Clause: its exercises, plans and sessions); muscles,
steps and the order are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from paceline.domain.exercises import Exercise, type_of
from paceline.domain.labels import CARDIO, RESISTANCE, Progression

_BARBELL = Progression(minimum=0.0, step=2.5)
_DUMBBELL = Progression(minimum=0.0, step=1.0)
_MACHINE = Progression(minimum=0.0, step=2.5)
_BODY = Progression(minimum=0.0, step=1.0)

_TARGETED = """
arms/barbell-biceps-curl biceps barbell
arms/straight-bar-biceps-curl biceps barbell
arms/barbell-bench-triceps-press triceps barbell
arms/dumbbell-biceps-curl biceps dumbbell
arms/alt-dumbbell-biceps-curl biceps dumbbell
arms/biceps-curl biceps dumbbell
arms/biceps-curl-hammer biceps dumbbell
arms/dumbbell-bench-press pectoralis dumbbell
arms/cable-biceps-curl biceps machine
arms/rope-biceps-curl biceps machine
arms/reverse-cable-curl biceps machine
arms/overhead-cable-curl biceps machine
arms/triceps-pushdown triceps machine
arms/triceps-extension triceps machine
arms/rope-triceps-extension triceps machine
arms/straight-bar-triceps-extension triceps machine
arms/trx-biceps-curl biceps body
arms/trx-triceps-press triceps body
arms/triceps-dips triceps body
back/barbell-row lats barbell
back/upright-barbell-row trapezius barbell
back/upright-row trapezius barbell
back/dumbbell-row lats dumbbell
back/reverse-flyes trapezius dumbbell
back/lateral-pulldown lats machine
back/lat-pulldown-straight lats machine
back/lat-pulldown-angled lats machine
back/cable-row lats machine
back/deltoid-row trapezius machine
back/leverage-high-row lats machine
back/cable-deltoid-cross-overs trapezius machine
back/trx-45deg-row lats body
back/barbell-pullup lats body
back/back-extensions erector-spinae body
chest/bench-press pectoralis barbell
chest/dumbbell-chest-press pectoralis dumbbell
chest/dumbbell-chest-fly pectoralis dumbbell
chest/dumbbell-flyes pectoralis dumbbell
chest/angle-chest-press pectoralis dumbbell
chest/overhead-pull pectoralis dumbbell
chest/butterfly-machine pectoralis machine
chest/chest-press-machine pectoralis machine
chest/cable-crossover pectoralis machine
chest/cable-cross-overs pectoralis machine
chest/single-arm-chest-press pectoralis machine
chest/trx-chest-press pectoralis body
core/side-dips obliques dumbbell
core/twist obliques dumbbell
core/cable-crossover obliques machine
core/cable-wood-chop obliques machine
core/pulldown-crunch abs machine
core/trx-atomic-press abs body
core/trx-side-plank obliques body
core/crunches abs body
core/suitcase-crunches abs body
core/oblique-crunches obliques body
core/alternate-heel-touches obliques body
core/plank abs body
core/side-plank obliques body
legs/barbell-squat quadriceps barbell
legs/barbell-deadlift hamstrings barbell
legs/dumbbell-calf-raise calves dumbbell
legs/leg-press quadriceps machine
legs/cable-kickback glutes machine
legs/trx-reverse-lunge quadriceps body
legs/trx-hamstring-curl hamstrings body
legs/squat quadriceps body
legs/lunges quadriceps body
legs/step-up quadriceps body
legs/wall-sit quadriceps body
shoulders/barbell-press deltoid barbell
shoulders/dumbbell-shoulder-press deltoid dumbbell
shoulders/dumbbell-press deltoid dumbbell
shoulders/dumbbell-bench-press deltoid dumbbell
shoulders/lateral-raise deltoid dumbbell
shoulders/dumbbell-side-rise deltoid dumbbell
shoulders/dumbbell-front-rise deltoid dumbbell
shoulders/shrugs trapezius dumbbell
shoulders/vertical-swing deltoid dumbbell
shoulders/single-arm-shoulder-press deltoid machine
shoulders/single-arm-reverse-fly deltoid machine
shoulders/cable-standing-row deltoid machine
shoulders/trx-y-deltoid-raises deltoid body
shoulders/pull-up lats body
shoulders/push-up pectoralis body
shoulders/push-up-with-rotation pectoralis body
"""

_WHOLE_BODY = ("iron-cross",)
_CARDIO = ("cross-trainer", "running-machine", "rowing-machine", "high-knees-running", "jumping-jacks")

_STEPS = {"barbell": _BARBELL, "dumbbell": _DUMBBELL, "machine": _MACHINE, "body": _BODY}


@cache
def catalogue() -> Mapping[str, Exercise]:
    """Each exercise by its id, in the order of offering."""
    found = [_targeted(*line.split()) for line in _TARGETED.strip().splitlines()]
    found += [Exercise(f"resistanceWholeBody:{name}", RESISTANCE, _BODY) for name in _WHOLE_BODY]
    found += [Exercise(f"indoorsCardio:{name}", CARDIO, typical_duration=1200.0) for name in _CARDIO]
    return MappingProxyType({one.id: one for one in found})


def exercise(name: str) -> Exercise:
    """One exercise by its id; one that is well named but not in the catalogue is known by its type alone.

    Raises:
        NotAnExercise: the id has no such form.

    >>> exercise("resistanceTargeted:arms/triceps-pushdown").main_muscle
    'triceps'
    """
    known = catalogue().get(name)
    if known is not None:
        return known
    if type_of(name).kind == "indoorsCardio":
        return Exercise(name, CARDIO, typical_duration=1200.0)
    return Exercise(name, RESISTANCE, _BODY)


def _targeted(name: str, muscle: str, equipment: str) -> Exercise:
    return Exercise(f"resistanceTargeted:{name}", RESISTANCE, _STEPS[equipment], muscle, repetition_duration=3.0)
