"""The last figures of every product that is watched, where every server finds them for Prometheus."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from paceline.keep.database import Database
from paceline.ship.watch.look import Look

TABLE = (
    "CREATE TABLE IF NOT EXISTS figures (product TEXT NOT NULL, measure TEXT NOT NULL, about TEXT NOT NULL,"
    " value DOUBLE PRECISION NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (product, measure, about))"
)
FIELD = ("stability", "distance", "missing", "unseen")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: of which product, what it measures, of which field or slice."""

    product: str
    measure: str
    about: str
    value: float


class Figures:
    """One organisation's figures, in the database of its runs."""

    def __init__(self, database: Database, *, now: Callable[[], int] = time.time_ns) -> None:
        self._database, self._now = database, now
        database.run(TABLE)

    def put(self, product: str, figures: Iterable[Figure]) -> None:
        """A product's figures, in place of those that were there."""
        with self._database.transaction(alone="figures") as rows:
            rows.run("DELETE FROM figures WHERE product = ?", product)
            for one in figures:
                rows.run(
                    "INSERT INTO figures (product, measure, about, value, at) VALUES (?, ?, ?, ?, ?)",
                    product, one.measure, one.about, one.value, self._now(),
                )  # fmt: skip

    def all(self) -> tuple[Figure, ...]:
        """Every product's."""
        query = "SELECT product, measure, about, value FROM figures ORDER BY product, measure, about"
        return tuple(Figure(*row) for row in self._database.rows(query))


def figures_of(look: Look) -> list[Figure]:
    """What a look has seen, as numbers; what is not known has none.

    Besides the figures of each field: `alarm`, 1 where the detector has one; `loss` and `loss_alarm` by slice;
    `answers`, how many are kept; `unlike`, 1 for a field in which the canary answers otherwise.
    """
    found = [("answers", "", float(look.answers)), *(("unlike", name, 1.0) for name in look.unlike)]
    for seen in look.fields:
        name = seen.moved.field
        found += [(measure, name, float(getattr(seen.moved, measure))) for measure in FIELD]
        found.append(("alarm", name, float(seen.found is not None)))
    for scored in look.scores:
        name = scored.decay.slice
        found += [("loss", name, scored.decay.loss), ("loss_alarm", name, float(scored.since is not None))]
    return [Figure(look.product, measure, about, value) for measure, about, value in found if math.isfinite(value)]
