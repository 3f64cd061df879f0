"""The next set of a session in the gym: which exercise, with which weight, how often, how hard."""

from paceline.decide.habits import PastSession, next_exercise
from paceline.decide.labels import DoneSet, LabelHabits
from paceline.domain.exercises import exercise_type
from paceline.domain.labels import Labels

MOST = 3
"""Exercises to choose from."""


def next_set(session, done=(), history=()):
    """The likeliest next exercises, each with the labels that the athlete would choose for it."""
    kind = exercise_type(session)
    past = [(exercise_type(one["session"]), [read(item) for item in one["sets"]]) for one in history]
    today = [read(item) for item in done]
    beliefs = next_exercise(
        [item.exercise for item in today],
        session=kind,
        history=[PastSession(type_, tuple(item.exercise for item in sets)) for type_, sets in past],
    )
    habits = LabelHabits.after([*past, (kind, today)]) if today else begun(past, kind)
    return {
        "exercises": [told(name, beliefs.probability(name), habits.suggest(name)) for name in beliefs.top(MOST)],
        "something_else": beliefs.other,
    }


def begun(past, kind):
    """Label habits at the start of a session."""
    habits = LabelHabits.after(past)
    habits.begin(kind)
    return habits


def read(item):
    """A set as it came in the request."""
    labels = Labels(item.get("weight_kg"), item.get("repetitions"), item.get("intensity"))
    return DoneSet(item["exercise"], labels)


def told(name, probability, suggestion):
    """One exercise of the answer; a label that can't be told is left out."""
    labels = suggestion.labels
    values = {"weight_kg": labels.weight, "repetitions": labels.repetitions, "intensity": labels.intensity}
    known = {label: value for label, value in values.items() if value is not None}
    return {"exercise": name, "probability": probability, "reasons": dict(suggestion.reasons), **known}
