"""Devices: the sensors, phones and head units that send for an athlete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from paceline.domain.errors import Absent
from paceline.keep.journal import Device
from paceline.serve.hall import Room
from paceline.serve.nouns.words import Word
from paceline.serve.routes import Answer, Call, Route

Serial = Annotated[str, Meta(max_length=200)]


class DeviceSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device to be used."""

    kind: Word
    """What it is, such as power meter."""
    model: Word | None = None
    serial: Serial = ""
    """It tells whose it is, so it lies with the names."""


class DeviceTold(msgspec.Struct, frozen=True, kw_only=True):
    """A device."""

    id: UUID
    kind: str
    model: str
    state: Literal["registered", "retired"]


class Devices(msgspec.Struct, frozen=True):
    """An athlete's devices."""

    devices: list[DeviceTold]


class DeviceMade(msgspec.Struct, frozen=True):
    """The number of what was registered."""

    id: UUID


def every(call: Call) -> Answer:
    """Also those that are in use no more."""
    found = call.room.store.journal.listed(Device, subject=call.params["athlete"], states=("registered", "retired"))
    told = [DeviceTold(id=it.id, kind=it.kind, model=it.model, state=it.state) for it in found]  # type: ignore[arg-type]
    return Answer(Devices(told))


def register(call: Call) -> Answer:
    """In use from now on."""
    body, key, athlete = call.body(DeviceSaid), call.fresh_id(), call.params["athlete"]
    call.room.store.people.person(athlete)
    call.room.store.journal.register_device(
        kind=body.kind, model=body.model or "", serial=body.serial, subject=athlete, device=key, by=call.by
    )
    return Answer(DeviceMade(key))


def retire(call: Call) -> Answer:
    """In use no more."""
    call.room.store.journal.retire_device(call.params["id"], by=call.by)
    return Answer()


def _owner(room: Room, params: Mapping[str, str]) -> str:
    """Whose it is; a device of another athlete than the path names is not there."""
    for device in room.store.journal.listed(Device, subject=params["athlete"]):
        if str(device.id) == params["id"]:
            return device.subject
    raise Absent("device", params["id"])


_ALL = "/v1/athletes/{athlete}/devices"
ROUTES = (
    Route("GET", _ALL, "read data", "An athlete's devices", every, gives=Devices, about="athlete"),
    Route(
        "POST",
        _ALL,
        "register device",
        "Register a device",
        register,
        body=DeviceSaid,
        gives=DeviceMade,
        status=201,
        about="athlete",
    ),
    Route(
        "DELETE",
        f"{_ALL}/{{id}}",
        "register device",
        "Retire a device",
        retire,
        status=204,
        about="thing",
        owner=_owner,
    ),
)
