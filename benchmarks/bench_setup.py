"""What has the athlete begun? From the first second on, habit, place and movement joined.

Data: muvr/labelled_head, the 13 labels of two or more sessions; one session left out at a time. These recordings tell
no place: the session's muscle group, which an athlete chooses with the session, stands for it (the exercises that can
be done here). Habits know the other sessions and the sets before; movement is that of `paceline.learn.onset`. Weights
by seconds are fitted on the other sessions, each by models that saw neither it nor the one scored; a session whose
labels would then be unknown is no example. Budget: top-3 .90 at one second; at no second worse than the best part
beyond the interval (whole sessions drawn). Change points, where another exercise begins than was done last, are given
apart. Peer: the plain product of all three.

    python -m benchmarks setup
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.motion_data import muvr_sets
from benchmarks.timing import emit
from paceline.decide.beliefs import Beliefs
from paceline.decide.fusion import Sensed, Weights, posterior
from paceline.decide.fusion_weights import Example, fit
from paceline.decide.habits import PastSession, next_exercise
from paceline.domain.exercises import exercise_type
from paceline.learn.leakage import copies, without_copies
from paceline.learn.onset import LENGTHS, Measured, measured, onset
from paceline.learn.scores import bootstrap, calibration_error
from paceline.learn.sets import MotionSet, shared_labels

SECONDS = (1, 2, 3, 5, 8, 12)
PLAIN = Weights(habit=1.0, habit_growth=0.0, place=1.0, sensor=1.0, sensor_growth=0.0)
PARTS = {"joined": "hps", "habit": "h", "place": "p", "movement": "s", "habit and place": "hp",
         "habit and movement": "hs", "place and movement": "ps"}  # fmt: skip
ALONE = ("habit", "place", "movement")


def main() -> None:
    """One row for each second."""
    begun = time.perf_counter()
    sets = scored_sets()
    examples, held, fitted = answers(sets)
    changes = np.array([k == 0 or sets[k - 1].session != one.session or sets[k - 1].label != one.label
                        for k, one in enumerate(sets)])  # fmt: skip
    wholes = [one.session for one in sets]
    rows = [row(second, examples, fitted, wholes, changes) for second in SECONDS]
    first = rows[0]
    emit({"id": "setup_v1", "ours": first["top3"]["joined"], "theirs": first["top3"]["plain product"],
          "peer": "plain product", "unit": "top-3 at 1 s",
          "ratio": round(first["top3"]["joined"] / first["top3"]["plain product"], 3), "sets": len(sets),
          "changes": int(changes.sum()), "never_worse": not any(one["worse_than_best_part"] for one in rows),
          "weights": held, "seconds": round(time.perf_counter() - begun), "rows": rows})  # fmt: skip


def scored_sets() -> list[MotionSet]:
    """Sets in the order in which they were done, under the catalogue's form of name."""
    every = muvr_sets()
    every = list(without_copies(every, [one for one in copies(every) if one.contradicts(every)]))
    names = [name for name in shared_labels(every, by="session") if name != "lateral-raise"]
    kept = [one for one in every if one.label in names]
    return sorted(kept, key=lambda one: (one.session, int(one.name.rpartition("_")[2])))


def exercise(one: MotionSet) -> str:
    """The full name: the muscle group is that of the session."""
    return f"resistanceTargeted:{one.group}/{one.label}"


def answers(sets: list[MotionSet]) -> tuple[list[Example], dict[str, list[float]], list[Weights]]:
    """Each set as an example by models that did not see its session; weights by session, and for each set."""
    among = measured(sets, lengths=LENGTHS)
    sessions = sorted({one.session for one in sets})
    examples: dict[int, Example] = {}
    fitted: dict[str, Weights] = {}
    known: dict[frozenset[str], dict[int, Sensed]] = {}
    for out in sessions:
        examples |= {k: example(sets, k, {out}, s) for k, s in sensed(sets, among, {out}, out).items()}
        inner: list[Example] = []
        for other in sessions:
            pair = frozenset({out, other})
            if other != out and knows(sets, pair, other):
                if pair not in known:
                    known[pair] = sensed(sets, among, set(pair), *pair)
                own = [k for k in known[pair] if sets[k].session == other]
                inner += [example(sets, k, set(pair), known[pair][k]) for k in own]
        fitted[out] = fit(inner, seconds=SECONDS)
    told = {out: [round(float(w), 2) for w in (f.habit, f.habit_growth, f.place, f.sensor, f.sensor_growth)]
            for out, f in fitted.items()}  # fmt: skip
    return [examples[k] for k in range(len(sets))], told, [fitted[one.session] for one in sets]


