"""`paceline metrics`: the catalogue, one metric's definition, or its lineage as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

NAME = "metrics"


def run(
    names: Annotated[list[str] | None, typer.Argument(help="Metrics to explain; all are listed if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a metric.")] = False,
    lineage: Annotated[Path | None, typer.Option(help="Write the picture of what they rest on, as SVG.")] = None,
) -> None:
    """List the metrics, explain some, or draw what they rest on."""
    from paceline.measure.catalogue import catalogue, entry

    chosen = [entry(name) for name in names] if names else list(catalogue().values())
    if lineage is not None:
        from paceline.measure.lineage import write_picture

        write_picture([m.name for m in chosen], lineage)
        typer.echo(f"Wrote {lineage}")
    elif as_json:
        from dataclasses import asdict

        from paceline.measure.results import plain

        for metric in chosen:
            typer.echo(json.dumps(plain(asdict(metric)), ensure_ascii=False))
    elif names:
        typer.echo("\n\n".join(f"{m.name} [{m.unit}]\n\n{m.definition}" for m in chosen))
    else:
        width = max(len(m.name) for m in chosen)
        for metric in chosen:
            typer.echo(f"{metric.name:<{width}}  {metric.unit:<6}  {metric.summary}")
