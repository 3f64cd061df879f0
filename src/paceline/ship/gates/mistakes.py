"""Mistakes that many make: a lock without hashes, a schema that lets anything through, training data in the request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from paceline.ship.gates import Candidate, Outcome
from paceline.ship.gates.imports import unlocked
from paceline.ship.lineage import LEFT_OUT
from paceline.ship.safety import danger

LOCKS = ("development", "exploration", "production")
LOCK = "locks/{}.lock"

_PINNED = re.compile(r"^[A-Za-z0-9._\-\[\]]+==\S+")


def mistakes(candidate: Candidate) -> Iterator[Outcome]:
    """Each mistake by itself; what is sound is one sentence."""
    looked = (_loose, _training, _locks, unlocked, _pickles)
    found = [outcome for look in looked for outcome in look(candidate)]
    yield from found
    if not found:
        yield Outcome("habits", "passed", "Schemas are tight, dependencies pinned, no pickles.")


def _loose(candidate: Candidate) -> Iterator[Outcome]:
    for side, contract in (("request", candidate.product.request), ("response", candidate.product.response)):
        for place in loose(contract.schema, "/"):
            advice = "Say what may be there: type, properties with additionalProperties: false, items."
            yield Outcome(f"habits: {side}", "failed", f"The schema lets anything through at {place}.", advice)


def loose(schema: Any, place: str, *, named: Mapping[str, Any] | None = None) -> list[str]:
    """Where a schema lets anything through; what `$ref` names within it is looked at where it is used.

    >>> loose({"type": "object", "properties": {"n": {}}}, "/")
    ['/', '/n']
    >>> loose({"type": "object", "additionalProperties": False, "properties": {"n": {"type": "number"}}}, "/")
    []
    """
    if not isinstance(schema, Mapping):
        return [place] if schema is True else []
    if not set(schema) & {"type", "enum", "const", "$ref", "oneOf", "anyOf", "allOf"}:
        return [place]
    named = schema.get("$defs", {}) if named is None else named
    below = place.rstrip("/")
    found = _inside(schema, place, named)
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name in named:  # a definition that comes back to itself is looked at once
        others = {other: inner for other, inner in named.items() if other != name}
        found += loose(named[name], place, named=others)
    for word in ("oneOf", "anyOf"):
        for number, inner in enumerate(schema.get(word, ())):
            found += loose(inner, f"{below}/{word}/{number}", named=named)
    return found


def _inside(schema: Mapping[str, Any], place: str, named: Mapping[str, Any]) -> list[str]:
    """The same of what an object or an array may hold."""
    found, below = [], place.rstrip("/")
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "object" in kinds:
        if schema.get("additionalProperties", True) is True and schema.get("unevaluatedProperties", True) is True:
            found.append(place)
        for name, inner in schema.get("properties", {}).items():
            found += loose(inner, f"{below}/{name}", named=named)
    if "array" in kinds:
        found += [place] if "items" not in schema and "prefixItems" not in schema else []
        found += loose(schema["items"], f"{below}/items", named=named) if "items" in schema else []
    return found


def _training(candidate: Candidate) -> Iterator[Outcome]:
    """A request that carries a table with the data's own columns trains whoever is asked, at every request."""
    columns = _columns(candidate)
    for name, inner in candidate.product.request.schema.get("properties", {}).items():
        if not isinstance(inner, Mapping) or inner.get("type") != "array":
            continue
        items = inner.get("items", {})
        asked = set(items.get("properties", {})) if isinstance(items, Mapping) else set()
        if columns and len(asked & columns) >= max(2, len(columns) // 2):
            said = f"The request's {name} has the columns of the training data."
            advice = "Name the data in product.yaml, at data: a request holds what is new."
            yield Outcome("habits: request", "failed", said, advice)


def _columns(candidate: Candidate) -> set[str]:
    found: set[str] = set()
    for path in candidate.tables:
        if path.suffix in (".csv", ".txt"):
            with path.open(errors="replace") as lines:
                found |= {name.strip().strip('"') for name in lines.readline().split(",")}
    return found


def _locks(candidate: Candidate) -> Iterator[Outcome]:
    """Three locks; the production one is what is released, and every line of it is pinned with a hash."""
    for name in LOCKS:
        lock = candidate.product.folder / LOCK.format(name)
        if not lock.is_file():
            advice = f"Write {LOCK.format(name)}: uv pip compile --universal --generate-hashes --no-emit-index-url."
            yield Outcome("habits: locks", "failed", f"There is no {LOCK.format(name)}.", advice)
        elif wrong := unpinned(lock.read_text()):
            said = f"{LOCK.format(name)}, line {wrong[0]}: not pinned to one version with a hash."
            yield Outcome("habits: locks", "failed", said, "Make the lock anew, with hashes.")


def unpinned(lock: str) -> list[int]:
    """The lines of a lock that are not pinned to one version and a hash.

    >>> unpinned("numpy==2.4.6 --hash=sha256:00\\npandas>=2\\n")
    [2]
    """
    joined, numbers, start = [], [], 0
    for number, line in enumerate(lock.splitlines(), 1):
        if start == 0:
            start = number
            joined.append("")
            numbers.append(number)
        joined[-1] += line.rstrip("\\")
        if not line.endswith("\\"):
            start = 0
    return [
        number
        for number, line in zip(numbers, joined, strict=True)
        if line.strip() and not line.lstrip().startswith(("#", "--")) and not _sound(line)
    ]


def _sound(line: str) -> bool:
    return _PINNED.match(line.strip()) is not None and "--hash=sha256:" in line


def _pickles(candidate: Candidate) -> Iterator[Outcome]:
    folder = candidate.product.folder
    for file in sorted(folder.rglob("*")):
        if LEFT_OUT & set(file.parts) or not file.is_file():
            continue
        if why := danger(file.name, file.read_bytes()):
            said = f"{file.relative_to(folder)} {why}."
            advice = "Keep models as skops, ONNX or Paceline's own format."
            yield Outcome("habits: pickle", "failed", said, advice)
