"""Which law to trust: chosen among the studies at hand, judged on a study that had no part in the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import NotIdentifiable
from paceline.measure.quantities import Floats
from paceline.measure.w_prime_recovery.bouts import Bouts
from paceline.measure.w_prime_recovery.laws import FORMS, Form, Law, fit_law


@dataclass(frozen=True, slots=True)
class Choice:
    """A law, chosen and fitted without one study, and how far off it is there.

    Attributes:
        study: the one that was left out.
        law: as the other studies have it.
        errors: (bout,), predicted less observed share in that study's bouts.
    """

    study: str
    law: Law
    errors: tuple[float, ...]


def chosen(bouts: Bouts, forms: Sequence[Form] = FORMS) -> Law:
    """The form that predicts each study best from the others, fitted to all of them.

    Args:
        bouts: of at least two studies.
        forms: to choose among; the error of a form is the mean over studies of its mean absolute error.

    Raises:
        NotIdentifiable: there is one study only.
    """
    if len(bouts.studies) < 2:
        raise NotIdentifiable("the form of W′ recovery", why="it takes two studies to predict one from another")
    return fit_law(bouts, min(forms, key=lambda form: _error(bouts, form)))


def unseen_error(bouts: Bouts, forms: Sequence[Form] = FORMS) -> tuple[Choice, ...]:
    """What the whole procedure, choice of the form included, is worth on each study that it has not seen.

    Args:
        bouts: of at least three studies.
        forms: to choose among.

    Raises:
        NotIdentifiable: there are fewer than three studies.
    """
    if len(bouts.studies) < 3:
        raise NotIdentifiable("the error of W′ recovery", why="it takes three studies to choose among two and judge")
    found = []
    for study in bouts.studies:
        law = chosen(bouts.without(study), forms)
        found.append(Choice(study, law, tuple(_off(law, bouts.only(study)).tolist())))
    return tuple(found)


def _error(bouts: Bouts, form: Form) -> float:
    misses = [_off(fit_law(bouts.without(study), form), bouts.only(study)) for study in bouts.studies]
    return float(np.mean([np.mean(np.abs(miss)) for miss in misses]))


def _off(law: Law, bouts: Bouts) -> Floats:
    return law.recovered(bouts) - bouts.recovered
