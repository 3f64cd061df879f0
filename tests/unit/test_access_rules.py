"""Who may do what with whose data: every cell of the table, and what the table leaves out."""

from __future__ import annotations

from itertools import product

import pytest

from paceline.domain.errors import AccessDenied
from paceline.keep.access import ACTIONS, ROLES, Grant, Role, allow, may
from paceline.keep.people import PURPOSES
from paceline.keep.subjects import pseudonym

OWN, OTHER = pseudonym(), pseudonym()

ALLOWED = {
    # action: who may do it with own data, with others' data that they consented to, with nobody's
    "read data": ("athlete coach analyst admin", "coach analyst admin", "admin"),
    "write data": ("athlete device admin", "admin", "admin"),
    "annotate": ("athlete coach analyst admin", "coach analyst admin", "admin"),
    "delete data": ("athlete admin", "admin", "admin"),
    "plan": ("athlete coach admin", "coach admin", "coach admin"),
    "read person": ("athlete coach admin", "coach admin", "admin"),
    "change person": ("athlete admin", "admin", "admin"),
    "consent": ("athlete admin", "admin", "admin"),
    "export person": ("athlete admin", "admin", "admin"),
    "forget person": ("athlete admin", "admin", "admin"),
    "read list": ("coach analyst admin", "coach analyst admin", "coach analyst admin"),
    "register device": ("athlete admin", "admin", "admin"),
    "predict": ("athlete coach analyst device admin", "coach analyst admin", "athlete coach analyst device admin"),
    "release": ("analyst admin", "analyst admin", "analyst admin"),
    "manage tokens": ("admin", "admin", "admin"),
    "read audit": ("athlete admin", "admin", "admin"),
    "operate": ("admin", "admin", "admin"),
}
SUBJECT = {"own": OWN, "others": OTHER, "none": ""}
EVERYTHING = frozenset(PURPOSES)


def grant(role, *, scopes=(), organisation="home"):
    return Grant(organisation=organisation, role=role, subject=OWN, scopes=frozenset(scopes), token_id=OTHER)


def test_the_matrix_covers_every_action():
    assert set(ALLOWED) == set(ACTIONS)


@pytest.mark.parametrize(("role", "action", "whose"), list(product(ROLES, ACTIONS, SUBJECT)))
def test_the_table_lets_in_whom_it_should_and_nobody_else(role, action, whose):
    expected = role.value in ALLOWED[action][list(SUBJECT).index(whose)].split()
    asked = {"subject": SUBJECT[whose], "consents": EVERYTHING}
    assert may(grant(role), action, organisation="home", **asked) is expected
    assert not may(grant(role), action, organisation="club", **asked), "another organisation"
    assert not may(grant(role, scopes=set(ACTIONS) - {action}), action, organisation="home", **asked), "out of scope"
    assert may(grant(role, scopes=[action]), action, organisation="home", **asked) is expected


@pytest.mark.parametrize(("role", "purpose"), [(Role.COACH, "coaching"), (Role.ANALYST, "analysis")])
@pytest.mark.parametrize("action", ACTIONS)
def test_somebody_elses_data_need_their_consent_to_just_that(role, purpose, action):
    without = EVERYTHING - {purpose}
    assert not may(grant(role), action, organisation="home", subject=OTHER, consents=without)
    expected = role.value in ALLOWED[action][1].split()
    assert may(grant(role), action, organisation="home", subject=OTHER, consents=frozenset({purpose})) is expected


def test_an_action_that_there_is_not_is_allowed_to_nobody():
    assert not any(may(grant(role), "everything", organisation="home") for role in ROLES)


def test_who_may_not_is_told_so_without_being_told_what_there_is():
    with pytest.raises(AccessDenied) as denied:
        allow(grant(Role.DEVICE), "read data", organisation="home", subject=OTHER)
    assert OTHER not in str(denied.value)
    assert "device" in str(denied.value)
    allow(grant(Role.ADMIN), "read data", organisation="home", subject=OTHER)
