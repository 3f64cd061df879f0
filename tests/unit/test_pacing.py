"""Pacing: the regression case of the project, the physics behind it, and the same plan by whatever way it is found."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from paceline.decide import pacing
from paceline.decide.pacing import Air, Change, PacingSolver, Rider
from paceline.decide.pacing.meshes import mesh
from paceline.decide.pacing.problem import Structure, problem
from paceline.domain.errors import ExtraMissing, NotPlausible, NotSolved, PacelineError, UnknownName

pytest.importorskip("casadi", reason="the extra `pacing` is not installed")

# The project's regression case: no bearings, no wheels' own drag, g 9.81, W′ never back.
RIDER = Rider(
    mass=84.0,
    rotating_mass=0.14 / 0.334**2,
    cda=0.20,
    crr=0.002,
    efficiency=0.98,
    critical_power=430.0,
    w_prime=22_000.0,
    maximal_power=1200.0,
    wheel_drag_area=0.0,
    bearings=0.0,
    recovery=False,
)
AIR = Air(1.15)
PURSUIT = pacing.individual_pursuit(4000.0, gravity=9.81)
GOLDEN = {50: 256.9548, 100: 256.9269, 200: 256.9125, 400: 256.9049, 800: 256.9010}
LIMIT = 256.897


@pytest.fixture(scope="module")
def golden():
    return pacing.plan(PURSUIT, RIDER, AIR)


def rolling_road(**more):
    distance = np.linspace(0.0, 20_000.0, 101)
    slope, wind = 0.04 * np.sin(distance / 1500.0), 3.0 * np.cos(distance / 900.0)
    return pacing.time_trial(distance, slope=slope, head_wind=wind, **more)


@pytest.mark.parametrize("intervals", [50, 100, 200, 400])
def test_every_grid_gives_the_limit_that_the_recorded_series_converges_to(intervals):
    found = pacing.plan(PURSUIT, RIDER, AIR, intervals=intervals).finish_time
    assert found == pytest.approx(LIMIT, abs=0.001)
    assert found < GOLDEN[intervals]  # a finer method: less is lost to the grid than in the recorded series


def test_the_recorded_series_halves_its_distance_to_our_limit_with_each_doubling(golden):
    misses = [value - golden.finish_time for value in GOLDEN.values()]
    ratios = [before / after for before, after in pairwise(misses)]
    assert all(1.8 < ratio < 2.05 for ratio in ratios)


def test_the_plan_has_the_recorded_shape(golden):
    assert golden.power[0] == pytest.approx(1200.0, abs=10.0)
    assert np.interp(1500.0, golden.distance, golden.power) == pytest.approx(510.0, abs=3.0)
    assert golden.power[-1] == pytest.approx(432.0, abs=1.0)
    assert golden.speed[-1] == pytest.approx(15.16, abs=0.005)


def test_recovery_costs_and_brings_nothing_where_nobody_rides_below_critical_power(golden):
    assert pacing.plan(PURSUIT, replace(RIDER, recovery=True), AIR).finish_time == pytest.approx(
        golden.finish_time, abs=0.0005
    )


def test_no_limit_is_broken_at_any_point(golden):
    assert np.all(golden.w_prime_balance >= 0.0)
    assert np.all(np.diff(golden.w_prime_balance) <= 1e-6)
    able = 430.0 + 770.0 * golden.w_prime_balance / 22_000.0
    assert np.all(golden.power <= able + 0.01)


def test_work_is_conserved_over_the_whole_ride(golden):
    """What the pedals gave is what critical power gives in that time, and what W′ lost."""
    spent = 22_000.0 - golden.w_prime_balance[-1]
    assert golden.work == pytest.approx(430.0 * golden.finish_time + spent, rel=1e-6)


CASES = {
    "pursuit": (PURSUIT, RIDER),
    "3 km, recovering": (pacing.individual_pursuit(3000.0), replace(RIDER, recovery=True)),
    "kilometre from rest": (pacing.kilometre(start_speed=0.0), replace(RIDER, maximal_force=180.0)),
    "flying start": (pacing.individual_pursuit(start_speed=14.0), RIDER),
    "hour": (pacing.hour(), RIDER),
    "hills and wind": (rolling_road(), replace(RIDER, recovery=True)),
    "hills and wind, no recovery": (rolling_road(), RIDER),
}


@pytest.mark.parametrize("case", CASES)
def test_riding_the_plan_in_time_takes_the_planned_time(case):
    course, rider = CASES[case]
    plan = pacing.plan(course, rider, AIR)
    ride = pacing.forward(plan)
    assert ride.finish_time == pytest.approx(plan.finish_time, abs=0.05)
    assert ride.w_prime_balance[-1] == pytest.approx(plan.w_prime_balance[-1], abs=150.0)
    splits = plan.splits()
    np.testing.assert_allclose(np.interp(splits.distance, ride.distance, ride.time), splits.time, atol=0.06)


@pytest.mark.parametrize("case", ["pursuit", "kilometre from rest", "hills and wind"])
def test_no_other_power_that_the_rider_has_is_faster(case):
    """Oracle by perturbation: move 15 W from one part of the course to a later one, and come later."""
    course, rider = CASES[case]
    plan = pacing.plan(course, rider, AIR)
    best = pacing.forward(plan, step=0.2)
    distance, power, end = plan.distance[0::2], plan.power[0::2], plan.finish_distance
    tried = 0
    for share in (0.3, 0.5, 0.7):
        earlier, later = (15.0 * np.exp(-(((distance / end - place) / 0.08) ** 2)) for place in (share, share + 0.12))
        for scale in (0.0, 0.9, 1.0):
            moved = power - earlier + scale * later
            other = pacing.forward_power(distance, moved, course=course, rider=rider, air=AIR, step=0.2)
            if other.w_prime_balance.min() >= best.w_prime_balance.min() - 1.0:
                tried += 1
                assert other.finish_time > best.finish_time - 0.005
    assert tried >= 3


def test_the_same_answer_by_symbols_and_by_numbers():
    """The rates that the solver uses, from CasADi symbols, against NumPy's: the physics is written once."""
    import casadi

    from paceline.decide.pacing.motion import balance_rate, load, surplus_power

    constants = load(PURSUIT, replace(RIDER, bearings=1.0, wheel_drag_area=0.004), AIR)
    power, speed, slope, wind, ratio, left = (casadi.SX.sym(name) for name in "pvswrl")
    surplus = surplus_power(power, speed=speed, load=constants, slope=slope, head_wind=wind, speed_ratio=ratio)
    rate = balance_rate(power, 20.0, balance=left, load=constants)
    function = casadi.Function("both", [power, speed, slope, wind, ratio, left], [surplus, rate])
    random = np.random.default_rng(3)
    for _ in range(20):
        p, v, s, w, r, b = random.uniform([0, 1, -0.1, -20, 0.9, 0], [1200, 20, 0.1, 10, 1, 22_000])
        numbers = surplus_power(np.array([p]), speed=v, load=constants, slope=s, head_wind=w, speed_ratio=r)
        symbols = [float(each) for each in function(p, v, s, w, r, b)]
        assert symbols[0] == pytest.approx(float(numbers[0]), rel=1e-12)
        assert symbols[1] == pytest.approx(float(balance_rate(p, 20.0, balance=b, load=constants)), rel=1e-12)


