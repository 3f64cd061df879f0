"""What a FIT file says about the device that wrote it, the sensors that took part, and what happened on the way."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TypeVar

from paceline.domain.devices import Device, Event
from paceline.record.formats.fit_efforts import texts
from paceline.record.formats.fit_messages import Messages
from paceline.record.formats.fit_profile import value_names

Known = TypeVar("Known")

CREATOR = 0
_TYPES = ("antplus_device_type", "ble_device_type", "local_device_type")
_PRODUCTS = ("garmin_product", "favero_product")


class _Facts:
    """What `file_id` or `device_info` messages say, fact by fact: one entry for each message, None where absent."""

    def __init__(self, messages: Messages) -> None:
        self.count = len(messages)
        self.index = _wholes(messages, "device_index")
        self.serial = _wholes(messages, "serial_number")
        self.type = _wholes(messages, "device_type")
        self.maker = texts(messages, "manufacturer")
        self.product = _products(messages)
        self.role = _roles(messages)
        self.battery: list[float | None] = [
            None if math.isnan(v) else v for v in messages.column("battery_voltage").tolist()
        ]
        versions = messages.column("software_version").tolist()
        self.software: list[str | None] = [None if math.isnan(v) else f"{v:.2f}" for v in versions]

    def device(self, rows: list[int], *, role: str) -> Device:
        """What the messages `rows` say of one device: of what they tell differently, the last word."""
        serial = _text(_last(self.serial, rows))
        maker, product = _last(self.maker, rows), _last(self.product, rows)
        return Device(role, maker, product, serial, _last(self.software, rows), _last(self.battery, rows))


def recorder(file_id: Messages, info: Messages) -> Device:
    """The device that wrote the file: who it is from `file_id`, its state from the `device_info` of device 0."""
    facts = _Facts(info)
    state = facts.device([row for row in range(facts.count) if facts.index[row] == CREATOR], role="recorder")
    if not len(file_id):
        return state
    who = _Facts(file_id).device([0], role="recorder")
    return replace(who, software=state.software, battery=state.battery)


def sensors(info: Messages) -> tuple[Device, ...]:
    """Each sensor once, in the order in which they first appear; of what changes (battery, software) the last word."""
    facts = _Facts(info)
    rows: dict[tuple[int | None, int | None, int | None], list[int]] = {}
    for row in range(facts.count):
        if facts.index[row] != CREATOR:
            rows.setdefault((facts.index[row], facts.serial[row], facts.type[row]), []).append(row)
    return tuple(facts.device(found, role=facts.role[found[0]]) for found in rows.values())


def events(messages: Messages, shift: int) -> tuple[Event, ...]:
    """What the device noted, in the order of the file; `data` is the number as stored."""
    kinds, actions = texts(messages, "event"), texts(messages, "event_type")
    data = [None if math.isnan(value) else value for value in messages.column("data").tolist()]
    times = (messages.time + shift).tolist()
    return tuple(
        Event(time, kind or "unknown", action or "", value)
        for time, kind, action, value in zip(times, kinds, actions, data, strict=True)
    )


def _roles(info: Messages) -> list[str]:
    """What each device measures, in the protocol's words without "bike_"; "sensor" where nothing says.

    Files from before there was a `source_type` number their devices as ANT+ does, and so do some units ever since.
    """
    antplus = value_names(_TYPES[0])
    roles = [antplus.get(-1 if number is None else number, "sensor") for number in _wholes(info, "device_type")]
    for field in _TYPES:
        names = value_names(field)
        for row, number in enumerate(_wholes(info, field)):
            if number is not None:
                roles[row] = names.get(number) or antplus.get(number) or f"device type {number}"
    return [role.removeprefix("bike_") for role in roles]


def _products(messages: Messages) -> list[str | None]:
    """Its name where the file or the profile has one, else its number."""
    found = [_text(number) for number in _wholes(messages, "product")]
    for field in _PRODUCTS:
        names = value_names(field)
        found = [
            known if number is None else names.get(number, known)
            for number, known in zip(_wholes(messages, field), found, strict=True)
        ]
    return [name or known for name, known in zip(messages.text("product_name"), found, strict=True)]


def _wholes(messages: Messages, field: str) -> list[int | None]:
    return [int(value) if math.isfinite(value) else None for value in messages.column(field).tolist()]


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _last(facts: list[Known | None], rows: list[int]) -> Known | None:
    known = [fact for row in rows if (fact := facts[row]) is not None]
    return known[-1] if known else None
