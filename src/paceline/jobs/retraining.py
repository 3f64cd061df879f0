"""Make a release anew from what its champion's users taught it: the same code, and the same gates as any other release.

The code is the champion's own bundle, so its commit and lock stay; what is new is the table `feedback.csv` beside its
data, with a row for each labelled answer. Only answers about nobody, or about people who agree that their data train
models, are in it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from paceline.domain.errors import Absent, NoRelease, ReleaseStopped
from paceline.jobs.watched import champion
from paceline.keep.store import Store
from paceline.record.whole import folder as made
from paceline.record.whole import write_whole
from paceline.ship.bundle import unpack
from paceline.ship.data import FOLDER, bring
from paceline.ship.gates import Candidate, Outcome
from paceline.ship.gates.check import GATES, check
from paceline.ship.lineage import Lineage
from paceline.ship.product import FILE, Product, read_product
from paceline.ship.releases import WATCH, Frozen, promote, release
from paceline.ship.training import trained
from paceline.ship.watch.columns import value_at
from paceline.ship.watch.rules import Watch, watch_of

TABLE = "feedback.csv"
CONSENT = "models"
"""What somebody must have agreed to before a model that others use is trained on their data."""

ASKED = {name: gate for name, gate in GATES.items() if name != "habits"}
"""The code has passed that gate when it was released; of its three locks a bundle holds the one it runs with."""

TRAFFIC = 1000
"""Recorded requests that are replayed against the candidate."""


def retrain(store: Store, name: str, *, tell: Callable[[Outcome], None] | None = None, by: str = WATCH) -> Frozen:
    """A new release of a product's champion, with what was learnt since.

    Args:
        store: whose product it is.
        name: the product.
        tell: is called with each gate's outcome.
        by: who asks.

    Returns:
        the release; the share of requests that product.yaml gives it at `watch.retrained_share` is its own already.

    Raises:
        NoRelease: nothing of that name answers, or nothing says how to learn.
        Absent: there is no labelled answer that may be learnt from.
        ReleaseStopped: a gate failed; the champion stays.
    """
    before, champion_name, _ = champion(store, name)
    watch = watch_of(before)
    if watch is None or watch.labels is None:
        raise NoRelease(
            name, champion_name, advice="Nothing says what a label is: name it in product.yaml, watch.labels."
        )
    rows = learnt(store, before, watch)
    if not rows.height:
        raise Absent("labelled answer", name)
    bundle = store.journal.product(name).releases[champion_name].bundle
    with tempfile.TemporaryDirectory(prefix="paceline-retrain-") as place:
        folder = Path(place) / name
        manifest = unpack(store.blobs.get(bundle), folder, sha256=bundle)
        candidate = _candidate(folder, before, rows, traffic(store, name, limit=TRAFFIC))
        checked = check(candidate, gates=ASKED, tell=tell)
        if not checked.passed:
            stopped = checked.first_failure
            raise ReleaseStopped(name, gate=stopped.gate if stopped else checked.unasked[0])
        data = {pointer.table: pointer.sha256 for pointer in candidate.product.data}
        origin = Lineage(
            data=data, commit=manifest.lineage.commit, lock=manifest.lineage.lock, language=manifest.lineage.language
        )
        frozen = release(
            candidate.product, candidate.tables, checked, journal=store.journal, blobs=store.blobs, by=by, origin=origin
        )
    if watch.promote and frozen.name != champion_name:
        reason = f"retrained on {rows.height} labelled answers"
        promote(store.journal, name, release=frozen.name, share=watch.promote, reason=reason, by=by)
    return frozen


def learnt(store: Store, product: Product, watch: Watch) -> pl.DataFrame:
    """A row for each labelled answer that may be learnt from: what was asked, answered, true, and who said so."""
    mine = pl.col("product") == product.name
    feedback = store.lake.read("feedback", where=mine).sort("t")
    last = feedback.unique(["id", "subject"], keep="last", maintain_order=True)
    answers = store.lake.read("predictions", where=mine).select("id", "subject", "request", "response")
    both = last.select("id", "subject", "t", "label", "source").join(answers, on=["id", "subject"]).sort("t")
    field = "" if watch.labels is None else watch.labels.field
    found = [_row(row, field) for row in both.iter_rows(named=True) if _may(store, row["subject"])]
    return pl.DataFrame(found, infer_schema_length=None) if found else pl.DataFrame()


def _may(store: Store, subject: str) -> bool:
    return subject == "nobody" or CONSENT in store.people.given(subject)


def _row(row: dict[str, Any], field: str) -> dict[str, Any]:
    """Fields with one value as text; a pseudonym is not among them."""
    request = json.loads(row["request"])
    asked = request if isinstance(request, dict) else {"request": request}
    flat = {name: _text(value) for name, value in asked.items() if not isinstance(value, dict | list)}
    answer = _text(value_at(json.loads(row["response"]), field))
    return {**flat, "t": row["t"], "source": row["source"], "answer": answer, "label": _text(json.loads(row["label"]))}


def _text(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else json.dumps(value)


def _candidate(folder: Path, before: Product, rows: pl.DataFrame, requests: tuple[tuple[str, str], ...]) -> Candidate:
    """The champion's folder with the new table in it, and named in its product.yaml; trained, where it has a model."""
    content = rows.write_csv().encode()
    write_whole(made(folder / FOLDER) / TABLE, content)
    said = dict(before.text)
    data = said.get("data", [])
    tables = [one for one in ([data] if isinstance(data, dict) else data) if one["table"] != TABLE]
    pointer = {"table": TABLE, "sha256": hashlib.sha256(content).hexdigest(), "role": "feedback"}
    said["data"] = [*tables, pointer]
    write_whole(folder / FILE, yaml.safe_dump(said, sort_keys=False, allow_unicode=True).encode())
    product = read_product(folder)
    found = bring(product, shared=None, reach=False)
    trained(product)
    return Candidate(product, found, before, bring(before, shared=None, reach=False), requests)


def traffic(store: Store, name: str, *, limit: int) -> tuple[tuple[str, str], ...]:
    """The last requests that were kept of a product, each with its answer."""
    rows = store.lake.read("predictions", where=pl.col("product") == name).sort("t").tail(limit)
    return tuple(rows.select("request", "response").iter_rows())
