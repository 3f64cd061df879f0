"""Readings that are packed into other fields, and fields whose meaning depends on another one.

A `compressed_speed_distance` is a speed and the low bits of a growing distance; the `data` of a gear change are four
gears. Both follow from the profile alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, MutableMapping

import numpy as np
import numpy.typing as npt

from paceline.record.formats.fit_profile import BASE_TYPES, Component, FieldProfile, MessageProfile

Floats = npt.NDArray[np.float64]
Columns = MutableMapping[str, Floats]


def expand(columns: Columns, profile: MessageProfile) -> None:
    """Add what the fields of a message hold besides themselves; what was recorded on its own is never overwritten.

    Args:
        columns: field name → (row,) or (row, element), scaled; NaN where absent. Changed in place.
        profile: of the message.
    """
    packed = [field for field in profile.fields.values() if field.components]
    for field in sorted(packed, key=_is_renamed):
        if field.name in columns:
            _unpack(columns, field, columns[field.name], profile)
    for field in profile.fields.values():
        if field.subfields and field.name in columns and columns[field.name].ndim == 1:
            _resolve(columns, field, profile)


def _is_renamed(field: FieldProfile) -> bool:
    """Whether it holds one reading of another field, as `speed` of `enhanced_speed`; it may come out of a third one."""
    return len(field.components) == 1 and not field.components[0].accumulated


def _resolve(columns: Columns, field: FieldProfile, profile: MessageProfile) -> None:
    """The subfields of one field, each in the rows in which its condition holds."""
    stored = (columns[field.name] + field.offset) * field.scale
    for subfield in field.subfields:
        holds = np.zeros(stored.shape, bool)
        for number, value in subfield.when:
            reference = columns.get(profile.fields[number].name) if number in profile.fields else None
            if reference is not None and reference.ndim == 1:
                holds |= reference == value
        if holds.any():
            values = np.where(holds, stored / subfield.scale - subfield.offset, np.nan)
            _add(columns, subfield.name, values)
            if subfield.components:
                _unpack(columns, subfield, values, profile)


def _unpack(columns: Columns, field: FieldProfile, values: Floats, profile: MessageProfile) -> None:
    bits = 8 * BASE_TYPES[field.base_type].size
    first = field.components[0]
    whole = _is_renamed(field) and first.bits >= bits and values.ndim == 1
    if whole and (first.scale, first.offset) == (field.scale, field.offset):
        if first.field in profile.fields:
            _add(columns, profile.fields[first.field].name, values)
        return
    stored = np.rint((values + field.offset) * field.scale).reshape(len(values), -1)
    at = 0
    targets: dict[int, list[tuple[Component, Floats]]] = {}
    for part in field.components:
        if at + part.bits <= bits * stored.shape[1]:
            targets.setdefault(part.field, []).append((part, _bits(stored, bits, at, part.bits)))
        at += part.bits
    for number, parts in targets.items():
        if number in profile.fields:
            _add_parts(columns, profile.fields[number], parts)


def _bits(stored: Floats, width: int, at: int, bits: int) -> Floats:
    """(row,): `bits` bits from bit `at` on of (row, element) integers of `width` bits; NaN where one is absent."""
    elements = range(at // width, (at + bits - 1) // width + 1)
    absent = np.isnan(stored[:, elements.start : elements.stop]).any(axis=1)
    value = np.zeros(len(stored), np.int64)
    for k in elements:
        element = np.where(absent, 0.0, stored[:, k]).astype(np.int64)
        shift = k * width - at
        value |= element << shift if shift >= 0 else element >> -shift
    return np.where(absent, np.nan, (value & ((1 << bits) - 1)).astype(np.float64))


def _add_parts(columns: Columns, target: FieldProfile, parts: list[tuple[Component, Floats]]) -> None:
    """Scale the parts that are readings of one field; several are an array in the order of time."""
    component = parts[0][0]
    stored = np.stack([values for _, values in parts], axis=1)
    known = columns.get(target.name)
    base = BASE_TYPES[target.base_type]
    if component.accumulated:
        seeds = None if known is None else (known + component.offset) * component.scale
        stored = accumulated(stored, component.bits, seeds)
    elif component.bits == 8 * base.size:
        stored = np.where(stored == base.invalid, np.nan, stored)
    values = stored / component.scale - component.offset
    _add(columns, target.name, values[:, 0] if len(parts) == 1 else values)


def accumulated(low: Floats, bits: int, seeds: Floats | None = None) -> Floats:
    """A growing total of which only the low bits were recorded.

    Args:
        low: (row, element), the low bits in the order of time, row by row; NaN where absent.
        bits: how many there are; the total is taken to grow by less than 2**bits from one reading to the next.
        seeds: (row,) or (row, element), the total itself where it was recorded, NaN elsewhere; read before the low
            bits of the same row. Without a seed the total begins at the first reading.

    Returns:
        (row, element), the totals; NaN where `low` is.

    >>> accumulated(np.array([[250.0], [4.0], [np.nan], [6.0]]), 8).ravel().tolist()   # 256 is passed once
    [250.0, 260.0, nan, 262.0]
    """
    known = np.empty((len(low), 0)) if seeds is None else seeds.reshape(len(low), -1)
    both = np.concatenate([known, low], axis=1)
    order = np.flatnonzero(~np.isnan(both.ravel()))
    total = np.full(both.size, np.nan)
    if order.size:
        is_seed = order % both.shape[1] < known.shape[1]
        readings = both.ravel()[order].astype(np.int64)
        steps = np.diff(readings, prepend=readings[:1]) & ((1 << bits) - 1)
        steps[is_seed] = 0
        grown = np.cumsum(steps)
        anchors = np.where(is_seed, np.arange(order.size), 0)
        anchor = np.maximum.accumulate(anchors)
        total[order] = readings[anchor] + grown - grown[anchor]
    return total.reshape(both.shape)[:, known.shape[1] :]


def _add(columns: Columns, name: str, values: Floats) -> None:
    """A new column, or the cells that an old one of the same name lacks."""
    known = columns.get(name)
    if known is None:
        columns[name] = values
        return
    if known.ndim == values.ndim == 1:
        missing = np.isnan(known)
        if missing.any():
            columns[name] = np.where(missing, values, known)
        return
    a, b = known.reshape(len(known), -1), values.reshape(len(values), -1)
    merged = np.full((len(a), max(a.shape[1], b.shape[1])), np.nan)
    merged[:, : b.shape[1]] = b
    rows = ~np.isnan(a).all(axis=1)
    merged[rows] = np.nan
    merged[rows, : a.shape[1]] = a[rows]
    columns[name] = merged


def unit_of(profile: MessageProfile, name: str) -> str:
    """The unit that the profile gives a field or subfield; "" where it has none."""
    return units(profile).get(name, "")


def units(profile: MessageProfile) -> Mapping[str, str]:
    """Field or subfield name → unit as the profile writes it."""
    fields = itertools.chain.from_iterable((field, *field.subfields) for field in profile.fields.values())
    return {field.name: field.unit for field in fields}
