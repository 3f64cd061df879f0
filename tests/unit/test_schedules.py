"""When jobs run by themselves, where clocks leap, machines sleep, and two schedulers look at once."""

from __future__ import annotations

import http.server
import json
import logging
import os
import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_runs import Clock

from paceline.domain.errors import Absent, ScheduleInvalid, SettingsError
from paceline.jobs.alerts import Alerts, Webhook
from paceline.jobs.runs import Runs
from paceline.jobs.schedules import Schedule, Schedules, Times
from paceline.jobs.scheduling import LOOK_AT_INPUT, RECORDINGS, Scheduler
from paceline.keep.store import Store

WORD = "word"


def instant(text):
    return round(datetime.fromisoformat(text).timestamp()) * 10**9


NEW_YEARS_EVE = instant("2023-12-31T00:00:00+00:00")


def planned(times, zone, after, count=1):
    """The next planned times, on the zone's wall clock."""
    schedule, at, found = Schedule("s", Times.of(times), zone, ("verify",)), instant(after), []
    for _ in range(count):
        at = schedule.after(at)
        found.append(datetime.fromtimestamp(at // 10**9, UTC).astimezone(ZoneInfo(zone)).isoformat())
    return found


@pytest.mark.parametrize(
    ("times", "after", "then"),
    [
        ("0 3 * * *", "2024-05-01T02:59:59+00:00", "2024-05-01T03:00:00+00:00"),
        ("0 3 * * *", "2024-05-01T03:00:00+00:00", "2024-05-02T03:00:00+00:00"),
        ("*/15 * * * *", "2024-05-01T03:01:00+00:00", "2024-05-01T03:15:00+00:00"),
        ("5-10/5 0 1 jan,jul *", "2024-05-01T00:00:00+00:00", "2024-07-01T00:05:00+00:00"),
        ("0 9 * * mon-fri", "2024-05-03T10:00:00+00:00", "2024-05-06T09:00:00+00:00"),
        ("0 9 * * 7", "2024-05-01T00:00:00+00:00", "2024-05-05T09:00:00+00:00"),
        ("0 0 29 2 *", "2096-03-01T00:00:00+00:00", "2104-02-29T00:00:00+00:00"),
        ("0 12 13 * fri", "2024-09-06T12:00:00+00:00", "2024-09-13T12:00:00+00:00"),  # either: the 13th or a Friday
    ],
)
def test_the_next_time_is_the_next_that_is_meant(times, after, then):
    assert planned(times, "UTC", after) == [then]


def test_a_time_that_spring_skips_is_made_up_for_at_the_first_moment_after_it():
    assert planned("30 2 * * *", "Europe/Berlin", "2024-03-30T12:00:00+00:00", 2) == [
        "2024-03-31T03:00:00+02:00",
        "2024-04-01T02:30:00+02:00",
    ]
    assert planned("15 2 * * *", "Australia/Lord_Howe", "2024-10-05T10:00:00+00:00") == ["2024-10-06T02:30:00+11:00"]


def test_a_time_that_autumn_brings_twice_counts_once():
    assert planned("30 2 * * *", "Europe/Berlin", "2024-10-26T12:00:00+00:00", 2) == [
        "2024-10-27T02:30:00+02:00",
        "2024-10-28T02:30:00+01:00",
    ]


def test_a_day_that_a_zone_left_out_is_made_up_for_once():
    assert planned("0 0 * * *", "Pacific/Apia", "2011-12-28T12:00:00+00:00", 3) == [
        "2011-12-29T00:00:00-10:00",
        "2011-12-31T00:00:00+14:00",
        "2012-01-01T00:00:00+14:00",
    ]


@given(st.integers(10**6, 4 * 10**9), st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "UTC"]))
def test_what_is_due_is_the_last_of_the_next_ones(second, zone):
    schedule = Schedule("s", Times.of("*/30 */5 * * *"), zone, ("verify",), late=86_400.0)
    now = second * 10**9
    due = schedule.due(now, last=None)
    assert due is None or (due <= now < schedule.after(due) and now - due <= 86_400 * 10**9)
    assert due is not None or schedule.after(now - 86_400 * 10**9) > now


