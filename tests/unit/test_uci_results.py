"""Headings, file names, the JSON form, errors, and what happens to damaged files."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from paceline.domain.errors import Damaged, FileUnreadable, PacelineError, TooLarge, UnknownFormat
from paceline.record.formats import uci_results
from paceline.record.formats.uci_differences import MEANINGS, differences
from paceline.record.formats.uci_results import read, read_results

COLUMNS = "Distance              Time      Rank       Lap Time"
PAGE = f"""\ufeff3\u00ad6 November 2011

Men's Individual Pursuit / Poursuite individuelle hommes
Qualifying / Qualifications Race Analysis / Analyse Sat 5 Nov 2011

Heat 1

165 ONE First Name \u00ad AAA

141 TWO Second \u00ad BBB
{COLUMNS}
125m           12.500             1
250m           20.300             1             20.300
{COLUMNS}
125m           13.500             2
250m           22.000             2             22.000

Report Created SAT 5 NOV 2011 18:55
http://www.uci.ch
Page 1/1
"""


def performance(last="ONE", first="First Name", times=("00:00:12.500000", "00:00:20.300000"), **more):
    laps = [{"splitDistance": 125 * n, "time": time, "place": "1"} for n, time in enumerate(times, 1)]
    return {"Country": "AAA", "firstName": first, "lastName": last, "Laps": laps} | more


def read_json(*performances, file="race.json"):
    return read(json.dumps(performances).encode(), file=file)


def test_a_page_gives_the_race_and_its_riders():
    race, problems = read(PAGE.encode(), file="page.txt")
    assert (race.discipline, race.sex, race.round) == ("individual pursuit", "men", "qualifying")
    assert (race.date, race.competition, race.venue) == (dt.date(2011, 11, 5), None, None)
    assert [(one.athlete, one.team, one.code, one.number, one.heat) for one in race.performances] == [
        ("ONE First Name", None, "AAA", 165, "Heat 1"), ("TWO Second", None, "BBB", 141, "Heat 1"),
    ]  # fmt: skip
    assert [one.time(250.0) for one in race.performances] == [20.3, 22.0]
    assert (race.splits, problems) == (4, ())


@pytest.mark.parametrize(
    ("title", "discipline", "sex"),
    [
        ("Women's Team Pursuit  / Poursuite par équipes femmes", "team pursuit", "women"),
        ("Men's Team Sprint / Vitesse par équipes hommes", "team sprint", "men"),
        ("Men's 1Km Time Trial / 1Km Contre la montre hommes", "kilometre", "men"),
        ("Women's 500m Time Trial / 500m Contre la montre femmes", "500 m time trial", "women"),
    ],
)
def test_the_title_says_the_discipline_and_the_sex(title, discipline, sex):
    text = PAGE.replace("Men's Individual Pursuit / Poursuite individuelle hommes", title)
    race, _ = read(text.encode(), file="page.txt")
    assert (race.discipline, race.sex) == (discipline, sex)
    assert (race.performances[0].team is None) == (not discipline.startswith("team"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("sam. 14 févr. 2009", dt.date(2009, 2, 14)), ("Sun 1 Nov 2009", dt.date(2009, 11, 1)), ("Sun 99 Nov 2009", None)],
)
def test_the_date_is_read_in_both_languages(written, meant):
    text = PAGE.replace("Sat 5 Nov 2011", written).replace("Report Created SAT 5 NOV 2011 18:55", "")
    assert read(text.encode(), file="page.txt")[0].date == meant


def test_the_file_name_gives_what_the_content_leaves_open():
    race, _ = read(PAGE.encode(), file="folder/2011WorldCupAstanaMensIndividualPursuitQualifying.txt")
    assert (race.competition, race.venue) == ("World Cup", "Astana")
    race, _ = read_json(performance(), file="2009WorldChampionshipsPruszkowMensIndivdualPursuitFinals.json")
    assert (race.discipline, race.sex, race.round) == ("individual pursuit", "men", "final")
    assert (race.competition, race.venue) == ("World Championships", "Pruszkow")


def test_where_name_and_content_disagree_the_content_is_right_and_it_is_said():
    race, problems = read(PAGE.encode(), file="2011WorldCupAstanaWomensTeamSprintQualifying.txt")
    assert (race.discipline, race.sex) == ("individual pursuit", "men")
    assert [problem.kind for problem in problems] == ["name", "name"]


def test_the_json_form_gives_the_same_race():
    page, _ = read(PAGE.encode(), file="2011WorldCupAstanaMensIndividualPursuitQualifying.txt")
    second = performance("TWO", "Second", ("00:00:13.500000", "00:00:22"), Country="BBB")
    for lap in second["Laps"]:
        lap["place"] = 2
    race, problems = read_json(performance(), second, file="2011WorldCupAstanaMensIndividualPursuitQualifying.json")
    assert differences(page, race) == ()
    assert problems == ()


def test_what_the_json_form_gets_wrong_is_unknown_and_reported():
    one = performance(Country="2009")
    one["Laps"][0]["place"] = -1
    one["Laps"][1]["place"] = "16.509"
    one["Laps"].append({"splitDistance": 375, "time": "soon"})
    race, problems = read_json(one)
    assert race.performances[0].code is None
    assert len(race.performances[0].splits) == 2
    assert [split.place for split in race.performances[0].splits] == [None, None]
    assert {problem.kind: problem.count for problem in problems if problem.kind != "unknown"} == {
        "code": 1, "place": 2, "split": 1,
    }  # fmt: skip


@pytest.mark.parametrize("distance", ["NaN", "Infinity", "-125", "true", '"125"', "null"])
def test_a_distance_that_is_none_leaves_its_split_out(distance):
    data = f'[{{"Country": "AAA", "Laps": [{{"splitDistance": {distance}, "time": "00:00:12"}}]}}]'
    race, problems = read(data.encode(), file="race.json")
    assert race.performances[0].splits == ()
    assert "split" in [problem.kind for problem in problems]


def test_an_empty_list_is_a_race_without_performances_and_is_reported():
    race, problems = read(b"[]", file="2011WorldCupAstanaMensTeamPursuitFinal.json")
    assert race.performances == ()
    assert [problem.kind for problem in problems] == ["empty"]


def test_what_is_no_result_is_refused(tmp_path, monkeypatch):
    with pytest.raises(UnknownFormat, match="a race analysis"):
        read(b"Dear reader,\n3\xc2\xad6 November\n", file="letter.txt")
    with pytest.raises(UnknownFormat, match="something else"):
        read(b'[{"a": 1}]', file="other.json")
    with pytest.raises(Damaged, match="broken JSON"):
        read(b'[{"a": ', file="cut.json")
    with pytest.raises(Damaged):
        read(b"[" * 200_000, file="deep.json")
    with pytest.raises(FileUnreadable):
        read_results(tmp_path / "absent.txt")
    monkeypatch.setattr(uci_results, "LIMIT", 10)
    with pytest.raises(TooLarge):
        read(PAGE.encode(), file="page.txt")


def test_damage_anywhere_gives_a_race_or_an_error_of_ours():
    whole = PAGE.encode()
    damaged = [whole[:end] for end in range(len(whole))]
    chance = np.random.default_rng(1)
    for place, bit in zip(chance.integers(0, len(whole), 300), chance.integers(0, 8, 300), strict=True):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(bit)
        damaged.append(bytes(flipped))
    read_well = 0
    for data in damaged:
        try:
            read(data, file="page.txt")
            read_well += 1
        except PacelineError:
            pass
    assert 300 < read_well < len(damaged)


def test_nobody_is_named_in_a_representation():
    race, _ = read(PAGE.encode(), file="page.txt")
    assert "ONE" not in repr(race)


def race_of(*performances):
    return read_json(*performances)[0]


def test_times_under_another_name_are_a_difference_of_owners():
    mine = race_of(performance("ONE", "A"), performance("TWO", "B", ("00:00:13.000000", "00:00:22.000000")))
    theirs = race_of(performance("TWO", "B"))
    assert [(d.kind, d.position, d.lines) for d in differences(mine, theirs)] == [("owner", 1, 2), ("absent", 2, 2)]


def test_half_a_name_is_a_difference_of_names():
    found = differences(race_of(performance("ONE", "First Name")), race_of(performance("ONE", "Name")))
    assert [d.kind for d in found] == ["name"]


def test_other_times_places_and_nations_are_told_apart():
    other_time = performance(times=("00:00:12.500000", "00:00:20.400000"))
    assert [(d.kind, d.lines) for d in differences(race_of(performance()), race_of(other_time))] == [("time", 2)]
    other_place, no_place = performance(), performance()
    other_place["Laps"][0]["place"], no_place["Laps"][0]["place"] = "7", -1
    assert [d.kind for d in differences(race_of(performance()), race_of(other_place))] == ["place"]
    assert [d.kind for d in differences(race_of(performance()), race_of(no_place))] == ["place_absent"]
    assert [d.kind for d in differences(race_of(performance()), race_of(performance(Country="ZZZ")))] == ["code"]
    assert [d.kind for d in differences(race_of(), race_of(performance()))] == ["surplus"]


def test_every_kind_of_difference_has_a_meaning():
    met = {"absent", "owner", "name", "time", "surplus", "code", "place_absent", "place"}
    assert set(MEANINGS) == met
