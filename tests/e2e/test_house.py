"""A house from the command line, as a person or a script meets it: real processes, exit codes, JSON lines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.unit.kept import BEGIN, DAY, ride_file

# a process of its own sets the limit: forking this one warns wherever another test has started threads
WITHIN = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def paceline(*arguments, home, limit=None):
    command = ["-m", "paceline", *map(str, arguments), "--home", str(home)]
    within = ["-c", WITHIN, str(limit)] if limit else []
    command = [sys.executable, *within, *command]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def rides(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rides")
    ride_file(folder / "a.fit")
    ride_file(folder / "a.tcx")
    ride_file(folder / "b.fit", begin=BEGIN + DAY, seed=2)
    return folder


@pytest.fixture(scope="module")
def home(rides, tmp_path_factory):
    home = tmp_path_factory.mktemp("home") / "house"
    done = paceline("import", rides, home=home)
    assert done.returncode == 0, done.stderr
    assert "3 new. 2 sessions." in done.stdout
    return home


def test_the_same_folder_again_adds_nothing(home, rides):
    done = paceline("import", rides, "--json", home=home)
    assert done.returncode == 0, done.stderr
    assert {line["became"] for line in lines(done)} == {"known"}


def test_a_refused_file_is_named_and_the_exit_code_says_so(home, tmp_path):
    (tmp_path / "notes.txt").write_text("no ride")
    done = paceline("import", tmp_path, home=home)
    assert done.returncode == 1
    assert "notes.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_sessions_are_listed_reported_and_compared_by_their_ids(home):
    first, second = lines(paceline("sessions", "--json", home=home))
    assert (first["recordings"], second["recordings"]) == (1, 2)
    assert first["metrics"]["duration"] == 900
    table = paceline("sessions", home=home)
    assert first["session"][:8] in table.stdout
    report = paceline("report", first["session"][:8], "--json", home=home)
    assert report.returncode == 0, report.stderr
    assert lines(report)[0]["metrics"]["average_power"]["value"] == first["metrics"]["average_power"]
    compared = paceline("compare", f"{first['session']}#lap 1", f"{second['session'][:8]}#lap 1", "--json", home=home)
    assert compared.returncode == 0, compared.stderr
    page = lines(paceline("sessions", "--json", "--limit", 1, "--after", first["session"][:8], home=home))
    assert [line["session"] for line in page] == [second["session"]]


def test_a_session_that_does_not_exist_is_named(home):
    done = paceline("report", "00000000", home=home)
    assert done.returncode == 1
    assert "There is no session '00000000'" in done.stderr


def test_options_that_speak_of_files_are_refused_for_sessions(home):
    done = paceline("report", "00000000", "--station", "AAA", home=home)
    assert done.returncode == 2


def test_a_house_is_rebuilt_backed_up_restored_and_verified(home, tmp_path):
    before = paceline("sessions", "--json", home=home).stdout
    assert paceline("rebuild", home=home).returncode == 0
    assert paceline("backfill", "--metric", "work", home=home).stdout.startswith("0 of 2 sessions")
    assert paceline("backup", tmp_path / "copy", home=home).returncode == 0
    assert paceline("verify", home=tmp_path / "copy").stdout.startswith("All is well")
    assert paceline("restore", tmp_path / "copy", home=tmp_path / "new").returncode == 0
    assert paceline("sessions", "--json", home=tmp_path / "new").stdout == before
    assert paceline("migrate", home=tmp_path / "new").returncode == 0
    assert "No rules" in paceline("retention", home=tmp_path / "new").stdout


def test_a_fault_is_named_and_the_exit_code_says_so(home, tmp_path):
    paceline("backup", tmp_path / "copy", home=home)
    blob = next(p for p in (tmp_path / "copy" / "organisations/home/blobs").rglob("*") if p.is_file())
    blob.write_bytes(b"other")
    done = paceline("verify", "--json", home=tmp_path / "copy")
    assert done.returncode == 1
    assert [line["store"] for line in lines(done)] == ["blobs"]


def test_where_nothing_is_kept_that_is_said_and_nothing_is_made(tmp_path):
    for command in (["sessions"], ["rebuild"], ["backfill"], ["report", "12345678"]):
        done = paceline(*command, home=tmp_path / "none")
        assert done.returncode == 1
        assert "paceline import" in done.stderr
    assert not (tmp_path / "none").exists()


def test_several_athletes_need_one_to_be_named(tmp_path, rides):
    from paceline.jobs.wiring import Settings, open_store

    with open_store(Settings(tmp_path / "house")) as store:
        anna, _ = (store.people.enrol(name=name, by="owner") for name in ("Anna", "Ben"))
    assert "--subject" in paceline("import", rides, home=tmp_path / "house").stderr
    done = paceline("import", rides, "--subject", anna, home=tmp_path / "house")
    assert done.returncode == 0, done.stderr


def test_a_full_disk_is_told_in_a_sentence_and_leaves_every_store_valid(home, tmp_path):
    paceline("backup", tmp_path / "copy", home=home)
    big = tmp_path / "rides"
    ride_file(big / "big.tcx", begin=BEGIN + 9 * DAY, seed=9, length=3000)
    done = paceline("import", big, home=tmp_path / "copy", limit=300_000)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert paceline("verify", home=tmp_path / "copy").returncode == 0
    again = paceline("import", big, home=tmp_path / "copy")
    assert again.returncode == 0, again.stderr
    assert "1 new" in again.stdout


def test_a_watched_folder_takes_files_as_they_come_and_goes_on_after_a_stop(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "paceline", "watch-folder", folder, "--every", "0.2", "--stable", "0.3"]
    command = [*map(str, command), "--home", str(tmp_path / "house")]
    for number in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as watch:
            time.sleep(0.5)
            ride_file(folder / f"{number}.fit", begin=BEGIN + number * DAY, seed=number + 1)
            told = [watch.stdout.readline() for _ in range(number + 1)]
            watch.send_signal(signal.SIGKILL)
        assert sum("new" in line for line in told) == 1
    assert len(lines(paceline("sessions", "--json", home=tmp_path / "house"))) == 2
