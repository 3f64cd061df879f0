"""`paceline leaderboard`: the ten best models on record, and where each comes from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from paceline.learn.trials import Trial

NAME = "leaderboard"


def run(
    trials: Annotated[Path, typer.Option(help="The record of all trials.")] = Path("trials.sqlite"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a model and line.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Every trial, failed and halved ones too.")] = False,
    save: Annotated[Path | None, typer.Option(help="Write the best network here; .onnx for ONNX.")] = None,
) -> None:
    """Show the ten best models, with their scores on unseen sessions, parameters and parents."""
    from paceline.domain.errors import FileUnreadable, WriteError
    from paceline.learn.trials import Trials
    from paceline.record.whole import write_whole

    if not trials.exists():
        raise FileUnreadable(str(trials), reason="no such record of trials: run paceline train")
    record = Trials(trials)
    found = record.of() if every else record.board()
    if as_json:
        for one in found:
            typer.echo(json.dumps(_row(one)))
    else:
        shown(found)
    if save is not None:
        model = next((one.result.model for one in record.board() if one.result and one.result.model), None)
        if model is None:
            raise WriteError(str(save), reason="no network on the leaderboard has weights", advice="Train longer.")
        write_whole(save, _as_onnx(model, str(save)) if save.suffix == ".onnx" else model)
        typer.echo(f"Wrote {save}")


def _as_onnx(model: bytes, file: str) -> bytes:
    from paceline.learn import model_file
    from paceline.learn.onnx_file import onnx_file

    return onnx_file(model_file.decoded(model, file=file))


def shown(found: Sequence[Trial]) -> None:
    """A line each: score with its interval, what it is, and its parent."""
    for place, one in enumerate(found, 1):
        figures = f"{one.result.score:.3f} ({one.result.low:.2f} to {one.result.high:.2f})" if one.result else one.state
        what = one.parameters
        widths = [layer[0] for layer in what["convolutions"]] + list(what["hidden"])
        size = "" if what["kind"] == "trees" else f" {'-'.join(map(str, widths))}"
        origin = f", from {one.parent}" if one.parent else ""
        why = f": {one.reason}" if one.reason else ""
        typer.echo(
            f"{place:3} {figures}  {what['kind']}{size}  {one.run}/{one.candidate} look {one.rung + 1}{origin}{why}"
        )


def _row(one: Trial) -> dict[str, Any]:
    scores = {"macro_f1": one.result.score, "low": one.result.low, "high": one.result.high} if one.result else {}
    return {"run": one.run, "candidate": one.candidate, "look": one.rung + 1, "state": one.state, **scores,
            "parameters": dict(one.parameters), "parent": one.parent, "reason": one.reason, "data": one.data,
            "code": one.code, "weights": bool(one.result and one.result.model)}  # fmt: skip
