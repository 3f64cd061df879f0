"""How long until Paceline is there?

Budget: `import paceline` and `paceline --help` under 0.3 s each, in a fresh process with warm file caches.
The peer is the budget itself; a bare interpreter is timed beside it, to tell the machine's share.

    python -m benchmarks start
"""

from __future__ import annotations

import sys

from benchmarks.timing import best, emit, process

BUDGET = 0.3


def main() -> None:
    """Time both, and print the worse one as the headline."""
    python = sys.executable
    process([python, "-m", "paceline", "compile"])
    commands = {
        "bare interpreter": [python, "-c", "pass"],
        "import paceline": [python, "-c", "import paceline; assert paceline.__version__"],
        "paceline --help": [python, "-m", "paceline", "--help"],
    }
    assert "report" in process(commands["paceline --help"])
    seconds = {name: best(lambda command=command: process(command)) for name, command in commands.items()}
    worst = max(seconds["import paceline"], seconds["paceline --help"])
    rows = [{"what": name, "ours": round(taken, 3)} for name, taken in seconds.items()]
    emit({"id": "start_v1", "ours": round(worst, 3), "theirs": BUDGET, "peer": "budget", "unit": "s",
          "ratio": round(BUDGET / worst, 2), "rows": rows})  # fmt: skip
