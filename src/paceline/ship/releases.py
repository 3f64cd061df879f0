"""Releases as facts of the journal: who froze, promoted and rolled back what, when and why.

Which release answers which share is read from the journal by every server; nothing here is held in a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from paceline.domain.errors import NoRelease, ReleaseStopped
from paceline.ship.bundle import digest, pack
from paceline.ship.gates.check import Checked
from paceline.ship.lineage import Lineage, lineage
from paceline.ship.product import Product

if TYPE_CHECKING:
    from paceline.keep.blobs import Blobs
    from paceline.keep.journal import Journal
    from paceline.keep.places import Places

NAME = 12
"""Letters of a bundle's digest that name a release: the same content is the same release, whoever made it."""

WATCH = "watch"
"""Who acts where nobody had to."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A release that was made, or that was there already."""

    name: str
    bundle: str
    lineage: Lineage
    new: bool


def release(
    product: Product,
    tables: tuple[Path, ...],
    checked: Checked,
    *,
    journal: Journal,
    blobs: Blobs,
    by: str,
    origin: Lineage | None = None,
) -> Frozen:
    """Freeze what passed its gates: code, data and lock in one bundle, kept by its content.

    Args:
        product: what is released.
        tables: its data.
        checked: what its gates found of just these files.
        journal: where the fact goes, after the bytes are kept.
        blobs: where the bytes go.
        by: who releases it.
        origin: where it comes from, for code that is a release's already; looked up where it is left out.

    Raises:
        ReleaseStopped: a gate failed.
        LineageMissing: data version, commit or lock is missing, or files are not committed.
        BundleRefused: a pickle or a link lies in the folder.
    """
    if not checked.passed:
        first = checked.first_failure
        raise ReleaseStopped(product.name, gate=first.gate if first else checked.unasked[0])
    origin = lineage(product) if origin is None else origin
    bundle = pack(product, tables, origin)
    sha256 = blobs.put(bundle)
    name = digest(bundle)[:NAME]
    facts = journal.freeze_release(
        product.name,
        release=name,
        bundle=sha256,
        data_version=0 if product.lake is None else product.lake[1],
        commit=origin.commit,
        lock=origin.lock,
        data=dict(origin.data),
        by=by,
    )
    return Frozen(name, sha256, origin, new=bool(facts))


def promote(journal: Journal, product: str, *, release: str, share: float = 1.0, reason: str, by: str) -> None:
    """Let a release answer a share of the requests: 1 makes it the champion, less a canary beside the champion.

    Raises:
        NoRelease: there is none of that name, or no champion for a canary to stand beside.
        Refused: the release was withdrawn.
    """
    known = journal.product(product)
    name = found(known.releases, product, release)
    champion = champion_of(known.shares)
    if share < 1.0 and champion in (None, name):
        raise NoRelease(product, release, advice="A canary needs another release as champion: promote one first.")
    shares = {name: 1.0} if share >= 1.0 or champion is None else {champion: 1.0 - share, name: share}
    journal.set_shares(product, shares=shares, shadow=known.shadow, reason=reason, by=by)


def shadow(journal: Journal, product: str, *, release: str, reason: str, by: str) -> None:
    """Let a release answer every request in silence beside the others; an empty name ends it.

    Raises:
        NoRelease: there is none of that name.
    """
    known = journal.product(product)
    name = found(known.releases, product, release) if release else ""
    journal.set_shares(product, shares=known.shares, shadow=name, reason=reason, by=by)


def rollback(journal: Journal, product: str, *, release: str | None = None, reason: str, by: str) -> str:
    """Back to the champion before this one, or to a release that is named; canary and shadow end.

    Returns:
        the release that answers everything now.

    Raises:
        NoRelease: there was none before it, or none of that name.
    """
    known = journal.product(product)
    champion = champion_of(known.shares)
    if release is not None:
        back = found(known.releases, product, release)
    elif len(known.shares) > 1 and champion is not None:
        back = champion  # a canary is out: the champion is what to go back to
    else:
        back = _before(journal, product, champion)
    journal.set_shares(product, shares={back: 1.0}, reason=reason, by=by)
    return back


def take_back(
    journal: Journal, product: str, *, champion: str, canary: str, verdict: Literal["errors", "latency", "drift"]
) -> None:
    """End a canary that does worse than its champion; nothing where somebody has decided otherwise meanwhile."""
    known = journal.product(product)
    if champion_of(known.shares) == champion and canary in known.shares:
        worse = {"errors": "fails more often than", "latency": "takes longer than", "drift": "has drifted away from"}
        said = f"the canary {canary} {worse[verdict]} {champion}"
        journal.set_shares(product, shares={champion: 1.0}, shadow=known.shadow, reason=said, by=WATCH)


def folder_of(places: Places) -> Path:
    """Where the bundles of one organisation are laid out on this machine; it can be deleted at any time."""
    import tempfile

    near = Path(places.journal).parent if "://" not in places.journal else Path(tempfile.gettempdir()) / "paceline"
    return near / "served" / places.organisation


def champion_of(shares: Mapping[str, float]) -> str | None:
    """The release that answers most; of equals the one that was there first.

    >>> champion_of({"a": 0.9, "b": 0.1})
    'a'
    """
    return max(shares, key=lambda name: shares[name]) if shares else None


def found(releases: Mapping[str, object], product: str, release: str) -> str:
    """A release by its name, or by the beginning of it where that is enough.

    Raises:
        NoRelease: there is none, or there are several.
    """
    names = [name for name in releases if name.startswith(release)] if release else []
    if release in releases:
        return release
    if len(names) != 1:
        advice = f"There are: {', '.join(releases) or 'none'}." if not names else f"Several: {', '.join(names)}."
        raise NoRelease(product, release, advice=advice)
    return names[0]


def _before(journal: Journal, product: str, champion: str | None) -> str:
    """The last champion that was another one and was not withdrawn since."""
    from paceline.keep.journal.products import SharesSet

    known = journal.product(product)
    said = (fact.what for fact in journal.history(known.id))
    past = [champion_of(what.shares) for what in said if isinstance(what, SharesSet)]
    for name in reversed(past):
        if name is not None and name != champion and not known.releases[name].withdrawn:
            return name
    raise NoRelease(product, "", advice="No other release has been champion before.")