def knows(sets: list[MotionSet], out: frozenset[str], session: str) -> bool:
    """Whether every label of a session is left when some are out."""
    return {one.label for one in sets if one.session == session} <= {s.label for s in sets if s.session not in out}


def sensed(sets: list[MotionSet], among: dict[int, Measured], out: set[str], *of: str) -> dict[int, Sensed]:
    """What models without some sessions say of the sets of these."""
    model = onset(sets, among, [k for k, one in enumerate(sets) if one.session not in out])
    full = {one.label: exercise(one) for one in sets}
    classes = tuple(full[label] for label in model.labels)
    return {k: Sensed(classes, model.rows(among, k, seconds=max(SECONDS)))
            for k, one in enumerate(sets) if one.session in of}  # fmt: skip


def example(sets: list[MotionSet], position: int, out: set[str], movement: Sensed) -> Example:
    """A set with what was known before it: the other sessions, and the sets of today."""
    one = sets[position]
    today = [exercise(s) for s in sets[:position] if s.session == one.session]
    names = sorted({exercise(s) for s in sets if s.session not in out})
    past: dict[str, list[MotionSet]] = {}
    for s in sets:
        if s.session not in out:
            past.setdefault(s.session, []).append(s)
    history = [PastSession(exercise_type(f"resistanceTargeted:{those[0].group}"), tuple(map(exercise, those)))
               for those in past.values()]  # fmt: skip
    habit = next_exercise(today, session=exercise_type(f"resistanceTargeted:{one.group}"), history=history, known=names)
    possible = {name: 1.0 if f":{one.group}/" in name else 0.0 for name in names}
    return Example(exercise(one), habit, movement, possible)


def row(
    second: int, examples: list[Example], fitted: list[Weights], wholes: list[str], changes: np.ndarray[Any, Any]
) -> dict[str, Any]:
    """Top-1 and top-3 of every combination after so many seconds."""
    beliefs = {name: [asked(one, parts, second, w) for one, w in zip(examples, fitted, strict=True)]
               for name, parts in PARTS.items()}  # fmt: skip
    beliefs["plain product"] = [asked(one, "hps", second, PLAIN) for one in examples]
    top = {k: {name: np.array([one.true in b.top(k) for one, b in zip(examples, said, strict=True)])
               for name, said in beliefs.items()} for k in (1, 3)}  # fmt: skip
    worse = []
    for k in (1, 3):
        best = max(ALONE, key=lambda part: top[k][part].mean())
        gain = top[k]["joined"].astype(float) - top[k][best]
        worse += [f"top-{k}: {best}"] if bootstrap(lambda rows: float(gain[rows].mean()), wholes).high < 0 else []  # noqa: B023
    spread = {k: bootstrap(lambda rows: float(top[k]["joined"][rows].mean()), wholes) for k in (1, 3)}  # noqa: B023
    sure = np.array([b.probability(b.best or "") for b in beliefs["joined"]])
    found: dict[str, Any] = {"second": second, "worse_than_best_part": worse,
             "calibration_error": round(calibration_error(sure, top[1]["joined"]), 3),
             "interval": {f"top{k}": [round(i.low, 2), round(i.high, 2)] for k, i in spread.items()}}  # fmt: skip
    for k in (1, 3):
        found[f"top{k}"] = shares(top[k], np.ones(len(changes), bool))
        found[f"top{k}_at_changes"] = shares(top[k], changes)
    print(f"{second} s: top-1 {found['top1']}\n   top-3 {found['top3']}\n   changes, top-1 {found['top1_at_changes']}")
    print(f"   changes, top-3 {found['top3_at_changes']}\n   {found['interval']}, worse: {worse}, "
          f"calibration error {found['calibration_error']}")  # fmt: skip
    return found


def shares(hits: Mapping[str, np.ndarray[Any, Any]], keep: np.ndarray[Any, Any]) -> dict[str, float]:
    """Share of hits of each combination."""
    return {name: round(float(one[keep].mean()), 3) for name, one in hits.items()}


def asked(one: Example, parts: str, second: int, weights: Weights) -> Beliefs:
    """The beliefs of some of the parts: habit, place, sensor."""
    flat = Beliefs(dict.fromkeys(one.possible, 1.0 / len(one.possible)))
    return posterior(
        habit=one.habit if "h" in parts else flat, place=one.possible if "p" in parts else None,
        sensor=one.sensor if "s" in parts else None, seconds=second, weights=weights,
    ).beliefs  # fmt: skip


if __name__ == "__main__":
    main()
