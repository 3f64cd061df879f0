"""The samples of a TCX file: Trackpoints, and the elements they are made of."""

from __future__ import annotations

import html
import re

import numpy as np

from paceline.domain.errors import WriteError
from paceline.record.export.moments import iso_times
from paceline.record.streams import Stream

NAME = "TCX"

SHOWN = ("latitude", "longitude", "altitude", "distance", "heart_rate", "cadence", "speed", "power")

WHOLE = {"heart_rate": (0, 255), "cadence": (0, 254), "power": (0, 65535)}
"""Channels that are whole numbers in the schema, and what it allows. It wants a heart above 0; devices write 0."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(tag: str, content: str) -> str:
    """An element, or nothing where it would be empty.

    >>> element("Time", "now"), element("Time", "")
    ('<Time>now</Time>', '')
    """
    return f"<{tag}>{content}</{tag.partition(' ')[0]}>" if content else ""


def escaped(text: str) -> str:
    """Text that is safe inside an element; characters that XML can't hold become "�".

    >>> escaped("up & down <5\\x00")
    'up &amp; down &lt;5�'
    """
    return html.escape(_NOT_XML.sub("\ufffd", text), quote=False).replace("\r", "&#13;")


def trackpoints(stream: Stream, *, running: bool) -> list[str]:
    """Every sample as a Trackpoint, in the order of the stream; a runner's cadence has an element of its own.

    Raises:
        WriteError: a reading lies beyond what the schema allows.
    """
    columns = [_texts(stream, name) for name in SHOWN]
    points = []
    for time, lat, lon, altitude, distance, rate, cadence, speed, power in zip(
        iso_times(stream.time), *columns, strict=True
    ):
        place = element("LatitudeDegrees", lat) + element("LongitudeDegrees", lon) if lat and lon else ""
        steps = element("x:RunCadence", cadence) if running else ""
        content = (
            element("Time", time)
            + element("Position", place)
            + element("AltitudeMeters", altitude)
            + element("DistanceMeters", distance)
            + element("HeartRateBpm", element("Value", rate))
            + ("" if running else element("Cadence", cadence))
            + element("Extensions", element("x:TPX", element("x:Speed", speed) + steps + element("x:Watts", power)))
        )
        points.append(f"<Trackpoint>{content}</Trackpoint>\n")
    return points


def _texts(stream: Stream, name: str) -> list[str]:
    """The readings of a channel as text, "" where there is none."""
    values = stream.values.get(name)
    if values is None or name in stream.described:
        return [""] * len(stream)
    low, high = WHOLE.get(name, (-np.finfo(float).max, np.finfo(float).max))
    rounded = np.rint(values) + 0.0 if name in WHOLE else values  # + 0.0: no "-0"
    if np.any((rounded < low) | (rounded > high)):
        reason = f"{name} has readings beyond what the schema allows: {low:g} to {high:g}"
        raise WriteError(NAME, reason=reason, advice="Mark them missing, or write Parquet or CSV.")
    form = "{:.0f}" if name in WHOLE else "{!r}"
    missing = np.isnan(rounded).tolist()
    return ["" if absent else form.format(value) for absent, value in zip(missing, rounded.tolist(), strict=True)]
