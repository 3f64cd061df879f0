"""`paceline export`: write a recording in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NAME = "export"


def run(
    file: Annotated[Path, typer.Argument(help="The file to export.", readable=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to; .fit, .tcx, .csv or .parquet.")],
    recording: Annotated[int, typer.Option(help="Which recording of the file, from 1.", min=1)] = 1,
    overwrite: Annotated[bool, typer.Option(help="Replace the target if it is there.")] = False,
    start: Annotated[str | None, typer.Option(help="When an undated file begins, as 2024-05-01T09:30+02:00.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="THEIRS=OURS, for a CSV of no known dialect.")] = None,
) -> None:
    """Write what a file holds as FIT, TCX, CSV or Parquet; what the target can't hold is said, never dropped."""
    from paceline.cli import inputs
    from paceline.cli.progress import announce_compilation
    from paceline.domain.errors import UnknownName
    from paceline.domain.text import legible
    from paceline.record import export
    from paceline.record.files import read_file

    inputs.apart(output, [file])
    announce_compilation()
    known = inputs.hints(start, column or [])
    raw = read_file(file, start=known.start, columns=known.columns)
    if recording > len(raw.recordings):
        there = [str(i + 1) for i in range(len(raw.recordings))]
        raise UnknownName("recording", str(recording), known=there)
    written = export.write(raw.recordings[recording - 1], output, overwrite=overwrite)
    typer.echo(f"Wrote {legible(str(output))}")
    for left in written.left_out:
        typer.echo(f"  without {left}")
