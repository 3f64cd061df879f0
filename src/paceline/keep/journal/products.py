"""A product and its releases, with the share of requests that each of them answers; and the models that they hold.

Shares are facts of the product, so that every server reads the same and a roll-back holds everywhere at once.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec.structs import replace

from paceline.keep.journal.facts import Payload, Thing


class ModelKept(Payload, frozen=True, kw_only=True):
    """A trained model is kept, with what it was made of; `subject` where it was made of one athlete's data alone."""

    subject: str
    name: str
    blob: str
    data_version: int
    commit: str
    lock: str
    scores: dict[str, float]


class ModelRetired(Payload, frozen=True, kw_only=True):
    """It is to be used no more."""

    reason: str


class ReleaseFrozen(Payload, frozen=True, kw_only=True):
    """A release was made: code, data version, model and lock, that never change again."""

    product: str
    release: str
    bundle: str
    data_version: int
    commit: str
    lock: str
    model: str = ""
    data: dict[str, str] = {}  # noqa: RUF012  # msgspec gives each its own


class SharesSet(Payload, frozen=True, kw_only=True):
    """Which share of requests each release answers; they sum to 1. A shadow answers all of them, and nobody hears."""

    shares: dict[str, float]
    reason: str
    shadow: str = ""


class ReleaseWithdrawn(Payload, frozen=True, kw_only=True):
    """A release must answer nothing any more."""

    release: str
    reason: str


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """What a release is made of."""

    bundle: str
    data_version: int
    commit: str
    lock: str
    model: str
    data: dict[str, str] = {}  # msgspec gives each its own
    withdrawn: bool = False


class Model(Thing, frozen=True, kw_only=True):
    """What is known of a model; `state` is "none", "kept" or "retired"."""

    KIND: ClassVar[str] = "model"

    subject: str = ""
    name: str = ""
    blob: str = ""
    data_version: int = 0
    commit: str = ""
    lock: str = ""
    scores: dict[str, float] = {}  # noqa: RUF012  # msgspec gives each its own
    state: str = "none"

    def after(self, what: Payload) -> Model:
        """See `Thing`."""
        match what:
            case ModelKept():
                made_of = {"data_version": what.data_version, "commit": what.commit, "lock": what.lock}
                known = {"subject": what.subject, "name": what.name, "blob": what.blob, "scores": what.scores}
                return replace(self, state="kept", **known, **made_of)
            case ModelRetired():
                return replace(self, state="retired")
        raise NotImplementedError(type(what).__name__)


class Product(Thing, frozen=True, kw_only=True):
    """A product's releases, and the share of each.

    Attributes:
        releases: by the release's name.
        shares: release → share of the requests, 0 to 1; empty while nothing is out.
        shadow: the release that answers every request in silence, or empty.
    """

    KIND: ClassVar[str] = "product"

    name: str = ""
    releases: dict[str, Release] = {}  # noqa: RUF012  # msgspec gives each its own
    shadow: str = ""
    shares: dict[str, float] = {}  # noqa: RUF012

    def after(self, what: Payload) -> Product:
        """See `Thing`."""
        match what:
            case ReleaseFrozen():
                release = Release(
                    bundle=what.bundle,
                    data_version=what.data_version,
                    commit=what.commit,
                    lock=what.lock,
                    model=what.model,
                    data=what.data,
                )
                return replace(self, name=what.product, releases={**self.releases, what.release: release})
            case SharesSet():
                return replace(self, shares=what.shares, shadow=what.shadow)
            case ReleaseWithdrawn():
                withdrawn = replace(self.releases[what.release], withdrawn=True)
                return replace(self, releases={**self.releases, what.release: withdrawn})
        raise NotImplementedError(type(what).__name__)


EVENTS = (ModelKept, ModelRetired, ReleaseFrozen, SharesSet, ReleaseWithdrawn)
