"""Who a person is, what they agreed to, and what was done when they asked to be forgotten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from paceline.domain.errors import Refused, UnknownName

PURPOSES: Mapping[str, str] = {
    "coaching": "a coach sees the data and plans with them",
    "analysis": "an analyst of the organisation compares the data with that of others",
    "models": "the data train models that others use, too",
    "research": "the data are used, without the name, in studies",
    "publishing": "results are shown outside the organisation, with the name",
}
"""What somebody can agree to, each for itself; nothing is agreed to until they say so."""

NAME = 200
CONTACT = 320
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of a person beside the name; all of it optional.

    Attributes:
        mail: an address.
        phone: a number.
        born: the day, ISO 8601.
        sex: as the person puts it.
        club: club or team.
        about: anything else.
    """

    mail: str = ""
    phone: str = ""
    born: str = ""
    sex: str = ""
    club: str = ""
    about: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't be so, without repeating it."""
        if self.mail and not _MAIL.fullmatch(self.mail):
            raise Refused("the profile", because="that is no mail address")
        if self.born:
            try:
                date.fromisoformat(self.born)
            except ValueError as error:
                raise Refused("the profile", because="a day is written as 1990-05-01") from error
        for text, most in ((self.mail, CONTACT), (self.phone, 50), (self.sex, 50), (self.club, NAME)):
            if len(text) > most:
                raise Refused("the profile", because=f"one of its fields is longer than {most} characters")
        if len(self.about) > 10_000:
            raise Refused("the profile", because="what it says about the person is longer than 10,000 characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person and their pseudonym.

    Attributes:
        subject: the pseudonym.
        name: as they want to be called.
        unstable: whether each session gets a pseudonym of its own.
        since: int64 ns UTC, when they were enrolled.
    """

    subject: str
    name: str
    profile: Profile = field(default_factory=Profile)
    unstable: bool = False
    since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Something somebody agreed to, or agrees to no more.

    Attributes:
        purpose: one of `PURPOSES`.
        given: whether they agree.
        at: int64 ns UTC, since when.
        by: who wrote it down.
    """

    purpose: str
    given: bool
    at: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """What was done when somebody was forgotten.

    Attributes:
        pseudonyms: how many they had.
        removed: store → how many things of theirs it held.
    """

    pseudonyms: int
    removed: Mapping[str, int]


def checked_name(name: str) -> str:
    """A name as it is kept: without spaces around it, on one line, not empty."""
    name = " ".join(name.split())
    if not name or len(name) > NAME or not name.isprintable():
        raise Refused("the name", because=f"a name has 1 to {NAME} printable characters")
    return name


def checked_purpose(purpose: str) -> str:
    """A purpose that there is.

    Raises:
        UnknownName: there is none of that name.
    """
    if purpose not in PURPOSES:
        raise UnknownName("purpose", purpose, known=PURPOSES)
    return purpose
