"""Samples as FIT `record` and `hrv` messages: which channel goes into which field.

A channel that the protocol has a field for goes where `fit_channels` reads it, rounded to what the field resolves;
every other one becomes a developer field, a float64 that is described in the file, and loses nothing. FIT counts whole
seconds: where a clock has parts of a second, they stand in the developer field "time_offset", s, to be added to the
message's own time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import WriteError
from paceline.record.export.fit_layout import NAME, Column, Messages, column, float_bits, stored, text_column
from paceline.record.formats.fit_channels import FIELDS, PHASES
from paceline.record.formats.fit_messages import DEVELOPER
from paceline.record.formats.fit_profile import EPOCH, RELATIVE, message_named
from paceline.record.streams import Floats, Nanoseconds, Stream

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
    for field in dict.fromkeys(field for name, (field, _) in PHASES.items() if name in own):
        columns.append(_phase(own, field, left_out))
    native = {*FIELDS, *PHASES, "cadence", "left_balance"}
    for name, values in stream.values.items():
        if name not in own or name not in native:
            plain = name.removeprefix(DEVELOPER)
            called = plain if plain not in stream.values or plain in own.keys() & native else name
            columns.append(developer.column(called, values, unit=stream.channel(name).unit))
    # Times that go backwards keep their place: the running maximum orders other messages around them.
    return Messages("record", tuple(columns), np.maximum.accumulate(stream.time))


def _native(stream: Stream, name: str, *, field: str, factor: float, left_out: list[str]) -> Column:
    values = stream.values[name] / factor
    profile = message_named("record").field(field)
    note_coarser(values * profile.scale, left_out, name, size=factor / profile.scale, unit=stream.channel(name).unit)
    return column("record", field, values, what=name)


def note_coarser(steps: Floats, left_out: list[str], name: str, *, size: float, unit: str) -> None:
    """Note a channel whose readings, counted in the field's steps, are no whole numbers, beyond the noise of floats."""
    lost = np.abs(steps - np.rint(steps))
    if np.any(lost[~np.isnan(lost)] > 0.02):
        left_out.append(f"{name} finer than {size:.3g} {unit}".removesuffix(" 1"))


def _cadence(values: Floats, left_out: list[str]) -> list[Column]:
    """Whole turns, and 128ths in a field of their own where there are any."""
    steps = np.rint(values * 128)
    note_coarser(values * 128, left_out, "cadence", size=1 / 128, unit="1/min")
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
    note_coarser(left * 100.0, left_out, "left_balance", size=0.01, unit="1")
    if np.any((percent[read] < 0) | (percent[read] > 100)):
        raise WriteError(NAME, reason="left_balance has readings that are no shares: below 0 or above 1")
    return column("record", "left_right_balance", percent + 128.0, what="left_balance")


def _phase(own: Mapping[str, Floats], field: str, left_out: list[str]) -> Column:
    """Two angles in one field of two elements."""
    pair = [name for name, (of, _) in PHASES.items() if of == field]
    present = next(own[name] for name in pair if name in own)
    both = np.stack([own.get(name, np.full_like(present, np.nan)) for name in pair], axis=1)
    note_coarser(both * 256 / 360, left_out, field, size=360 / 256, unit="°")
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
