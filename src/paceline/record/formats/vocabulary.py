"""What column names mean, where they leave no doubt: the words that every table without a dialect of its own shares."""

from __future__ import annotations

import re
from collections.abc import Mapping

from paceline.domain import units
from paceline.domain.channels import CHANNELS, channel
from paceline.domain.errors import UnknownName

Meanings = Mapping[str, tuple[str, str]]
"""A name, in lower case → channel and unit."""

_BRACKETS = re.compile(r"([^\[\]()]*)[\[(]([^\[\]()]+)[\])]\s*")

PLAIN: Meanings = {
    "time": ("time", ""),
    "timestamp": ("time", ""),
    "secs": ("time", "s"),
    "seconds": ("time", "s"),
    "minutes": ("time", "min"),
    "elapsed_s": ("time", "s"),
    "watts": ("power", "W"),
    "power": ("power", "W"),
    "hr": ("heart_rate", "1/min"),
    "bpm": ("heart_rate", "1/min"),
    "heartrate": ("heart_rate", "1/min"),
    "heart_rate": ("heart_rate", "1/min"),
    "heart rate": ("heart_rate", "1/min"),
    "cad": ("cadence", "1/min"),
    "rpm": ("cadence", "1/min"),
    "cadence": ("cadence", "1/min"),
    "kph": ("speed", "km/h"),
    "km/h": ("speed", "km/h"),
    "mph": ("speed", "mi/h"),
    "km": ("distance", "km"),
    "miles": ("distance", "mi"),
    "lat": ("latitude", "°"),
    "latitude": ("latitude", "°"),
    "lon": ("longitude", "°"),
    "lng": ("longitude", "°"),
    "longitude": ("longitude", "°"),
}
"""Plain names that only ever have one unit. "speed" and "altitude" are not among them: km/h or m/s, m or ft?"""

EXPORTED: Meanings = {
    f"{name}_{units.suffix(entry.unit)}": (name, entry.unit) for name, entry in CHANNELS.items() if entry.unit != "1"
}
"""The names of our own exports: a channel and its unit."""

_BARE: Meanings = {name: (name, "1") for name, entry in CHANNELS.items() if entry.unit == "1"}
"""Channels without a unit: understood only beside our own names, since elsewhere "slope" is as often in percent."""

_SHORT = {"torq": "torque"}
"""Abbreviations that stand beside a unit."""


def bracketed(text: str) -> tuple[str, str]:
    """A name and the unit in brackets behind it, or "".

    >>> bracketed("speed [km/h]"), bracketed("power")
    (('speed', 'km/h'), ('power', ''))
    """
    match = _BRACKETS.fullmatch(text.strip())
    return (match[1].strip(), match[2].strip()) if match else (text.strip(), "")


def meaning(name: str, *, ours: bool = False) -> tuple[str, str] | None:
    """The channel and the unit that a column's name means; None where it means nothing or more than one thing.

    Args:
        name: as the header writes it.
        ours: whether another column of the header has a name of our own exports.

    >>> meaning("Speed (km/h)"), meaning("speed")
    (('speed', 'km/h'), None)
    """
    plain = name.casefold()
    if entry := PLAIN.get(plain) or EXPORTED.get(plain) or (_BARE.get(plain) if ours else None):
        return entry
    word, unit = bracketed(plain)
    known = "time" if word == "time" else _SHORT.get(word, word).replace(" ", "_")
    try:
        base = "s" if known == "time" else channel(known).unit
        return (known, units.named(unit, of=base).name) if unit else None
    except UnknownName:
        return None
