"""What the reference promises is there, and what is there has a heading in the reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from paceline.record.quality.findings import KINDS
from paceline.record.repairs import REPAIRS
from paceline.record.streams import Flag

REFERENCE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "quality.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [str(flag.name) for flag in Flag if flag] + sorted(REPAIRS))
def test_every_flag_and_repair_has_a_heading(name: str):
    assert f"\n### {name}\n" in REFERENCE


@pytest.mark.parametrize("kind", [kind for kind, *_ in KINDS.values()])
def test_every_kind_of_finding_is_named(kind: str):
    assert f"`{kind}`" in REFERENCE
