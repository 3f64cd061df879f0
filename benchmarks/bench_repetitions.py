"""How many repetitions was it? Counted sets of sessions and people never seen.

Data: muvr/labelled_head, leave one session out: sets whose packets say that they are complete, those without packets
apart, and all; lossy ones flagged from their packets. barbell_metamotion, leave one person out, without the copies.
Budget: complete muvr within one .65, mean error at most 1.7; barbell .78. What habits are and how far they are trusted
is learned from the other sessions alone. The peer is the plain counter: the strongest autocorrelation of the first
principal axis between one and six seconds, without habits. `streaming` is what the live counter says when a set ends.

    python -m benchmarks repetitions
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.motion_data import barbell_sets, barbell_signals, has_packets, muvr_sets, of_one_sensor
from benchmarks.timing import emit
from paceline.learn.counting import Counted, Counter, learned
from paceline.learn.leakage import copies, without_copies
from paceline.learn.live_count import LiveCount
from paceline.learn.scores import bootstrap
from paceline.learn.sets import NONE, MotionSet, Whole, leave_one_out
from paceline.learn.windows import on_grid

RATE = 25.0
ALTERNATING = frozenset({"alt-dumbbell-biceps-curl"})
"""Done with one arm after the other, by its name: the log counts both, one wrist feels half."""
GRID = [(trust, gate) for trust in (0.03, 0.08, 0.2) for gate in (0.4, 0.6)]
"""What is chosen from, on the sets that are learned from."""


def main() -> None:
    """All rows, and one line."""
    sets = [one for one in muvr_sets() if one.repetitions]
    signals = barbell_signals()
    kept = {one.name for one in without_copies(signals, copies(signals))}
    lifts = [one for one in of_one_sensor(barbell_sets()) if one.name in kept and one.label != NONE]
    rows = counted("muvr", sets, by="session", learn=lambda one: not one.lossy and has_packets(one), parts={
        "complete by their packets": lambda one: not one.lossy and has_packets(one),
        "without packets": lambda one: not has_packets(one),
        "flagged as lossy": lambda one: one.lossy,
        "all": everything,
    })  # fmt: skip
    rows += counted("barbell", lifts, by="athlete", learn=everything, parts={"all": everything})
    first = rows[0]
    emit({"id": "repetitions_v1", "ours": first["ours"], "theirs": first["theirs"], "peer": "plain autocorrelation",
          "unit": "share within one", "ratio": round(first["ours"] / first["theirs"], 3), "rows": rows})  # fmt: skip


def everything(_: MotionSet) -> bool:
    return True


def counted(
    title: str, sets: Sequence[MotionSet], *, by: Whole, learn: Callable[[MotionSet], bool],
    parts: dict[str, Callable[[MotionSet], bool]],
) -> list[dict[str, Any]]:  # fmt: skip
    """A row for each part of the sets."""
    motions = [on_grid(one.time, one.values, rate=RATE)[0] for one in sets]
    ours, live, plain = (np.zeros(len(sets)) for _ in range(3))
    for split in leave_one_out(sets, by=by):
        train = [i for i in split.train if learn(sets[i])]
        counter = chosen(sets, motions, train, by=by)
        for i in split.test:
            ours[i] = counter.count(motions[i], rate=RATE, exercise=sets[i].label)
            live[i] = streamed(counter, motions[i], sets[i].label)
            plain[i] = Counter(trust=0.0, gate=0.0).count(motions[i], rate=RATE)
    truth = np.array([one.repetitions for one in sets], float)
    wholes = np.array([getattr(one, by) for one in sets])
    rows = []
    for name, wanted in parts.items():
        keep = np.array([bool(wanted(one)) for one in sets])
        if keep.any():
            rows.append(
                row(f"{title}, {name}", [table[keep] - truth[keep] for table in (ours, live, plain)], wholes[keep])
            )
    return rows


def chosen(sets: Sequence[MotionSet], motions: Sequence[Any], train: Sequence[int], *, by: Whole) -> Counter:
    """The counter whose settings err least on the training sets, each of their sessions left out in turn."""
    best, settings = np.inf, GRID[0]
    for trust, gate in GRID:
        missed = 0
        for held in {getattr(sets[i], by) for i in train}:
            rest = [i for i in train if getattr(sets[i], by) != held]
            counter = taught([example(sets[i], motions[i]) for i in rest or train], trust, gate)
            inside = [i for i in train if getattr(sets[i], by) == held]
            said = [counter.count(motions[i], rate=RATE, exercise=sets[i].label) for i in inside]
            missed += sum(abs(count - int(sets[i].repetitions or 0)) for count, i in zip(said, inside, strict=True))
        if missed < best:
            best, settings = missed, (trust, gate)
    print(f"   chosen: trust {settings[0]}, gate {settings[1]}")
    return taught([example(sets[i], motions[i]) for i in train], *settings)


def taught(examples: Sequence[Counted], trust: float, gate: float) -> Counter:
    return learned(examples, trust=trust, gate=gate, alternating=ALTERNATING)


def example(one: MotionSet, motion: Any) -> Counted:
    return Counted(motion, RATE, one.label, int(one.repetitions or 0))


def streamed(counter: Counter, motion: Any, exercise: str) -> int:
    """What the live counter says at the end, fed a second at a time."""
    live = LiveCount(counter, rate=RATE, exercise=exercise)
    for start in range(0, len(motion), round(RATE)):
        live = live.fed(motion[start : start + round(RATE)])
    return live.count


def row(title: str, errors: Sequence[Any], wholes: Any) -> dict[str, Any]:
    """Shares within one, and mean errors, of ours, the live counter and the plain one."""
    ours, live, plain = (np.abs(error) for error in errors)
    within = bootstrap(lambda rows: float(np.mean(ours[rows] <= 1)), wholes.tolist())
    found = {
        "title": title, "ours": round(within.value, 3), "interval": [round(within.low, 2), round(within.high, 2)],
        "mean_error": round(float(ours.mean()), 2), "streaming": round(float(np.mean(live <= 1)), 3),
        "streaming_mean_error": round(float(live.mean()), 2), "theirs": round(float(np.mean(plain <= 1)), 3),
        "their_mean_error": round(float(plain.mean()), 2), "sets": len(ours),
    }  # fmt: skip
    print(found)
    return found


if __name__ == "__main__":
    main()
