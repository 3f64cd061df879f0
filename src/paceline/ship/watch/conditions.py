"""Which rules of a product hold now: what changed, by how much, and since when, without anybody's values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from paceline.ship.watch.look import Look, Scored, Seen
from paceline.ship.watch.rules import Rule, Watch


@dataclass(frozen=True, slots=True)
class Condition:
    """One rule about one field or slice, and whether it holds.

    Attributes:
        rule: which.
        kind: the measure with the field or slice: what an alert is told once for.
        holds: whether somebody is to be told.
        message: what changed and since when.
        since: int64 ns UTC, or None where that is not known.
    """

    rule: Rule
    kind: str
    holds: bool
    message: str = ""
    since: int | None = None


def conditions(watch: Watch, look: Look) -> Iterator[Condition]:
    """Every rule about everything that it speaks of; a rule that names nothing speaks of every field or slice."""
    for rule in watch.rules:
        if rule.measure == "score":
            scores = [one for one in look.scores if one.decay.slice == rule.about]
            yield from (_score(rule, one) for one in scores)
        elif rule.measure == "canary":
            yield _canary(rule, look)
        else:
            fields = [one for one in look.fields if rule.about in ("", one.moved.field)]
            yield from (_field(rule, one, look) for one in fields)


def _field(rule: Rule, seen: Seen, look: Look) -> Condition:
    name = seen.moved.field
    kind = f"{rule.measure} {name}"
    if rule.measure == "drift":
        if seen.found is None:
            return Condition(rule, kind, holds=False)
        message = f"{name} is no longer what it was, since about {moment(seen.since)}; found at {moment(seen.found)}."
        return Condition(rule, kind, True, f"{message} {_figures(seen)}", seen.since)
    value = float(getattr(seen.moved, rule.measure))
    limit = 0.0 if rule.above is None else rule.above
    if not value > limit:  # not-a-number: too little is known
        return Condition(rule, kind, holds=False)
    begun = moment(seen.since if seen.since is not None else look.begun)
    message = f"{name}: {rule.measure} is {value:.3g}, at most {limit:g} is allowed (since {begun})."
    return Condition(rule, kind, True, f"{message} {_figures(seen)}", seen.since)


def _figures(seen: Seen) -> str:
    one = seen.moved
    parts = [f"stability {one.stability:.2f}"]
    parts += [f"distance {one.distance:.2f}"] if one.distance == one.distance else []
    return f"Of {one.now:,} answers: {', '.join(parts)}, unseen {one.unseen:.1%}, missing {one.missing:+.1%}."


def _score(rule: Rule, scored: Scored) -> Condition:
    one = scored.decay
    kind, name = f"score {one.slice}".rstrip(), f"The score of {one.slice}" if one.slice else "The score"
    figures = (
        f"Mean loss {one.loss:.4g} on {one.now:,} labelled answers; at first {one.loss_before:.4g} on {one.before:,}."
    )
    if rule.above is not None:
        holds = one.loss > rule.above
        message = f"{name} is worse than the {rule.above:g} that is allowed. {figures}"
        return Condition(rule, kind, holds, message if holds else "", scored.since)
    holds = scored.since is not None
    message = f"{name} is worse than it was, since about {moment(scored.since)}. {figures}"
    return Condition(rule, kind, holds, message if holds else "", scored.since)


def _canary(rule: Rule, look: Look) -> Condition:
    unlike = [name for name in look.unlike if rule.about in ("", name)]
    kind = f"canary {look.canary} {rule.about}".rstrip()
    message = f"The canary {look.canary} answers unlike {look.release} in {', '.join(unlike)}." if unlike else ""
    return Condition(rule, kind, bool(unlike), message)


def moment(instant: int | None) -> str:
    """ISO 8601, UTC, to the second.

    >>> moment(0), moment(None)
    ('1970-01-01T00:00:00Z', 'an unknown time')
    """
    return "an unknown time" if instant is None else f"{datetime.fromtimestamp(instant / 1e9, UTC):%Y-%m-%dT%H:%M:%SZ}"
