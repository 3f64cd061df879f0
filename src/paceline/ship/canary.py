"""Does a canary fail more often, or take longer, than the champion beside it? Judged after every answer, at any time.

Each question is a bet against "the canary is no worse". As long as that is true, no bet is expected to win, so the odds
that its stake ever grows a thousandfold are at most one in a thousand (Ville's inequality), however often one looks.
Every thousand events the stake is 1 again: a canary that did well for a week and then turns bad must be seen too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

ENOUGH = 1000.0
"""The growth of a stake that is believed: one round in `ENOUGH` of a canary that is no worse takes it back."""

ROUND = 1000
"""Events, failures or compared durations, after which a bet begins anew."""

ODDS = (2.0, 5.0, 20.0)
"""How much worse a canary is bet to be: the stake is divided among these."""

SLOWER = 1.25
"""Times the champion's seconds, that a canary may take more often than not, and …"""
SPARE = 0.001
"""… seconds beside that, below which nobody notices."""

KEPT = 1000
"""Durations of each side that wait for one of the other's to be compared with."""

Verdict = Literal["", "errors", "latency", "drift"]


@dataclass(slots=True)
class Bet:
    """A stake on "more often than that": what it has grown to.

    >>> bet = Bet()
    >>> for _ in range(10):
    ...     bet.seen(True, chance=0.1)
    >>> bet.won
    True
    """

    parts: list[float] = field(default_factory=lambda: [1.0 / len(ODDS)] * len(ODDS))
    events: int = 0
    won: bool = False

    def seen(self, happened: bool, *, chance: float) -> None:
        """One event: whether it was the canary's, and how likely that was at most, were it no worse."""
        self.events += 1
        for place, odds in enumerate(ODDS):
            bet = chance * odds / (chance * odds + 1 - chance)
            self.parts[place] *= bet / chance if happened else (1 - bet) / (1 - chance)
        self.won = self.won or self.stake >= ENOUGH
        if self.events % ROUND == 0:
            self.parts = [1.0 / len(ODDS)] * len(ODDS)

    @property
    def stake(self) -> float:
        """What the stake of 1 has become."""
        return sum(self.parts)


@dataclass(slots=True)
class Trial:
    """A canary beside its champion, from its first answer on.

    A failure is the product's, never the caller's. Which side a failure falls on is as likely as that side's part of
    all answers so far, were both the same. For durations, one of each side are compared, each only once.
    """

    champions: int = 0
    canaries: int = 0
    drifted: bool = False
    """Said by whoever watches what goes in and out: the canary's answers have moved away."""
    _errors: Bet = field(default_factory=Bet)
    _latency: Bet = field(default_factory=Bet)
    _champion_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    _canary_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    def answered(self, *, canary: bool, failed: bool, seconds: float | None = None) -> None:
        """One answer, or one failure of the product, and how long it took where that can be compared."""
        self.canaries += canary
        self.champions += not canary
        if failed:
            self._errors.seen(canary, chance=(self.canaries + 1) / (self.canaries + self.champions + 2))
        if failed or seconds is None:
            return
        (self._canary_seconds if canary else self._champion_seconds).append(seconds)
        if self._canary_seconds and self._champion_seconds:
            mine, theirs = self._canary_seconds.popleft(), self._champion_seconds.popleft()
            self._latency.seen(mine > SLOWER * theirs + SPARE, chance=0.5)

    @property
    def verdict(self) -> Verdict:
        """What the canary is worse in; empty while nothing is known against it."""
        if self._errors.won:
            return "errors"
        if self._latency.won:
            return "latency"
        return "drift" if self.drifted else ""
