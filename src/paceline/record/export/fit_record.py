"""Samples as FIT `record` and `hrv` messages: which channel goes into which field.

A channel that the protocol has a field for goes there, rounded to what the field resolves; every other one becomes a
developer field, a float64 that is described in the file, and loses nothing. FIT counts whole seconds: where a clock has
parts of a second, they stand in the developer field "time_offset", s, to be added to the message's own time.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import WriteError
from paceline.record.export.fit_layout import NAME, Column, Messages, column, float_bits, stored, text_column
from paceline.record.formats.fit_profile import EPOCH, RELATIVE, message_named
from paceline.record.streams import Floats, Nanoseconds, Stream

_SEMICIRCLES = 2**31 / 180.0

FIELDS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "power": ("power", 1.0),
        "heart_rate": ("heart_rate", 1.0),
        "speed": ("enhanced_speed", 1.0),
        "distance": ("distance", 1.0),
        "altitude": ("enhanced_altitude", 1.0),
        "latitude": ("position_lat", _SEMICIRCLES),
        "longitude": ("position_long", _SEMICIRCLES),
        "gps_accuracy": ("gps_accuracy", 1.0),
        "slope": ("grade", 100.0),
        "vertical_speed": ("vertical_speed", 1.0),
        "temperature": ("temperature", 1.0),
        "core_temperature": ("core_temperature", 1.0),
        "left_torque_effectiveness": ("left_torque_effectiveness", 100.0),
        "right_torque_effectiveness": ("right_torque_effectiveness", 100.0),
        "left_pedal_smoothness": ("left_pedal_smoothness", 100.0),
        "right_pedal_smoothness": ("right_pedal_smoothness", 100.0),
        "left_platform_offset": ("left_pco", 1000.0),
        "right_platform_offset": ("right_pco", 1000.0),
        "accumulated_power": ("accumulated_power", 1.0),
        "muscle_oxygen": ("saturated_hemoglobin_percent", 100.0),
        "total_haemoglobin": ("total_hemoglobin_conc", 0.1),
        "respiration_rate": ("enhanced_respiration_rate", 1.0),
        "energy": ("calories", 1 / 4184.0),
        "vertical_oscillation": ("vertical_oscillation", 1000.0),
        "stance_time": ("stance_time", 1000.0),
        "stance_time_share": ("stance_time_percent", 100.0),
        "step_length": ("step_length", 1000.0),
        "vertical_ratio": ("vertical_ratio", 100.0),
    }
)
"""Channel → field of `record`, and how many of the field's units are in one of the channel's."""

_PHASES = {
    "left_power_phase": ("left_power_phase_start", "left_power_phase_end"),
    "right_power_phase": ("right_power_phase_start", "right_power_phase_end"),
}
"""Fields that hold two channels: an array of two elements."""

_BEATS = 5
"""Intervals in one `hrv` message, as head units write them."""


class DeveloperFields:
    """The fields that this file describes itself, numbered as they are asked for."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, str], int] = {}

    def number(self, name: str, *, unit: str, base: str = "float64") -> int:
        """The number of a field of that name, unit and base type.

        Raises:
            WriteError: there are more than a byte can number.
        """
        number = self._numbers.setdefault((name, unit, base), len(self._numbers))
        if number > 254:
            raise WriteError(NAME, reason="there are more than 255 channels that FIT has no field for")
        return number

    def column(self, name: str, values: Floats, *, unit: str) -> Column:
        """A float64 field of any message."""
        return Column(self.number(name, unit=unit), "float64", float_bits(values), developer=True)

    def messages(self) -> tuple[Messages, ...]:
        """What must stand before the first message that uses one of the fields."""
        if not self._numbers:
            return ()
        rows = len(self._numbers)
        codes = {"float64": 0x89, "string": 0x07}
        identity = Column(1, "byte", np.frombuffer(b"paceline-export\x00", np.uint8)[None, :])
        described = (
            column("field_description", "developer_data_index", np.zeros(rows)),
            column("field_description", "field_definition_number", np.arange(rows)),
            column("field_description", "fit_base_type_id", [codes[base] for _, _, base in self._numbers]),
            text_column("field_description", "field_name", [name for name, _, _ in self._numbers]),
            text_column("field_description", "units", [unit for _, unit, _ in self._numbers]),
        )
        owner = (identity, column("developer_data_id", "developer_data_index", [0]))
        return (
            Messages("developer_data_id", owner, np.zeros(1, np.int64)),
            Messages("field_description", described, np.zeros(rows, np.int64)),
        )


class Clock:
    """Times as FIT counts them.

    Args:
        dated: False for a recording that does not know when it was made: its times become relative ones.
        developer: where the field for parts of a second is described, if one is needed.
    """

    def __init__(self, *, dated: bool, developer: DeveloperFields) -> None:
        self._dated, self._developer = dated, developer

    def seconds(self, time: Nanoseconds) -> Floats:
        """FIT seconds, rounded down.

        Raises:
            WriteError: a time that FIT can't count.
        """
        seconds = time // SECOND - (EPOCH if self._dated else 0)
        low, high = (RELATIVE, 0xFFFFFFFE) if self._dated else (0, RELATIVE - 1)
        if np.any((seconds < low) | (seconds > high)):
            reason = "a time lies outside of what FIT can count, 1998-07-04 to 2126-02-06"
            raise WriteError(NAME, reason=reason, advice="Write Parquet or CSV.")
        return np.asarray(seconds, np.float64)

    def columns(self, message: str, time: Nanoseconds) -> tuple[Column, ...]:
        """The time of messages, with the part of a second where there is one."""
        return (column(message, "timestamp", self.seconds(time)), *self.offset(time))

    def offset(self, time: Nanoseconds) -> tuple[Column, ...]:
        """The developer field for parts of a second; none where all seconds are whole."""
        part = time % SECOND
        return (self._developer.column("time_offset", part / SECOND, unit="s"),) if part.any() else ()


