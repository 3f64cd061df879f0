"""Five positions of one rider in field tests, against what the author of the tests found."""

from __future__ import annotations

import csv

import pytest

from paceline.measure.positions import compare_positions

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def runs(data):
    rows = list(csv.DictReader((data / "cda_positions" / "data.csv").read_text().splitlines()))
    return [row["Position"] for row in rows], [float(row["CdA"]) for row in rows]


@pytest.mark.parametrize("pooled", [False, True])
def test_the_forearms_have_the_advantage_that_the_author_found(runs, pooled):
    found = compare_positions(*runs, pooled=pooled)
    forearms = found.advantage("Forearms", over="Bracket-aero")
    assert round(forearms.mean, 2) == 0.04
    assert (forearms.low, forearms.high) == pytest.approx((0.02, 0.065), abs=0.006)
    drops = found.advantage("Drop-aero", over="Bracket-aero")
    assert round(drops.mean, 2) == -0.01
    assert (drops.low, drops.high) == pytest.approx((-0.03, 0.01), abs=0.006)
    assert found.probability_lowest()["Forearms"] > 0.99


def test_the_means_are_the_authors_to_a_hundredth(runs):
    found = compare_positions(*runs)
    authors = {"Neutral": 0.34, "Bracket-aero": 0.32, "Drop-aero": 0.33, "Upright": 0.36, "Forearms": 0.27}
    for name, expected in authors.items():
        assert found.position(name).mean == pytest.approx(expected, abs=0.006), name
