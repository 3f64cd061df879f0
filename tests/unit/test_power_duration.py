"""Power-duration models: published fits, made truth, and data that can't tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paceline.domain.errors import NotIdentifiable, PacelineError, UnknownName
from paceline.measure.power_duration import MODELS, fit
from paceline.measure.power_duration.least_squares import residuals

# The demonstration of the R package cyclingtools: five tests of one rider, and its table of results.
DEMO_POWER = np.array([446.0, 385.0, 324.0, 290.0, 280.0])
DEMO_TIME = np.array([100.0, 172.0, 434.0, 857.0, 1361.0])

TRUTHS = {
    "hyperbolic": (250.0, 20_000.0),
    "linear": (250.0, 20_000.0),
    "inverse_time": (250.0, 20_000.0),
    "three_parameter": (250.0, 22_000.0, 900.0),
    "exponential": (250.0, 600.0, 180.0),
    "omni": (250.0, 20_000.0, 1100.0, 30.0),
}
TIMES = np.array([5.0, 15.0, 60.0, 180.0, 480.0, 1200.0, 3600.0, 7200.0])


def made(model: str, times=TIMES):
    return np.real(MODELS[model].power(np.array(TRUTHS[model]), times))


def noisy(model: str, random: np.random.Generator):
    """Made efforts with noise in the quantity in which the model takes its residuals."""
    noise = random.normal(0.0, 1.0, TIMES.size)
    if MODELS[model].response == "time":
        return TIMES + np.where(TIMES > 10.0, 4.0, 0.5) * noise, made(model)
    return TIMES, made(model) + (300.0 * noise / TIMES if MODELS[model].response == "work" else noise)


@pytest.mark.parametrize(
    ("model", "values", "errors"),
    [
        ("three_parameter", (260.26707, 27409.887, 1003.8372), (3.1, 4794, 835)),
        ("hyperbolic", (262.205077, 24174.5204), (1.6, 1889)),
        ("linear", (265.472097, 20961.1178), (3.0, 2248)),
        ("inverse_time", (273.794309, 17783.8913), (6.2, 1160)),
    ],
)
def test_the_published_fits_of_cyclingtools_come_out(model, values, errors):
    found = fit(DEMO_TIME, DEMO_POWER, model=model)
    assert [p.value for p in found.parameters] == pytest.approx(values, rel=1e-5)
    assert [p.standard_error for p in found.parameters] == pytest.approx(errors, rel=0.02)
    ours = np.array([p.value for p in found.parameters])
    assert np.sum(residuals(MODELS[model], ours, DEMO_TIME, DEMO_POWER) ** 2) <= np.sum(
        residuals(MODELS[model], np.array(values), DEMO_TIME, DEMO_POWER) ** 2
    ) * (1 + 1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_clean_made_efforts_give_back_the_truth(model):
    found = fit(TIMES, made(model), model=model)
    assert [p.value for p in found.parameters] == pytest.approx(TRUTHS[model], rel=1e-6)
    assert found.r_squared == pytest.approx(1.0, abs=1e-9)
    assert found.degrees_of_freedom == TIMES.size - len(TRUTHS[model])
    np.testing.assert_allclose(found.predict(TIMES).power, made(model), rtol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_the_truth_lies_within_the_stated_errors_as_often_as_it_should(model):
    """Two standard errors should hold most of 100 truths, and not all: on few efforts about nine in ten."""
    random = np.random.default_rng(20)
    inside, total = 0, 0
    for _ in range(100):
        times, power = noisy(model, random)
        try:
            found = fit(times, power, model=model)
        except NotIdentifiable:
            continue
        total += 1
        inside += abs(found.parameters[0].value - TRUTHS[model][0]) <= 2.0 * found.parameters[0].standard_error
    assert total >= 80
    assert 0.8 <= inside / total < 1.0


@pytest.mark.parametrize("model", MODELS)
def test_no_small_step_from_the_found_parameters_fits_better(model):
    random = np.random.default_rng(7)
    times, power = noisy(model, random)
    found = np.array([p.value for p in fit(times, power, model=model).parameters])
    lowest = np.sum(residuals(MODELS[model], found, times, power) ** 2)
    for direction in random.normal(0.0, 1.0, (50, found.size)):
        near = found * (1.0 + 1e-4 * direction)
        assert np.sum(residuals(MODELS[model], near, times, power) ** 2) >= lowest


@pytest.mark.parametrize("model", MODELS)
def test_predictions_have_the_error_that_the_parameters_have(model):
    times, power = noisy(model, np.random.default_rng(3))
    found = fit(times, power, model=model)
    values = np.array([p.value for p in found.parameters])
    asked = np.array([2.0, 60.0, 9000.0])
    steps = values * 1e-6
    gradient = np.stack(
        [
            (MODELS[model].power(values + s, asked) - MODELS[model].power(values - s, asked)) / (2 * s.sum())
            for s in np.diag(steps)
        ],
        axis=1,
    )
    slow = np.sqrt([row @ found.covariance @ row for row in gradient])
    told = found.predict(asked)
    np.testing.assert_allclose(told.standard_error, slow, rtol=1e-5)
    assert told.extrapolated.tolist() == [True, False, True]


def test_the_order_of_the_efforts_does_not_matter():
    forward = fit(DEMO_TIME, DEMO_POWER, model="three_parameter")
    backward = fit(DEMO_TIME[::-1], DEMO_POWER[::-1], model="three_parameter")
    assert [p.value for p in forward.parameters] == pytest.approx([p.value for p in backward.parameters], rel=1e-7)


@pytest.mark.parametrize("model", ["three_parameter", "omni"])
def test_efforts_without_a_sprint_cannot_tell_the_maximal_power(model):
    times = np.array([150.0, 240.0, 400.0, 700.0, 1100.0, 3600.0])
    power = 250.0 + 20_000.0 / times + np.array([1.0, -1.0, 0.5, -0.5, 0.3, -0.3])
    with pytest.raises(NotIdentifiable, match="maximal power"):
        fit(times, power, model=model)


@pytest.mark.parametrize("noise", range(30))
@pytest.mark.parametrize("model", ["three_parameter", "omni", "exponential"])
def test_whatever_the_noise_no_wild_number_is_given(model, noise):
    """Two-parameter truth: a third parameter is refused, or given with an error no larger than itself."""
    random = np.random.default_rng(noise)
    times = np.array([120.0, 200.0, 300.0, 500.0, 900.0, 2400.0])
    power = 250.0 + 20_000.0 / times + random.normal(0.0, 4.0, times.size)
    try:
        found = fit(times, power, model=model)
    except NotIdentifiable:
        return
    assert all(0.0 <= p.standard_error <= p.value for p in found.parameters)
    assert 0.0 < found["critical_power"].value < power.max()


@pytest.mark.parametrize(
    ("times", "powers", "why"),
    [
        ([120, 300], [400, 320], "at least 3 efforts"),
        ([120, 120, 120], [400, 390, 380], "different durations"),
        ([120, 300, 600], [300, 300, 300], "different durations and powers"),
        ([600, 700, 800], [300, 290, 280], "1.5 times"),
        ([120, 300, 600], [300, 310, 320], "does not fall"),
        ([120, 300, np.nan], [400, 320, 300], "not a positive number"),
        ([120, 300, 600], [400, np.inf, 300], "not a positive number"),
        ([0, 300, 600], [400, 320, 300], "not a positive number"),
        ([120, 300, 600], [400, 320, -1], "not a positive number"),
        ([120, 300, 600], [400, 320], "same length"),
        ([], [], "at least 3 efforts"),
    ],
)
@pytest.mark.parametrize("model", ["hyperbolic", "linear", "inverse_time"])
def test_efforts_that_say_too_little_are_refused_in_plain_words(model, times, powers, why):
    with pytest.raises(NotIdentifiable, match=why) as error:
        fit(times, powers, model=model)
    assert isinstance(error.value, ValueError)


def test_as_many_efforts_as_parameters_are_refused_for_want_of_an_error():
    with pytest.raises(NotIdentifiable, match="at least 4 efforts"):
        fit([60, 300, 1200], made("three_parameter", np.array([60.0, 300.0, 1200.0])), model="three_parameter")


def test_the_decline_needs_an_effort_of_more_than_half_an_hour():
    times = np.array([5.0, 30.0, 120.0, 600.0, 1200.0, 1800.0])
    with pytest.raises(NotIdentifiable, match="30 minutes"):
        fit(times, made("omni", times), model="omni")


def test_powers_that_fall_in_a_straight_line_have_no_exponential_level():
    with pytest.raises(NotIdentifiable):
        fit([60, 600, 1200, 1800, 2400], [400, 365, 330, 295, 260], model="exponential")


def test_a_message_holds_no_value_of_the_athlete():
    with pytest.raises(NotIdentifiable) as error:
        fit([120, 300, 600], [321.25, 331.25, 341.25], model="hyperbolic")
    assert "321" not in str(error.value)


def test_an_unknown_model_or_parameter_is_an_error_that_names_close_ones():
    with pytest.raises(UnknownName, match="hyperbolic"):
        fit(DEMO_TIME, DEMO_POWER, model="hyperbola")
    with pytest.raises(UnknownName, match="w_prime"):
        fit(DEMO_TIME, DEMO_POWER, model="linear")["w_prim"]


def test_a_prediction_for_no_positive_duration_is_refused():
    with pytest.raises(NotIdentifiable):
        fit(DEMO_TIME, DEMO_POWER, model="linear").predict([60.0, 0.0])


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(MODELS)),
    st.lists(st.tuples(st.floats(1e-3, 1e5), st.floats(1e-3, 1e4)), min_size=3, max_size=8),
)
def test_any_positive_efforts_give_a_sound_fit_or_a_refusal(model, efforts):
    times, powers = zip(*efforts, strict=True)
    try:
        found = fit(times, powers, model=model)
    except PacelineError:
        return
    assert all(np.isfinite(p.value) and 0.0 <= p.standard_error <= abs(p.value) for p in found.parameters)
    assert found["critical_power"].value > 0.0


@pytest.mark.parametrize("model", MODELS)
def test_efforts_of_one_power_tell_no_model_apart_and_divide_by_nothing(model):
    durations = np.array([120.0, 180.0, 300.0, 480.0, 600.0, 720.0, 900.0, 1200.0])
    with pytest.raises(NotIdentifiable):
        fit(durations, np.full(8, 210.0), model=model)
