"""Logs of timing loops beside a ride: which recording is one, and what is known of the others before it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paceline.record.quality import Finding
from paceline.record.recordings import Recording


@dataclass(frozen=True, slots=True)
class Assessed:
    """What was found out of a recording before the loops were asked.

    Attributes:
        findings: doubts about its readings; they move with its clock.
        shift: s by which it was moved already, to agree with another recording.
    """

    findings: Sequence[Finding]
    shift: float = 0.0


def is_timing(recording: Recording) -> bool:
    """Whether a recording is of timing loops: it belongs to the ride of who carried the transponder."""
    return bool(recording.streams.keys() & {"passings", "gate"}) and "record" not in recording.streams
