"""What stays of the load: the numbers are those of `measure.training_load`, laid on the athlete's own days."""

from __future__ import annotations

import math

import polars as pl
import pytest

from paceline.keep.lake import Placed

HOUR = 3_600_000_000_000
START = 1_714_604_400_000_000_000  # 2024-05-01 23:00 UTC


@pytest.fixture
def loads(hall, north):
    """Bob rode at 23:00 on the first of May, and four days later."""
    lake = hall.room("north").store.lake
    rows = [
        {"subject": north.bob, "month": "2024-05", "session": north.bobs_session, "start": START + days * 24 * HOUR,
         "number": 0, "effort": "whole ride", "metric": "load", "value": value, "unit": "1"}
        for days, value in ((0, 80.0), (4, 40.0))
    ]  # fmt: skip
    placed = [Placed(north.bobs_session, north.bob, "2024-05")]
    lake.replace({"metrics": pl.DataFrame(rows, schema_overrides={"number": pl.Int32})}, placed=placed)
    return f"/v1/athletes/{north.bob}/fitness"


def test_each_day_has_its_load_and_what_stays_of_it(admin, loads):
    told = admin.get(loads).json()
    assert told["days"][0] == "2024-05-01"
    assert told["load"][:5] == [80.0, 0.0, 0.0, 0.0, 40.0]
    assert told["fitness"][0] == pytest.approx(80 * (1 - math.exp(-1 / 42)))
    assert told["fatigue"][1] == pytest.approx(80 * (1 - math.exp(-1 / 7)) * math.exp(-1 / 7))
    assert len(told["days"]) == 5 + 42


def test_a_day_ends_at_the_athletes_midnight(admin, loads):
    assert admin.get(loads, params={"zone": "Europe/Berlin"}).json()["days"][0] == "2024-05-02"


def test_a_zone_that_there_is_not_is_refused(admin, loads):
    answer = admin.get(loads, params={"zone": "Mars/Olympus"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "zone")


def test_somebody_without_loads_has_no_days(admin, north):
    told = admin.get(f"/v1/athletes/{north.bob}/fitness").json()
    assert (told["days"], told["fitness"]) == ([], [])
