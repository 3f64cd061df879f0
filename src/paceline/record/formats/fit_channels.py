"""Which field of a FIT `record` is which channel.

Source: the FIT protocol's global profile for names and units; Paceline's catalogue for channels. What neither says,
this reader decides so:

- An enhanced field wins over the plain one; where it is absent the plain one stands in, reading by reading.
- A field that never has a reading is no channel.
- `left_right_balance` is the share of the right leg where its highest bit says so. Without that bit nobody knows whose
  share it is: the reading is missing, and a problem says how often.
- A developer field is the channel "developer.<name>" in its own unit. Where it says that it stands for a native field,
  or has the name of a channel of the catalogue, and the file has no native reading of that channel and its unit can be
  converted, it is that channel instead, and a note says so. Native readings are never mixed with a developer's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from paceline.domain.channels import CHANNELS, Channel
from paceline.domain.errors import UnknownName
from paceline.domain.units import UNITS, convert
from paceline.record.formats.fit_columns import DeveloperField, Floats
from paceline.record.formats.fit_messages import DEVELOPER, TIME_OFFSET, Messages
from paceline.record.formats.fit_profile import message
from paceline.record.recordings import Problem

RECORD = 20
SEMICIRCLE = UNITS["semicircle"].factor
RIGHT, SHARE = 0x80, 0x7F
RIGHT_100, SHARE_100 = 0x8000, 0x3FFF

FIELDS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "power": ("power", 1.0),
        "heart_rate": ("heart_rate", 1.0),
        "speed": ("enhanced_speed", 1.0),
        "distance": ("distance", 1.0),
        "altitude": ("enhanced_altitude", 1.0),
        "latitude": ("position_lat", SEMICIRCLE),
        "longitude": ("position_long", SEMICIRCLE),
        "gps_accuracy": ("gps_accuracy", 1.0),
        "slope": ("grade", 0.01),
        "vertical_speed": ("vertical_speed", 1.0),
        "temperature": ("temperature", 1.0),
        "core_temperature": ("core_temperature", 1.0),
        "pressure": ("absolute_pressure", 1.0),
        "left_torque_effectiveness": ("left_torque_effectiveness", 0.01),
        "right_torque_effectiveness": ("right_torque_effectiveness", 0.01),
        "left_pedal_smoothness": ("left_pedal_smoothness", 0.01),
        "right_pedal_smoothness": ("right_pedal_smoothness", 0.01),
        "left_platform_offset": ("left_pco", 0.001),
        "right_platform_offset": ("right_pco", 0.001),
        "accumulated_power": ("accumulated_power", 1.0),
        "resistance": ("resistance", 1 / 254),
        "muscle_oxygen": ("saturated_hemoglobin_percent", 0.01),
        "total_haemoglobin": ("total_hemoglobin_conc", 10.0),
        "respiration_rate": ("enhanced_respiration_rate", 1.0),
        "energy": ("calories", 4184.0),
        "vertical_oscillation": ("vertical_oscillation", 0.001),
        "stance_time": ("stance_time", 0.001),
        "stance_time_share": ("stance_time_percent", 0.01),
        "step_length": ("step_length", 0.001),
        "vertical_ratio": ("vertical_ratio", 0.01),
    }
)
"""Channel → field of `record`, and how many of the channel's units are in one of the field's."""

PHASES: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        f"{side}_power_phase_{end}": (f"{side}_power_phase", k)
        for side in ("left", "right")
        for k, end in enumerate(("start", "end"))
    }
)
"""Channel → field of `record` that is an array, and the element of it."""

_PLAIN = {"speed": "enhanced_speed", "altitude": "enhanced_altitude", "respiration_rate": "enhanced_respiration_rate"}
_CHANNEL_OF = {field: channel for channel, (field, _) in FIELDS.items()} | {"cadence": "cadence"}


class Channels(NamedTuple):
    """What the records of a file hold.

    Attributes:
        values: channel → (row,), float64 in the channel's unit.
        described: channels that the catalogue does not have.
        notes: channel → which developer field it was taken from.
        problems: what could not be used.
    """

    values: dict[str, Floats]
    described: dict[str, Channel]
    notes: dict[str, str]
    problems: tuple[Problem, ...]


def channels(records: Messages, developer: Mapping[str, DeveloperField]) -> Channels:
    """The channels of `record` messages, native ones first."""
    values = {name: column for name, column in _native(records) if not np.isnan(column).all()}
    problems = tuple(_unsided(records))
    described: dict[str, Channel] = {}
    notes: dict[str, str] = {}
    for name, field in developer.items():
        column = records.numbers.get(name)
        if column is None or column.ndim > 1 or name == TIME_OFFSET or np.isnan(column).all():
            continue
        channel = _stands_for(name, field)
        served = _converted(column, field, channel) if channel and channel not in values else None
        if served is not None and channel:
            values[channel] = served
            notes[channel] = f"developer field {field.name!r}"
        else:
            values[name] = column
            described[name] = Channel(name, field.unit, -math.inf, math.inf, f"Developer field {field.name!r}.")
    return Channels(values, described, notes, problems)


def left_share(stored: Floats, *, right: int, share: int) -> Floats:
    """The left leg's share of the power, 0 to 1, from the stored balance; NaN where it does not say whose share it is.

    Args:
        stored: any shape, the field as stored: percent in `record`, hundredths of a percent in laps and sessions.
        right: the bit that says that the share is the right leg's.
        share: the bits of the share.

    >>> left_share(np.array([0x80 + 48.0, 48.0]), right=0x80, share=0x7F).tolist()
    [0.52, nan]
    """
    known = ~np.isnan(stored)
    bits = np.where(known, stored, 0.0).astype(np.int64)
    part = (bits & share) / (100.0 if share == SHARE else 10_000.0)
    return np.where(known & (bits & right != 0) & (part <= 1.0), 1.0 - part, np.nan)


def _native(records: Messages) -> Iterator[tuple[str, Floats]]:
    numbers = records.numbers
    for channel, (field, factor) in FIELDS.items():
        if field in numbers:
            column = records.column(field)
            yield channel, column if factor == 1.0 else column * factor
    if "cadence" in numbers or "cadence256" in numbers:
        yield "cadence", _cadence(records)
    if "left_right_balance" in numbers:
        yield "left_balance", left_share(records.column("left_right_balance"), right=RIGHT, share=SHARE)
    for channel, (field, k) in PHASES.items():
        pair = records.array(field)
        if pair.shape[1] > k:
            yield channel, pair[:, k]


def _cadence(records: Messages) -> Floats:
    """Whole turns a minute and, where it was recorded, the fraction; else the one field that has both."""
    fraction = np.nan_to_num(records.column("fractional_cadence"))
    whole = records.column("cadence") + fraction
    return np.where(np.isnan(whole), records.column("cadence256"), whole)


def _unsided(records: Messages) -> Iterator[Problem]:
    stored = records.column("left_right_balance")
    unsided = ~np.isnan(stored) & (np.where(np.isnan(stored), 0.0, stored).astype(np.int64) & RIGHT == 0)
    if unsided.any():
        text = "A balance does not say which leg's share it is; it is missing."
        at = int(records.offsets[np.argmax(unsided)])
        yield Problem("balance", text, at, count=int(unsided.sum()))


def _stands_for(name: str, field: DeveloperField) -> str | None:
    """The channel that a developer field may serve, by the native field that it names or by its own name."""
    if field.native_field is not None and field.native_message in (None, RECORD):
        native = message(RECORD).fields.get(field.native_field)
        if native is not None:
            return _CHANNEL_OF.get(_PLAIN.get(native.name, native.name))
    own = name.removeprefix(DEVELOPER)
    return own if own in CHANNELS else None


def _converted(column: Floats, field: DeveloperField, channel: str) -> Floats | None:
    """The readings in the channel's unit, or None where theirs is not one of its quantity."""
    unit = CHANNELS[channel].unit
    if not field.unit:
        return column if unit == "1" else None
    try:
        return convert(column, unit=field.unit, to=unit)
    except UnknownName:
        return None