def test_a_warm_solver_gives_what_a_cold_one_gives():
    solver, random = PacingSolver(intervals=100), np.random.default_rng(5)
    for _ in range(8):
        scale = random.uniform(0.85, 1.15, 3)
        rider = replace(RIDER, cda=0.2 * scale[0], critical_power=430.0 * scale[1], mass=84.0 * scale[2])
        air = Air(float(random.uniform(0.95, 1.25)))
        warm = solver.plan(PURSUIT, rider, air)
        cold = pacing.plan(PURSUIT, rider, air, intervals=100)
        assert warm.finish_time == pytest.approx(cold.finish_time, abs=1e-4)
        np.testing.assert_allclose(warm.speed, cold.speed, atol=0.02)


def test_a_warm_solver_is_not_put_off_by_a_neighbour_far_away():
    solver = PacingSolver(intervals=100)
    solver.plan(PURSUIT, RIDER, AIR)
    youth = replace(RIDER, mass=50.0, cda=0.16, critical_power=140.0, w_prime=7000.0, maximal_power=420.0)
    warm = solver.plan(pacing.individual_pursuit(2000.0), youth, Air(0.95))
    cold = pacing.plan(pacing.individual_pursuit(2000.0), youth, Air(0.95), intervals=100)
    assert warm.finish_time == pytest.approx(cold.finish_time, abs=1e-4)


