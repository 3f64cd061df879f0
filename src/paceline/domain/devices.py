"""A device, and what it reports besides samples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """A head unit, sensor or programme that took part in a recording; every fact may be unknown.

    Attributes:
        role: "recorder" for the one that wrote the file, else what it measures: "power", "heart_rate", "speed", …
        maker: manufacturer's name.
        product: product name or number, as text.
        serial: serial number as text; it names a thing, not a person, but it is kept out of reports all the same.
        software: version as text.
        battery: volts, or None.
    """

    role: str = "recorder"
    maker: str | None = None
    product: str | None = None
    serial: str | None = None
    software: str | None = None
    battery: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something the device noted at an instant: timer stopped, gear changed, lap pressed, alert, battery low.

    Attributes:
        time: int64 ns UTC.
        kind: "timer", "rear_gear_change", "power_down", …
        action: "start", "stop", "stop_all", "marker", …
        data: the number that came with it, in the device's own meaning, or None.
    """

    time: int
    kind: str
    action: str = ""
    data: float | None = None
