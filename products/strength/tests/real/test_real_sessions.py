import os
from pathlib import Path

import pytest
from suggest import next_set

FOLDER = Path(os.environ.get("PACELINE_DATA", "../shared/data")) / "muvr" / "ios_planned_sessions" / "women"


def read(path):
    _, kind, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split(",")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
    return {"session": kind.strip(), "sets": [{"exercise": name} for name in rows]}


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real sessions: set PACELINE_DATA")
def test_three_of_four_sets_are_foretold_from_the_sessions_before():
    sessions = [read(path) for path in sorted(FOLDER.glob("*.csv"))]
    hits = []
    for index, one in enumerate(sessions):
        for i, true in enumerate(one["sets"]):
            found = next_set(one["session"], done=one["sets"][:i], history=sessions[:index])
            hits.append(found["exercises"][0]["exercise"] == true["exercise"])
    assert sum(hits) / len(hits) > 0.75
