"""Whether a product that goes out can be watched as it says: every rule speaks of what there is."""

from __future__ import annotations

from collections.abc import Iterator

from paceline.ship.gates import Candidate, Outcome
from paceline.ship.watch.rules import watch_of


def watching(candidate: Candidate) -> Iterator[Outcome]:
    """How much is watched; a rule that can't be understood is a failure.

    Raises:
        ProductInvalid: a rule speaks of a measure or field that there is not.
    """
    watch = watch_of(candidate.product)
    if watch is None:
        yield Outcome("watch", "absent", "Nobody will know how it does.", "Say what is kept and compared, at watch.")
        return
    said = f"{len(watch.fields)} fields are watched, {len(watch.rules)} rules say who is told."
    yield Outcome("watch", "passed", said)
