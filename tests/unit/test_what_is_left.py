"""The table of what is left without some sources says what comes out, for every one, two and three of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.soak.removed import RESULTS, SOURCES, left, table

from paceline.simulate.track import simulate_track
from paceline.simulate.track_plans import Block, World

PAGE = Path(__file__).resolve().parents[2] / "docs" / "why" / "what-is-left.md"
NUMBER = re.compile(r"(?<=± )[\d.e-]+")


def rows():
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["missing", *RESULTS]
    return {row[0]: dict(zip(RESULTS, row[1:], strict=True)) for row in cells[1:]}


def test_the_table_says_what_comes_out():
    told, found = rows(), {gone.replace("_", " "): results for gone, results in table()}
    assert list(told) == list(found)
    assert len(found) == 1 + 6 + 15 + 20
    for gone, results in found.items():
        for name, text in results.items():
            assert NUMBER.sub("", told[gone][name]) == NUMBER.sub("", text)
            # The last digit may differ between machines; a width that doubled would not be the same table.
            widths = [[float(n) for n in NUMBER.findall(each)] for each in (told[gone][name], text)]
            assert widths[0] == pytest.approx(widths[1], rel=0.15)


def test_with_no_source_at_all_nothing_is_made_up():
    short = World(blocks=(Block("pursuit", 1000.0, (455.0,)),))
    nothing = left(simulate_track(1, world=short, without=SOURCES))
    assert set(nothing.values()) == {"–"}
