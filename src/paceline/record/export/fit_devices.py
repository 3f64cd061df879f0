"""The device that wrote a recording, and the sensors, as FIT messages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paceline.domain.devices import Device
from paceline.record.export.fit_layout import Column, Messages, column, text_column, value_numbers
from paceline.record.export.fit_record import Clock
from paceline.record.recordings import Recording

_DEVELOPMENT = 255
"""The manufacturer's number for what no manufacturer made."""

_SOURCES = ((1, "antplus_device_type"), (5, "local_device_type"), (3, "ble_device_type"))
"""Source of a sensor → whose names there are for what it measures, in the order in which they are tried."""

_NUMBERED = "device type "
"""How the reader calls a type without a name: "device type 8"."""


def device_messages(recording: Recording, start: int, *, clock: Clock, left_out: list[str]) -> Messages:
    """One `device_info` for the writer of the file, number 0, and one for each sensor."""
    devices = (recording.device, *recording.sensors)
    moments = np.full(len(devices), start)
    roles = [(np.nan, np.nan), *(_role(device.role) for device in recording.sensors)]
    unknown = [d.role for d, (_, number) in zip(devices, roles, strict=True) if np.isnan(number)][1:]
    left_out += [f"role of device {role}" for role in unknown if role != "sensor"]
    versions = [_version(device.software) for device in devices]
    left_out += [f"software of {d.role}" for d, v in zip(devices, versions, strict=True) if d.software and np.isnan(v)]
    columns = (
        column("device_info", "timestamp", clock.seconds(moments)),
        column("device_info", "device_index", np.arange(len(devices))),
        column("device_info", "source_type", [source for source, _ in roles]),
        column("device_info", "device_type", [number for _, number in roles]),
        column("device_info", "software_version", versions),
        column("device_info", "battery_voltage", [np.nan if d.battery is None else d.battery for d in devices]),
        *identity("device_info", devices, left_out=left_out),
    )
    return Messages("device_info", columns, moments)


def identity(message: str, devices: Sequence[Device], *, left_out: list[str]) -> list[Column]:
    """Maker, product and serial number: as numbers where they are some, the product's name as text.

    The maker of a file must be some number; where it is unknown it is the one of what nobody made.
    """
    makers = value_numbers("manufacturer", [device.maker or "" for device in devices])
    unknown = _DEVELOPMENT if message == "file_id" else np.nan
    left_out += [f"maker of {device.role}" for device in devices if device.maker and device.maker not in makers]
    serials = [_whole(device.serial, least=1, most=2**32 - 1) for device in devices]
    left_out += [f"serial of {d.role}" for d, n in zip(devices, serials, strict=True) if d.serial and np.isnan(n)]
    numbers = [_whole(device.product, least=0, most=2**16 - 2) for device in devices]
    names = [device.product or "" if np.isnan(n) else "" for device, n in zip(devices, numbers, strict=True)]
    columns = [
        column(message, "manufacturer", [makers.get(device.maker or "", unknown) for device in devices]),
        column(message, "serial_number", serials),
        column(message, "product", numbers),
    ]
    return [*columns, text_column(message, "product_name", names)] if any(names) else columns


def _role(role: str) -> tuple[float, float]:
    """Source and type of a sensor, NaN where no source has a name for what it measures."""
    if role.startswith(_NUMBERED):
        return _SOURCES[0][0], _whole(role.removeprefix(_NUMBERED), least=0, most=254)
    for source, types in _SOURCES:
        for name in (role, f"bike_{role}"):
            if name in (numbers := value_numbers(types, [name])):
                return source, numbers[name]
    return np.nan, np.nan


def _whole(text: str | None, *, least: int, most: int) -> float:
    plain = text is not None and text.isascii() and text.isdigit() and least <= int(text) <= most
    return float(text) if text is not None and plain else np.nan


def _version(text: str | None) -> float:
    """A version like "4.10" as the hundredths that the protocol keeps; anything else is none."""
    whole, _, part = (text or "").partition(".")
    plain = (whole + part).isascii() and whole.isdigit() and (part.isdigit() or not part) and len(part) <= 2
    return float(f"{whole}.{part or 0}") if plain and len(whole) <= 3 else np.nan
