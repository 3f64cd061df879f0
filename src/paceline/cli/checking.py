"""`paceline check`: may this product go out? Every gate, side by side, with one readable report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.house import Home, Organisation, opened

if TYPE_CHECKING:
    from paceline.ship.gates.check import Checked

NAME = "check"


def run(
    product: Annotated[Path, typer.Argument(help="The product's folder: where product.yaml is.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every outcome.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it: .html, .xml (JUnit) or .json.")
    ] = None,
    champion: Annotated[
        Path | None, typer.Option(help="The folder of the release that is served now, to be compared with.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Go on after a failure, to see all that is wrong.")] = False,
    traffic: Annotated[
        int, typer.Option(min=0, max=100_000, help="Replay so many of the last recorded requests, from a house.")
    ] = 0,
    home: Home = None,
    organisation: Organisation = "home",
    data: Annotated[
        Path | None, typer.Option(envvar="PACELINE_DATA", help="The folder where data that isn't yours lies.")
    ] = None,
) -> None:
    """Run a product's gates and say whether it may go out; the first that fails stops it and says what to do."""
    from paceline.cli.gates import Telling
    from paceline.ship.data import bring
    from paceline.ship.gates import Candidate
    from paceline.ship.gates.check import check
    from paceline.ship.product import read_product
    from paceline.ship.training import trained

    if output is not None and output.suffix not in (".html", ".xml", ".json"):
        raise typer.BadParameter("a report ends in .html, .xml or .json", param_hint="--output")
    wanted = read_product(product)
    before = None if champion is None else read_product(champion)
    tables = bring(wanted, shared=data)
    trained(wanted)
    candidate = Candidate(
        wanted,
        tables,
        before,
        () if before is None else bring(before, shared=data),
        _recorded(wanted.name, traffic, home, organisation) if traffic else (),
        shared=data,
    )
    telling = Telling(quiet=as_json)
    checked = check(candidate, all_of_them=everything, tell=telling.outcome)
    if as_json:
        from paceline.ship.gates.report import as_json as written

        typer.echo(written(checked))
    else:
        telling.verdict(checked)
    if output is not None:
        _write(checked, output)
    raise typer.Exit(0 if checked.passed else 1)


def _recorded(product: str, count: int, home: Path | None, organisation: str) -> tuple[tuple[str, str], ...]:
    from paceline.jobs.retraining import traffic

    with opened(home, organisation) as store:
        return traffic(store, product, limit=count)


def _write(checked: Checked, output: Path) -> None:
    from paceline.record.whole import write_whole
    from paceline.ship.gates import report

    forms = {".html": report.as_html, ".xml": report.as_junit, ".json": report.as_json}
    write_whole(output, forms[output.suffix](checked).encode())
    typer.echo(f"Wrote {output}", err=True)
