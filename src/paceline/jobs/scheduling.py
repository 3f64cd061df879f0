"""The scheduler: what is due is run, each as a process of its own, and whoever must know is told.

A scheduled job is a command of `paceline`: it is run as a person would run it, without a shell, and its exit code says
whether it went well. Its output goes where the scheduler's own does.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paceline.domain.errors import PacelineError, ProgramFailed, RunUnderWay, StoreUnavailable
from paceline.jobs.alerts import Alerts
from paceline.jobs.runs import Run, Runs
from paceline.jobs.schedules import Schedule, Schedules
from paceline.keep.store import Store

_log = logging.getLogger(__name__)

LOOK = 10.0
"""s between two looks at the clock."""

LOOK_AT_INPUT = 60.0
"""s between two looks at what a job works on."""

RECORDINGS = "recordings"
"""The input of a job that works on what was taken in."""


@dataclass(frozen=True, eq=False)
class Scheduler:
    """One organisation's scheduler; any number of them may run at once.

    Attributes:
        runs: the history.
        schedules: what is to be run, when.
        alerts: who is told.
        store: opens the organisation's stores, for schedules whose input is what was taken in.
        environment: of the processes; this one's own if None.
        now: the clock, int64 ns UTC.
    """

    runs: Runs
    schedules: Schedules
    alerts: Alerts
    store: Callable[[], Store] | None = None
    environment: Mapping[str, str] | None = None
    now: Callable[[], int] = time.time_ns
    _looked: dict[str, int] = field(default_factory=dict, repr=False)
    _read: dict[str, int] = field(default_factory=dict, repr=False)

    def forever(self, over: threading.Event) -> None:
        """Run what is due until somebody says that it is over; each job on a thread, so that none waits for another."""
        busy: dict[str, threading.Thread] = {}
        while not over.is_set():
            try:
                self._look(busy)
            except StoreUnavailable as error:  # the disk or the server may come back
                _log.error("the schedules can't be read: %s", error)
            over.wait(LOOK)
        for thread in busy.values():
            thread.join()

    def _look(self, busy: dict[str, threading.Thread]) -> None:
        for schedule in self.schedules.all():
            if schedule.name not in busy or not busy[schedule.name].is_alive():
                busy[schedule.name] = threading.Thread(target=self._guarded, args=(schedule,), name=schedule.name)
                busy[schedule.name].start()
        self.alerts.tell()

    def _guarded(self, schedule: Schedule) -> None:
        try:
            self.tend(schedule)
        except PacelineError as error:
            _log.error("schedule %s: %s", schedule.name, error)

    def once(self) -> int:
        """Run what is due now, one after the other; how many runs that were."""
        count = sum(self.tend(schedule) is not None for schedule in self.schedules.all())
        self.alerts.tell()
        return count

    def tend(self, schedule: Schedule) -> Run | None:
        """Run a schedule if it is due, and look whether its input is fresh; the run, or None where there was none."""
        self._check_input(schedule)
        planned = schedule.due(self.now(), last=self._last(schedule))
        if planned is None:
            return None
        try:
            return self._run(schedule, planned)
        except RunUnderWay:  # another scheduler was first
            return None

    def _last(self, schedule: Schedule) -> int | None:
        """The planned time that was run last, whatever became of it; one that was cut off is run again."""
        prefix = f"{schedule.name}@"
        keys = (run.key for run in self.runs.listed(job=schedule.name) if run.state != "interrupted")
        times = [int(key.removeprefix(prefix)) for key in keys if key.startswith(prefix)]
        return max(times, default=None)

    def _run(self, schedule: Schedule, planned: int) -> Run:
        key = f"{schedule.name}@{planned}"
        try:
            with self.runs.running(schedule.name, key=key, by="schedule") as run:
                if run.state != "done":
                    self._process(schedule)
        except ProgramFailed as error:
            self.alerts.trouble(schedule.name, "failed", str(error))
        else:
            self.alerts.well(schedule.name, "failed")
        return next(found for found in self.runs.listed(job=schedule.name) if found.key == key)

    def _process(self, schedule: Schedule) -> None:
        command = [sys.executable, "-m", "paceline", *schedule.command]
        name = f"paceline {schedule.command[0]}"
        try:
            done = subprocess.run(command, check=False, env=self.environment, stdin=subprocess.DEVNULL)  # noqa: S603  # arguments, no shell
        except OSError as error:
            raise ProgramFailed(name, reason=error.strerror or "it can't be started") from error
        if done.returncode:
            raise ProgramFailed(name, reason=f"it ended with exit code {done.returncode}")

    def _check_input(self, schedule: Schedule) -> None:
        if schedule.input is None or schedule.fresh is None:
            return
        looked = self._looked.get(schedule.name)
        if looked is not None and 0 <= self.now() - looked < LOOK_AT_INPUT * 1e9:
            return
        self._looked[schedule.name] = self.now()
        newest = self._newest_recording() if schedule.input == RECORDINGS else _newest_file(Path(schedule.input))
        old = (self.now() - max(newest or 0, schedule.since)) / 1e9
        if old <= schedule.fresh:
            self.alerts.well(schedule.name, "stale")
            return
        what = "recordings" if schedule.input == RECORDINGS else "files"
        message = f"No new {what} for {_told(old)}; expected within {_told(schedule.fresh)}."
        self.alerts.trouble(schedule.name, "stale", message)

    def _newest_recording(self) -> int | None:
        """When the last recording was taken in, int64 ns UTC; the journal is read on from where it was read to."""
        if self.store is None:
            return None
        position, newest = self._read.get("position", 0), self._read.get("newest")
        with self.store() as store:
            for fact in store.journal.facts(position):
                position = fact.position
                if fact.kind == "RecordingReceived":
                    newest = max(newest or 0, fact.at)
        self._read.update({"position": position} | ({} if newest is None else {"newest": newest}))
        return newest


def _newest_file(place: Path) -> int | None:
    """When the newest file was written, int64 ns UTC; None where there is none."""
    try:
        files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
        return max((path.stat().st_mtime_ns for path in files), default=None)
    except OSError:  # it is being changed, or not there: the next look will tell
        return None


def _told(seconds: float) -> str:
    """A duration in the largest unit that it fills twice.

    >>> _told(5400), _told(190_000), _told(30)
    ('90 min', '2 days', '30 s')
    """
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length or (unit == "min" and seconds >= length):
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
