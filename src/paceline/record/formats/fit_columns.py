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
        base: their base type.
        width: bytes of one number, fewer than the base type has where the file gives it fewer.
        count: how many.
        invalid: the bits of an absent number, as a signed 64-bit integer; -1 where every number counts.
    """

    base: BaseType
    width: int
    count: int
    invalid: int

    @property
    def kind(self) -> int:
        """The kernel's word for it: 0 unsigned, 1 signed, 2 floating."""
        return {"i": 1, "f": 2}.get(self.base.kind, 0)


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
    slots = index.slots[rows]
    counts = _counts(slots)
    used = {slot: definition(index, slot) for slot in counts}
    layout = {slot: tuple(_elements(d, described)) for slot, d in used.items()}
    widths, cells = _widths(layout, counts)
    budget = CELLS_PER_BYTE * sum(counts[slot] * d.size for slot, d in used.items()) + CELLS_FREE
    kept = _within(widths, cells, len(rows), budget)
    if len(kept) < len(widths):
        message_text = f"{len(widths) - len(kept)} fields that hardly ever occur were left out."
        columns.problems.append(Problem("sparse", message_text, int(index.where[rows[0]])))
    if kept:
        _gather(index, rows, slots, used, layout, kept, described, columns)
    _texts(index, rows, layout, budget, columns)
    return columns


def _counts(slots: npt.NDArray[np.uint16]) -> dict[int, int]:
    """Definition → how many messages follow it, in time that grows with the messages and not with the definitions."""
    if len(slots) < 256:
        return dict(sorted(Counter(slots.tolist()).items()))
    counts = np.bincount(slots)
    return {slot: int(counts[slot]) for slot in np.flatnonzero(counts).tolist()}


def _elements(read: Definition, described: Described) -> Iterator[tuple[Place, Element]]:
    for place in read.places:
        if place.size == 0:
            continue
        if place.key[0] == NATIVE:
            base = base_type(place.code) or BYTE
        else:
            base = described[place.key].base if place.key in described else BYTE
        yield place, _element(base, place.size)


