"""Run every gate, side by side, and say what each found."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

from paceline.domain.errors import PacelineError
from paceline.ship.gates import Candidate, Gate, Outcome
from paceline.ship.gates.acceptance import acceptance
from paceline.ship.gates.feedback import feedback
from paceline.ship.gates.mistakes import mistakes
from paceline.ship.gates.notebooks import notebook
from paceline.ship.gates.resources import resources
from paceline.ship.gates.scores import scores
from paceline.ship.gates.suites import suite
from paceline.ship.gates.tables import tables
from paceline.ship.gates.traffic import traffic
from paceline.ship.gates.watching import watching

GATES: Mapping[str, Gate] = {
    "habits": mistakes,
    "unit": suite("unit"),
    "made_data": suite("made_data"),
    "data": tables,
    "feedback": feedback,
    "real_data": suite("real_data"),
    "metrics": scores,
    "resources": resources,
    "acceptance": acceptance(),
    "traffic": traffic,
    "watch": watching,
    "notebook": notebook,
}
"""In the order in which they are told; they run side by side."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the gates found of one candidate."""

    product: str
    outcomes: tuple[Outcome, ...]
    unasked: tuple[str, ...]
    """Gates that had not begun when another failed."""

    @property
    def passed(self) -> bool:
        """Whether it may go out."""
        return not self.unasked and all(outcome.state != "failed" for outcome in self.outcomes)

    @property
    def first_failure(self) -> Outcome | None:
        """What stopped it."""
        return next((outcome for outcome in self.outcomes if outcome.state == "failed"), None)


def check(
    candidate: Candidate,
    *,
    gates: Mapping[str, Gate] = GATES,
    workers: int = 2,
    all_of_them: bool = False,
    tell: Callable[[Outcome], None] | None = None,
) -> Checked:
    """Whether a candidate may go out.

    Args:
        candidate: the product with its data, and the champion where there is one.
        gates: which, by name.
        workers: how many run at once.
        all_of_them: go on after a failure, to see everything that is wrong.
        tell: is called with each outcome as it is found.

    Returns:
        every outcome, in the order of `gates`; those that had not begun when one failed are named.
    """
    stop = threading.Event()
    found: dict[str, list[Outcome]] = {}

    def run(name: str) -> None:
        if stop.is_set() and not all_of_them:
            return
        began = time.perf_counter()
        found[name] = []
        for outcome in _found(name, gates[name], candidate):
            timed = replace(outcome, seconds=time.perf_counter() - began)
            found[name].append(timed)
            if tell is not None:
                tell(timed)
            if outcome.state == "failed":
                stop.set()

    with ThreadPoolExecutor(max_workers=workers) as pool:
        for done in as_completed([pool.submit(run, name) for name in gates]):
            done.result()
    outcomes = tuple(outcome for name in gates for outcome in found.get(name, ()))
    return Checked(candidate.product.name, outcomes, tuple(name for name in gates if name not in found))


def _found(name: str, gate: Gate, candidate: Candidate) -> Iterator[Outcome]:
    """A gate's outcomes; one that can't do its work has not been passed."""
    try:
        yield from gate(candidate)
    except PacelineError as error:
        yield Outcome(name, "failed", str(error), "This gate could not do its work.")