@pytest.mark.parametrize(
    "times",
    ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *", "5-1 * * * *",
     "a * * * *", "1;2 * * * *", "0 0 30 2 *", "0 0 31 4,6 *", "-1 * * * *", "1- - * * *", "١ * * * *"],
)  # fmt: skip
def test_times_that_can_not_be_followed_are_refused(times):
    with pytest.raises(ScheduleInvalid):
        Times.of(times)


@given(st.text(alphabet="0123456789*/-,monjaфun ", max_size=30))
def test_any_text_gives_times_or_an_error_of_ours(text):
    try:
        found = Times.of(text)
    except ScheduleInvalid:
        return
    assert found.minutes
    assert found.hours


@pytest.mark.parametrize(
    "wrong",
    [{"name": "Nightly"}, {"name": "-"}, {"zone": "Mars/Olympus"}, {"zone": "../etc"}, {"command": ()},
     {"late": -1.0}, {"fresh": 0.0}, {"fresh": float("nan")}],
)  # fmt: skip
def test_a_schedule_that_can_not_be_followed_is_refused(wrong):
    right = {"name": "nightly", "times": Times.of("0 3 * * *"), "zone": "UTC", "command": ("verify",)}
    with pytest.raises(ScheduleInvalid):
        Schedule(**{**right, **wrong})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def runs(tmp_path, clock):
    with Runs.open(str(tmp_path / "jobs.sqlite"), organisation="home", now=clock) as runs:
        yield runs


def scheduler(runs, clock, *, webhook=None, store=None):
    return Scheduler(
        runs, Schedules(runs.database, now=clock), Alerts(runs.database, webhook=webhook, now=clock),
        store=store, now=clock,
    )  # fmt: skip


def every_minute(clock, *command, **more):
    return Schedule("often", Times.of("* * * * *"), "UTC", command or ("--version",), since=clock(), **more)


def test_a_schedule_is_kept_and_listed_and_removed(runs, clock):
    schedules = Schedules(runs.database, now=clock)
    kept = schedules.put(Schedule("nightly", Times.of("0 3 * * *"), "Europe/London", ("backup", "/mnt/a b")))
    assert kept.since == clock()
    assert kept.command == ("backup", "/mnt/a b")
    assert [schedule.name for schedule in schedules.all()] == ["nightly"]
    schedules.remove("nightly")
    with pytest.raises(Absent):
        schedules.remove("nightly")


def test_what_is_due_is_run_once_and_its_end_is_known(runs, clock):
    tended = scheduler(runs, clock)
    tended.schedules.put(every_minute(clock))
    assert tended.once() == 0
    clock.pass_(61)
    assert (tended.once(), tended.once()) == (1, 0)
    (run,) = runs.listed()
    assert (run.job, run.state, run.by) == ("often", "done", "schedule")


def test_what_was_missed_is_made_up_for_once(runs, clock):
    tended = scheduler(runs, clock)
    tended.schedules.put(every_minute(clock))
    clock.pass_(3600)
    assert (tended.once(), tended.once()) == (1, 0)


def test_what_was_missed_for_too_long_is_let_go(runs, clock):
    tended = scheduler(runs, clock)
    tended.schedules.put(
        Schedule("yearly", Times.of("0 0 1 1 *"), "UTC", ("--version",), late=3600.0, since=NEW_YEARS_EVE)
    )
    clock.time = instant("2024-01-01T02:00:00+00:00")
    assert tended.once() == 0
    clock.time = instant("2024-01-01T00:30:00+00:00")
    assert tended.once() == 1


