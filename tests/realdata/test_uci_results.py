"""UCI results on real files: every time is read and is given to the right rider, and halves tell finishes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from paceline.decide.pursuit import fit
from paceline.record.formats.uci_differences import differences
from paceline.record.formats.uci_results import read_results

pytestmark = pytest.mark.realdata

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "uci-differences.md"
TIMED = re.compile(r"^\s*\d+ ?m\s+(?:\d+:)?\d+\.\d+", re.MULTILINE)
BARS = {"men": (4000.0, 2.3), "women": (3000.0, 1.8)}


@pytest.fixture(scope="module")
def texts(data):
    """File name without its ending → path, race, problems."""
    paths = sorted((data / "track_splits_uci" / "texts").rglob("*.txt"))
    assert paths
    return {path.stem: (path, *read_results(path)) for path in paths}


@pytest.fixture(scope="module")
def lists(data, texts):
    """File name without its ending → the race of the JSON list."""
    folder = data / "track_splits_uci" / "jsons"
    return {name: read_results(folder / f"{name}.json")[0] for name in texts if (folder / f"{name}.json").exists()}


def ridden(race):
    return [one for one in race.performances if any(split.time is not None for split in one.splits)]


def test_every_timed_line_of_every_text_is_a_split_of_somebody(texts):
    for name, (path, race, problems) in texts.items():
        assert race.splits == len(TIMED.findall(path.read_text(encoding="utf-8-sig"))), name
        assert all(one.athlete or one.team for one in race.performances), name
        assert {problem.kind for problem in problems} <= {"name", "order", "lap_digit", "tens_digit", "lap_sum"}, name


def test_every_text_says_what_was_ridden_when_and_by_whom(texts):
    for name, (_, race, _) in texts.items():
        assert None not in (race.discipline, race.sex, race.round, race.date, race.competition), name
        assert abs(race.date.year - int(name[:4])) <= 1, name
        assert all(one.code for one in race.performances), name


def test_times_increase_but_where_a_problem_says_otherwise(texts):
    for name, (_, race, problems) in texts.items():
        if not {problem.kind for problem in problems} & {"order", "lap_sum"}:
            for one in ridden(race):
                assert np.all(np.diff([split.time for split in one.splits if split.time is not None]) > 0), name


def test_every_time_of_a_list_is_in_its_text(texts, lists):
    assert lists
    for name, other in lists.items():
        found = differences(texts[name][1], other)
        assert {one.kind for one in found} <= {"absent", "owner", "name", "place_absent"}, name
        missing = sum(one.kind == "absent" for one in found)
        assert len(ridden(texts[name][1])) == len(ridden(other)) + missing, name


def test_the_differences_are_those_that_the_reference_lists(texts, lists):
    rows = [line.strip("| \n").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    listed = {row[0]: tuple(map(int, row[1:])) for row in rows if len(row) == 7 and row[1].isdigit()}
    assert set(listed) <= set(lists)
    for name, row in listed.items():
        race, other = texts[name][1], lists[name]
        found = [one.kind for one in differences(race, other)]
        counts = tuple(found.count(kind) for kind in ("absent", "owner", "name", "place_absent"))
        assert (len(ridden(race)), len(other.performances), *counts) == row, name


def test_the_four_fastest_of_a_qualifying_ride_the_final(texts):
    """An oracle for whose times they are, which no other reading of the texts enters; now and then one is replaced."""
    rounds = {}
    for _, race, _ in texts.values():
        key = (race.competition, race.venue, race.date.year, race.date.month, race.discipline, race.sex)
        rounds[(*key, race.round)] = race
    same = []
    for key, qualifying in rounds.items():
        final = rounds.get((*key[:-1], "final"))
        if key[-1] != "qualifying" or final is None:
            continue
        finish = max(split.distance for one in ridden(qualifying) for split in one.splits)
        finished = [one for one in ridden(qualifying) if one.time(finish) is not None]
        fastest = sorted(finished, key=lambda one: one.time(finish))[:4]
        riders = {(one.code, (one.athlete or one.team).casefold()) for one in final.performances}
        same.append(sum((one.code, (one.athlete or one.team).casefold()) in riders for one in fastest))
        assert same[-1] >= 3, key
    assert np.mean(np.array(same) == 4) > 0.95


@pytest.mark.parametrize("sex", BARS)
def test_a_finish_is_told_from_the_half_by_the_years_before(texts, sex):
    distance, bar = BARS[sex]
    years = {}
    for _, race, _ in texts.values():
        if race.discipline == "individual pursuit" and race.sex == sex:
            whole = [one for one in race.performances if one.time(distance) is not None]
            years.setdefault(race.date.year, []).extend(whole)
    errors, held = [], []
    for year in sorted(years)[1:]:
        model = fit([one for before in years if before < year for one in years[before]], distance=distance)
        for one in years[year]:
            finish = one.time(distance)
            told = model.finish(split for split in one.splits if split.distance <= distance / 2)
            errors.append(abs(told.time - finish))
            held.append(told.low <= finish <= told.high)
    assert np.mean(errors) <= bar
    assert 0.85 <= np.mean(held) <= 0.95
