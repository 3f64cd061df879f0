"""`paceline wind-tunnel`: solve cases of OpenFOAM with a program of one's own, and read the force coefficients."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from paceline.cli.house import OWNER, AsJson, Home, Organisation, settings
from paceline.cli.output import complain

NAME = "wind-tunnel"


def run(
    cases: Annotated[list[Path], typer.Argument(help="Folders of cases, each with a system/controlDict.")],
    hours: Annotated[float, typer.Option(min=0.001, max=8760.0, help="How long a case may take.")] = 24.0,
    home: Home = None,
    organisation: Organisation = "home",
    as_json: AsJson = False,
) -> None:
    """Solve cases where PACELINE_WORKERS or PACELINE_CLUSTER say; one that was solved before is not solved again."""
    from paceline.domain.errors import PacelineError, SettingsError
    from paceline.jobs import wiring
    from paceline.jobs.runs import Runs, place_of
    from paceline.jobs.solving import solved_cases

    said, command = settings(home), wiring.wind_tunnel()
    if not command:
        expected = "the program that solves a case, as a JSON list of its arguments"
        raise SettingsError("the environment", place="PACELINE_WIND_TUNNEL", expected=expected, found="nothing")
    place = place_of(said.house.organisation(organisation))
    refused = 0
    with (
        Runs.open(place, organisation=organisation) as runs,
        wiring.open_executor(said, tasks=len(cases)) as executor,
    ):
        found = solved_cases(runs, cases, command=command, executor=executor, limit=hours * 3600.0, by=OWNER)
        for case, answer in found:
            if isinstance(answer, PacelineError):
                refused += 1
                complain(f"{case}: {answer}")
            else:
                typer.echo(json.dumps({"case": str(case), **answer}) if as_json else _line(case, answer))
    raise typer.Exit(1 if refused else 0)


def _line(case: Path, answer: Mapping[str, Any]) -> str:
    """The coefficients, how far they still scatter, and the drag area where the file says for which area they are."""
    means = (
        f"{name.replace('_', ' ')} {value:.4g} (± {answer['scatter'][name]:.2g})"
        for name, value in answer["means"].items()
    )
    area = answer["drag_area_m2"]
    shown = "" if area is None else f"; drag area {area:.4g} m²"
    return f"{case}: {', '.join(means)}{shown}; the last {answer['averaged']} of {answer['rows']} rows"
