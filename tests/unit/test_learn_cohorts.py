"""Cohorts: who belongs together, and who is served better by a model of their own."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import NotPlausible
from paceline.learn.cohorts import Cohort, chance, cohorts, judged, serving
from paceline.learn.sets import MotionSet

PROFILES = {
    f"athlete-{k}": {"proficiency": ("beginner", "advanced")[k % 2], "sex": ("female", "male")[k // 2 % 2]}
    for k in range(16)
}


def gym(*, differing, seed=0):
    """Two exercises told by the sign of a mean; beginners do each in the other's way where cohorts differ."""
    generator, sets = np.random.default_rng(seed), []
    for athlete, profile in PROFILES.items():
        for number in range(12):
            label = ("curl", "row")[number % 2]
            turned = differing and profile["proficiency"] == "beginner"
            mean = 1.0 if (label == "curl") != turned else -1.0
            values = generator.normal(mean, 1.0, (10, 1)).astype(np.float32)
            name = f"{athlete}-{number}"
            sets.append(MotionSet(name, athlete, name, label, np.arange(10), values, ("x",)))
    return sets


def teach(sets, labels):
    """The nearest mean."""
    means = np.array([np.mean([one.values.mean() for one in sets if one.label == label]) for label in labels])

    def said(asked):
        nearest = [int(np.abs(means - one.values.mean()).argmin()) for one in asked]
        return np.eye(len(labels))[nearest]

    return said


def test_athletes_are_grouped_by_each_trait_and_by_several_where_they_are_enough():
    assert [one.name for one in cohorts(PROFILES)] == ["advanced", "beginner", "female", "male"]
    names = [one.name for one in cohorts(PROFILES, least=4)]
    assert "beginner, female" in names
    assert len(names) == 8
    assert cohorts(PROFILES, least=20) == ()


def test_traits_that_are_not_known_make_no_cohort():
    assert cohorts({str(k): {"sex": ""} for k in range(20)}) == ()


def test_a_trait_that_only_repeats_another_makes_no_second_cohort():
    doubled = {name: {**profile, "level": profile["proficiency"]} for name, profile in PROFILES.items()}
    assert len(cohorts(doubled)) == 4


def test_a_cohort_that_moves_its_own_way_gets_its_own_model():
    found = {one.cohort.name: one for one in judged(gym(differing=True), cohorts(PROFILES), teach)}
    assert [name for name, one in found.items() if one.taken] == ["advanced", "beginner"]
    assert found["beginner"].own > found["beginner"].common + 0.3
    assert found["beginner"].chance <= 2**-7
    assert serving({"proficiency": "beginner", "sex": "male"}, list(found.values())).name == "beginner"


@pytest.mark.parametrize("seed", range(5))
def test_cohorts_that_are_alike_share_the_common_model(seed):
    verdicts = judged(gym(differing=False, seed=seed), cohorts(PROFILES), teach)
    assert not any(one.taken for one in verdicts)
    assert serving({"proficiency": "beginner"}, verdicts) is None


def test_no_athlete_is_scored_by_a_model_that_has_seen_them():
    seen = []

    def watched(sets, labels):
        inside = {one.athlete for one in sets}
        model = teach(sets, labels)

        def said(asked):
            seen.append(inside & {one.athlete for one in asked})
            return model(asked)

        return said

    judged(gym(differing=False), cohorts(PROFILES), watched)
    assert len(seen) == 16 + 4 * 8
    assert not any(seen)


def test_signs_are_drawn_where_there_are_too_many_to_try():
    assert chance(np.full(40, 0.1)) == pytest.approx(1 / 16_385)
    assert chance(np.array([1.0, -1.0] * 20)) > 0.3


def test_a_cohort_without_sets_is_refused():
    with pytest.raises(NotPlausible, match="nobody"):
        judged(gym(differing=False), [Cohort((("x", "nobody"),), ("z",))], teach)
    with pytest.raises(NotPlausible):
        judged(gym(differing=False), [], teach, level=1.0)
