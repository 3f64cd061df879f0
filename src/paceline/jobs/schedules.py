"""When jobs run by themselves: five fields as cron has them, on the wall clock of a named place.

Three rules where clocks and machines do not behave. A time that the clock skips in spring is made up for at the first
moment after it; a time that comes twice in autumn counts once, the first time. What was missed while nothing ran is
made up for once, the latest of it alone, if it is no later than the schedule allows. And of two schedulers one runs it:
a run's key is the schedule and the time it was planned for.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from paceline.domain.errors import Absent, ScheduleInvalid
from paceline.keep.database import Database

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
LATE = 86_400.0
"""s by which a missed run may be late, unless a schedule says otherwise."""

HORIZON = 366 * 8 + 2
"""Days that are looked ahead: 29 February may be eight years away."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Mapping[str, tuple[int, int, Mapping[str, int]]] = MappingProxyType({
    "minute": (0, 59, {}),
    "hour": (0, 23, {}),
    "day": (1, 31, {}),
    "month": (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    "weekday": (0, 7, {name: number for number, name in enumerate(_DAYS)}),
})  # fmt: skip

TABLE = (
    "CREATE TABLE IF NOT EXISTS schedules (name TEXT PRIMARY KEY, times TEXT NOT NULL, zone TEXT NOT NULL,"
    " command TEXT NOT NULL, late DOUBLE PRECISION NOT NULL, input TEXT, fresh DOUBLE PRECISION, since BIGINT NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Times:
    """Which minutes of the wall clock are meant.

    Attributes:
        text: five fields, as they were written.
        minutes, hours, days, months, weekdays: the numbers that each field allows; Sunday is 0.
        either: whether a day counts that fits the day of the month or the weekday, which is so where both are given.
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    @classmethod
    def of(cls, text: str) -> Times:
        """The times of a text: minute, hour, day of the month, month, weekday; `*`, lists, ranges, steps, names.

        Raises:
            ScheduleInvalid: it says something else, or a day that never comes.

        >>> sorted(Times.of("*/20 6-8 * * mon,wed").minutes), sorted(Times.of("0 0 * * 7").weekdays)
        ([0, 20, 40], [0])
        """
        parts = text.split()
        if len(parts) != len(_FIELDS):
            raise ScheduleInvalid("The times", expected="minute hour day month weekday", found=f"{len(parts)} fields")
        found = [_field(name, part.casefold()) for name, part in zip(_FIELDS, parts, strict=True)]
        minutes, hours, days, months, weekdays = found
        restricted = [not parts[place].startswith("*") for place in (2, 4)]
        made = cls(text, minutes, hours, days, months, frozenset(day % 7 for day in weekdays), all(restricted))
        if not any(made.on(date(2000, 1, 1) + timedelta(days=n)) for n in range(HORIZON)):
            raise ScheduleInvalid("The times", expected="a day that comes", found="one that never does")
        return made

    def on(self, day: date) -> bool:
        """Whether a day is meant."""
        fits = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (any(fits) if self.either else all(fits))


def _field(name: str, text: str) -> frozenset[int]:
    low, high, names = _FIELDS[name]
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (str(low), "-", str(high)) if span == "*" else span.partition("-")
        begin = _number(name, first, names)
        end = _number(name, last, names) if last else (high if step else begin)
        by = _number(name, step, {}) if step else 1
        if not low <= begin <= end <= high or by < 1:
            raise ScheduleInvalid(f"The {name}", expected=f"{low} to {high}", found=part[:20])
        found.update(range(begin, end + 1, by))
    return frozenset(found)


def _number(name: str, text: str, names: Mapping[str, int]) -> int:
    if text in names:
        return names[text]
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise ScheduleInvalid(f"The {name}", expected="numbers, names, * , - and /", found=text[:20] or "nothing")
    return int(text)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that runs by itself.

    Attributes:
        name: small letters, digits and hyphens.
        times: when.
        zone: on whose wall clock: an IANA name.
        command: arguments of `paceline`.
        late: s by which a missed run is still made up for.
        input: what the job works on: a path, or "recordings" for what was taken in; None where it does not matter.
        fresh: s that the newest of its input may be old before somebody is told; None where nobody is.
        since: int64 ns UTC; nothing before it was missed.
    """

    name: str
    times: Times
    zone: str
    command: tuple[str, ...]
    late: float = LATE
    input: str | None = None
    fresh: float | None = None
    since: int = 0

    def __post_init__(self) -> None:
        """What can't be followed is refused.

        Raises:
            ScheduleInvalid: a name, a zone, a command or a duration that is none.
        """
        if not NAME.fullmatch(self.name):
            raise ScheduleInvalid("The name", expected="small letters, digits and hyphens", found=self.name[:40])
        if not self.command:
            raise ScheduleInvalid("The command", expected="arguments of paceline, as: verify", found="nothing")
        if self.late < 0 or (self.fresh is not None and not self.fresh > 0):
            raise ScheduleInvalid("A duration", expected="a number of seconds above 0", found="another")
        zone_of(self.zone)

    def after(self, instant: int) -> int:
        """The next planned time after an instant; both int64 ns UTC, whole minutes of the zone's wall clock.

        >>> night = Schedule("night", Times.of("30 2 * * *"), "Europe/London", ("verify",))
        >>> noon = 1_711_800_000 * 10**9  # 2024-03-30T12:00Z; at 01:00Z the next morning the clock leaps to 02:00
        >>> moment = datetime.fromtimestamp(night.after(noon) // 10**9, UTC)
        >>> f"{moment:%d %H:%M}"
        '31 01:30'
        """
        zone = zone_of(self.zone)
        start = datetime.fromtimestamp(instant // 10**9, UTC)
        first = start.astimezone(zone).date() - timedelta(days=1)
        for day in (first + timedelta(days=n) for n in range(HORIZON + 2)):
            if self.times.on(day):
                planned = [p for p in _instants(self.times, day, zone) if p * 10**9 > instant]
                if planned:
                    return min(planned) * 10**9
        raise ScheduleInvalid("The times", expected="a day that comes", found="none in eight years")

    def due(self, now: int, *, last: int | None) -> int | None:
        """The planned time that is to be run now, or None: the latest one since the last, if it is not too late.

        Args:
            now: int64 ns UTC.
            last: the planned time that was run last; None where none was.
        """
        begin = max(last if last is not None else 0, self.since, now - round(self.late * 1e9) - 1)
        zone = zone_of(self.zone)
        day = datetime.fromtimestamp(now // 10**9, UTC).astimezone(zone).date()
        while (datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=2)).timestamp() * 1e9 > begin:
            if self.times.on(day):
                planned = [p * 10**9 for p in _instants(self.times, day, zone) if begin < p * 10**9 <= now]
                if planned:
                    return max(planned)
            day -= timedelta(days=1)
        return None


def zone_of(name: str) -> ZoneInfo:
    """A zone by its IANA name.

    Raises:
        ScheduleInvalid: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise ScheduleInvalid("The zone", expected="a name such as Europe/London", found=name[:40]) from error


def _instants(times: Times, day: date, zone: ZoneInfo) -> list[int]:
    """The planned times of a day, s since 1970. Of a time that comes twice the first; one that is skipped moves on."""
    found = []
    for hour in sorted(times.hours):
        for minute in sorted(times.minutes):
            local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            moment = local.astimezone(UTC)
            if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
                moment = _end_of_gap(local, zone)
            found.append(round(moment.timestamp()))
    return sorted(set(found))


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after a time that the clock skips."""
    before, after = (local.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < local.replace(tzinfo=None):
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0) if not after.second else (after + timedelta(seconds=1)).replace(microsecond=0)


class Schedules:
    """One organisation's schedules, in the database of its runs."""

    def __init__(self, database: Database, *, now: Callable[[], int] = time.time_ns) -> None:
        self._database, self._now = database, now
        database.run(TABLE)

    def put(self, schedule: Schedule) -> Schedule:
        """Keep a schedule; one of the same name is replaced. What is planned before now is not made up for."""
        with self._database.transaction(alone="schedules") as rows:
            rows.run("DELETE FROM schedules WHERE name = ?", schedule.name)
            rows.run(
                "INSERT INTO schedules (name, times, zone, command, late, input, fresh, since)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                schedule.name, schedule.times.text, schedule.zone, json.dumps(schedule.command), schedule.late,
                schedule.input, schedule.fresh, schedule.since or self._now(),
            )  # fmt: skip
        return self.get(schedule.name)

    def remove(self, name: str) -> None:
        """Forget a schedule; its runs stay in the history.

        Raises:
            Absent: there is none.
        """
        with self._database.transaction(alone="schedules") as rows:
            if not rows.run("DELETE FROM schedules WHERE name = ?", name):
                raise Absent("schedule", name)

    def get(self, name: str) -> Schedule:
        """A schedule by its name.

        Raises:
            Absent: there is none.
        """
        found = next((schedule for schedule in self.all() if schedule.name == name), None)
        if found is None:
            raise Absent("schedule", name)
        return found

    def all(self) -> Sequence[Schedule]:
        """Every schedule, by name."""
        query = "SELECT name, times, zone, command, late, input, fresh, since FROM schedules ORDER BY name"
        return [
            Schedule(name, Times.of(times), zone, tuple(json.loads(command)), late, input_, fresh, since)
            for name, times, zone, command, late, input_, fresh, since in self._database.rows(query)
        ]
