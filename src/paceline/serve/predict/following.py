"""Follow the journal: what it says of releases and shares is what every server serves, within a second.

A server holds no decision of its own. It looks at the products' facts, fetches bundles that it does not have, checks
them, starts them, and switches. A release that can't be started is left out and told; what was served goes on. A canary
that does worse than its champion is taken back, by a fact that every other server follows.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from paceline.domain.errors import PacelineError
from paceline.serve.predict.lanes import Desk
from paceline.serve.predict.served import Served
from paceline.ship.bundle import opened
from paceline.ship.product import read_product
from paceline.ship.releases import take_back

if TYPE_CHECKING:
    from paceline.keep.blobs import Blobs
    from paceline.keep.journal import Journal
    from paceline.keep.journal.products import Product as Known

LOOKS = 1.0
"""Seconds between two looks at the journal."""

_log = logging.getLogger("paceline.products")


class Follower:
    """One organisation's products at a desk, as its journal says."""

    def __init__(self, desk: Desk, journal: Journal, blobs: Blobs, *, folder: Path) -> None:
        self.desk, self.journal, self.blobs, self.folder = desk, journal, blobs, folder
        self._position = 0
        self._names: set[str] = set()
        self._serving: dict[str, dict[str, Served]] = {}
        self._waiting: set[str] = set()

    async def follow(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOKS)
            try:
                await self.look()
            except PacelineError as error:  # what is served goes on; the journal is asked again
                _log.error("the journal can't be followed: %s", type(error).__name__)

    async def look(self) -> None:
        """Bring the desk to what the journal says now; first take back a canary that does worse."""
        for name in self.desk.names:
            await self._judged(name)
        moved = await asyncio.to_thread(self._read)
        if not moved and not self._waiting:
            return
        self._waiting = set()
        for name in sorted(self._names):
            await self._arrange(await asyncio.to_thread(self.journal.product, name))

    async def _judged(self, name: str) -> None:
        lanes = self.desk.lanes(name)
        if lanes.canary is not None and (verdict := lanes.trial.verdict):
            champion, canary = lanes.champion.release, lanes.canary.release
            _log.warning("%s: the canary %s is taken back: %s", name, canary, verdict)
            await asyncio.to_thread(take_back, self.journal, name, champion=champion, canary=canary, verdict=verdict)

    def _read(self) -> bool:
        """The facts that came since the last look; whether one of them was a product's."""
        from paceline.keep.journal.products import ReleaseFrozen, ReleaseWithdrawn, SharesSet

        moved = False
        for fact in self.journal.facts(self._position):
            self._position = fact.position
            moved = moved or isinstance(fact.what, ReleaseFrozen | SharesSet | ReleaseWithdrawn)
            if isinstance(fact.what, ReleaseFrozen):
                self._names.add(fact.what.product)
        return moved

    async def _arrange(self, product: Known) -> None:
        serving = self._serving.setdefault(product.name, {})
        names = {*product.shares, *([product.shadow] if product.shadow else ())}
        if names == set(serving) and not self._changed(product, serving):
            return
        wanted: dict[str, Served] = {}
        for name in names:
            found = serving.get(name) or await self._fetched(product, name)
            if found is not None:
                wanted[name] = found
        shares = {wanted[name]: share for name, share in product.shares.items() if name in wanted}
        try:
            await self.desk.arrange(product.name, _whole(shares), shadow=wanted.get(product.shadow))
        except PacelineError as error:
            self._later(product.name, error)
            return
        self._serving[product.name] = wanted

    def _changed(self, product: Known, serving: dict[str, Served]) -> bool:
        if product.name not in self.desk.names:
            return bool(product.shares)
        lanes = self.desk.lanes(product.name)
        now = {served.release: share for served, share in lanes.shares}
        shadow = "" if lanes.shadow is None else lanes.shadow.release
        return now != product.shares or shadow != product.shadow or set(now) - set(serving) != set()

    async def _fetched(self, product: Known, name: str) -> Served | None:
        """A release from its bundle, checked; None where it can't be had, which is told and tried again."""
        sha256 = product.releases[name].bundle
        try:
            folder = await asyncio.to_thread(opened, self.blobs, sha256, self.folder)
            return Served(read_product(folder), release=name)
        except PacelineError as error:
            self._later(product.name, error)
            return None

    def _later(self, product: str, error: PacelineError) -> None:
        self._waiting.add(product)
        _log.error("%s: a release can't be served: %s", product, type(error).__name__)


def _whole(shares: dict[Served, float]) -> dict[Served, float]:
    """Shares that sum to 1 although a release could not be had: the others answer for it."""
    total = sum(shares.values())
    return {served: share / total for served, share in shares.items()} if total else {}
