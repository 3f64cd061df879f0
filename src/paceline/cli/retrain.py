"""`paceline retrain`: a new release of a product's champion, with what its users taught it, through the same gates."""

from __future__ import annotations

from typing import Annotated

import typer

from paceline.cli.house import OWNER, Home, Organisation, opened

NAME = "retrain"


def run(
    product: Annotated[str, typer.Argument(help="The product's name.")],
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Train a product's champion anew, with the labelled answers that were kept, and release what passes its gates."""
    from paceline.cli.gates import Telling
    from paceline.jobs.retraining import retrain

    telling = Telling(quiet=False)
    with opened(home, organisation) as store:
        frozen = retrain(store, product, tell=telling.outcome, by=OWNER)
        shares = store.journal.product(product).shares
    said = "Released" if frozen.new else "Released before, and unchanged:"
    typer.echo(f"{said} {product} {frozen.name} (commit {frozen.lineage.commit[:12]}).")
    if frozen.name in shares:
        typer.echo(f"It answers {shares[frozen.name]:.0%} of the requests.")
    else:
        typer.echo(f"Let it answer: paceline promote {product} {frozen.name}")
