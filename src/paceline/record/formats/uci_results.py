"""Official results of track races: riders and teams with their times at every timing line.

Two forms are read: the text of a race analysis (see `uci_text`), and a JSON list of {"Country", "Team" or "firstName"
and "lastName", "Laps": [{"splitDistance", "time", "place"}]} that others have made of such texts. A result is no
recording of a device, so it has this entry of its own instead of one in the registry of formats. The competition stands
in neither form: it is taken from a file name like "2011WorldCupCaliMensTeamSprintFinal", as is all else that the
content leaves open; where name and content contradict each other the content is right, and a problem says so.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, cast

from paceline.domain.errors import Damaged, FileUnreadable, TooLarge, UnknownFormat
from paceline.domain.races import TEAM_DISCIPLINES, Discipline, Performance, Race, Round, Sex, Split
from paceline.record.formats.delimited import lines_of
from paceline.record.formats.readings import Findings
from paceline.record.formats.uci_splits import splits
from paceline.record.formats.uci_text import Table, plain, tables
from paceline.record.recordings import Problem

FARTHEST = 100_000.0
"""m; no race on a track is longer."""

Problems: TypeAlias = tuple[Problem, ...]

LIMIT = 16 * 1024 * 1024
"""Bytes of one file; the longest seen has 44,000."""

_DISCIPLINES = {
    r"indiv\w* ?pursuit|poursuite individuelle": "individual pursuit",
    r"team pursuit|poursuite par": "team pursuit",
    r"team sprint|vitesse par": "team sprint",
    r"\b500 ?m": "500 m time trial",
    r"\b1 ?km|kilomet": "kilometre",
}
_SEXES = {r"\bwomen|femmes|dames": "women", r"\bmen|hommes|messieurs": "men"}
_ROUNDS = {r"qualif": "qualifying", r"first round|1st round": "first round", r"\bfinals?\b|finales?": "final"}
_COMPETITIONS = {r"world cup": "World Cup", r"world championship": "World Championships"}
_VENUE = re.compile(r"([^\W\d][^\d,]+), [A-Z]{3} .*\d{4}")
_DATED = re.compile(r"\b[^\W\d]{3}\.? (\d{1,2}) ([^\W\d]{3,9})\.? (\d{4})\b")
_MONTHS = ("jan", "feb fev", "mar", "apr avr", "may mai", "jun jui", "jul", "aug aou", "sep", "oct", "nov", "dec")
_NAME = re.compile(r"world (?:cup|championships?) (.*?) ?\b(?:wo)?men")
_CLOCK = re.compile(r"(\d{2}):([0-5]\d):([0-5]\d)(?:\.(\d{6}))?")


def read_results(path: str | Path) -> tuple[Race, Problems]:
    """The race in one file.

    Raises:
        FileUnreadable: there is no such file, or it can't be opened.
        ReadError: it is no result, as `read` says.
    """
    try:
        return read(Path(path).read_bytes(), file=str(path))
    except OSError as error:
        raise FileUnreadable(str(path), reason=error.strerror or "it can't be opened") from error


def read(data: bytes, *, file: str) -> tuple[Race, Problems]:
    """The race in the bytes of a file.

    Args:
        data: text of a race analysis, or the JSON form.
        file: its name, for messages and for what the content leaves open.

    Returns:
        The race, and what was wrong with its file. Performances are in the order of the file.

    Raises:
        UnknownFormat: the content is neither form.
        Damaged: it begins as JSON and is none.
        TooLarge: it is larger than `LIMIT`.

    >>> text = b"Men's Team Sprint / Vitesse par \\xc3\\xa9quipes hommes\\nAUS - Australia\\n250m 17.344 1 17.344\\n"
    >>> race, problems = read(text, file="2011WorldCupCaliMensTeamSprintFinal.txt")
    >>> race.discipline, race.competition, race.performances[0].splits[0].time, problems
    ('team sprint', 'World Cup', 17.344, ())
    """
    if len(data) > LIMIT:
        raise TooLarge(file, expected=f"at most {LIMIT:,} bytes", found=f"{len(data):,}")
    findings = Findings()
    lines = lines_of(data, findings)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        told, performances = Race(), _from_json(data, file, findings)
    else:
        told = _headed(lines)
        performances = tuple(_performance(table, told, findings) for table in tables(lines, findings))
        if not any(one.splits or one.status for one in performances):
            expected = "a race analysis: names, and tables of timing lines"
            raise UnknownFormat(file, expected=expected, found="text without them")
    race = _completed(told, _named(Path(file).stem), findings)
    return replace(race, performances=performances), findings.problems()


def _performance(table: Table, race: Race, findings: Findings) -> Performance:
    status = next((row.status for row in table.rows if row.status), None)
    taken = splits(table.rows, findings)
    if (entrant := table.entrant) is None:
        return Performance(splits=taken, status=status)
    # Without a discipline, who is taken for a rider is not printed: the side on which an error does no harm.
    team = race.discipline in TEAM_DISCIPLINES
    athlete, name = (None, entrant.name) if team else (entrant.name, None)
    return Performance(athlete, name, entrant.code, entrant.number, entrant.heat, taken, status)


def _headed(lines: Sequence[str]) -> Race:
    """What the headings say: the first line that gives a fact counts, every page repeats it."""
    told = Race()
    for line in map(plain, lines):
        if told.discipline is None and (discipline := _first(_DISCIPLINES, line)):
            sex = cast("Sex | None", _first(_SEXES, line))
            told = replace(told, discipline=cast("Discipline", discipline), sex=sex)
        elif told.discipline and told.round is None and (round_ := _first(_ROUNDS, line)):
            told = replace(told, round=cast("Round", round_))
        if told.venue is None and (match := _VENUE.fullmatch(line)):
            told = replace(told, venue=match[1])
        if told.date is None and (match := _DATED.search(line)):
            told = replace(told, date=_date(match))
    return told


def _date(match: re.Match[str]) -> dt.date | None:
    month = unicodedata.normalize("NFD", match[2].casefold())[:4].encode("ascii", "ignore").decode()[:3]
    number = next((n for n, names in enumerate(_MONTHS, 1) if month in names.split()), 0)
    number = 7 if match[2].casefold().startswith("juil") else number
    try:
        return dt.date(int(match[3]), number, int(match[1]))
    except ValueError:
        return None


def _named(stem: str) -> Race:
    """What a file name says: "2009WorldCupBeijingMensKilometer" is 2009, World Cup, Beijing, men, kilometre."""
    words = " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", stem))
    venue = _NAME.search(words.casefold())
    return Race(
        discipline=cast("Discipline | None", _first(_DISCIPLINES, words)),
        sex=cast("Sex | None", _first(_SEXES, words)),
        round=cast("Round | None", _first(_ROUNDS, words)),
        competition=_first(_COMPETITIONS, words),
        venue=venue[1].title() or None if venue else None,
    )


def _completed(told: Race, named: Race, findings: Findings) -> Race:
    facts: dict[str, Any] = {}
    for fact in ("discipline", "sex", "round", "competition", "venue"):
        here, there = getattr(told, fact), getattr(named, fact)
        facts[fact] = there if here is None else here
        if here is not None and there is not None and here.casefold() != there.casefold():
            findings.add("name", f"The file's name says another {fact} than its content, which is right.")
        if facts[fact] is None and fact in ("discipline", "sex", "round"):
            findings.add("unknown", f"Nothing says the {fact}.")
    return replace(told, **facts)


def _first(patterns: dict[str, str], text: str) -> str | None:
    return next((value for pattern, value in patterns.items() if re.search(pattern, text, re.IGNORECASE)), None)


def _from_json(data: bytes, file: str, findings: Findings) -> tuple[Performance, ...]:
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Damaged(file, expected="a JSON list of performances", found="broken JSON") from error
    if not all(isinstance(one, dict) and isinstance(one.get("Laps"), list) for one in content):
        raise UnknownFormat(file, expected="a JSON list of performances", found="a list of something else")
    if not content:
        findings.add("empty", "The file holds no performance.")
    return tuple(_from_object(one, findings) for one in content)


def _from_object(one: dict[str, Any], findings: Findings) -> Performance:
    code = plain(str(one.get("Country") or ""))
    if not re.fullmatch(r"[A-Z]{3}", code):
        findings.add("code", "A country is no code of three letters: it is unknown.")
    names = (plain(str(one.get(key) or "")) for key in ("lastName", "firstName"))
    taken = tuple(split for lap in one["Laps"] if (split := _from_lap(lap, findings)))
    return Performance(
        athlete=" ".join(filter(None, names)) or None,
        team=plain(str(one.get("Team") or "")) or None,
        code=code if re.fullmatch(r"[A-Z]{3}", code) else None,
        splits=taken,
    )


def _from_lap(lap: Any, findings: Findings) -> Split | None:
    lap = lap if isinstance(lap, dict) else {}
    distance, clock = lap.get("splitDistance"), _CLOCK.fullmatch(str(lap.get("time")))
    if clock is None or type(distance) not in (int, float) or not 0 < distance < FARTHEST:
        findings.add("split", "A split without a distance and a time is left out.")
        return None
    seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    time = (seconds * 1_000_000 + int(clock[4] or 0)) / 1_000_000  # one division: the same float as the text's
    place = str(lap.get("place", ""))
    if not re.fullmatch(r"[1-9]\d{0,2}", place):
        findings.add("place", "A place is absent or no rank: it is unknown.")
        return Split(float(distance), time)
    return Split(float(distance), time, int(place))