def test_a_problem_is_built_once_for_each_structure():
    first = problem(Structure(intervals=20, varied=False, recovery=False, forced=False))
    again = problem(Structure(intervals=20, varied=False, recovery=False, forced=False))
    other = problem(Structure(intervals=20, varied=False, recovery=True, forced=False))
    assert first is again
    assert first is not other


@pytest.mark.parametrize(
    ("quantity", "by"),
    [("cda", 0.001), ("mass", 0.5), ("critical_power", 1.0), ("w_prime", 100.0), ("crr", 1e-4), ("maximal_power", 5.0)],
)
def test_sensitivities_are_what_solving_again_gives(golden, quantity, by):
    value = getattr(RIDER, quantity)
    more, less = (pacing.plan(PURSUIT, replace(RIDER, **{quantity: value + sign * by}), AIR) for sign in (1, -1))
    slope = (more.finish_time - less.finish_time) / (2.0 * by)
    assert golden.sensitivities[quantity] == pytest.approx(slope, rel=0.01)


def test_the_hour_is_the_distance_whose_fastest_time_is_an_hour():
    hour = pacing.plan(pacing.hour(), RIDER, AIR)
    assert hour.finish_time == pytest.approx(3600.0, abs=1e-3)
    there = pacing.plan(pacing.Course(name="as far", length=hour.finish_distance), RIDER, AIR)
    assert there.finish_time == pytest.approx(3600.0, abs=2e-3)


def test_a_course_without_hills_wind_or_bends_is_the_level_track():
    level = pacing.time_trial([0.0, 4000.0], mark=125.0)
    flat = pacing.plan(level, RIDER, AIR).finish_time
    assert flat == pytest.approx(pacing.plan(pacing.individual_pursuit(4000.0), RIDER, AIR).finish_time, abs=1e-4)


def test_the_rider_gives_more_uphill_and_less_downhill():
    plan = pacing.plan(rolling_road(), replace(RIDER, recovery=True), AIR)
    slope = rolling_road().profile.at(plan.distance)[0]
    later = plan.distance > 2000.0
    assert plan.power[later & (slope > 0.03)].mean() > 430.0 > plan.power[later & (slope < -0.03)].mean()


def test_bends_that_lean_the_rider_inwards_make_the_wheels_faster():
    points = np.arange(0.0, 1001.0, 5.0)
    ratio = np.where((points % 125.0) > 62.5, 0.96, 1.0)
    nothing = np.zeros_like(points)
    profile = pacing.Profile(points, nothing, nothing, ratio)
    bends = pacing.Course(name="bends", length=1000.0, start_speed=14.0, profile=profile)
    straight = pacing.Course(name="straight", length=1000.0, start_speed=14.0)
    with_bends, without = (pacing.plan(course, RIDER, AIR) for course in (bends, straight))
    assert with_bends.finish_time < without.finish_time
    leaning = profile.at(with_bends.distance)[2] < 0.965
    assert with_bends.speed[leaning].mean() > with_bends.speed[~leaning].mean()
    assert pacing.forward(with_bends).finish_time == pytest.approx(with_bends.finish_time, abs=0.05)


