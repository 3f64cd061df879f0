"""Joule CSV: what PowerAgent exports from a Saris Joule, a PowerTap table under two blocks about ride and rider.

Block 1 ("Version,Date/Time,…") has the date, the device and the sample rate; block 2 ("User Name,…") has the rider's
zones and is passed over; then comes the table. Date/Time may hold several spellings of the same instant, separated by
"|": the first is read. Source: the example in GoldenCheetah's CsvRideFile.cpp, and its reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from paceline.domain.devices import Device
from paceline.domain.errors import Damaged
from paceline.record.formats import Source, powertap_csv
from paceline.record.formats.delimited import head_lines, lines_of, split, table
from paceline.record.formats.readings import Findings
from paceline.record.formats.timestamps import instant
from paceline.record.formats.wall_clock import undated, zoned
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Stream

NAME = "Joule CSV"
MEANING = "Exports of the Saris Joule by PowerAgent: facts about the ride, then a PowerTap table."

_MORE = {
    "latitude": ("latitude", "°"),
    "longitude": ("longitude", "°"),
    "grade, %": ("slope", "%"),
    "temperature (c)": ("temperature", "°C"),
    "temperature (f)": ("temperature", "°F"),
}


def sniff(head: bytes) -> bool:
    """Whether the first line is the head of the block about the ride."""
    first = head_lines(head)[0]
    return first.startswith("Version,Date/Time,") and ",Device Type,Firmware Version" in first


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file.

    Raises:
        Damaged: no table follows the blocks.
    """
    findings = Findings()
    lines = lines_of(data, findings)
    header = next((index for index, line in enumerate(lines) if powertap_csv.is_header(line)), None)
    if header is None:
        raise Damaged(source.file, expected="a table that begins with Minutes", found="none", offset=len(data))
    facts = _facts(lines)
    rows, elapsed = powertap_csv.minutes(table(lines, findings, file=source.file, header=header), findings)
    began = instant(re.sub(r" (\d:)", r" 0\1", facts.get("Date/Time", "").split("|")[0].strip()))
    start, offset = (source.start, None) if began is None else zoned(began[0], source.start, findings)
    time = undated(elapsed, source.start, findings) if began is None or start is None else elapsed + start
    # The degree sign comes in as many encodings as there were programmes; the unit's letter is what counts.
    names = tuple(re.sub(r"(?i)^temperature \(.*([cf])\)$", r"temperature (\1)", name) for name in rows.names)
    rows = type(rows)(names, rows.rows, rows.lines, rows.comma)
    values = powertap_csv.channels(rows, powertap_csv.LAYOUT | _MORE, findings)
    recording = Recording(
        {"record": Stream("record", time, values)},
        Device(maker="Saris", product=facts.get("Device Type") or None, software=facts.get("Firmware Version") or None),
        laps=powertap_csv.laps(rows, time, findings),
        dated=start is not None,
        utc_offset=offset,
    )
    return (recording,), findings.problems()


def _facts(lines: Sequence[str]) -> Mapping[str, str]:
    """The block about the ride, name → value; the rider's weight, zones and tags stay in the file."""
    facts = dict(zip(split(lines[0], ","), split(lines[1], ","), strict=False)) if len(lines) > 1 else {}
    return {name: facts[name].strip() for name in ("Date/Time", "Device Type", "Firmware Version") if name in facts}