@np.errstate(over="ignore", invalid="ignore")  # what is infinite, or becomes so, no field holds: that is an error then
def record_messages(stream: Stream, *, clock: Clock, developer: DeveloperFields, left_out: list[str]) -> Messages:
    """The samples of a stream, in their own order; channels that are finer than their fields join `left_out`."""
    columns = list(clock.columns("record", stream.time))
    own = {name: values for name, values in stream.values.items() if name not in stream.described}
    for name, (field, factor) in FIELDS.items():
        if name in own:
            columns.append(_native(stream, name, field=field, factor=factor, left_out=left_out))
    if "cadence" in own:
        columns += _cadence(own["cadence"], left_out)
    if "left_balance" in own:
        columns.append(_balance(own["left_balance"], left_out))
    phases = {field: pair for field, pair in _PHASES.items() if own.keys() & set(pair)}
    columns += [_phase(own, field, pair, left_out) for field, pair in phases.items()]
    native = {*FIELDS, "cadence", "left_balance", *(name for pair in phases.values() for name in pair)}
    for name, values in stream.values.items():
        if name not in own or name not in native:
            columns.append(developer.column(name, values, unit=stream.channel(name).unit))
    # Times that go backwards keep their place: the running maximum orders other messages around them.
    return Messages("record", tuple(columns), np.maximum.accumulate(stream.time))


def _native(stream: Stream, name: str, *, field: str, factor: float, left_out: list[str]) -> Column:
    values = stream.values[name] * factor
    profile = message_named("record").field(field)
    _note(values * profile.scale, left_out, name, 1 / (profile.scale * factor), stream.channel(name).unit)
    return column("record", field, values, what=name)


def _note(steps: Floats, left_out: list[str], name: str, size: float, unit: str) -> None:
    """Note a channel whose readings, counted in the field's steps, are no whole numbers, beyond the noise of floats."""
    lost = np.abs(steps - np.rint(steps))
    if np.any(lost[~np.isnan(lost)] > 0.02):
        left_out.append(f"{name} finer than {size:.3g} {unit}".removesuffix(" 1"))


def _cadence(values: Floats, left_out: list[str]) -> list[Column]:
    """Whole turns, and 128ths in a field of their own where there are any."""
    steps = np.rint(values * 128)
    _note(values * 128, left_out, "cadence", 1 / 128, "1/min")
    whole = column("record", "cadence", np.floor(steps / 128), what="cadence")
    part = column("record", "fractional_cadence", steps % 128 / 128, what="cadence")
    return [whole, part] if np.any(steps[~np.isnan(steps)] % 128) else [whole]


def _balance(left: Floats, left_out: list[str]) -> Column:
    """The right leg's share in percent, with the bit that says that it is the right one's.

    Raises:
        WriteError: a share below 0 or above 1.
    """
    percent = np.rint((1.0 - left) * 100.0)
    read = ~np.isnan(percent)
    _note(left * 100.0, left_out, "left_balance", 0.01, "1")
    if np.any((percent[read] < 0) | (percent[read] > 100)):
        raise WriteError(NAME, reason="left_balance has readings that are no shares: below 0 or above 1")
    return column("record", "left_right_balance", percent + 128.0, what="left_balance")


def _phase(own: Mapping[str, Floats], field: str, pair: tuple[str, str], left_out: list[str]) -> Column:
    """Two angles in one field of two elements."""
    present = next(own[name] for name in pair if name in own)
    both = np.stack([own.get(name, np.full_like(present, np.nan)) for name in pair], axis=1)
    _note(both * message_named("record").field(field).scale, left_out, field, 360 / 256, "°")
    return column("record", field, both, what=field)


def hrv_messages(stream: Stream) -> Messages:
    """Beat-to-beat intervals, the beats of a second in one message or more; an absent interval is no message's."""
    read = ~np.isnan(stream.values["rr_interval"])
    time, values = np.maximum.accumulate(stream.time)[read], stream.values["rr_interval"][read]
    second = time // SECOND
    fresh = np.flatnonzero(np.diff(second, prepend=second[:1] - 1))
    place = np.arange(len(time)) - np.repeat(fresh, np.diff(fresh, append=len(time)))
    first = place % _BEATS == 0
    row = np.cumsum(first) - 1
    field = message_named("hrv").field("time")
    bits = np.full((int(first.sum()), _BEATS), 0xFFFF, np.uint16)
    bits[row, place % _BEATS] = stored(values, field=field, what="rr_interval")
    return Messages("hrv", (Column(field.number, field.base_type, bits),), time[first])
