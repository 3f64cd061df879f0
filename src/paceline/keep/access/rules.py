"""Who may do what with whose data: one table, and nothing is allowed that does not stand in it.

A row is a role, a column an action, a cell whose data: "own" for those of the token's subject, "others" for those of
any other subject of the organisation, "none" for what is nobody's. What a coach or an analyst does with somebody else's
data also needs that person's consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from paceline.domain.errors import AccessDenied


class Role(StrEnum):
    """What somebody is to an organisation."""

    ATHLETE = "athlete"
    COACH = "coach"
    ANALYST = "analyst"
    DEVICE = "device"
    ADMIN = "admin"


ROLES = tuple(Role)

ACTIONS: Mapping[str, str] = {
    "read data": "sessions, efforts, metrics and samples; watching a session live",
    "write data": "handing in recordings and packets; beginning and ending sessions",
    "annotate": "feedback, notes, marks and labels",
    "delete data": "deleting a session",
    "plan": "plans, suggestions and dated settings",
    "read person": "name, contact and profile",
    "change person": "name, contact, profile, and pseudonyms that change every session",
    "consent": "agreeing to a purpose, or doing so no more",
    "export person": "everything that is held on a person",
    "forget person": "taking all of it away",
    "read list": "which pseudonyms, plans, devices and models there are",
    "register device": "registering and retiring devices",
    "predict": "asking a released product",
    "release": "keeping models, freezing releases, setting their shares",
    "manage tokens": "issuing, listing and revoking tokens",
    "read audit": "who read or changed whose data",
    "operate": "jobs, schedules, rebuilding, backups, metrics of the service",
}

_ALL = frozenset({"own", "others", "none"})
_OWN = frozenset({"own"})
_OTHERS = frozenset({"others"})
_NONE = frozenset({"none"})

RULES: Mapping[Role, Mapping[str, frozenset[str]]] = {
    Role.ATHLETE: {
        **dict.fromkeys(("read data", "write data", "annotate", "delete data", "plan"), _OWN),
        **dict.fromkeys(("read person", "change person", "consent", "export person", "forget person"), _OWN),
        **dict.fromkeys(("register device", "read audit"), _OWN),
        "predict": _OWN | _NONE,
    },
    Role.COACH: {
        **dict.fromkeys(("read data", "annotate", "plan", "read person"), _OTHERS | _OWN),
        "plan": _ALL,
        **dict.fromkeys(("read list", "predict"), _ALL),
    },
    Role.ANALYST: {
        "read data": _OTHERS | _OWN,
        "annotate": _OTHERS | _OWN,
        **dict.fromkeys(("read list", "predict", "release"), _ALL),
    },
    Role.DEVICE: {"write data": _OWN, "predict": _OWN | _NONE},
    Role.ADMIN: dict.fromkeys(ACTIONS, _ALL),
}

CONSENT: Mapping[Role, str] = {Role.COACH: "coaching", Role.ANALYST: "analysis"}
"""The purpose that somebody must have agreed to before this role touches their data."""


class Granted(Protocol):
    """What a token gives; see `Grant`."""

    @property
    def organisation(self) -> str:
        """The only one that it is good for."""

    @property
    def role(self) -> Role:
        """What its holder is."""

    @property
    def subject(self) -> str:
        """Whose data are "own"; empty where nobody's are."""

    @property
    def scopes(self) -> frozenset[str]:
        """The only actions it is good for; empty for all of the role."""


def may(
    grant: Granted, action: str, *, organisation: str, subject: str = "", consents: frozenset[str] = frozenset()
) -> bool:
    """Whether the rules let a token do this.

    Args:
        grant: what the token gives.
        action: one of `ACTIONS`.
        organisation: whose store it is done in.
        subject: whose data it is done with, by the person's own pseudonym (`People.owner`); empty for nobody's.
        consents: the purposes that this person agrees to now (`People.given`).
    """
    if grant.organisation != organisation or (grant.scopes and action not in grant.scopes):
        return False
    whose = "none" if not subject else "own" if subject == grant.subject else "others"
    if whose not in RULES[grant.role].get(action, frozenset()):
        return False
    needed = CONSENT.get(grant.role)
    return whose != "others" or needed is None or needed in consents


def allow(
    grant: Granted, action: str, *, organisation: str, subject: str = "", consents: frozenset[str] = frozenset()
) -> None:
    """Pass where the rules let a token do this; see `may`.

    Raises:
        AccessDenied: they don't. Whether there is such data is not said.
    """
    if not may(grant, action, organisation=organisation, subject=subject, consents=consents):
        raise AccessDenied(f"to {action}", because=f"a token of a {grant.role.value} does not reach that far here")
