"""One passing a line: the three shapes in which track timing is logged, brought to one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paceline.record.formats.delimited import ROW, table
from paceline.record.formats.readings import Findings, number

PUBLISHED = ("elap", "lap", "half", "qtr", "200", "100", "50")
"""What velotrain computes for a passing, each a text of seconds or h:mm:ss, or null."""

TIMER = re.compile(r"\s*[^;]{0,40};C(\d);[^;]{0,40};([^;]{1,40});([\d:.,]{1,20})\s*", re.ASCII)
_TOPIC = re.compile(r"\s*([\w./$-]{1,200})\s+(?=[\[{])")
_TOPICS = frozenset(("passing", "replay", "rawpass"))
_LONGEST = 60
"""Characters of a transponder's name or a loop's."""


@dataclass(frozen=True, slots=True)
class Line:
    """One passing, as it was written.

    Attributes:
        number: line of the file, from 1.
        topic: "passing" or "rawpass"; "passing" where none was said.
        date: YYYY-MM-DD, or None for a time of day alone.
        time: HH:MM:SS with decimals.
        loop: measurement point, 0 to 9.
        refid: transponder, or "gate", "moto", "marker".
        environment: °C, %RH, hPa; NaN where absent, empty where nothing was said.
        published: field → text, those that are not null.
        text: the loop's name.
    """

    number: int
    topic: str
    date: str | None
    time: str
    loop: int
    refid: str
    environment: tuple[float, ...] = ()
    published: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


def json_line(text: str, index: int, findings: Findings, *, last: bool) -> Iterator[Line]:
    """The passings of one line of JSON; other topics say nothing about passings and are passed over."""
    if not text.strip():
        return
    if len(text) > ROW * 16:
        findings.add("syntax", "A line too long for a passing is left out.", line=index + 1)
        return
    match = _TOPIC.match(text)
    topic = match[1] if match else ""
    try:
        content = json.loads(text[match.end() :] if match else text)
    except (ValueError, RecursionError):
        if last:
            findings.add("truncated", "The last line is cut off and left out.", line=index + 1)
        else:
            findings.add("syntax", "A line that is no JSON is left out.", line=index + 1)
        return
    yield from _messages(content, topic, index + 1, findings)


def _messages(content: Any, topic: str, line: int, findings: Findings) -> Iterator[Line]:
    if isinstance(content, dict) and isinstance(content.get("topic"), str) and "payload" in content:
        topic, content = content["topic"], content["payload"]
        if isinstance(content, str):
            try:
                content = json.loads(content)
            except (ValueError, RecursionError):
                content = None
    parts = topic.split("/")
    kind = next((part for part in reversed(parts) if part in _TOPICS), "passing" if not topic else "")
    if not kind:
        findings.add("topic", "Messages of other topics than passings are left out.", line=line)
        return
    for entry in content if isinstance(content, list) else [content]:
        found = _entry(entry, "rawpass" if kind == "rawpass" else "passing", line) if isinstance(entry, dict) else None
        if found is None:
            findings.add("passing", "A passing without a time, a loop or a transponder is left out.", line=line)
        else:
            yield found


def _entry(entry: Mapping[str, Any], topic: str, line: int) -> Line | None:
    date, time, refid, loop = (entry.get(name) for name in ("date", "time", "refid", "mpid"))
    whole = isinstance(loop, int) and not isinstance(loop, bool) and 0 <= loop <= 99
    if not (isinstance(time, str) and isinstance(refid, str) and refid and whole):
        return None
    environment = entry.get("env")
    known = tuple(_reading(e) for e in environment[:3]) if isinstance(environment, list) else ()
    published = {name: str(entry[name])[:20] for name in (*PUBLISHED, "moto") if entry.get(name) is not None}
    name = entry.get("text") or entry.get("name")
    text = name[:_LONGEST] if isinstance(name, str) else ""
    day = date if isinstance(date, str) else None
    return Line(line, topic, day, time.strip(), int(loop or 0), refid[:_LONGEST], known, published, text)


def _reading(value: Any) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return float(value) if known else math.nan


def timer_line(text: str, index: int, findings: Findings, *, last: bool) -> Iterator[Line]:
    """A line of a foreign timer; a last line without its end may lack digits, and can't be trusted."""
    if not text.strip():
        return
    match = TIMER.fullmatch(text)
    if match is None or last:
        kind = "truncated" if last else "passing"
        findings.add(kind, "A line that is no whole passing is left out.", line=index + 1)
        return
    yield Line(index + 1, "rawpass", None, match[3], int(match[1]), match[2].strip())


def csv_lines(lines: Sequence[str], header: int, findings: Findings, *, file: str) -> Iterable[Line]:
    """The rows of a table with velotrain's names; `env` is one column of three numbers, or one column each."""
    rows = table(lines, findings, file=file, header=header)
    names = [name.strip('"').casefold() for name in rows.names]
    for cells, place in zip(rows.rows, rows.lines, strict=True):
        row = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}
        loop = number(row.get("mpid", ""))
        if "time" not in row or "refid" not in row or loop is None or not 0 <= loop <= 99:
            findings.add("passing", "A passing without a time, a loop or a transponder is left out.", line=place)
            continue
        published = {name: row[name][:20] for name in (*PUBLISHED, "moto") if name in row}
        text = row.get("text", "")[:_LONGEST]
        day, refid = row.get("date"), row["refid"][:_LONGEST]
        yield Line(place, "passing", day, row["time"], int(loop), refid, _environment(row), published, text)


def _environment(row: Mapping[str, str]) -> tuple[float, ...]:
    if "env" in row:
        found = [number(cell) for cell in re.split(r"[\s,;|]+", row["env"].strip("[]() "))]
        return tuple(math.nan if value is None or math.isinf(value) else value for value in found[:3])
    columns = [number(row.get(name, "")) for name in ("temperature", "humidity", "pressure")]
    if all(value is None for value in columns):
        return ()
    return tuple(math.nan if value is None else value for value in columns)
