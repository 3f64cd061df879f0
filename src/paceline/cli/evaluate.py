"""`paceline evaluate`: what a model file is worth on labelled sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

NAME = "evaluate"


def run(
    model: Annotated[Path, typer.Argument(help="A model file.", readable=False)],
    files: Annotated[list[Path], typer.Argument(help="Labelled sets that it has not seen.", readable=False)],
    by: Annotated[str, typer.Option(help="What intervals draw: session or athlete.")] = "session",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Score a model on labelled sets: accuracy, macro F1, calibration, recall and confusion, with intervals."""
    import numpy as np

    from paceline.cli.strength_sets import labelled
    from paceline.domain.errors import FileUnreadable, UnknownName
    from paceline.learn import model_file
    from paceline.learn.scores import scores, set_probabilities
    from paceline.learn.windows import Cut, windows

    if by not in ("session", "athlete"):
        raise typer.BadParameter(f"{by!r} is neither session nor athlete", param_hint="--by")
    try:
        known = model_file.decoded(model.read_bytes(), file=str(model))
    except OSError as error:
        raise FileUnreadable(str(model), reason=error.strerror or "can't be read") from error
    runtime = known.runtime()
    kinds = tuple(dict.fromkeys(name.rsplit("_", 1)[0] for name in known.channels))
    data = labelled(files, kinds=kinds)
    for one in data.sets:
        if one.label not in known.labels:
            raise UnknownName("label of this model", one.label, known=known.labels)
    length = known.architecture.samples / known.rate
    cut = windows(data.sets, Cut(length, length / 2, known.rate), channels=known.channels)
    said = set_probabilities(runtime.probabilities(cut.values).astype(np.float64), cut.owner, sets=len(data.sets))
    truth = np.array([known.labels.index(one.label) for one in data.sets])
    wholes = [one.athlete if by == "athlete" else one.session for one in data.sets]
    found = scores(said, truth, labels=known.labels, wholes=wholes)
    if as_json:
        rows = {
            name: [i.value, i.low, i.high] for name, i in (("accuracy", found.accuracy), ("macro_f1", found.macro_f1))
        }
        recall = {label: None if np.isnan(share) else share for label, share in found.recall.items()}
        tables = {"recall": recall, "confusion": found.confusion.tolist(), "labels": list(found.labels)}
        rest = {"calibration_error": found.calibration_error, "sets": found.sets}
        typer.echo(json.dumps({**rows, **tables, **rest}))
    else:
        for name, i in (("Accuracy", found.accuracy), ("Macro F1", found.macro_f1)):
            typer.echo(f"{name}: {i.value:.3f} (95 % over {by}s: {i.low:.2f} to {i.high:.2f})")
        typer.echo(f"Calibration error: {found.calibration_error:.3f}, over {found.sets} sets")
        for label, share in sorted(found.recall.items(), key=lambda entry: entry[1]):
            typer.echo(f"  {label}: {'no set' if np.isnan(share) else f'{share:.2f} recognised'}")
    raise typer.Exit(1 if data.refused else 0)
