"""The messages of one kind as columns: what their definitions say, planned once and gathered by a kernel.

A definition is parsed once however often the file repeats it, and only when its messages are asked for.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from paceline.record.formats import fit_kernels as kernels
from paceline.record.formats.fit_chain import Index
from paceline.record.formats.fit_profile import BASE_TYPES, BaseType, FieldProfile, base_type, message
from paceline.record.recordings import Problem

Floats = npt.NDArray[np.float64]
Key = tuple[int, int]
"""(-1, field number) of a native field, (developer index, field number) of a developer's."""

NATIVE = -1
BYTE = BASE_TYPES["byte"]
CELLS_PER_BYTE = 8
CELLS_FREE = 4096
"""A kind of message gets at most this many cells for each byte it has in the file, and so many for nothing."""


class Place(NamedTuple):
    """One field of a definition: which one, where behind the message's header, how many bytes of what."""

    key: Key
    at: int
    size: int
    code: int


@dataclass(frozen=True, slots=True)
class Definition:
    """What a definition message says.

    Attributes:
        number: the global message number.
        big: whether its numbers are big-endian.
        places: its fields, the developers' behind the native ones.
        size: bytes of a message, with its header.
    """

    number: int
    big: bool
    places: tuple[Place, ...]
    size: int


@dataclass(frozen=True, slots=True)
class DeveloperField:
    """What the file itself says about a developer field.

    Attributes:
        name: as the developer calls it.
        base: its base type.
        scale: value = stored / scale - offset.
        offset: see `scale`.
        unit: as the developer writes it.
        native_message: number of the message that it is a field of, or None.
        native_field: number of the native field that it stands for, or None.
    """

    name: str
    base: BaseType
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    native_message: int | None = None
    native_field: int | None = None


Described = Mapping[Key, DeveloperField]


