"""What is let go of after a while, by rule: `paceline retention`. Nothing goes unless a rule says so.

The rules stand in `retention.yaml` in the house. What they would let go of is listed first; it goes when that is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from paceline.domain.errors import SettingsError
from paceline.jobs.remeasuring import place_of
from paceline.keep.journal import Recording
from paceline.keep.lake.tables import MEASURED
from paceline.keep.store import Store, blobs_named_by

FILE = "retention.yaml"
DAY = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """After how many days what is let go of; None where it is kept for ever.

    Attributes:
        data_versions: earlier states of the tables, apart from those that a release rests on.
        samples: samples in the tables, of sessions that are so old; raw files stay, so `rebuild` brings them back.
        refused_files: raw files that no reader could make anything of.
        stray_files: raw files that no fact names, since an import was cut off; 0 for at once.
    """

    data_versions: float | None = None
    samples: float | None = None
    refused_files: float | None = None
    stray_files: float | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule lets go of now.

    Attributes:
        rule: its name.
        what: in a sentence's words.
        count: how much of it.
    """

    rule: str
    what: str
    count: int


def rules(house: Path) -> Rules:
    """The rules of a house; none where there is no file.

    Raises:
        SettingsError: the file says something that can't be used.
    """
    path = house / FILE
    if not path.exists():
        return Rules()
    from paceline.measure.settings_file import Place, document

    known = {field.name for field in fields(Rules)}
    found = Place(str(path), "the file", document(path)).mapping(known)
    return Rules(**{name: _days(place.content, place.error) for name, place in found.items()})


def _days(value: object, error: Callable[[str, str], SettingsError]) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 100_000:
        raise error("a number of days, or nothing for ever", "something else")
    return float(value)


def retain(store: Store, asked: Rules, *, apply: bool = False, now: int | None = None) -> Iterator[Due]:
    """What the rules let go of, rule by rule; it goes where `apply` is said.

    Args:
        store: whose.
        asked: the rules.
        apply: let it go; else it is only told.
        now: int64 ns UTC; the present if left out.
    """
    moment = time.time_ns() if now is None else now
    if asked.samples is not None:
        yield _samples(store, moment - int(asked.samples * DAY), apply=apply)
    if asked.refused_files is not None:
        yield _refused(store, moment - int(asked.refused_files * DAY), apply=apply)
    if asked.stray_files is not None:
        yield _strays(store, apply=apply)
    if asked.data_versions is not None:
        yield _versions(store, moment, asked.data_versions, apply=apply)


def _samples(store: Store, before: int, *, apply: bool) -> Due:
    old = [place_of(s) for s in store.sessions() if s.start is not None and s.start < before]
    held = {"session": [p.session for p in old]}
    count = 0
    for name in (n for n in MEASURED if n.startswith("samples_") and n in store.lake.tables()):
        found = store.lake.read(name, where=held, columns=["session"])
        count += found.height
    if apply and count:
        store.lake.remove(old, tables=[name for name in MEASURED if name.startswith("samples_")])
    return Due("samples", f"samples of {len(old)} sessions", count)


def _refused(store: Store, before: int, *, apply: bool) -> Due:
    refused = store.journal.listed(Recording, states=("refused",), limit=1_000_000)
    old = [r for r in refused if _refused_at(store, r) < before and store.blobs.has(r.sha256)]
    if apply:
        for recording in old:
            store.blobs.remove(recording.sha256)
    return Due("refused_files", "raw files that no reader knows", len(old))


def _refused_at(store: Store, recording: Recording) -> int:
    return max(fact.at for fact in store.journal.history(recording.id))


def _strays(store: Store, *, apply: bool) -> Due:
    """A file is kept before the fact that names it: nobody may be importing meanwhile."""
    strays = set(store.blobs.all()) - blobs_named_by(store.journal.facts())
    if apply:
        for sha256 in strays:
            store.blobs.remove(sha256)
    return Due("stray_files", "raw files that no fact names", len(strays))


def _versions(store: Store, moment: int, days: float, *, apply: bool) -> Due:
    pinned = pinned_versions(store)
    horizon = moment - int(days * DAY)
    numbers = store.lake.versions.numbers()
    old = [n for n in numbers[:-1] if n not in pinned and store.lake.versions.at(n).at < horizon]
    if apply and old:
        store.lake.vacuum(keep_days=days, pinned=pinned)
    return Due("data_versions", "earlier states of the tables", len(old))


def pinned_versions(store: Store) -> frozenset[int]:
    """The data versions that a release was made from: they stay as long as the release does."""
    versions = (getattr(fact.what, "data_version", None) for fact in store.journal.facts())
    return frozenset(int(version) for version in versions if isinstance(version, int))
