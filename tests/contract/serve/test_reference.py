"""The reference of the interface says what is served, all of it."""

from __future__ import annotations

from pathlib import Path

from paceline.serve.problems import KINDS
from paceline.serve.reference import page
from paceline.serve.table import ROUTES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "http.md"


def test_the_committed_page_is_what_the_table_says():
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/reference/http.md is out of date. Write it anew: make docs"


def test_every_route_has_a_heading():
    headings = {line.lstrip("# ").strip("`") for line in page().splitlines() if line.startswith("### ")}
    assert headings == {route.name for route in ROUTES}


def test_every_kind_of_problem_is_explained():
    assert [name for name in KINDS if f"`/problems/{name}`" not in page()] == []