@dataclass
class Columns:
    """What was gathered.

    Attributes:
        numbers: field → (row,) or, for arrays, (row, element), float64 scaled; NaN where absent.
        texts: field → (row,), object: str or None.
        problems: what could not be kept as it stood.
    """

    numbers: dict[Key, Floats] = field(default_factory=dict)
    texts: dict[Key, npt.NDArray[np.object_]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Element:
    """How a field of a definition is read: `count` numbers of `width` bytes each.

    Attributes:
        kind: of their base type: "u"nsigned, "i" signed, "f" loat, "s"tring or "b" ytes.
        width: bytes of one number, fewer than the base type has where the file gives it fewer.
        count: how many.
        invalid: the bits of an absent number, as a signed 64-bit integer; -1 where every number counts.
        word: the kernel's word for the kind: 0 unsigned, 1 signed, 2 floating.
    """

    kind: str
    width: int
    count: int
    invalid: int
    word: int = 0


class Field(NamedTuple):
    """One field of a definition, ready to be read: value = number / scale - shift."""

    key: Key
    at: int
    element: Element
    scaling: tuple[float, float]


Layout = Mapping[int, tuple[Field, ...]]
"""Definition → its fields."""


def definition(index: Index, slot: int) -> Definition:
    """Parse one of the file's different definitions."""
    at, length = (int(cell) for cell in index.definitions[slot])
    raw = index.data[at : at + length].tobytes()
    big = raw[2] != 0
    number: int = struct.unpack_from(">H" if big else "<H", raw, 3)[0]
    places: list[Place] = []
    offset, native = 1, 6 + 3 * raw[5]
    for k, (first, size, third) in enumerate(_triples(raw[6:native] + raw[native + 1 :])):
        developer = k >= raw[5]
        places.append(Place((third if developer else NATIVE, first), offset, size, third))
        offset += size
    return Definition(number, big, tuple(places), offset)


def _triples(raw: bytes) -> Iterator[tuple[int, int, int]]:
    yield from zip(raw[::3], raw[1::3], raw[2::3], strict=True)


def gathered(index: Index, rows: npt.NDArray[np.intp], described: Described) -> Columns:
    """The fields of the messages `rows`, which are all of one kind."""
    columns = Columns()
    counts = _counts(index.slots[rows])
    used = {slot: definition(index, slot) for slot in counts}
    layout = {slot: tuple(_fields(read, described)) for slot, read in used.items()}
    widths, cells = _widths(layout, counts)
    budget = CELLS_PER_BYTE * sum(counts[slot] * read.size for slot, read in used.items()) + CELLS_FREE
    kept = _within(widths, cells, len(rows), budget)
    if len(kept) < len(widths):
        message_text = f"{len(widths) - len(kept)} fields that hardly ever occur were left out."
        columns.problems.append(Problem("sparse", message_text, int(index.where[rows[0]])))
    if kept:
        plan = _plan(layout, kept, big={slot: read.big for slot, read in used.items()})
        _gather(index, rows, layout, kept, plan, columns)
    _texts(index, rows, layout, budget, columns)
    return columns


def _counts(slots: npt.NDArray[np.uint16]) -> dict[int, int]:
    """Definition → how many messages follow it, in time that grows with the messages and not with the definitions."""
    if len(slots) < 256:
        return dict(sorted(Counter(slots.tolist()).items()))
    counts = np.bincount(slots)
    return {slot: int(counts[slot]) for slot in np.flatnonzero(counts).tolist()}


def _fields(read: Definition, described: Described) -> Iterator[Field]:
    profile = message(read.number).fields
    for key, at, size, code in read.places:
        if size == 0:
            continue
        native = key[0] == NATIVE
        known: FieldProfile | DeveloperField | None = profile.get(key[1]) if native else described.get(key)
        scaling = (1.0, 0.0) if known is None else (known.scale, known.offset)
        if not native:
            base = described[key].base if key in described else BYTE
        yield Field(key, at, _element(code if native else base.code, size), scaling)


@lru_cache(maxsize=4096)
def _element(code: int, size: int) -> Element:
    """How `size` bytes of a base type are read.

    A whole number of elements is an array. An integer in fewer bytes than its type has (COROS writes a uint32 in one)
    is an integer of that width; any other size that does not fit is read as bytes.
    """
    base = base_type(code) or BYTE
    if base.kind == "s":
        return Element("s", 1, size, 0)
    word = {"i": 1, "f": 2}.get(base.kind, 0)
    if size % base.size == 0:
        invalid = base.invalid if base.kind != "b" or size == 1 else -1
        signed = invalid - (1 << 64) if invalid >= 1 << 63 else invalid
        return Element(base.kind, base.size, size // base.size, signed, word)
    if size < base.size and base.kind in "ui":
        return Element(base.kind, size, 1, base.invalid >> 8 * (base.size - size), word)
    return Element("b", 1, size, -1)


def oddities(index: Index, described: Described) -> Iterator[Problem]:
    """Sizes that do not fit their type, types that do not exist and developer fields that nothing describes.

    One problem a kind of message: it names the first such field; `count` is how many fields of messages are so.
    """
    counts = _counts(index.slots)
    found: Counter[tuple[str, int]] = Counter()
    first: dict[tuple[str, int], tuple[str, int]] = {}
    for slot in counts:
        read = definition(index, slot)
        for place in read.places:
            kind, text = _oddity(read, place, described)
            if kind:
                first.setdefault((kind, read.number), (text, int(index.definitions[slot][0])))
                found[kind, read.number] += counts[slot]
    for (kind, number), (text, at) in first.items():
        yield Problem(kind, text, at, count=found[kind, number])


def _oddity(read: Definition, place: Place, described: Described) -> tuple[str, str]:
    name = message(read.number).name
    developer, number = place.key
    if developer != NATIVE:
        if place.key in described:
            base = described[place.key].base
            if place.size % base.size == 0:
                return "", ""
            text = f"Developer field {number} of {name} has {place.size} bytes, {base.name} has {base.size}."
            return "field_size", text
        return "developer_field", f"Developer field {number} of {name} is described nowhere; it was read as bytes."
    base_or_none = base_type(place.code)
    if base_or_none is None:
        return "base_type", f"Field {number} of {name} has the unknown base type {place.code}; it was read as bytes."
    if place.size % base_or_none.size:
        text = f"Field {number} of {name} has {place.size} bytes, {base_or_none.name} has {base_or_none.size}."
        return "field_size", text
    return "", ""


def _widths(layout: Layout, counts: Mapping[int, int]) -> tuple[dict[Key, int], dict[Key, int]]:
    """For each numeric field, the most elements it ever has, and how many cells are filled."""
    widths: dict[Key, int] = {}
    cells: dict[Key, int] = {}
    for slot, fields in layout.items():
        times = counts[slot]
        for key, _, element, _ in fields:
            if element.kind != "s":
                count = element.count
                widths[key] = max(widths.get(key, 0), count)
                cells[key] = cells.get(key, 0) + count * times
    return widths, cells


def _within(widths: dict[Key, int], cells: dict[Key, int], rows: int, budget: int) -> dict[Key, tuple[int, int]]:
    """Which columns each field gets: (first, how many). Where not all fit, the emptiest fields get none."""
    keys = list(widths)
    if sum(widths.values()) * rows > budget:
        keys.sort(key=lambda key: -cells[key] / widths[key])
    places: dict[Key, tuple[int, int]] = {}
    first = 0
    for key in keys:
        if (first + widths[key]) * rows > budget:
            break
        places[key] = first, widths[key]
        first += widths[key]
    return places


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What `kernels.gather` does for each definition; its arguments of the same names say more."""

    first: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int64]
    scales: Floats
    shifts: Floats


def _plan(layout: Layout, kept: Mapping[Key, tuple[int, int]], *, big: Mapping[int, bool]) -> Plan:
    first = np.zeros(max(layout) + 2, np.int64)
    steps: list[tuple[int, int, int, bool, int, int]] = []
    scaling: list[tuple[float, float]] = []
    for slot, fields in layout.items():
        before = len(steps)
        order = big[slot]
        for key, at, element, scaled in fields:
            if element.kind == "s" or key not in kept:
                continue
            column, width, word, invalid = kept[key][0], element.width, element.word, element.invalid
            for k in range(element.count):
                steps.append((column + k, at + k * width, width, order, word, invalid))
                scaling.append(scaled)
        first[slot + 1] = len(steps) - before
    scales = np.array(scaling, np.float64).reshape(-1, 2)
    return Plan(np.cumsum(first), np.array(steps, np.int64).reshape(-1, 6), scales[:, 0].copy(), scales[:, 1].copy())


def _gather(
    index: Index,
    rows: npt.NDArray[np.intp],
    layout: Layout,
    kept: Mapping[Key, tuple[int, int]],
    plan: Plan,
    columns: Columns,
) -> None:
    """Run the kernel over the plan, and cut its block of columns into fields."""
    total = sum(width for _, width in kept.values())
    complete = all(_filled(fields, kept) == total for fields in layout.values())
    block = np.empty((total, len(rows))) if complete else np.full((total, len(rows)), np.nan)
    arrays = plan.first, plan.steps, plan.scales, plan.shifts
    kernels.gather(index.data, index.where[rows], index.slots[rows], *arrays, block)
    for key, (begin, width) in kept.items():
        columns.numbers[key] = block[begin] if width == 1 else block[begin : begin + width].T
    bytewise = {f.key for fields in layout.values() for f in fields if f.element.kind == "b" and f.element.count > 1}
    for key in bytewise & kept.keys():
        values = columns.numbers[key]
        values[np.all((values == 0xFF) | np.isnan(values), axis=1)] = np.nan


def _filled(fields: tuple[Field, ...], kept: Mapping[Key, tuple[int, int]]) -> int:
    """How many columns a message of this layout fills."""
    return sum({key: element.count for key, _, element, _ in fields if key in kept and element.kind != "s"}.values())


def _texts(index: Index, rows: npt.NDArray[np.intp], layout: Layout, budget: int, columns: Columns) -> None:
    """The text fields, each (row,): what stands before the first NUL; None where that is nothing."""
    texts = {slot: [field for field in fields if field.element.kind == "s"] for slot, fields in layout.items()}
    keys = dict.fromkeys(field.key for found in texts.values() for field in found)
    if not keys:
        return
    columns.texts = {key: np.full(len(rows), None, object) for key in list(keys)[: max(1, budget // len(rows))]}
    broken: list[int] = []
    for row, (at, slot) in enumerate(zip(index.where[rows].tolist(), index.slots[rows].tolist(), strict=True)):
        for key, begin, element, _ in texts[slot]:
            raw = index.data[at + begin : at + begin + element.count].tobytes().partition(b"\0")[0]
            text = raw.decode("utf-8", "replace") or None
            if key in columns.texts:
                columns.texts[key][row] = text
            if text and "\ufffd" in text:
                broken.append(at + begin)
    if broken:
        message_text = "A text is not UTF-8; the bytes that are not were replaced."
        columns.problems.append(Problem("text", message_text, broken[0], count=len(broken)))
