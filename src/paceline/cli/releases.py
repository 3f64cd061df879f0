"""`paceline release`, `promote`, `rollback`, `releases`: what goes out, to whom, and who said so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from paceline.keep.store import Store
    from paceline.ship.gates.check import Checked
    from paceline.ship.product import Product

BY = "owner"
"""Who acts at a terminal of one's own machine."""

Home = Annotated[Path | None, typer.Option("--home", help="The folder where everything is kept; else PACELINE_HOME.")]
Organisation = Annotated[str, typer.Option("--organisation", help="Whose products.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with the fact.")]
Name = Annotated[str, typer.Argument(help="The product's name.")]


def release(
    product: Annotated[Path, typer.Argument(help="The product's folder: where product.yaml is.")],
    data: Annotated[
        Path | None, typer.Option(envvar="PACELINE_DATA", help="The folder where data that isn't yours lies.")
    ] = None,
    card: Annotated[Path | None, typer.Option(help="Write model card and bill of materials into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: product, release, bundle, new.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Run the gates and freeze what passes: code, data and lock in one bundle, kept by its content."""
    from paceline.cli.gates import Telling
    from paceline.ship.data import bring
    from paceline.ship.gates import Candidate
    from paceline.ship.gates.check import check
    from paceline.ship.lineage import lineage
    from paceline.ship.product import read_product
    from paceline.ship.releases import release as freeze
    from paceline.ship.training import trained

    wanted = read_product(product)
    tables = bring(wanted, shared=data)
    lineage(wanted)  # what can't be released is not tested for minutes first
    trained(wanted)
    with _store(home, organisation) as store:
        telling = Telling(quiet=False, aside=as_json)
        champion = _champion(store, wanted.name)
        before = () if champion is None else bring(champion, shared=None)
        checked = check(Candidate(wanted, tables, champion, before, shared=data), tell=telling.outcome)
        telling.verdict(checked)
        frozen = freeze(wanted, tables, checked, journal=store.journal, blobs=store.blobs, by=BY)
        if card is not None:
            _papers(store, wanted.name, frozen.name, card, checked)
    if as_json:
        known = {"product": wanted.name, "release": frozen.name, "bundle": frozen.bundle, "new": frozen.new}
        typer.echo(json.dumps(known))
        return
    said = "Released" if frozen.new else "Released before, and unchanged:"
    typer.echo(f"{said} {wanted.name} {frozen.name} (commit {frozen.lineage.commit[:12]}).")
    typer.echo(f"Let it answer: paceline promote {wanted.name} {frozen.name}")


def promote(
    product: Name,
    release: Annotated[str, typer.Argument(help="The release, or the beginning of its name.")],
    share: Annotated[float, typer.Option(min=0.001, max=1.0, help="Of the requests; below 1 it is a canary.")] = 1.0,
    shadow: Annotated[bool, typer.Option("--shadow", help="Let it answer in silence, to be compared.")] = False,
    reason: Reason = "promoted",
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Let a release answer all requests, a share of them, or all of them in silence."""
    from paceline.ship import releases

    with _store(home, organisation) as store:
        if shadow:
            releases.shadow(store.journal, product, release=release, reason=reason, by=BY)
        else:
            releases.promote(store.journal, product, release=release, share=share, reason=reason, by=BY)
        _told(store, product)


def rollback(
    product: Name,
    to: Annotated[str | None, typer.Option(help="Which release; else the champion before this one.")] = None,
    reason: Reason = "rolled back",
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Go back: end a canary, or return to the champion before this one."""
    from paceline.ship import releases

    with _store(home, organisation) as store:
        releases.rollback(store.journal, product, release=to, reason=reason, by=BY)
        _told(store, product)


def listed(
    product: Name,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """List a product's releases, what each was made of, and what happened to it, when, by whom and why."""
    from datetime import UTC, datetime

    from paceline.keep.journal.products import ReleaseFrozen, ReleaseWithdrawn, SharesSet

    with _store(home, organisation) as store:
        _told(store, product)
        for fact in store.journal.history(store.journal.product(product).id):
            when = datetime.fromtimestamp(fact.at / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S")
            match fact.what:
                case ReleaseFrozen() as what:
                    said = f"released {what.release} (commit {what.commit[:12]}, lock {what.lock[:12]})"
                case SharesSet() as what:
                    shares = ", ".join(f"{name} {share:.0%}" for name, share in what.shares.items())
                    shadow = f", shadow {what.shadow}" if what.shadow else ""
                    said = f"{shares}{shadow}: {what.reason}"
                case ReleaseWithdrawn() as what:
                    said = f"withdrew {what.release}: {what.reason}"
                case _:
                    continue
            typer.echo(f"{when}  {fact.by}  {said}")


COMMANDS: dict[str, Callable[..., None]] = {
    "release": release,
    "promote": promote,
    "rollback": rollback,
    "releases": listed,
}


def _store(home: Path | None, organisation: str) -> Store:
    from paceline.jobs.wiring import Settings, open_store

    return open_store(Settings.from_environment().at(home), organisation=organisation)


def _told(store: Store, product: str) -> None:
    """What answers now."""
    known = store.journal.product(product)
    if not known.releases:
        typer.echo(f"{product} has no release. Make one: paceline release FOLDER")
        return
    shares = ", ".join(f"{name} answers {share:.0%}" for name, share in known.shares.items()) or "nothing answers yet"
    shadow = f", {known.shadow} in silence" if known.shadow else ""
    typer.echo(f"{product}: {shares}{shadow}.")


def _champion(store: Store, product: str) -> Product | None:
    """The release that answers most, laid out with its data, for the candidate to be compared with."""
    from paceline.ship.product import read_product
    from paceline.ship.releases import champion_of

    known = store.journal.product(product)
    name = champion_of(known.shares)
    return None if name is None else read_product(_laid_out(store, known.releases[name].bundle))


def _laid_out(store: Store, bundle: str) -> Path:
    from paceline.ship.bundle import opened
    from paceline.ship.releases import folder_of

    return opened(store.blobs, bundle, folder_of(store.places))


def _papers(store: Store, product: str, release: str, folder: Path, checked: Checked) -> None:
    from paceline.record.whole import folder as made
    from paceline.record.whole import write_whole
    from paceline.ship import papers
    from paceline.ship.bundle import manifest_of
    from paceline.ship.product import read_product

    bundle = store.journal.product(product).releases[release].bundle
    known, manifest = read_product(_laid_out(store, bundle)), manifest_of(store.blobs.get(bundle))
    card = papers.model_card(known, manifest, checked, release=release)
    write_whole(made(folder) / f"{product}-{release}.md", card.encode())
    write_whole(
        folder / f"{product}-{release}.cdx.json", papers.bill_of_materials(known, manifest, release=release).encode()
    )