@lru_cache(maxsize=4096)
def _element(base: BaseType, size: int) -> Element:
    """How `size` bytes of a base type are read.

    A whole number of elements is an array. An integer in fewer bytes than its type has (COROS writes a uint32 in one)
    is an integer of that width; any other size that does not fit is read as bytes.
    """
    if base.kind == "s":
        return Element(base, 1, size, 0)
    if size % base.size == 0:
        invalid = base.invalid if base.kind != "b" or size == 1 else -1
        return Element(base, base.size, size // base.size, invalid - (1 << 64) if invalid >= 1 << 63 else invalid)
    if size < base.size and base.kind in "ui":
        return Element(base, size, 1, base.invalid >> 8 * (base.size - size))
    return Element(BYTE, 1, size, -1)


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


Layout = Mapping[int, tuple[tuple[Place, Element], ...]]


def _widths(layout: Layout, counts: Mapping[int, int]) -> tuple[dict[Key, int], dict[Key, int]]:
    """For each numeric field, the most elements it ever has, and how many cells are filled."""
    widths: dict[Key, int] = {}
    cells: dict[Key, int] = {}
    for slot, elements in layout.items():
        for place, element in elements:
            if element.base.kind != "s":
                widths[place.key] = max(widths.get(place.key, 0), element.count)
                cells[place.key] = cells.get(place.key, 0) + element.count * counts[slot]
    return widths, cells


def _within(widths: dict[Key, int], cells: dict[Key, int], rows: int, budget: int) -> dict[Key, tuple[int, int]]:
    """Which columns each field gets: (first, how many). Where not all fit, the emptiest fields get none."""
    if sum(widths.values()) * rows > budget:
        density = {key: cells[key] / widths[key] for key in widths}
        allowed: dict[Key, int] = {}
        for key in sorted(widths, key=lambda key: -density[key]):
            if (sum(allowed.values()) + widths[key]) * rows > budget:
                break
            allowed[key] = widths[key]
        widths = allowed
    places: dict[Key, tuple[int, int]] = {}
    first = 0
    for key, width in widths.items():
        places[key] = first, width
        first += width
    return places


def _scaling(read: Definition, key: Key, described: Described) -> tuple[float, float]:
    known: FieldProfile | DeveloperField | None
    known = message(read.number).fields.get(key[1]) if key[0] == NATIVE else described.get(key)
    return (1.0, 0.0) if known is None else (known.scale, known.offset)


def _gather(
    index: Index,
    rows: npt.NDArray[np.intp],
    slots: npt.NDArray[np.uint16],
    used: Mapping[int, Definition],
    layout: Layout,
    kept: dict[Key, tuple[int, int]],
    described: Described,
    columns: Columns,
) -> None:
    """Run the kernel over the plan, and cut its block of columns into fields."""
    first, plan, scales, shifts = _plan(len(index.definitions), used, layout, kept, described)
    total = sum(width for _, width in kept.values())
    complete = all(_filled(elements, kept) == total for elements in layout.values())
    block = np.empty((total, len(rows))) if complete else np.full((total, len(rows)), np.nan)
    kernels.gather(index.data, index.where[rows], slots, first, plan, scales, shifts, block)
    for key, (begin, width) in kept.items():
        columns.numbers[key] = block[begin] if width == 1 else block[begin : begin + width].T
    for key in {p.key for e in layout.values() for p, element in e if element.base is BYTE and element.count > 1}:
        if key in kept:
            values = columns.numbers[key]
            values[np.all((values == 0xFF) | np.isnan(values), axis=1)] = np.nan


def _filled(elements: tuple[tuple[Place, Element], ...], kept: dict[Key, tuple[int, int]]) -> int:
    return sum({place.key: element.count for place, element in elements if place.key in kept}.values())


def _plan(
    definitions: int,
    used: Mapping[int, Definition],
    layout: Layout,
    kept: dict[Key, tuple[int, int]],
    described: Described,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats, Floats]:
    """What `kernels.gather` does for each definition: (definition + 1,) first steps; (step, 6); (step,); (step,)."""
    first = np.zeros(definitions + 1, np.int64)
    steps: list[tuple[int, int, int, int, int, int]] = []
    scaling: list[tuple[float, float]] = []
    done = 0
    for slot in sorted(used):
        first[done : slot + 1] = len(steps)
        done = slot + 1
        big = int(used[slot].big)
        for place, element in layout[slot]:
            if element.base.kind == "s" or place.key not in kept:
                continue
            column, width, at, tail = kept[place.key][0], element.width, place.at, (element.kind, element.invalid)
            steps += [(column + k, at + k * width, width, big, *tail) for k in range(element.count)]
            scaling += [_scaling(used[slot], place.key, described)] * element.count
    first[done:] = len(steps)
    scales = np.array(scaling, np.float64).reshape(-1, 2)
    return first, np.array(steps, np.int64).reshape(-1, 6), scales[:, 0].copy(), scales[:, 1].copy()


def _texts(index: Index, rows: npt.NDArray[np.intp], layout: Layout, budget: int, columns: Columns) -> None:
    """The text fields, each (row,): what stands before the first NUL; None where that is nothing."""
    places = {slot: [p for p, element in elements if element.base.kind == "s"] for slot, elements in layout.items()}
    keys = dict.fromkeys(place.key for found in places.values() for place in found)
    columns.texts = {key: np.full(len(rows), None, object) for key in list(keys)[: max(1, budget // len(rows))]}
    broken: list[int] = []
    for row, (at, slot) in enumerate(zip(index.where[rows], index.slots[rows], strict=True)) if keys else ():
        for place in places[int(slot)]:
            begin = int(at) + place.at
            raw = index.data[begin : begin + place.size].tobytes().partition(b"\0")[0]
            text = raw.decode("utf-8", "replace") or None
            if place.key in columns.texts:
                columns.texts[place.key][row] = text
            if text and "\ufffd" in text:
                broken.append(begin)
    if broken:
        message_text = "A text is not UTF-8; the bytes that are not were replaced."
        columns.problems.append(Problem("text", message_text, broken[0], count=len(broken)))
