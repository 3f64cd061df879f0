"""`paceline evaluate`: what a model file is worth on labelled sets."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from paceline.learn.assessment import Assessment
    from paceline.learn.scores import Interval

NAME = "evaluate"
MOST_CONFUSED = 5


def run(
    model: Annotated[Path, typer.Argument(help="A model file.", readable=False)],
    files: Annotated[list[Path], typer.Argument(help="Labelled sets that it has not seen.", readable=False)],
    by: Annotated[str, typer.Option(help="What intervals draw: session or athlete.")] = "session",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Score a model on labelled sets: accuracy, macro F1, calibration, recall, confusion, latency."""
    from paceline.cli.strength_sets import labelled
    from paceline.domain.errors import FileUnreadable
    from paceline.learn import model_file
    from paceline.learn.assessment import assessment

    if by not in ("session", "athlete"):
        raise typer.BadParameter(f"{by!r} is neither session nor athlete", param_hint="--by")
    try:
        known = model_file.decoded(model.read_bytes(), file=str(model))
    except OSError as error:
        raise FileUnreadable(str(model), reason=error.strerror or "can't be read") from error
    kinds = tuple(dict.fromkeys(name.rsplit("_", 1)[0] for name in known.channels))
    data = labelled(files, kinds=kinds)
    found = assessment(known, data.sets, by="athlete" if by == "athlete" else "session")
    typer.echo(json.dumps(as_row(found)) if as_json else "\n".join(told(found, by=by)))
    raise typer.Exit(1 if data.refused else 0)


def as_row(found: Assessment) -> dict[str, Any]:
    """One object; what is not known is null."""
    scored = found.scores
    return {
        "sets": scored.sets, "unsaid": found.unsaid, "unknown_exercises": found.unknown,
        "accuracy": _three(scored.accuracy), "macro_f1": _three(scored.macro_f1),
        "calibration_error": _three(found.calibration), "log_loss": scored.log_loss,
        "reliability": [{"confidence": b.confidence, "right": b.right, "sets": b.sets} for b in found.bins],
        "recall": {label: _three(found.recall[label]) if label in found.recall else None for label in scored.labels},
        "labels": list(scored.labels), "confusion": scored.confusion.tolist(), "window_s": found.window,
        "latency_us": [None if math.isnan(value) else round(value, 1) for value in found.latency],
    }  # fmt: skip


def told(found: Assessment, *, by: str) -> list[str]:
    """Lines for a terminal."""
    scored = found.scores
    lines = [f"{name}: {_interval(one)}" for name, one in (
        (f"Accuracy over {scored.sets} sets", scored.accuracy), ("Macro F1", scored.macro_f1),
        ("Calibration error", found.calibration),
    )]  # fmt: skip
    lines.append(f"Intervals: 95 %, {by}s drawn anew. Log loss {scored.log_loss:.2f}.")
    if found.unsaid:
        lines.append(f"{found.unsaid} sets are shorter than a window: nothing was said of them, which counts as wrong.")
    if found.unknown:
        lines.append(f"{found.unknown} sets are of exercises it was not taught: right is to say none of these.")
    lines.append("Recognised:")
    for label, one in sorted(found.recall.items(), key=lambda entry: entry[1].value):
        lines.append(f"  {label}: {_interval(one)}")
    lines += [f"  {label}: no set" for label in scored.labels if label not in found.recall]
    if found.confused:
        lines.append("Most often taken for another:")
    lines += [f"  {true} for {said}: {count}" for true, said, count in found.confused[:MOST_CONFUSED]]
    lines.append("When it was so sure, it was right:")
    lines += [f"  {one.confidence:.2f}: {one.right:.2f} of {one.sets}" for one in found.bins]
    if not math.isnan(found.latency[0]):
        middle, high = found.latency
        lines.append(
            f"An answer rests on {found.window:g} s of motion and takes {middle:.0f} µs, 95 % below {high:.0f}."
        )
    return lines


def _three(one: Interval) -> list[float]:
    return [one.value, one.low, one.high]


def _interval(one: Interval) -> str:
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"
