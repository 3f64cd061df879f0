"""The table of roles in the reference is the table that decides."""

from __future__ import annotations

import re
from pathlib import Path

from paceline.keep.access import ACTIONS, ROLES
from paceline.keep.access.rules import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "access.md"


def test_every_cell_of_the_page_is_the_rule():
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    header, *cells = rows
    assert header == ["action", *ROLES]
    told = {
        (role, row[0]): set(re.findall(r"\w+", said))
        for row in cells
        for role, said in zip(ROLES, row[1:], strict=True)
    }
    assert told == {(role, action): set(RULES[role].get(action, ())) for role in ROLES for action in ACTIONS}
