"""What an athlete will do next, from what they did before: the next exercise of a session, and the next session.

Two questions are asked apart, since they are learned at different rates. Is there another set of the same
(`habits_runs`)? If not, what follows: a Markov model over suffixes of the exercises, each run of sets being one step
(`habits_suffixes`), first over all sessions and then over those of the same type, which reaches back over the start of
the session into the one before. So a set more or less than last time does not break the thread.

Before a suffix has been seen, three guesses stand in: what last time's session of this type still holds, the
catalogue's order, and what was already done today. What is never taken up again in one session becomes unlikely once
done.

Nothing here is stored: habits follow from the sessions, and sessions are facts. The constants were chosen on sessions
that no benchmark scores (see `benchmarks/bench_next_exercise.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from paceline.decide.beliefs import Beliefs, proportional, reweighted
from paceline.decide.habits_runs import GOING_ON, Run, going_on, runs
from paceline.decide.habits_suffixes import LONGEST, START, Trail, narrowed
from paceline.domain.exercise_catalogue import catalogue
from paceline.domain.exercises import ExerciseType, type_of

FADING = 0.9
"""What a session still counts after each later one of its type: habits change."""

_LEFT_FROM_LAST_TIME, _LEFT_FADING = 0.6, 0.6
_OFFERED, _OFFER_FADING = 0.09, 0.7
_AGAIN_TODAY, _AGAIN_FADING = 0.2, 0.5
_ANY = 0.02
_UNNAMED = 0.15

_SAME_SESSION_AGAIN = 0.5
_LONGEST_NOT_DONE, _NOT_DONE_FADING = 1.0, 0.5
_NEW_SESSION = 0.5


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session as habits see it.

    Attributes:
        type: of the session.
        exercises: the exercise of each set, in order.
    """

    type: ExerciseType
    exercises: tuple[str, ...]


def next_exercise(
    done: Sequence[str],
    *,
    session: ExerciseType,
    history: Sequence[PastSession] = (),
    known: Iterable[str] | None = None,
) -> Beliefs:
    """The exercise of the next set.

    Args:
        done: the exercise of each set of today's session, in order; empty before the first.
        session: the type of today's session.
        history: the athlete's earlier sessions, the oldest first.
        known: exercises that can be offered, in that order; the catalogue's if left out.

    Returns:
        A probability for each exercise that is known or was ever done, and one for something else.

    >>> arms = ExerciseType("resistanceTargeted", ("arms",))
    >>> curl, dips = "resistanceTargeted:arms/biceps-curl", "resistanceTargeted:arms/triceps-dips"
    >>> before = [PastSession(arms, (curl, dips) * 3)] * 2
    >>> next_exercise([curl], session=arms, history=before).best == dips
    True
    """
    names = dict.fromkeys([*(catalogue() if known is None else known)])
    names |= dict.fromkeys([*(one for past in history for one in past.exercises), *done])
    past = _weighted(history)
    today = runs(done)
    moved = _moved(today, session, past, names)
    if not today:
        return moved
    kind = type_of(today[-1].step).kind
    ended = [one for _, those in past for one in those if type_of(one.step).kind == kind]
    ended_today = [one for one in today[:-1] if type_of(one.step).kind == kind]
    chance = going_on(today[-1], ended=ended + ended_today, today=ended_today, at_first=GOING_ON[kind])
    return _mixed(moved, today[-1].step, chance)


def next_session(history: Sequence[ExerciseType]) -> Beliefs:
    """The type of the next session, by its written form.

    Types are taken in turn: of those not done last, the one left longest comes first until a habit is seen.

    Args:
        history: the types of the athlete's sessions, the oldest first.

    >>> pull, push = ExerciseType("resistanceTargeted", ("back",)), ExerciseType("resistanceTargeted", ("chest",))
    >>> next_session([pull, push]).best
    'resistanceTargeted:back'
    """
    taken = runs(str(one) for one in history)
    if not taken:
        return Beliefs(other=1.0)
    steps = tuple(one.step for one in taken)
    last = {step: index for index, step in enumerate(steps)}
    weights = dict.fromkeys(last, _ANY / len(last))
    for rank, step in enumerate(sorted(set(last) - {steps[-1]}, key=last.__getitem__)):
        weights[step] += _LONGEST_NOT_DONE * _NOT_DONE_FADING**rank
    weights[steps[-1]] = 0.0
    moved = narrowed(proportional(weights, other=_NEW_SESSION), [Trail(steps)], steps)
    open_run = Run(taken[-1].step, taken[-1].length)
    ended = [Run("", one.length) for one in taken[:-1]]
    return _mixed(moved, steps[-1], going_on(open_run, ended=ended, today=(), at_first=_SAME_SESSION_AGAIN))


