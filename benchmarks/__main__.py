"""`python -m benchmarks` lists them, `python -m benchmarks NAME` runs one, `--all` runs every one."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

NAMES = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main(arguments: list[str]) -> int:
    """List or run; the exit status says whether the names were known."""
    chosen = NAMES if arguments == ["--all"] else arguments
    if unknown := [name for name in chosen if name not in NAMES]:
        print(f"No benchmark {', '.join(unknown)}. There are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in chosen:
        import_module(f"benchmarks.bench_{name}").main()
    if not chosen:
        for name in NAMES:
            question = (import_module(f"benchmarks.bench_{name}").__doc__ or "").strip().split("\n")[0]
            print(f"{name:16} {question}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
