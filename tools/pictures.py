"""The pictures of the docs, made by the software itself from a simulated ride: `make docs` runs this.

.venv/bin/python tools/pictures.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from paceline.cli.demo import run
from paceline.measure.lineage import write_picture
from paceline.measure.report.write import write_report
from paceline.measure.sessions import read

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def main() -> None:
    """Draw the report of the demo's ride, and what its load rests on."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), seed=1)
        page = write_report([read(Path(folder) / "ride.fit")], Path(folder) / "report.png")
        with Image.open(page) as picture:
            picture.convert("RGB").quantize(64).save(PICTURES / "report.png", optimize=True)
    write_picture(["load"], PICTURES / "load.svg")
    pages()


def pages() -> None:
    """The pages in a browser, as their tests see them; without Node or Chromium the old pictures stay."""
    with tempfile.TemporaryDirectory() as folder:
        tests = [sys.executable, "-m", "pytest", "-q", "tests/browser", "-k", "test_page_"]
        done = subprocess.run(tests, check=False, env={**os.environ, "PACELINE_TEST_PICTURES": folder})
        if done.returncode:
            raise SystemExit("The tests of the pages fail, so nothing was drawn.")
        for drawn in sorted(Path(folder).glob("*.png")):
            with Image.open(drawn) as picture:
                picture.convert("RGB").quantize(64).save(PICTURES / drawn.name, optimize=True)


if __name__ == "__main__":
    main()
