"""What a device recorded, by its bytes' sha256, never its samples; and packets that none could read."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from paceline.keep.journal.facts import Payload, Thing


class RecordingReceived(Payload, frozen=True, kw_only=True):
    """The bytes of a recording are kept. `name` is the id of a text: a file is easily named for a person."""

    subject: str
    sha256: str
    name: str
    size: int
    format: str
    start: int | None
    end: int | None


class RecordingRefused(Payload, frozen=True, kw_only=True):
    """No reader could make anything of the bytes; they are kept, so that a mended reader can."""

    subject: str
    sha256: str
    name: str
    size: int
    reason: str


class PacketRefused(Payload, frozen=True, kw_only=True):
    """A device sent what can't be decoded; the bytes are kept."""

    subject: str
    session: str
    device: str
    blob: str
    reason: str


class PacketReplayed(Payload, frozen=True, kw_only=True):
    """A refused packet could be decoded after all."""

    decoder: str


class Recording(Thing, frozen=True, kw_only=True):
    """The bytes of one recording, and whether they could be read.

    Attributes:
        state: "none" before anything happened, "received" or "refused".
    """

    KIND: ClassVar[str] = "recording"

    subject: str = ""
    sha256: str = ""
    name: str = ""
    size: int = 0
    format: str = ""
    start: int | None = None
    end: int | None = None
    state: str = "none"
    reason: str = ""

    def after(self, what: Payload) -> Recording:
        """See `Thing`."""
        match what:
            case RecordingReceived():
                known = {"name": what.name, "size": what.size, "format": what.format, "state": "received", "reason": ""}
                return replace(self, subject=what.subject, sha256=what.sha256, start=what.start, end=what.end, **known)
            case RecordingRefused():
                known = {"name": what.name, "size": what.size, "state": "refused", "reason": what.reason}
                return replace(self, subject=what.subject, sha256=what.sha256, **known)
        raise NotImplementedError(type(what).__name__)


class Packet(Thing, frozen=True, kw_only=True):
    """A packet that could not be decoded when it came.

    Attributes:
        replayed: whether it could be since.
    """

    KIND: ClassVar[str] = "packet"

    subject: str = ""
    session: str = ""
    device: str = ""
    blob: str = ""
    reason: str = ""
    replayed: bool = False

    def after(self, what: Payload) -> Packet:
        """See `Thing`."""
        match what:
            case PacketRefused():
                known = {"session": what.session, "device": what.device, "reason": what.reason}
                return replace(self, subject=what.subject, blob=what.blob, **known)
            case PacketReplayed():
                return replace(self, replayed=True)
        raise NotImplementedError(type(what).__name__)


EVENTS = (RecordingReceived, RecordingRefused, PacketRefused, PacketReplayed)
