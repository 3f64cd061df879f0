"""A house for tests of live sessions: a server's stores with one athlete, one token for each role, and a session."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from paceline.keep.places import House
from paceline.record.packets import sampled
from paceline.serve.hall import Hall
from paceline.serve.opening import open_hall

START = 1_700_000_000
NANO = 1_000_000_000
DAY = 86_400 * NANO  # a soak on a busy machine takes hours


@dataclass(frozen=True, slots=True)
class Made:
    """Who and what is in it; tokens by role."""

    hall: Hall
    subject: str
    tokens: dict[str, str]

    def session(self, *, transponder: str = "", subject: str = "") -> UUID:
        """A running session of the athlete's, or of another one's."""
        session = uuid4()
        journal = self.hall.room("home").store.journal
        journal.start_session(
            subject=subject or self.subject, session=session, start=START * NANO, sport="cycling", live=True, by="test"
        )
        if transponder:
            journal.describe_session(session, context={"transponder": transponder}, by="test")
        return session


def made(folder: Path, *, journal: str | None = None) -> Made:
    """The house of a folder, its people and tokens new."""
    hall = open_hall(House(folder, journal=journal))
    hall.access.found_organisation("home")
    people = hall.room("home").store.people
    subject = people.enrol(name="Made Up", by="test")
    people.consent(subject, purpose="coaching", given=True, by="test")
    expires = time.time_ns() + DAY
    owners = {"athlete": subject, "device": subject, "coach": None, "admin": None}
    tokens = {
        role: hall.access.issue_token("home", role, subject=owner, expires=expires, by="test")
        for role, owner in owners.items()
    }
    return Made(hall, subject, tokens)


def second(device: str, number: int, **values: float) -> bytes:
    """A packet with one reading of each channel, one a second."""
    readings = {name: [value] for name, value in values.items()}
    first = (START + number) * NANO
    return sampled(device, "record", readings, sequence=number, first=first, rate=(1, 1))
