"""Commands about products: models kept, releases frozen, and the share of requests that each answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from uuid import UUID

from paceline.domain.errors import Refused
from paceline.keep import checks
from paceline.keep.journal.commands import Commands
from paceline.keep.journal.facts import Fact, Payload
from paceline.keep.journal.products import (
    Model,
    ModelKept,
    ModelRetired,
    Product,
    ReleaseFrozen,
    ReleaseWithdrawn,
    SharesSet,
)

MADE_OF = ("bundle", "data_version", "commit", "lock", "model", "data")


class ProductCommands(Commands):
    """Models and releases."""

    def keep_model(
        self,
        *,
        name: str,
        blob: str,
        data_version: int,
        commit: str,
        lock: str,
        scores: Mapping[str, float],
        subject: str = "",
        by: str,
    ) -> tuple[Fact, ...]:
        """A trained model's bytes are in the blobs; the same bytes under the same name again add nothing.

        Args:
            name: what it is a model of.
            blob: sha256 of its bytes.
            data_version: the lake's version that it was trained on.
            commit: of the code.
            lock: sha256 of the environment's lock.
            scores: by the metric's name.
            subject: whose data alone it was made of; it goes when they ask to be forgotten.
            by: who keeps it.
        """
        command = "keep_model"
        if subject:
            checks.subject(command, subject)
        kept = ModelKept(
            subject=subject,
            name=checks.word(command, "a model's name", name),
            blob=checks.sha256(command, blob),
            data_version=data_version,
            commit=checks.word(command, "a commit", commit),
            lock=checks.sha256(command, lock),
            scores=checks.numbers(command, scores),
        )
        key = self._id(Model, name, blob)
        return self._change(Model, key, lambda it: () if it.version else (kept,), by=by, new=True)

    def retire_model(self, model: UUID | str, *, reason: str, by: str) -> tuple[Fact, ...]:
        """It is to be used no more."""
        retired = ModelRetired(reason=checks.word("retire_model", "a reason", reason))
        return self._change(Model, model, lambda it: (retired,) if it.state == "kept" else (), by=by)

    def freeze_release(
        self,
        product: str,
        *,
        release: str,
        bundle: str,
        data_version: int,
        commit: str,
        lock: str,
        model: str = "",
        data: Mapping[str, str] | None = None,
        by: str,
    ) -> tuple[Fact, ...]:
        """A release: code, data version, model and lock, which never change again. The same again adds nothing.

        Args:
            product: its name.
            release: the release's name.
            bundle: sha256 of its file in the blobs.
            data_version: the lake's version that it rests on; 0 where it rests on files alone.
            commit: of the code.
            lock: sha256 of the environment's lock.
            model: sha256 of the model's bytes, or empty.
            data: sha256 of each file that it rests on, by name.
            by: who releases it.

        Raises:
            Refused: there is another release of that name.
        """
        command = "freeze_release"
        frozen = ReleaseFrozen(
            product=checks.word(command, "a product", product),
            release=checks.word(command, "a release", release),
            bundle=checks.sha256(command, bundle),
            data_version=data_version,
            commit=checks.word(command, "a commit", commit),
            lock=checks.sha256(command, lock),
            model=checks.sha256(command, model) if model else "",
            data={name: checks.word(command, "a table's version", said) for name, said in (data or {}).items()},
        )

        def decide(known: Product) -> Sequence[Payload]:
            if (old := known.releases.get(release)) is None:
                return (frozen,)
            if any(getattr(old, part) != getattr(frozen, part) for part in MADE_OF):
                raise Refused(command, because="there is another release of that name", advice="Count its version up.")
            return ()

        return self._change(Product, self._id(Product, product), decide, by=by, new=True)

    def set_shares(
        self, product: str, *, shares: Mapping[str, float], reason: str, shadow: str = "", by: str
    ) -> tuple[Fact, ...]:
        """Which share of the requests each release answers, for every server at once; a roll-back is this, too.

        Args:
            product: its name.
            shares: release → share, 0 to 1; they sum to 1.
            reason: why.
            shadow: the release that answers every request in silence, or empty.
            by: who says so.

        Raises:
            Refused: the shares don't sum to 1, or a release is unknown or withdrawn.
        """
        command, asked = "set_shares", checks.numbers("set_shares", shares)
        whole = not asked or math.isclose(sum(asked.values()), 1.0, abs_tol=1e-9)
        if not whole or any(share < 0 for share in asked.values()):
            raise Refused(command, because="shares are at least 0 and sum to 1")
        said = SharesSet(shares=asked, reason=checks.word(command, "a reason", reason), shadow=shadow)

        def decide(known: Product) -> Sequence[Payload]:
            out = {name for name, release in known.releases.items() if not release.withdrawn}
            if missing := sorted((set(asked) | ({shadow} if shadow else set())) - out):
                raise Refused(command, because=f"there is no release {', '.join(missing)} that may answer")
            return () if (known.shares, known.shadow) == (asked, shadow) else (said,)

        return self._change(Product, self._id(Product, product), decide, by=by)

    def withdraw_release(self, product: str, *, release: str, reason: str, by: str) -> tuple[Fact, ...]:
        """It must answer nothing any more.

        Raises:
            Refused: it still has a share.
        """
        command = "withdraw_release"
        gone = ReleaseWithdrawn(release=release, reason=checks.word(command, "a reason", reason))

        def decide(known: Product) -> Sequence[Payload]:
            if release not in known.releases:
                raise Refused(command, because="there is no such release")
            if known.shares.get(release, 0) > 0:
                raise Refused(command, because="it still answers requests", advice="Set the shares first.")
            return () if known.releases[release].withdrawn else (gone,)

        return self._change(Product, self._id(Product, product), decide, by=by)

    def product(self, name: str) -> Product:
        """A product's releases and shares; an empty one where nothing was released."""
        return self._things.get(Product, self._id(Product, name))

    def model(self, key: UUID | str) -> Model:
        """What is known of a model."""
        return self._there(Model, key)
