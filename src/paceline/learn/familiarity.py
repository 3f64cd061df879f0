"""Is the sensor worn as it was in what a model learned from? Told by where gravity lay in its axes.

What tells most exercises apart, the direction of gravity in the sensor's own axes, misleads where the watch sits
another way or an exercise is held another way. A set whose gravity lies further from that of every known set than
nearly all known sets lie from those of other sessions is unfamiliar: there, only what no turn of the sensor changes
should be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import TooFewSamples
from paceline.learn.sets import MotionSet
from paceline.learn.windows import Windows

Directions = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What was seen of gravity.

    Attributes:
        seen: (set, 3), unit vectors.
        furthest: radians, beyond which a set is unfamiliar.
    """

    seen: Directions
    furthest: float

    def unfamiliar(self, directions: Directions) -> npt.NDArray[np.bool_]:
        """Of sets, (set,): whether all that was seen lies too far away; False for a row of NaN.

        >>> upright = Familiarity(np.array([[0.0, 0.0, 1.0]]), furthest=0.5)
        >>> upright.unfamiliar(np.array([[0.0, 0.1, 0.995], [1.0, 0.0, 0.0]])).tolist()
        [False, True]
        """
        return np.asarray(_angles(directions, self.seen).min(axis=1) > self.furthest)


def gravity(cut: Windows, *, sets: int) -> Directions:
    """(set, 3), the direction of the mean acceleration of each set's windows; NaN for a set without one."""
    total = np.zeros((sets, 3))
    np.add.at(total, cut.owner, cut.values[:, :, :3].mean(axis=1, dtype=np.float64))
    total[np.bincount(cut.owner, minlength=sets) == 0] = np.nan
    found: Directions = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)
    return found


def familiarity(sets: Sequence[MotionSet], cut: Windows, *, share: float) -> Familiarity:
    """What is familiar after these sets.

    Args:
        sets: that were learned from.
        cut: their windows.
        share: of the sets whose exercise another session has too, that lie nearer to a set of another session.

    Raises:
        TooFewSamples: no exercise is in two sessions, so that nothing tells how much sessions differ.
    """
    directions = gravity(cut, sets=len(sets))
    session, label = np.array([one.session for one in sets]), np.array([one.label for one in sets])
    whole = np.asarray(np.isfinite(directions).all(axis=1))
    other = np.asarray(session[:, None] != session[None]) & whole[None]
    compared = whole & (other & np.asarray(label[:, None] == label[None])).any(axis=1)
    if not compared.any():
        raise TooFewSamples("sets of exercises that two sessions have", need=1, got=0)
    away = np.where(other, _angles(directions, directions), np.pi)
    return Familiarity(directions[whole], float(np.quantile(away[compared].min(axis=1), share)))


def _angles(one: Directions, other: Directions) -> Directions:
    return np.asarray(np.arccos(np.clip(one @ other.T, -1.0, 1.0)))
