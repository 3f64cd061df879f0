"""The metrics of a running session, second by second, and the passings of timing loops as they come.

What is said follows from the packets in the order in which the log holds them, and from nothing else: not from when
somebody looks. So events have numbers that hold on every server and after every restart, and who was away asks for what
came after the last one seen. The metrics themselves are those of the catalogue, computed by the same functions.

A second is told once every device that is still heard of has sent all of it, or another is `GRACE` seconds ahead. What
comes later still counts in all that follows, and is said to be late.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import TooFewSamples
from paceline.measure.metrics.w_prime_balance import w_prime_balance
from paceline.measure.metrics.weighted_power import ENOUGH, weighted_power
from paceline.record.packets import Kind, Packet
from paceline.record.streams import Floats
from paceline.serve.live.splits import Splits

GRACE = 2
"""Seconds that one device may be behind another."""

SILENT = 5
"""Seconds behind the others after which a device is no longer waited for."""

LONGEST = 86_400
"""Seconds of one session that are followed live."""

SHOWN: Mapping[str, str] = {
    "power": "power_w",
    "heart_rate": "heart_rate_bpm",
    "cadence": "cadence_rpm",
    "speed": "speed_m_per_s",
    "wheel_speed": "speed_m_per_s",
}
"""Channel → the field it is told in; of two channels for one field the first one counts."""

Event = dict[str, Any]


class _Cells:
    """The mean of each second of one channel of one device."""

    def __init__(self) -> None:
        self._sum, self._count = np.zeros(1024), np.zeros(1024)

    def add(self, seconds: np.ndarray[Any, np.dtype[np.int64]], values: Floats) -> None:
        """Readings by the second they fall in; NaN is none."""
        known = ~np.isnan(values)
        seconds, values = seconds[known], values[known]
        if seconds.size == 0:
            return
        while seconds.max() >= self._sum.size:
            self._sum, self._count = (np.concatenate([a, np.zeros(a.size)]) for a in (self._sum, self._count))
        np.add.at(self._sum, seconds, values)
        np.add.at(self._count, seconds, 1.0)

    def until(self, second: int) -> Floats:
        """(second,), the means up to and with that second; NaN where nothing was read."""
        end = min(second + 1, self._sum.size)
        found = np.full(second + 1, np.nan)
        np.divide(self._sum[:end], self._count[:end], out=found[:end], where=self._count[:end] > 0)
        return found


class Seconds:
    """The events of one session, made from its packets one by one.

    Args:
        settings: what is known of the athlete: `critical_power` (W) and `w_prime` (J) for the balance.
        since: the number of the last event that somebody has seen; earlier ones are counted and not computed.
    """

    def __init__(self, settings: Mapping[str, float], *, since: int = -1) -> None:
        self._settings, self._since = settings, since
        self._cells: dict[str, dict[str, _Cells]] = {}
        self._fronts: dict[str, int] = {}
        self._origin: int | None = None
        self._told = -1
        self._late = 0
        self._splits = Splits()
        self.cursor = -1
        """The number of the last event so far."""

    def events(self, packet: Packet) -> Iterator[Event]:
        """What a packet brings to light; only events behind `since` are given."""
        if packet.kind == Kind.MESSAGE:
            for passing in self._splits.passings(packet):
                if self._numbered():
                    yield {"kind": "passing", "cursor": self.cursor, **passing}
        elif packet.kind != Kind.LAST and packet.count:
            self._take(packet)
            while self._front() > self._told + 1:
                self._told += 1
                if self._numbered():
                    yield self._second(self._told)
                self._late = 0

    def from_now(self) -> Event | None:
        """Begin to give events: the latest second at once, if there has been one."""
        self._since = self.cursor
        return self._second(self._told) if self._told >= 0 else None

    def rest(self) -> Iterator[Event]:
        """The seconds that were held back for devices that were behind, when nothing more is to come."""
        while self._told + 1 < max(self._fronts.values(), default=0):
            self._told += 1
            if self._numbered():
                yield self._second(self._told)

    def _numbered(self) -> bool:
        self.cursor += 1
        return self.cursor > self._since

    def _take(self, packet: Packet) -> None:
        """Its readings into the cells; what is of another day than the session is left to the recording alone."""
        time = packet.time()
        if self._origin is None:
            self._origin = int(time.min()) // SECOND
        seconds = time // SECOND - self._origin
        inside = (seconds >= 0) & (seconds < min(max(self._fronts.values(), default=0) + 3600, LONGEST))
        if not inside.any():
            return
        self._late += int(np.count_nonzero(inside & (seconds <= self._told)))
        for channel, values in packet.values().items():
            if channel in SHOWN:
                cells = self._cells.setdefault(channel, {}).setdefault(packet.device, _Cells())
                cells.add(seconds[inside], values[inside])
        rate = packet.description.rate
        step = rate[1] * SECOND // rate[0] if rate is not None else 0
        front = int(min((int(time[inside].max()) + step + SECOND // 100) // SECOND - self._origin, LONGEST))
        self._fronts[packet.device] = max(front, self._fronts.get(packet.device, 0))

    def _front(self) -> int:
        """The second up to which all is there, as far as it is waited for."""
        lead = max(self._fronts.values(), default=0)
        heard = [front for front in self._fronts.values() if front > lead - SILENT]
        return max(min(heard, default=0), lead - GRACE)

    def _second(self, second: int) -> Event:
        told: Event = {
            "kind": "second",
            "cursor": self.cursor,
            "time_s": (self._origin or 0) + second,
            "elapsed_s": second,
        }
        for channel, field in SHOWN.items():
            value = self._series(channel, second)[-1] if channel in self._cells else math.nan
            if told.get(field) is None:
                told[field] = _number(value)
        told |= self._of_power(second)
        if self._late:
            told["late"] = self._late
        return told

    def _series(self, channel: str, second: int) -> Floats:
        """(second,): of several devices the first that was heard counts where it says something."""
        found, *others = (cells.until(second) for cells in self._cells[channel].values())
        for other in others:
            found = np.where(np.isnan(found), other, found)
        return found

    def _of_power(self, second: int) -> Event:
        if "power" not in self._cells:
            return {}
        power = self._series("power", second)
        recent = power[-30:]
        known = recent[~np.isnan(recent)]
        told: Event = {"power_30s_w": _number(known.mean()) if known.size >= ENOUGH * 30 else None}
        try:
            told["weighted_power_w"] = _number(weighted_power(power, 1.0))
        except TooFewSamples:
            told["weighted_power_w"] = None
        if {"critical_power", "w_prime"} <= self._settings.keys() and not np.isnan(power).all():
            balance = w_prime_balance(power, self._settings["critical_power"], self._settings["w_prime"], 1.0)
            told["w_prime_balance_j"] = _number(balance[-1])
        return told


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 3)
