"""The journal: facts, append-only."""

from paceline.keep.journal.athletes import Athlete, Suggestion
from paceline.keep.journal.devices import Device
from paceline.keep.journal.diaries import Diary
from paceline.keep.journal.facts import Fact, Forgotten, Payload, Thing
from paceline.keep.journal.journal import Journal
from paceline.keep.journal.plans import Plan
from paceline.keep.journal.products import Model, Product
from paceline.keep.journal.recording_commands import Placement, Receipt
from paceline.keep.journal.recordings import Packet, Recording
from paceline.keep.journal.sessions import Session

__all__ = [
    "Athlete",
    "Device",
    "Diary",
    "Fact",
    "Forgotten",
    "Journal",
    "Model",
    "Packet",
    "Payload",
    "Placement",
    "Plan",
    "Product",
    "Receipt",
    "Recording",
    "Session",
    "Suggestion",
    "Thing",
]