def test_from_rest_the_largest_force_decides_the_first_metres():
    course = pacing.kilometre(start_speed=0.0)
    weak, strong = (pacing.plan(course, replace(RIDER, maximal_force=force), AIR) for force in (140.0, 220.0))
    assert strong.finish_time < weak.finish_time
    assert np.all(weak.power[0::2] <= 140.0 * weak.speed[0::2] + 0.05)
    # 430 W / 140 N = 3.07 m/s; at constant force without drag it takes m v / F = 85.3 · 3.07 / 137 s.
    assert weak.time[0] == pytest.approx(85.255 * (430.0 / 140.0) / (140.0 * 0.98 - 84.0 * 0.002 * 9.80665), rel=0.01)


def test_a_hill_that_the_rider_cannot_climb_is_said_not_planned():
    wall = pacing.time_trial([0.0, 1000.0, 1100.0, 4000.0], slope=[0.0, 0.0, 0.3, 0.3])
    grim = replace(RIDER, critical_power=60.0, maximal_power=70.0, w_prime=500.0)
    with pytest.raises(NotSolved) as refused:
        pacing.plan(wall, grim, AIR, intervals=40)
    assert refused.value.status
    assert "slope" in refused.value.advice or "intervals" in refused.value.advice
    assert isinstance(refused.value, PacelineError)


def test_a_largest_force_that_moves_nothing_is_said():
    steep = pacing.time_trial([0.0, 1000.0], slope=0.25, start_speed=0.0)
    with pytest.raises(NotSolved, match="maximal force"):
        pacing.plan(steep, replace(RIDER, maximal_force=100.0), AIR, intervals=40)


def test_without_casadi_the_error_names_the_extra(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "casadi", None)
    with pytest.raises(ExtraMissing, match=r"paceline\[pacing\]"):
        problem.__wrapped__(Structure(intervals=20, varied=False, recovery=False, forced=False))


@pytest.mark.parametrize(
    "wrong",
    [
        {"mass": -1.0},
        {"mass": "heavy"},
        {"cda": 20.0},
        {"crr": -0.1},
        {"critical_power": float("nan")},
        {"w_prime": 22.0},
        {"maximal_power": 400.0},
        {"maximal_force": 0.0},
        {"efficiency": 98.0},
    ],
)
def test_a_slip_of_the_pen_is_refused_before_it_is_solved(wrong):
    (name,) = wrong
    with pytest.raises(NotPlausible, match=name):
        replace(RIDER, **wrong)


def test_a_course_that_can_not_be_is_refused():
    with pytest.raises(NotPlausible, match="length"):
        pacing.Course(name="both", length=4000.0, duration=3600.0)
    with pytest.raises(NotPlausible, match="start_speed"):
        pacing.kilometre(start_speed=0.1)
    with pytest.raises(NotPlausible, match="slope"):
        pacing.time_trial([0.0, 100.0, 200.0], slope=[0.0, 5.0, 0.0])
    with pytest.raises(NotPlausible, match="rising"):
        pacing.time_trial([0.0, 200.0, 100.0])
    with pytest.raises(NotPlausible, match="one value"):
        pacing.time_trial([0.0, 100.0, 200.0], slope=[0.0, 0.01])
    with pytest.raises(NotPlausible, match="density"):
        Air(1150.0)
    with pytest.raises(NotPlausible, match="maximal_force"):
        pacing.plan(pacing.kilometre(start_speed=0.0), RIDER, AIR, intervals=20)
    with pytest.raises(NotPlausible, match="intervals"):
        PacingSolver(intervals=2)


def test_splits_add_up_and_end_at_the_finish(golden):
    splits = golden.splits()
    assert splits.distance.tolist() == [125.0 * i for i in range(1, 33)]
    assert splits.duration.sum() == pytest.approx(golden.finish_time, abs=1e-9)
    assert splits.time[-1] == golden.finish_time
    assert float(splits.power @ splits.duration) == pytest.approx(golden.work, rel=1e-9)
    np.testing.assert_allclose(splits.speed * splits.duration, 125.0)


