"""Every kind of finding that a flag makes is named in the reference; the headings are held by test_docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from paceline.record.quality.findings import KINDS

REFERENCE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "quality.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [kind for kind, *_ in KINDS.values()])
def test_every_kind_of_finding_is_named(kind: str):
    assert f"`{kind}`" in REFERENCE
