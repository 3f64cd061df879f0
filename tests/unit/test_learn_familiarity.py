"""Ways of wearing a sensor that were not seen before, and what is asked then. On made motion."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import TooFewSamples
from paceline.learn.familiarity import familiarity, gravity
from paceline.learn.mounts import about, turned
from paceline.learn.recognition import Method, recogniser
from paceline.learn.sets import MotionSet
from paceline.learn.windows import Cut, windows

AXES = ("acceleration_x", "acceleration_y", "acceleration_z")
CUT = Cut(4.0, 2.0, 25.0)


def made(name, label, session, *, angle=0.0, seed=0):
    """A curl goes round in 1.6 s and a row in 3.2; the watch is turned about its x axis by some radians."""
    generator = np.random.default_rng(seed)
    t = np.arange(250) / 25.0
    values = generator.normal(0.0, 0.3, (len(t), 3))
    values[:, 0] += 4.0 * np.sin(2 * np.pi * t / (1.6 if label == "curl" else 3.2) + seed)
    values[:, 2] += 9.81
    motion = turned(values[None].astype(np.float32), about(0, [angle]))[0]
    return MotionSet(name, "a", session, label, np.arange(len(t)) * 40_000_000, motion, AXES)


def known():
    return [made(f"{label} {session} {k}", label, session, angle=0.05 * (session == "t") + 0.01 * k, seed=k)
            for label in ("curl", "row") for session in ("s", "t") for k in range(3)]  # fmt: skip


def test_a_watch_worn_as_before_is_familiar_and_one_turned_round_is_not():
    sets = known()
    found = familiarity(sets, windows(sets, CUT), share=0.95)
    assert found.furthest < 0.1
    asked = [made("same", "curl", "u", angle=0.03), made("other", "curl", "u", angle=1.5)]
    assert found.unfamiliar(gravity(windows(asked, CUT), sets=2)).tolist() == [False, True]


def test_a_set_without_a_window_is_not_called_unfamiliar():
    sets = known()
    found = familiarity(sets, windows(sets, CUT), share=0.95)
    assert found.unfamiliar(np.full((1, 3), np.nan)).tolist() == [False]


def test_one_session_does_not_tell_how_much_sessions_differ():
    sets = [made("1", "curl", "s"), made("2", "row", "s")]
    with pytest.raises(TooFewSamples, match="two sessions"):
        familiarity(sets, windows(sets, CUT), share=0.95)


def test_an_exercise_is_recognised_though_the_watch_sits_as_never_before():
    model = recogniser(known(), Method(CUT, recipes=(), trees=50, familiar=0.95))
    asked = [
        made(f"{label} {k}", label, "u", angle=np.pi / 2, seed=20 + k) for label in ("curl", "row") for k in (0, 1)
    ]
    said = model.of_sets(asked)
    assert [model.labels[k] for k in said.argmax(axis=1)] == [one.label for one in asked]
    np.testing.assert_allclose(said.sum(axis=1), 1.0)


def test_familiar_sets_are_recognised_as_without_it():
    plain, gated = (recogniser(known(), Method(CUT, recipes=(), trees=50, familiar=share)) for share in (None, 0.95))
    asked = [made("curl", "curl", "u", angle=0.03, seed=9)]
    np.testing.assert_array_equal(plain.of_sets(asked), gated.of_sets(asked))
