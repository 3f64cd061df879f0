"""Plans of the original connected-fitness system: a Markov chain in the place of a list.

A bundle holds how often each exercise followed each suffix of those before it (at most 16 steps), counted while the
plan's list was gone through, in most bundles twice, and the last 16 steps. The list is found again by walking back from
those: what came before 15 steps, so that the 16th followed, is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from paceline.decide.plans_parts import MOST_SETS, Part
from paceline.domain.plans import Plan, PlannedSet

LONGEST = 16
MOST_ENTRIES = 20_000
"""Suffixes of a chain: a list of 500 gone through twice makes 16 for each step."""

Chain = Mapping[tuple[str, ...], Mapping[str, int]]


def bundled(whole: Part) -> Plan:
    """The plan of a bundle.

    Raises:
        PlanInvalid: it is no bundle, or its chain was not made of a list gone through twice.
    """
    parts = whole.mapping(("id", "name", "type", "plan"), ("id", "name", "type", "plan"))
    kind = parts["type"].mapping(("id", "muscleGroups"), ("id",))
    groups = [part.text() for part in kind["muscleGroups"].items()] if "muscleGroups" in kind else []
    written = f"{kind['id'].text()}:{','.join(groups)}" if groups else kind["id"].text()
    return Plan(
        id=parts["id"].text(),
        name=parts["name"].text(),
        type=Part(whole.file, "type", written).type(),
        sets=tuple(PlannedSet(name) for name in _list(parts["plan"])),
    )


def _list(plan: Part) -> list[str]:
    parts = plan.mapping(("chain", "states"), ("chain", "states"))
    chain = dict(_entry(part) for part in parts["chain"].items(most=MOST_ENTRIES))
    last = tuple(part.exercise() for part in parts["states"].items(most=LONGEST))
    steps = 1 + sum(count for before, after in chain.items() if len(before) == 1 for count in after.values())
    if not last or not len(last) <= steps <= 2 * MOST_SETS:
        raise parts["chain"].error("a chain made of a list, which the states end", "another chain")
    walked = _walked_back(chain, last, steps, parts["chain"])
    half = len(walked) // 2
    found = walked[:half] if half and walked[:half] == walked[half:] else walked
    if {name for before in chain for name in before} - set(found):
        raise parts["chain"].error("a chain made of a list", "steps that its list lacks")
    return list(found)


def _walked_back(chain: Chain, last: tuple[str, ...], steps: int, place: Part) -> tuple[str, ...]:
    """All the steps that were counted, the last of which are known."""
    before: dict[tuple[str, ...], set[str]] = {}
    for suffix, after in chain.items():
        if len(suffix) == LONGEST:
            for name in after:
                before.setdefault((*suffix[1:], name), set()).add(suffix[0])
    found = last
    while len(found) < steps:
        names = before.get(found[:LONGEST], set())
        if len(names) != 1:
            raise place.error("a chain made of a list, which the states end", "a step that nothing or several led to")
        found = (*names, *found)
    return found


def _entry(part: Part) -> tuple[tuple[str, ...], dict[str, int]]:
    parts = part.mapping(("stateChain", "transitionSet"), ("stateChain", "transitionSet"))
    before = tuple(one.exercise() for one in parts["stateChain"].items())
    after = {
        Part(part.file, parts["transitionSet"].place, name).exercise(): count.whole()
        for name, count in parts["transitionSet"].mapping().items()
    }
    return before, after
