"""Every kind of fact and of thing, by name: what is stored can only be one of these."""

from __future__ import annotations

from paceline.keep.journal import athletes, devices, diaries, erasures, plans, products, recordings, sessions
from paceline.keep.journal.facts import Forgotten, Payload, Thing

PAYLOADS: dict[str, type[Payload]] = {
    payload.__name__: payload
    for module in (athletes, devices, diaries, erasures, plans, products, recordings, sessions)
    for payload in module.EVENTS
} | {Forgotten.__name__: Forgotten}

THINGS: dict[str, type[Thing]] = {
    thing.KIND: thing
    for thing in (
        athletes.Athlete,
        devices.Device,
        diaries.Diary,
        erasures.Erasure,
        plans.Plan,
        products.Model,
        products.Product,
        recordings.Packet,
        recordings.Recording,
        sessions.Session,
    )
}

THING_OF: dict[type[Payload], type[Thing]] = {
    **dict.fromkeys(athletes.EVENTS, athletes.Athlete),
    **dict.fromkeys(devices.EVENTS, devices.Device),
    **dict.fromkeys(diaries.EVENTS, diaries.Diary),
    **dict.fromkeys(erasures.EVENTS, erasures.Erasure),
    **dict.fromkeys(plans.EVENTS, plans.Plan),
    products.ModelKept: products.Model,
    products.ModelRetired: products.Model,
    products.ReleaseFrozen: products.Product,
    products.SharesSet: products.Product,
    products.ReleaseWithdrawn: products.Product,
    recordings.RecordingReceived: recordings.Recording,
    recordings.RecordingRefused: recordings.Recording,
    recordings.PacketRefused: recordings.Packet,
    recordings.PacketReplayed: recordings.Packet,
    **dict.fromkeys(sessions.EVENTS, sessions.Session),
}
"""Which kind of thing each kind of fact happens to."""
