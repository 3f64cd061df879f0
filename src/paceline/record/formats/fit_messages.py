"""Every message of a FIT file as columns, whether Paceline has a use for it or not.

>>> from paceline.record.formats.fit_messages import files
>>> files(b"")
()
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from paceline.record.formats import fit_kernels as kernels
from paceline.record.formats.fit_chain import Index, chain
from paceline.record.formats.fit_columns import NATIVE, Columns, DeveloperField, Floats, Key, gathered, oddities
from paceline.record.formats.fit_components import expand
from paceline.record.formats.fit_profile import EPOCH, base_type, message, message_named
from paceline.record.recordings import Problem

SECOND = 1_000_000_000
FIELD_DESCRIPTION = 206
DEVELOPER_DATA_ID = 207
DEVELOPER = "developer."
TIME_OFFSET = "developer.time_offset"
"""Parts of a second, s, where a developer field of that name and unit gives them: Paceline's own export writes it."""

COMMON = {253: "timestamp", 254: "message_index", 250: "part_index"}
"""Fields that mean the same in every message, known or not."""


@dataclass(frozen=True, eq=False)
class Messages:
    """All messages of one kind in one FIT file, in the order of the file.

    Attributes:
        number: the global message number.
        name: "record", "lap", …, or "message_65280" where the profile does not know it.
        rows: (row,), the place of each among all messages of the file.
        offsets: (row,), int32: byte of each message's header.
        time: (row,), int64 ns since 1970: its own time or, where it has none, that of the message before it.
        timed: (row,), bool: whether it has a time of its own.
        numbers: field name → (row,) or, for arrays, (row, element), float64 in the profile's units; NaN where absent.
            Packed fields and subfields stand beside the fields that they come from; developer fields are
            "developer.<name>", fields that the profile does not know "field_<number>".
        texts: field name → (row,), object: str or None.
    """

    number: int
    name: str
    rows: npt.NDArray[np.intp]
    offsets: npt.NDArray[np.int32]
    time: npt.NDArray[np.int64]
    timed: npt.NDArray[np.bool_]
    numbers: Mapping[str, Floats]
    texts: Mapping[str, npt.NDArray[np.object_]]

    def __len__(self) -> int:
        """How many messages there are."""
        return len(self.rows)

    def column(self, name: str) -> Floats:
        """(row,), the numbers of a field, the first element of an array; NaN where the file does not have the field."""
        values = self.numbers.get(name)
        if values is None:
            return np.full(len(self.rows), np.nan)
        return values if values.ndim == 1 else values[:, 0]

    def array(self, name: str) -> Floats:
        """(row, element), the numbers of a field; no elements where the file does not have the field."""
        values = self.numbers.get(name)
        return np.empty((len(self.rows), 0)) if values is None else values.reshape(len(self.rows), -1)

    def text(self, name: str) -> list[str | None]:
        """One text or None for each message."""
        values = self.texts.get(name)
        return [None] * len(self.rows) if values is None else values.tolist()


