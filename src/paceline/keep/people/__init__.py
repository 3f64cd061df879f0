"""People: the only place that knows a name."""

from paceline.keep.people.people import People
from paceline.keep.people.persons import PURPOSES, Consent, Forgetting, Person, Profile

__all__ = ["PURPOSES", "Consent", "Forgetting", "People", "Person", "Profile"]
