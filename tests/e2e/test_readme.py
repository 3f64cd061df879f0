"""The README's example does what the README says, to the letter."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_example_prints_what_stands_below_it(tmp_path):
    text = README.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (output,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    (tmp_path / "here").mkdir()
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path / "here", check=False)
    assert done.stdout == output, done.stderr


def test_its_picture_and_its_links_are_there():
    text = README.read_text(encoding="utf-8")
    assert [
        link for link in re.findall(r"\]\(([^)]+)\)", text) if not (README.parent / link.partition("#")[0]).exists()
    ] == []
