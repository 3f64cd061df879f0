"""Look at a product that is out: keep the figures, tell whom its rules name, and begin what they ask for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from paceline.domain.errors import NoRelease, PacelineError
from paceline.jobs.alerts import Alerts
from paceline.jobs.figures import Figures, figures_of
from paceline.jobs.runs import Runs, said
from paceline.keep.store import Store
from paceline.ship.bundle import opened
from paceline.ship.data import bring
from paceline.ship.product import Product, read_product
from paceline.ship.releases import WATCH, champion_of, folder_of, rollback, take_back
from paceline.ship.watch.conditions import Condition, conditions
from paceline.ship.watch.look import Look, look
from paceline.ship.watch.rules import watch_of

DONE = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, eq=False, slots=True)
class Watching:
    """What a look needs, and whom it tells.

    Attributes:
        store: whose product it is.
        runs: the history; what an alert begins is in it.
        alerts: who is told.
        retrain: makes a release anew; is given the product's name.
    """

    store: Store
    runs: Runs
    alerts: Alerts
    retrain: Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of a look.

    Attributes:
        look: what was seen.
        conditions: every rule about everything it speaks of.
        begun: what rules began, a sentence each.
    """

    look: Look
    conditions: tuple[Condition, ...]
    begun: tuple[str, ...] = ()


def champion(store: Store, name: str) -> tuple[Product, str, str]:
    """The product as its champion has it, the champion's name and the canary's, which may be empty.

    Raises:
        NoRelease: nothing of that name answers.
    """
    known = store.journal.product(name)
    release = champion_of(known.shares)
    if release is None:
        raise NoRelease(name, "", advice="Nothing is out. Let a release answer: paceline promote.")
    others = sorted(other for other in known.shares if other != release)
    folder = opened(store.blobs, known.releases[release].bundle, folder_of(store.places))
    return read_product(folder), release, others[0] if others else ""


def seen(store: Store, name: str) -> Look:
    """A look at a product, from what is kept of it.

    Raises:
        NoRelease: nothing of that name answers.
        StoreUnavailable: the lake can't be read.
    """
    product, release, canary = champion(store, name)
    rows = store.lake.read("predictions", where=pl.col("product") == name)
    feedback = store.lake.read("feedback", where=pl.col("product") == name)
    return look(product, rows, feedback, release=release, canary=canary, table=_table(product))


def _table(product: Product) -> Path | None:
    """What it was trained on: the first table, unless one has that role."""
    tables = bring(product, shared=None, reach=False)
    trained = [path for pointer, path in zip(product.data, tables, strict=True) if pointer.role == "train"]
    return next(iter([*trained, *tables]), None)


def watched(watching: Watching, name: str) -> Watched:
    """Look, keep the figures, tell of what holds and was not told, and begin what the rules ask for, once.

    Raises:
        NoRelease: nothing of that name answers.
        StoreUnavailable: a store can't be reached.
    """
    product, _, _ = champion(watching.store, name)
    found = seen(watching.store, name)
    Figures(watching.runs.database).put(name, figures_of(found))
    watch = watch_of(product)
    held = () if watch is None else tuple(conditions(watch, found))
    begun = [sentence for one in held if (sentence := _tell(watching, found, one))]
    watching.alerts.tell()
    return Watched(found, held, tuple(begun))


def _tell(watching: Watching, found: Look, one: Condition) -> str:
    """Say it once; what was begun, or empty."""
    alerts, job, kind = watching.alerts, f"watch {found.product}", _kind(one)
    if not one.holds:
        alerts.well(job, kind)
        return ""
    alerts.trouble(job, kind, one.message, to=one.rule.to, since=one.since)
    alert = alerts.standing(job, kind)
    return "" if alert is None or not one.rule.then else _begun(watching, found, one, key=f"{one.rule.then}-{alert.id}")


def _kind(one: Condition) -> str:
    """What an alert is told once for: two rules about one thing with different limits are two."""
    limit = "" if one.rule.above is None else f" above {one.rule.above:g}"
    return f"{one.kind}{limit}"


def _begun(watching: Watching, found: Look, one: Condition, *, key: str) -> str:
    """What a rule asks for, as a run whose key is the alert: an alert begins it once, whoever looks how often."""
    job = f"{one.rule.then} {found.product}"
    if any(run.key == key and run.state in DONE for run in watching.runs.listed(job=job, limit=1000)):
        return ""
    try:
        with watching.runs.running(job, key=key, by=WATCH):
            if one.rule.then == "retrain":
                watching.retrain(found.product)
            else:
                _back(watching.store, found, one)
    except PacelineError as error:
        watching.alerts.trouble(job, "failed", said(error))
        return f"{job} failed: {said(error)}"
    watching.alerts.well(job, "failed")
    return f"{job}: done, since {one.kind}."


def _back(store: Store, found: Look, one: Condition) -> None:
    """A canary is taken back where it is the canary's fault; else the champion before this one answers again."""
    if one.rule.measure == "canary":
        take_back(store.journal, found.product, champion=found.release, canary=found.canary, verdict="drift")
        return
    known = store.journal.product(found.product)
    if champion_of(known.shares) == found.release:  # nobody has decided otherwise meanwhile
        reason = re.sub(r"[^A-Za-z0-9:/_.,+ -]", "-", f"the rule: {one.kind}")[:100].rstrip()
        rollback(store.journal, found.product, reason=reason, by=WATCH)