@dataclass(frozen=True, eq=False)
class FitFile:
    """One FIT file; several may be chained in one file on the disk.

    Attributes:
        index: where its messages lie.
    """

    index: Index

    @cached_property
    def _numbers(self) -> npt.NDArray[np.uint16]:
        """(definition,), the message number of each different definition."""
        index = self.index
        at = index.definitions[:, 0]
        low, high = index.data[at + 3].astype(np.uint16), index.data[at + 4].astype(np.uint16)
        return np.where(index.data[at + 2] != 0, low << 8 | high, high << 8 | low)

    @cached_property
    def counts(self) -> dict[int, int]:
        """Message number → how many there are, in the order in which they were first defined."""
        counts: dict[int, int] = {}
        of_definition = np.bincount(self.index.slots, minlength=len(self._numbers))
        for number, count in zip(self._numbers.tolist(), of_definition.tolist(), strict=True):
            if count:
                counts[number] = counts.get(number, 0) + count
        return counts

    def rows(self, number: int) -> npt.NDArray[np.intp]:
        """(row,), the places of the messages of one kind among all messages of the file."""
        if number not in self.counts:
            return np.empty(0, np.intp)
        return np.flatnonzero((self._numbers == number)[self.index.slots])

    def _all_rows(self) -> dict[int, npt.NDArray[np.intp]]:
        """`rows` of every kind; sorted once, as a hostile file may have sixty thousand kinds."""
        numbers = self._numbers[self.index.slots]
        order = np.argsort(numbers, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
        return {int(numbers[part[0]]): part for part in parts if part.size}

    @cached_property
    def _described(self) -> dict[Key, DeveloperField]:
        rows = self.rows(FIELD_DESCRIPTION)
        return _descriptions(self._read(FIELD_DESCRIPTION, rows, {})[0]) if rows.size else {}

    @property
    def developer_fields(self) -> Mapping[str, DeveloperField]:
        """ "developer.<name>" → what the file says about it."""
        return {name: self._described[key] for key, name in self._developer_names.items()}

    @cached_property
    def _developer_names(self) -> dict[Key, str]:
        names: dict[Key, str] = {}
        for key, field in self._described.items():
            name = DEVELOPER + (_snake(field.name) or f"{key[0]}_{key[1]}")
            names[key] = name if name not in names.values() else f"{name}_{key[0]}_{key[1]}"
        return names

    def messages(self, kind: str | int) -> Messages:
        """All messages of one kind, by name or number; without rows where the file has none.

        Raises:
            KeyError: the profile has no message of that name.
        """
        number = message_named(kind).number if isinstance(kind, str) else kind
        return self._read(number, self.rows(number), self._described)[0]

    def read(self, number: int) -> tuple[Messages, tuple[Problem, ...]]:
        """`messages`, and what of them could not be kept as it stood."""
        messages, problems = self._read(number, self.rows(number), self._described)
        return messages, tuple(problems)

    def oddities(self) -> tuple[Problem, ...]:
        """What is odd about the definitions of all messages; no message is read for it."""
        return tuple(oddities(self.index, self._described))

    @np.errstate(over="ignore", invalid="ignore")  # a float that is no integer is garbage whatever becomes of it
    def _read(
        self, number: int, rows: npt.NDArray[np.intp], described: dict[Key, DeveloperField]
    ) -> tuple[Messages, list[Problem]]:
        columns = gathered(self.index, rows, described) if rows.size else Columns()
        profile = message(number)
        names = self._developer_names if described else {}
        numbers = {_name(number, key, names): values for key, values in columns.numbers.items()}
        texts = {_name(number, key, names): values for key, values in columns.texts.items()}
        self._stamp(rows, numbers)
        expand(numbers, profile)
        place = rows, self.index.where[rows], self._time(rows, numbers), self.index.clocks[rows] != kernels.NO_CLOCK
        return Messages(number, profile.name, *place, numbers, texts), columns.problems

    def _stamp(self, rows: npt.NDArray[np.intp], numbers: dict[str, Floats]) -> None:
        """Messages with a compressed header have their time there."""
        compressed = self.index.clocks[rows] == kernels.COMPRESSED_CLOCK
        if compressed.any():
            known = numbers.get("timestamp", np.full(len(rows), np.nan))
            if known.ndim == 1:
                numbers["timestamp"] = np.where(compressed, self.index.stamps[rows].astype(np.float64), known)

    def _time(self, rows: npt.NDArray[np.intp], numbers: Mapping[str, Floats]) -> npt.NDArray[np.int64]:
        time = (self.index.stamps[rows].astype(np.int64) + EPOCH) * SECOND
        for name, unit in (("fractional_timestamp", SECOND), ("timestamp_ms", 1_000_000), (TIME_OFFSET, SECOND)):
            part = numbers.get(name)
            if part is not None and part.ndim == 1:
                time += np.rint(np.nan_to_num(part) * unit).astype(np.int64)
        return time

    def all_messages(self) -> tuple[Messages, ...]:
        """Every kind of message, in the order in which they were first defined."""
        rows = self._all_rows()
        return tuple(self._read(number, rows[number], self._described)[0] for number in self.counts)

    def problems(self) -> tuple[Problem, ...]:
        """Everything that was wrong, of all messages; it takes as long as reading them all."""
        problems = [*self.index.problems, *self.oddities()]
        for number, rows in self._all_rows().items():
            problems += self._read(number, rows, self._described)[1]
        return tuple(problems)


def files(data: bytes) -> tuple[FitFile, ...]:
    """The FIT files in the bytes, in order; none where they hold no FIT header.

    Nothing is ever refused: what is wrong with a file is in its `problems()`.
    """
    return tuple(FitFile(index) for index in chain(data))


def _name(number: int, key: Key, names: Mapping[Key, str]) -> str:
    if key[0] != NATIVE:
        return names.get(key, f"{DEVELOPER}{key[0]}_{key[1]}")
    field = message(number).fields.get(key[1])
    return field.name if field else COMMON.get(key[1], f"field_{key[1]}")


def _snake(name: str) -> str:
    words = "".join(c.lower() if c.isalnum() else " " for c in name).split()
    return "_".join(words)


_DESCRIPTION = (
    *("developer_data_index", "field_definition_number", "fit_base_type_id"),
    *("scale", "offset", "native_mesg_num", "native_field_num"),
)


def _descriptions(described: Messages) -> dict[Key, DeveloperField]:
    """What the file says about its developer fields; the last word counts where it speaks twice."""
    found: dict[Key, DeveloperField] = {}
    facts = [described.column(name).tolist() for name in _DESCRIPTION]
    texts = described.text("field_name"), described.text("units")
    for *numbers, name, unit in zip(*facts, *texts, strict=True):
        developer, number, code, scale, offset, *native = (int(n) if math.isfinite(n) else None for n in numbers)
        base = None if code is None else base_type(code)
        if developer is not None and number is not None and base is not None:
            field = DeveloperField(name or "", base, float(scale or 1), float(offset or 0), unit or "", *native)
            found[developer, number] = field
    return found
