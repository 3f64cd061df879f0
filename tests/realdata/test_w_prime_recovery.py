"""W′ recovery on the published observations: the models of the literature, and the fitted law on studies unseen."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from paceline.measure.w_prime_recovery import (
    FITTED,
    Bouts,
    bartram_2018,
    chosen,
    constant_time_unseen,
    skiba_2012,
    skiba_2015,
    unseen_error,
)

pytestmark = pytest.mark.realdata

FITTED_ON = ("bartram", "caen", "chidnok", "ferguson")

PUBLISHED = {
    19: {skiba_2012: 18.9, skiba_2015: 17.2, bartram_2018: 18.5, constant_time_unseen: 19.0},
    31: {skiba_2012: 17.0, skiba_2015: 19.3, bartram_2018: 25.4},
}
"""Observations → model → mean absolute error in percentage points: of the four studies, and with Weigend's."""


@pytest.fixture(scope="module")
def observed(data):
    rows = [
        (path.stem, *(float(row[name]) for name in ("cp", "wp", "p_work", "p_rec", "t_rec", "obs")))
        for path in sorted((data / "pypermod_wbal" / "recovery_study").glob("*.csv"))
        for row in csv.DictReader(path.read_text().splitlines())
    ]
    study, *columns, percent = (np.array(column) for column in zip(*rows, strict=True))
    return Bouts(study, *columns, percent / 100.0)


def points(predicted, observed):
    return 100.0 * float(np.mean(np.abs(predicted - observed.recovered)))


def test_the_models_of_the_literature_miss_by_what_they_are_known_to(observed):
    for model, expected in PUBLISHED[len(observed)].items():
        assert points(model(observed), observed) == pytest.approx(expected, abs=0.051), model.__name__


def test_a_law_chosen_and_fitted_without_a_study_predicts_it_within_ten_points(observed):
    found = unseen_error(observed.where(np.isin(observed.study, FITTED_ON)))
    assert tuple(choice.study for choice in found) == FITTED_ON
    assert 100.0 * np.mean(np.abs(np.concatenate([choice.errors for choice in found]))) < 10.0


def test_the_frozen_law_is_what_the_four_studies_give(observed):
    four = observed.where(np.isin(observed.study, FITTED_ON))
    law = chosen(four)
    assert law.form == FITTED.form
    assert law.parameters == pytest.approx(FITTED.parameters, abs=1e-4)
    assert points(FITTED.recovered(four), four) == pytest.approx(5.5, abs=0.05)
