"""The notebook runs from top to bottom, unchanged, with the same functions that are served."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from paceline.ship.gates import Candidate, Outcome
from paceline.ship.gates.programs import LONGEST, below, run

_RUN = """
import sys, jupytext
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
notebook = jupytext.read(sys.argv[1])
notebook.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3", "language": "python"})
try:
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": "."}}).execute()
except CellExecutionError as error:
    sys.exit(str(error)[-4000:])
"""


def notebook(candidate: Candidate) -> Iterator[Outcome]:
    """Run it in the product's folder; a cell that raises stops the release."""
    named = candidate.product.text.get("gates", {}).get("notebook")
    if named is None:
        yield Outcome("notebook", "absent", "It has no notebook.", "Name one at gates.notebook.")
        return
    file = below(candidate.product, named)
    if not file.is_file():
        yield Outcome("notebook", "failed", f"{named} does not exist.", "Mend the path in product.yaml.")
        return
    command = ["Rscript", "--vanilla"] if file.suffix == ".R" else [sys.executable, "-c", _RUN]
    ended = run([*command, str(file)], candidate.product)
    if ended.status == 0:
        yield Outcome("notebook", "passed", f"{named} runs from top to bottom.")
    elif ended.status is None:
        yield Outcome("notebook", "failed", f"{named} took over {LONGEST:g} s.", "Make it quicker.", ended.output)
    elif "No module named" in ended.output and ("jupytext" in ended.output or "nbclient" in ended.output):
        advice = "Run: pip install 'paceline[scaffold]'"
        yield Outcome("notebook", "failed", "What runs notebooks is not installed.", advice, ended.output)
    else:
        yield Outcome("notebook", "failed", f"A cell of {named} ended in an error.", "Mend that cell.", ended.output)
