"""Cohorts: athletes alike in age group, sex or proficiency, and whether they are served better by a model of their own.

A cohort's model has fewer athletes to learn from, and pays only where they move otherwise than the rest. So each
athlete of a cohort is left out in turn and recognised by two models, one that learned from everybody else and one that
learned from the rest of the cohort; the cohort's is taken where the gain over its athletes is more than chance, with
all cohorts that were tried counted in.

Source:
    Exact permutation of signs of paired differences: Fisher (1935), The Design of Experiments, section 21; many tests
    at once: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import NotPlausible
from paceline.learn.scores import Shares, macro_f1, said_labels
from paceline.learn.sets import MotionSet

Profile: TypeAlias = Mapping[str, str]
"""Trait → value: age group, sex, proficiency. One that is not there, or is "", is not known."""
Teach: TypeAlias = Callable[[Sequence[MotionSet], tuple[str, ...]], Callable[[Sequence[MotionSet]], Shares]]
"""Sets to learn from and all labels → a function of sets that gives (set, label)."""

LEAST = 6
"""Athletes of a cohort: with fewer no gain, however large, could be told from chance among several cohorts."""
LEVEL = 0.05
"""How often all of a gym's cohorts together may be wrongly given a model of their own."""
DRAWS = 16_384
"""Signs are drawn so often where there are more ways to set them."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Athletes with traits in common.

    Attributes:
        traits: (trait, value) each, in the order of the traits' names.
        athletes: pseudonyms, sorted.
    """

    traits: tuple[tuple[str, str], ...]
    athletes: tuple[str, ...]

    @property
    def name(self) -> str:
        """As a person would say it."""
        return ", ".join(value for _, value in self.traits)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model of its own is worth to a cohort.

    Attributes:
        cohort: which.
        common: macro F1 of the common model, mean over the cohort's athletes, each unseen.
        own: of the cohort's model.
        chance: how likely so large a gain in the probability of the truth is where the two are equally good.
        taken: whether the cohort's model is to be used.
    """

    cohort: Cohort
    common: float
    own: float
    chance: float
    taken: bool


def cohorts(profiles: Mapping[str, Profile], *, least: int = LEAST) -> tuple[Cohort, ...]:
    """Every group of athletes that share one or more traits and are enough, but not everybody.

    Two groups of the same athletes are one, told by fewer traits.

    >>> known = {"a": {"sex": "female"}, "b": {"sex": "female"}, "c": {"sex": "male"}, "d": {}}
    >>> [(one.name, one.athletes) for one in cohorts(known, least=2)]
    [('female', ('a', 'b'))]
    """
    names = sorted({trait for profile in profiles.values() for trait in profile})
    found: dict[tuple[str, ...], Cohort] = {}
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            values = [sorted({profile.get(trait, "") for profile in profiles.values()} - {""}) for trait in some]
            for chosen in product(*values):
                traits = tuple(zip(some, chosen, strict=True))
                athletes = tuple(sorted(a for a, p in profiles.items() if _has(p, traits)))
                if least <= len(athletes) < len(profiles):
                    found.setdefault(athletes, Cohort(traits, athletes))
    return tuple(found.values())


def _has(profile: Profile, traits: Sequence[tuple[str, str]]) -> bool:
    return all(profile.get(trait) == value for trait, value in traits)


def judged(
    sets: Sequence[MotionSet], groups: Sequence[Cohort], teach: Teach, *, level: float = LEVEL
) -> tuple[Verdict, ...]:
    """Which cohorts are served better by a model of their own.

    Args:
        sets: of all athletes.
        groups: the cohorts that are tried; all of them count in.
        teach: makes a model.
        level: how often any of them may be wrongly given one.

    Raises:
        NotPlausible: a cohort without sets, or a level outside 0 to 1.
    """
    if not 0.0 < level < 1.0:
        raise NotPlausible("the level of a test", expected="between 0 and 1")
    there = {one.athlete for one in sets}
    for group in groups:
        if len(there & set(group.athletes)) < 2:
            raise NotPlausible(f"the cohort {group.name!r}", expected="sets of at least two of its athletes")
    common: dict[str, tuple[float, float]] = {}
    rows = []
    for group in groups:
        inside = [athlete for athlete in group.athletes if athlete in there]
        for athlete in inside:
            if athlete not in common:
                common[athlete] = _unseen(sets, athlete, there, teach)
        own = np.array([_unseen(sets, athlete, set(inside), teach) for athlete in inside])
        shared = np.array([common[athlete] for athlete in inside])
        before, after = shared.mean(axis=0), own.mean(axis=0)
        rows.append((group, float(before[0]), float(after[0]), chance(own[:, 1] - shared[:, 1])))
    taken = _holm([row[3] for row in rows], level)
    return tuple(Verdict(*row, taken=one and row[2] > row[1]) for row, one in zip(rows, taken, strict=True))


def _unseen(sets: Sequence[MotionSet], athlete: str, known: set[str], teach: Teach) -> tuple[float, float]:
    """On an athlete's sets, of a model that learned from the others among those known: macro F1, and the mean
    probability given to the truth, which still tells two models apart where both name every set right.
    """
    labels = tuple(sorted({one.label for one in sets}))
    mine = [one for one in sets if one.athlete == athlete]
    said = teach([one for one in sets if one.athlete in known - {athlete}], labels)(mine)
    truth = np.array([labels.index(one.label) for one in mine])
    given = np.nan_to_num(said, nan=1.0 / len(labels))[np.arange(len(mine)), truth]
    return macro_f1(truth, said_labels(said)), float(given.mean())


def chance(gains: npt.NDArray[np.float64]) -> float:
    """How often signs set at random make a sum of gains at least as large.

    >>> chance(np.array([0.1, 0.2, 0.1])), chance(np.zeros(4))   # one way in eight; gains of 0 prove nothing
    (0.125, 1.0)
    """
    if 2 ** len(gains) <= DRAWS:
        signs = np.array(list(product((1.0, -1.0), repeat=len(gains))))
        return float(np.mean(signs @ gains >= gains.sum() - 1e-12))
    drawn = np.random.default_rng(0).choice((1.0, -1.0), (DRAWS, len(gains)))
    return float((1 + np.sum(drawn @ gains >= gains.sum() - 1e-12)) / (1 + DRAWS))


def _holm(chances: Sequence[float], level: float) -> list[bool]:
    """Which are below their share of the level, the least likely first, up to the first that is not."""
    found = [False] * len(chances)
    for place, index in enumerate(sorted(range(len(chances)), key=lambda k: chances[k])):
        if chances[index] > level / (len(chances) - place):
            break
        found[index] = True
    return found


def serving(profile: Profile, verdicts: Sequence[Verdict]) -> Cohort | None:
    """The cohort whose model serves an athlete: of those taken that fit, the one that gained most; None for the common.

    >>> group = Cohort((("sex", "female"),), ("a", "b"))
    >>> serving({"sex": "female"}, [Verdict(group, 0.7, 0.9, 0.01, True)]).name
    'female'
    >>> serving({"sex": "female"}, [Verdict(group, 0.7, 0.9, 0.2, False)]) is None
    True
    """
    fitting = [one for one in verdicts if one.taken and _has(profile, one.cohort.traits)]
    return max(fitting, key=lambda one: one.own - one.common).cohort if fitting else None
