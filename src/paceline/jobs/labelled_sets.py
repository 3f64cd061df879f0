"""Labelled sets of a house, as they were at one data version: what models of strength learn from.

Labels are facts of the journal. Before they are learned from they are written into the lake, beside the samples, so
that one number says both what was recorded and what was said of it; read at that number again, the sets are the same.
Only sessions of people who agree that their data train models are read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import polars as pl

from paceline.domain.errors import Absent
from paceline.jobs.remeasuring import place_of
from paceline.keep.journal import Session
from paceline.keep.lake import Placed
from paceline.keep.store import Store
from paceline.learn.motion import joined, within
from paceline.learn.pauses import pauses
from paceline.learn.sets import NONE, MotionSet
from paceline.record.streams import Stream

CONSENT = "models"
"""What somebody must have agreed to before a model that others use is trained on their data."""
RATE = 50.0
AXES = ("acceleration_x", "acceleration_y", "acceleration_z")
_TABLE = "labels"


@dataclass(frozen=True, eq=False)
class Labelled:
    """The labelled sets of a house.

    Attributes:
        sets: with acceleration; pauses between them are none of the exercises.
        version: the data version at which they were read.
        mark: of what was labelled and recorded: the same as long as nothing is new.
        sessions: how many they are of.
        withheld: labelled sessions of people who don't agree that models learn from them.
    """

    sets: tuple[MotionSet, ...]
    version: int
    mark: str
    sessions: int
    withheld: int


def settle_labels(store: Store) -> int:
    """Bring the lake's labels to what the journal says; the data version in which they are to be seen."""
    before = store.lake.read(_TABLE)
    known: dict[str, list[tuple[object, ...]]] = {}
    columns = ["session", "label", "exercise", "start", "stop", "values"]
    for session, *row in before.select(columns).sort(columns).iter_rows():
        known.setdefault(session, []).append(tuple(row))
    changed, places = [], {}
    for session in store.sessions():
        rows = _rows(session)
        if [tuple(row[name] for name in columns[1:]) for row in rows] != known.pop(str(session.id), []):
            places[str(session.id)] = place_of(session)
            changed += rows
    stale = before.filter(pl.col("session").is_in([*known, *places])).select("session", "subject", "month").unique()
    if stale.height:
        store.lake.remove([Placed(*row) for row in stale.iter_rows()], tables=(_TABLE,))
    return store.lake.append(_TABLE, pl.DataFrame(changed, schema=dict(before.schema)), key=("session",))


def _rows(session: Session) -> list[dict[str, object]]:
    placed = place_of(session)
    rows: list[dict[str, object]] = [
        {
            "subject": placed.subject, "month": placed.month, "session": placed.session, "label": str(key),
            "exercise": label.exercise, "start": label.start, "stop": label.end,
            "values": json.dumps(dict(label.values), sort_keys=True),
        }
        for key, label in session.labels.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: str(row["label"]))


def labelled_sets(store: Store, *, version: int | None = None) -> Labelled:
    """The labelled sets of a house.

    Args:
        store: the house.
        version: the data version; the newest, with the labels of this moment, if left out.

    Raises:
        Absent: no labelled session may be learned from.
        NoSuchVersion: there is no such data version.
    """
    at = settle_labels(store) if version is None else version
    labels = store.lake.read(_TABLE, version=at).sort("session", "start", "label")
    agreed = {who for who in labels["subject"].unique() if CONSENT in store.people.given(store.people.owner(who))}
    chosen = labels.filter(pl.col("subject").is_in(sorted(agreed)))
    mark, sets = hashlib.sha256(), []
    for frame in chosen.partition_by("session", maintain_order=True):
        found = _of_session(store, frame, at)
        sets += found
        mark.update(json.dumps([frame.rows(), [len(one.time) for one in found]]).encode())
    if not sets:
        raise Absent("labelled session with acceleration, of somebody who agrees that models learn from it", "any")
    total = labels["session"].n_unique()
    withheld = total - chosen["session"].n_unique()
    return Labelled(tuple(sets), at, mark.hexdigest()[:16], len({one.session for one in sets}), withheld)


def _of_session(store: Store, labels: pl.DataFrame, version: int) -> list[MotionSet]:
    """A session's sets; of several recordings the one with most readings in it counts for each."""
    place = labels.row(0, named=True)
    where: dict[str, object] = {name: place[name] for name in ("subject", "month", "session")}
    samples = store.lake.read("samples_acceleration", where=where, version=version)
    if not samples.height or not set(AXES) <= set(samples.columns):
        return []
    rows = [(row["exercise"], row["start"], row["stop"], row["values"]) for row in labels.iter_rows(named=True)]
    rows += [(NONE, start, stop, "{}") for start, stop in pauses((start, stop) for _, start, stop, _ in rows)]
    streams = [_stream(one) for one in samples.partition_by("recording", "part", "stream", maintain_order=True)]
    found = []
    for number, (exercise, start, stop, values) in enumerate(rows):
        inside = max((within(stream, start, stop) for stream in streams), key=len)
        if len(inside) < 2:
            continue
        time, motion, names = joined({"acceleration": inside}, rate=RATE)
        count = int(json.loads(values).get("repetitions", 0)) or None
        name = f"{place['session']}-{number}"
        found.append(
            MotionSet(name, place["subject"], place["session"], exercise, time, motion, names, repetitions=count)
        )
    return found


def _stream(rows: pl.DataFrame) -> Stream:
    ordered = rows.sort("sample")
    columns = {name: ordered[name].fill_null(float("nan")).cast(pl.Float64).to_numpy() for name in AXES}
    return Stream("acceleration", ordered["t"].to_numpy(), columns)
