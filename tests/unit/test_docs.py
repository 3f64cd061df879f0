"""Docs are part of the feature: what a user can name has a heading in docs/reference."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from paceline.domain.channels import CHANNELS
from paceline.keep.access import ACTIONS, ROLES
from paceline.keep.journal.kinds import PAYLOADS
from paceline.keep.people import PURPOSES
from paceline.measure.catalogue import catalogue
from paceline.measure.quantities import QUANTITIES
from paceline.record.formats import formats
from paceline.record.repairs import REPAIRS
from paceline.record.streams import Flag

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))


def headings(page):
    text = (DOCS / "reference" / page).read_text(encoding="utf-8")
    return {line.lstrip("#").strip().strip("`") for line in text.splitlines() if line.startswith("#")}


def commands():
    from paceline.cli import app

    return [command.name for command in app.registered_commands] + [group.name for group in app.registered_groups]


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("metrics.md", list(catalogue())),
        ("channels.md", list(CHANNELS)),
        ("commands.md", commands()),
        ("facts.md", list(PAYLOADS)),
        ("access.md", [*ROLES, *ACTIONS, *PURPOSES]),
        ("settings.md", [q.name for q in QUANTITIES.values() if q.kind == "setting"]),
        ("formats.md", [form.NAME for form in formats()]),
        ("quality.md", [str(flag.name).lower() for flag in Flag if flag]),
        ("quality.md", list(REPAIRS)),
    ],
)
def test_everything_a_user_can_name_has_a_heading(page, names):
    assert names
    assert sorted(set(names) - headings(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_link_between_pages_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text)
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_every_page_is_in_the_index():
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = [str(page.relative_to(DOCS)) for page in PAGES if page.name != "README.md"]
    assert [page for page in pages if f"({page})" not in index] == []
