"""W′ recovery: published models by hand, laws found again in what they made, and the balance they give."""

from __future__ import annotations

import math

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.w_prime_recovery import (
    FITTED,
    FORMS,
    Bouts,
    Form,
    Law,
    bartram_2018,
    chosen,
    constant_time_unseen,
    fit_law,
    skiba_2012,
    skiba_2015,
    unseen_error,
    w_prime_balance_fitted,
)

HYPERBOLIC = Form("hyperbolic", "saturating", work=True)


def bouts(studies="abcd", *, law=FITTED):
    """Six bouts a study, as the law makes them."""
    rows = [
        (study, 220.0 + 40.0 * i, 18_000.0 + 1000.0 * i, (1.28 + 0.08 * i) * (220.0 + 40.0 * i), share, time)
        for i, study in enumerate(studies)
        for share in (0.2, 0.6)
        for time in (30.0, 120.0, 600.0)
    ]
    study, cp, w_prime, work, share, time = (np.array(column) for column in zip(*rows, strict=True))
    made = Bouts(study, cp, w_prime, work, cp * share, time, np.zeros(len(rows)))
    return Bouts(study, cp, w_prime, work, cp * share, time, law.recovered(made))


def one_bout(recovery_power=100.0, duration=200.0):
    columns = (200.0, 10_000.0, 300.0, recovery_power, duration, 0.5)
    return Bouts(np.array(["a"]), *(np.array([value]) for value in columns))


def test_the_published_models_give_what_their_formulas_say():
    assert skiba_2012(one_bout())[0] == pytest.approx(1 - math.exp(-200 / (546 * math.exp(-1) + 316)))
    assert skiba_2015(one_bout())[0] == pytest.approx(1 - math.exp(-2))
    assert bartram_2018(one_bout())[0] == pytest.approx(1 - math.exp(-200 / (2287.2 * 100**-0.688)))


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_nothing_comes_back_at_critical_power_by_any_form(form):
    law = fit_law(bouts(), form)
    assert law.recovered(one_bout(recovery_power=200.0))[0] == 0.0
    assert 0.0 < law.recovered(one_bout())[0] < law.recovered(one_bout(duration=400.0))[0] < 1.0


def test_a_law_is_found_again_in_what_it_made():
    law = Law(HYPERBOLIC, (math.log(150.0), math.log(0.2), 0.5))
    found = fit_law(bouts(law=law), HYPERBOLIC)
    assert found.recovered(bouts()) == pytest.approx(law.recovered(bouts()), abs=0.02)  # the priors pull a little


def test_the_form_that_made_the_studies_is_chosen_and_predicts_the_unseen_one():
    made = bouts(law=Law(HYPERBOLIC, (math.log(100.0), math.log(0.15), 0.3)))
    forms = [HYPERBOLIC, Form("exponential", "power", work=False)]
    assert chosen(made, forms).form == HYPERBOLIC
    for choice in unseen_error(made, forms):
        assert choice.law.form == HYPERBOLIC
        assert len(choice.errors) == 6
        assert np.max(np.abs(choice.errors)) < 0.03


def test_the_left_out_study_has_no_part_in_its_law():
    made = bouts()
    spoiled = Bouts(
        made.study, made.critical_power, made.w_prime, made.work_power, made.recovery_power, made.duration,
        np.where(made.study == "a", 0.01, made.recovered),
    )  # fmt: skip
    forms = FORMS[:4]
    assert unseen_error(made, forms)[0].law == unseen_error(spoiled, forms)[0].law
    theirs = made.study == "a"
    assert constant_time_unseen(made)[theirs].tolist() == constant_time_unseen(spoiled)[theirs].tolist()


def test_too_few_studies_and_bouts_that_are_none_are_refused():
    with pytest.raises(NotIdentifiable, match="three studies"):
        unseen_error(bouts("ab"))
    with pytest.raises(NotIdentifiable, match="two studies"):
        chosen(bouts("a"))
    with pytest.raises(NotIdentifiable, match="critical power"):
        one_bout(recovery_power=250.0)
    with pytest.raises(TooFewSamples):
        bouts().where(np.zeros(24, bool))


def test_the_balance_after_a_rest_is_the_laws_own_share():
    """Empty in 200 s at 1.5 times critical power, then 300 s at half of it: the recursion is exact."""
    power = np.repeat([300.0, 100.0], [100, 300])
    balance = w_prime_balance_fitted(power, 200.0, 10_000.0, 1.0)
    rest = Bouts(np.array(["a"]), *(np.array([v]) for v in (200.0, 10_000.0, 300.0, 100.0, 300.0, 0.0)))
    assert balance[99] == pytest.approx(0.0, abs=1e-6)
    assert balance[-1] == pytest.approx(10_000.0 * FITTED.recovered(rest)[0])


def test_a_gap_is_neither_work_nor_recovery():
    power = np.array([np.nan, 300.0, np.nan, np.nan, 100.0])
    balance = w_prime_balance_fitted(power, 200.0, 10_000.0, 1.0)
    assert np.isnan(balance[0])
    assert balance[1] == balance[2] == balance[3] == 9900.0 < balance[4] < 10_000.0
    with pytest.raises(TooFewSamples):
        w_prime_balance_fitted(np.full(3, np.nan), 200.0, 10_000.0, 1.0)


def test_a_sprint_recovers_no_faster_than_the_hardest_work_seen():
    sprint, hard = (np.concatenate([work, np.full(60, 100.0)]) for work in (np.full(5, 1000.0), np.full(33, 320.0)))
    after = [w_prime_balance_fitted(power, 200.0, 10_000.0, 1.0) for power in (sprint, hard)]
    assert (10_000 - after[0][-1]) / (10_000 - after[0][4]) == pytest.approx(
        (10_000 - after[1][-1]) / (10_000 - after[1][32]), abs=0.01
    )


def test_a_law_that_needs_a_memory_is_refused():
    with pytest.raises(NotIdentifiable, match="memory"):
        w_prime_balance_fitted(np.ones(3), 200.0, 10_000.0, 1.0, law=Law(FORMS[0], (0.0, 0.0)))
