"""The reference pages that are written from the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from paceline.measure.catalogue import catalogue
from paceline.measure.reference import PAGES, definition, metrics_page, write

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", list(PAGES))
def test_the_committed_page_is_what_the_code_says(name):
    committed = (REFERENCE / name).read_text(encoding="utf-8")
    assert committed == PAGES[name](), f"docs/reference/{name} is out of date. Write it anew: make docs"


def test_every_link_on_the_page_leads_to_a_heading():
    page = metrics_page()
    headings = set(re.findall(r"^## (\w+)$", page, flags=re.MULTILINE))
    assert headings == set(catalogue())
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= headings


def test_code_blocks_are_closed_and_nothing_of_an_entry_is_lost():
    page = metrics_page()
    assert page.count("```") % 2 == 0
    for metric in catalogue().values():
        assert metric.summary in page
        for line in metric.definition.splitlines():
            if line.startswith(">>>"):
                assert line in page


def test_sections_become_bold_and_their_items_a_list():
    text = (
        "What it is.\n\nArgs:\n    mass: scalar, kg.\n\nReturns:\n    scalar, W:\n    the sum.\n\nSource:\n    Someone."
    )
    assert definition(text) == (
        "**Args**\n\n- `mass`: scalar, kg.\n\n**Returns**\n\nscalar, W: the sum.\n\n**Source**\n\nSomeone."
    )


def test_the_pages_are_written_into_a_folder(tmp_path):
    write(tmp_path)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        name: page() for name, page in PAGES.items()
    }