def _mixed(moved: Beliefs, current: str, chance: float) -> Beliefs:
    """Beliefs over the next step, from those over the next run and the chance that this run goes on."""
    named = {step: (1 - chance) * p for step, p in moved.probabilities.items()}
    named[current] = named.get(current, 0.0) + chance
    return Beliefs(named, (1 - chance) * moved.other)


def _weighted(history: Sequence[PastSession]) -> list[tuple[ExerciseType, tuple[Run, ...]]]:
    """Each session's runs, faded by how many later ones of its type there are."""
    later: Counter[ExerciseType] = Counter()
    found = []
    for past in reversed(history):
        found.append((past.type, runs(past.exercises, weight=FADING ** later[past.type])))
        later[past.type] += 1
    return found[::-1]


def _moved(
    today: tuple[Run, ...],
    session: ExerciseType,
    past: Sequence[tuple[ExerciseType, tuple[Run, ...]]],
    names: Iterable[str],
) -> Beliefs:
    """The exercise of the next run, which is not the present one."""
    did = tuple(one.step for one in today)
    alike = [those for kind, those in past if kind == session]
    beliefs = _guessed(did, session, alike[-1] if alike else (), names)
    so_far = (START, *did)
    others = [
        Trail((START, *(one.step for one in those)), weight=_weight(those)) for kind, those in past if kind != session
    ]
    beliefs = narrowed(beliefs, others, so_far)
    trails, before = _joined(alike)
    beliefs = narrowed(beliefs, [*trails, Trail((*before, *so_far), len(before) + 1)], (*before, *so_far))
    again = _taken_up_again(did, [*(those for _, those in past), today])
    return reweighted(beliefs, lambda step: again.get(step, 1.0))


def _guessed(did: tuple[str, ...], session: ExerciseType, last: Sequence[Run], names: Iterable[str]) -> Beliefs:
    """The next run's exercise before any suffix was seen."""
    known = tuple(names)
    weights = dict.fromkeys(known, _ANY / max(len(known), 1))
    current = did[-1] if did else None
    left = [step for step in dict.fromkeys(one.step for one in last) if step not in did]
    offered = [step for step in known if step not in did and session.contains(type_of(step))]
    again = [step for step in dict.fromkeys(reversed(did)) if step != current]
    guesses = (
        (left, _LEFT_FROM_LAST_TIME, _LEFT_FADING),
        (offered, _OFFERED, _OFFER_FADING),
        (again, _AGAIN_TODAY, _AGAIN_FADING),
    )
    for steps, weight, fading in guesses:
        for rank, step in enumerate(steps):
            weights[step] += weight * fading**rank
    if current is not None:
        weights[current] = 0.0
    return proportional(weights, other=_UNNAMED)


def _joined(alike: Sequence[tuple[Run, ...]]) -> tuple[list[Trail], tuple[str, ...]]:
    """Sessions of one type as trails that reach back into the session before, and the steps before the next one."""
    trails = []
    before: tuple[str, ...] = ()
    for those in alike:
        steps = (*before, START, *(one.step for one in those))
        trails.append(Trail(steps, len(before) + 1, _weight(those)))
        before = steps[-LONGEST:]
    return trails, before


def _weight(those: Sequence[Run]) -> float:
    return those[0].weight if those else 1.0


def _taken_up_again(did: tuple[str, ...], sessions: Iterable[Sequence[Run]]) -> dict[str, float]:
    """How likely each exercise done today is to come back after another one, by how often it did."""
    back: defaultdict[str, float] = defaultdict(float)
    once: defaultdict[str, float] = defaultdict(float)
    *earlier, today = sessions
    for those in [*earlier, today]:
        for step, times in Counter(one.step for one in those).items():
            if times > 1:
                back[step] += _weight(those)
            elif those is not today:
                once[step] += _weight(those)
    all_back, all_once = sum(back.values()), sum(once.values())
    usual = (all_back + 1) / (all_back + all_once + 2)
    return {step: (back[step] + usual) / (back[step] + once[step] + 1) for step in did}
