"""A device that sends: a sensor, a phone, a head unit; whose it is, and whether it is still in use."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from paceline.keep.journal.facts import Payload, Thing


class DeviceRegistered(Payload, frozen=True, kw_only=True):
    """A device is in use; `serial` is the id of a text, since a serial number tells whose it is."""

    subject: str
    kind: str
    model: str
    serial: str


class DeviceRetired(Payload, frozen=True, kw_only=True):
    """It is in use no more."""


class Device(Thing, frozen=True, kw_only=True):
    """What is known of a device; `state` is "none", "registered" or "retired"."""

    KIND: ClassVar[str] = "device"

    subject: str = ""
    kind: str = ""
    model: str = ""
    serial: str = ""
    state: str = "none"

    def after(self, what: Payload) -> Device:
        """See `Thing`."""
        match what:
            case DeviceRegistered():
                known = {"kind": what.kind, "model": what.model, "serial": what.serial}
                return replace(self, subject=what.subject, state="registered", **known)
            case DeviceRetired():
                return replace(self, state="retired")
        raise NotImplementedError(type(what).__name__)


EVENTS = (DeviceRegistered, DeviceRetired)