def test_of_two_schedulers_one_runs_it(runs, clock, tmp_path):
    with Runs.open(str(tmp_path / "jobs.sqlite"), organisation="home", now=clock) as others:
        pair = [scheduler(runs, clock), scheduler(others, clock)]
        pair[0].schedules.put(every_minute(clock))
        clock.pass_(61)
        counts = []
        threads = [threading.Thread(target=lambda one=one: counts.append(one.once())) for one in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(counts) >= 1
    (run,) = runs.listed()
    assert (run.state, run.attempts) == ("done", 1)


def test_a_job_that_fails_is_told_of_once_until_it_is_well_again(runs, clock, caplog):
    tended = scheduler(runs, clock)
    with caplog.at_level(logging.ERROR, logger="paceline.alerts"):
        for command in ("no-such-command", "no-such-command", "--version", "no-such-command"):
            tended.schedules.put(every_minute(clock, command))
            clock.pass_(61)
            assert tended.once() == 1
    assert [record.levelname for record in caplog.records if "often" in record.message] == ["ERROR", "ERROR"]
    assert [run.state for run in runs.listed()] == ["failed", "done", "failed", "failed"]
    (alert,) = tended.alerts.open()
    assert (alert.job, alert.kind) == ("often", "failed")
    assert "exit code 2" in alert.message


def test_an_input_that_is_stale_is_told_of_once(runs, clock, tmp_path, caplog):
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "ride.fit").touch()
    os.utime(folder / "ride.fit", ns=(clock(), clock()))
    tended = scheduler(runs, clock)
    schedule = tended.schedules.put(
        Schedule("daily", Times.of("0 0 1 1 *"), "UTC", ("--version",), input=str(folder), fresh=3600.0, since=clock())
    )
    with caplog.at_level(logging.ERROR, logger="paceline.alerts"):
        for _ in range(4):
            tended.tend(schedule)
            clock.pass_(1700)
    assert [alert.kind for alert in tended.alerts.open()] == ["stale"]
    assert len([record for record in caplog.records if "No new files for 85 min" in record.message]) == 1
    os.utime(folder / "ride.fit", ns=(clock(), clock()))
    clock.pass_(LOOK_AT_INPUT)
    tended.tend(schedule)
    assert tended.alerts.open() == ()


def test_recordings_that_stay_away_are_told_of(runs, clock, tmp_path):
    from paceline.keep.places import House

    def store():
        return Store.open(House(tmp_path).organisation())

    tended = scheduler(runs, clock, store=store)
    schedule = Schedule(
        "weekly", Times.of("0 0 1 1 *"), "UTC", ("--version",), input=RECORDINGS, fresh=3600.0, since=clock()
    )
    clock.pass_(7200)
    tended.tend(schedule)
    assert [alert.message for alert in tended.alerts.open()] == ["No new recordings for 2 h; expected within 60 min."]


class Receiver(http.server.BaseHTTPRequestHandler):
    """What a webhook gets; it takes nothing the first time."""

    def do_POST(self):
        self.server.got.append(
            (self.headers["Authorization"], json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        )
        self.send_response(self.server.answers.pop(0))
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answers = [], [503, 302, 204]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_is_told_until_it_listens_and_then_no_more(runs, clock, receiver):
    webhook = Webhook(f"http://127.0.0.1:{receiver.server_port}/hook/secret", token=WORD)
    alerts = Alerts(runs.database, webhook=webhook, now=clock)
    assert alerts.trouble("nightly", "failed", "It failed.")
    assert not alerts.trouble("nightly", "failed", "It failed again.")
    for _ in range(3):
        alerts.tell()
    assert [token for token, _ in receiver.got] == ["Bearer word"] * 3
    assert len({alert["id"] for _, alert in receiver.got}) == 1
    assert receiver.got[0][1] == {
        "id": alerts.open()[0].id, "job": "nightly", "kind": "failed", "since": "2023-11-14T22:13:20Z",
        "message": "It failed.",
    }  # fmt: skip


@pytest.mark.parametrize("url", ["http://example.org/hook", "ftp://localhost/x", "example.org", "file:///etc/passwd"])
def test_a_webhook_in_the_clear_is_refused(url):
    with pytest.raises(SettingsError):
        Webhook(url)


def test_a_webhooks_address_is_not_shown():
    assert repr(Webhook("https://hooks.example.org/T0/secret", token=WORD)) == "<Webhook at hooks.example.org>"