def test_lines_that_do_not_divide_the_course_end_at_the_finish_too(golden):
    assert golden.splits(every=1500.0).distance.tolist() == [1500.0, 3000.0, 4000.0]
    assert golden.splits(every=1333.3333333).distance[-1] == 4000.0


def test_a_split_does_not_depend_on_the_grid(golden):
    finer = pacing.plan(PURSUIT, RIDER, AIR, intervals=400)
    np.testing.assert_allclose(golden.splits().time, finer.splits().time, atol=0.01)


def test_what_if_says_what_solving_again_gives():
    denser, stronger = pacing.what_if(PURSUIT, RIDER, AIR, changes=[Change("air_density", 0.02), Change("mass", -2.0)])
    again = pacing.plan(PURSUIT, RIDER, Air(1.17)).finish_time - pacing.plan(PURSUIT, RIDER, AIR).finish_time
    assert denser.finish_time_change == pytest.approx(again, abs=1e-4)
    assert denser.estimate == pytest.approx(again, rel=0.02)
    assert stronger.finish_time_change < 0.0
    assert stronger.finish_distance_change == 0.0


def test_what_if_for_the_hour_is_in_metres():
    (less_drag,) = pacing.what_if(pacing.hour(), RIDER, AIR, changes=[Change("cda", -0.002)])
    assert less_drag.finish_time_change == pytest.approx(0.0, abs=1e-3)
    assert less_drag.finish_distance_change == pytest.approx(less_drag.estimate, rel=0.03)
    assert less_drag.finish_distance_change > 0.0


def test_what_if_of_something_else_names_what_there_is():
    with pytest.raises(UnknownName, match="critical_power"):
        pacing.what_if(PURSUIT, RIDER, AIR, changes=[Change("critcal_power", 1.0)], intervals=20)
    with pytest.raises(NotPlausible, match="maximal_force"):
        pacing.what_if(PURSUIT, RIDER, AIR, changes=[Change("maximal_force", 1.0)], intervals=20)


def test_a_longer_gear_turns_slower_in_proportion(golden):
    short, long = (pacing.cadence_range(golden, development) for development in (8.0, 10.0))
    assert short.mean == pytest.approx(long.mean * 10.0 / 8.0)
    assert long.lowest <= long.mean <= long.highest
    assert long.highest == pytest.approx(60.0 * golden.speed.max() / 10.0)


def test_a_simulated_bike_that_stops_is_said():
    hill = pacing.time_trial([0.0, 500.0, 600.0, 3000.0], slope=[0.0, 0.0, 0.2, 0.2], start_speed=5.0)
    with pytest.raises(NotSolved, match="stopped"):
        pacing.forward_power([0.0], [20.0], course=hill, rider=RIDER, air=AIR)


def test_powers_that_do_not_fit_are_refused():
    for distance, power in (([0.0, 1.0], [400.0]), ([1.0, 0.0], [400.0, 400.0]), ([0.0], [float("nan")])):
        with pytest.raises(NotPlausible, match="power"):
            pacing.forward_power(distance, power, course=PURSUIT, rider=RIDER, air=AIR)
    with pytest.raises(NotPlausible, match="length"):
        pacing.forward_power([0.0], [400.0], course=pacing.hour(), rider=RIDER, air=AIR)


@pytest.mark.parametrize("start_speed", [0.5, 1.0, 14.0])
@pytest.mark.parametrize("intervals", [10, 200])
def test_a_mesh_rises_from_start_to_finish(start_speed, intervals):
    points = mesh(56_000.0, intervals=intervals, start_speed=start_speed)
    assert points[0] == 0.0
    assert points[-1] == 56_000.0
    assert np.all(np.diff(points) > 0.0)
