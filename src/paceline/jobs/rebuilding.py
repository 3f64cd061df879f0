"""Everything that can be derived, derived anew: `paceline rebuild`.

The journal and the blobs are what was kept; lists and tables follow from them. They are made beside the old ones and
put in their place when they are whole, so that who reads meanwhile reads the old ones.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from paceline.domain.errors import PacelineError, StoreUnavailable
from paceline.jobs.executor import Here
from paceline.jobs.measuring import Task
from paceline.jobs.remeasuring import remeasure, tasks_for
from paceline.keep.lake import Lake
from paceline.keep.objects import object_store
from paceline.keep.store import Store

COPIED = ("predictions", "feedback")
"""Tables that follow from no fact: what a release answered, and what turned out to be true.

They are copied, as far as they can still be read."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was made anew.

    Attributes:
        position: the journal's position up to which the lists hold.
        sessions: how many sessions the tables hold.
        unmeasured: session → why it could not be measured.
        lost: tables that nothing can be derived from, and that could not be read any more.
        lake_version: the tables' data version; numbers before it no longer lead anywhere.
    """

    position: int
    sessions: int
    unmeasured: dict[str, str]
    lost: tuple[str, ...]
    lake_version: int


def rebuild(
    store: Store,
    *,
    executor: Executor | None = None,
    progress: Callable[[Task], object] = lambda _: None,
    by: str = "owner",
) -> Rebuilt:
    """Make lists and tables anew from the journal and the blobs; equal, row for row, to what they should have been.

    Args:
        store: whose.
        executor: where sessions are measured; in this process if left out.
        progress: is told of each session before it is measured.
        by: who asks.

    Raises:
        StoreUnavailable: a store is out of reach, or there is no room for the new tables beside the old ones.
    """
    position = store.journal.rebuild()
    aside = _aside(store)
    begun, anew = aside.versions.numbers(), replace(store, lake=aside)

    def told() -> Iterator[Task]:
        for task in tasks_for(store, (session.id for session in store.sessions())):
            progress(task)
            yield task

    found = remeasure(anew, told(), executor=executor or Here(), by=by, facts=False)
    lost = _copied(store.lake, aside)
    aside.versions.remove(begun)  # the old number stood for the count alone: asked for, it is to be gone, not empty
    _put_in_place(store, aside)
    unmeasured = {session: reason for session, reason in found.items() if reason}
    lake = Lake(store.places.lake, options=store.places.options)
    return Rebuilt(position, len(found), unmeasured, lost, lake.version())


def _aside(store: Store) -> Lake:
    """An empty lake beside the old one; what an earlier attempt left there is removed."""
    place = f"{store.places.lake}.rebuilding"
    _removed(place, store)
    lake = Lake(place, options=store.places.options)
    try:
        newest = store.lake.version()
    except PacelineError:  # the old lake is past reading, and so are its numbers
        newest = 0
    if newest:
        lake.versions.begin(newest)
    return lake


def _copied(old: Lake, new: Lake) -> tuple[str, ...]:
    lost = []
    for name in COPIED:
        try:
            rows = old.read(name)
        except PacelineError:
            lost.append(name)
            continue
        for (session,), part in rows.partition_by("session", as_dict=True).items():
            new.append(name, part, key=("session",)) if session else None
    return tuple(lost)


def _put_in_place(store: Store, aside: Lake) -> None:
    """The new lake for the old one: two renames in a folder; in an object store, which knows none, copies."""
    place = store.places.lake
    if "://" in place:
        _exchanged(store, aside)
        return
    old = Path(f"{place}.before-rebuild")
    try:
        shutil.rmtree(old, ignore_errors=True)
        if Path(place).exists():
            Path(place).rename(old)
        Path(aside.place).rename(place)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or "the new tables can't be put in place"
        raise StoreUnavailable(place, reason=reason, advice="Run it again: paceline rebuild.") from error


def _exchanged(store: Store, aside: Lake) -> None:
    import obstore

    place, options = store.places.lake, store.places.options
    _removed(place, store)
    source, target = object_store(aside.place, options=options), object_store(place, options=options)
    names = sorted(entry["path"] for batch in obstore.list(source) for entry in batch)
    for name in sorted(
        names, key=lambda path: "_delta_log" in path or "_versions" in path
    ):  # logs after what they name
        obstore.put(target, name, obstore.get(source, name).bytes())
    _removed(aside.place, store)


def _removed(place: str, store: Store) -> None:
    if "://" not in place:
        shutil.rmtree(place, ignore_errors=True)
        return
    import obstore

    there = object_store(place, options=store.places.options)
    for batch in obstore.list(there):
        if paths := [entry["path"] for entry in batch]:
            obstore.delete(there, paths)
