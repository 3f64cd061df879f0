"""Jobs at the terminal: what is scheduled is run, and what was run is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from paceline.record.export import write
from paceline.simulate.ride import simulate_ride


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    write(simulate_ride(3, duration=600.0).recording, folder / "ride.fit")
    assert paceline(folder, "import", str(folder / "ride.fit")).returncode == 0
    return folder


def paceline(house, *arguments):
    settings = {**os.environ, "PACELINE_HOME": str(house / "home")}
    command = [sys.executable, "-m", "paceline", *arguments]
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=False)


def test_a_job_leaves_its_line_in_the_history(house):
    assert paceline(house, "verify").returncode == 0
    assert paceline(house, "backfill", "no-such-session").returncode == 1
    lines = [json.loads(line) for line in paceline(house, "runs", "--json").stdout.splitlines()]
    assert [(line["job"], line["state"]) for line in lines] == [("backfill", "failed"), ("verify", "done")]
    assert "no-such-session" in lines[0]["error"]
    assert "verify" in paceline(house, "runs", "verify").stdout


def test_what_is_scheduled_is_run_in_the_same_house(house):
    added = paceline(
        house, "schedule", "add", "nightly", "--at", "* * * * *", "--zone", "Europe/London", "--", "verify"
    )
    assert added.returncode == 0, added.stderr
    assert "nightly: next at" in added.stdout
    assert "* * * * * Europe/London" in paceline(house, "schedule", "list").stdout
    assert paceline(house, "schedule", "run", "--once").returncode == 0
    assert paceline(house, "schedule", "remove", "nightly").returncode == 0
    assert paceline(house, "schedule", "list").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("schedule", "add", "n", "--at", "61 * * * *", "--", "verify"), "The minute: expected 0 to 59"),
        (("schedule", "add", "n", "--at", "* * * * *", "--zone", "Mars", "--", "verify"), "Europe/London"),
        (("schedule", "add", "n", "--at", "* * * * *", "--fresh", "2d", "--", "verify"), "belong together"),
        (("schedule", "remove", "nothing"), "There is no schedule nothing"),
        (("wind-tunnel", "/nowhere"), "PACELINE_WIND_TUNNEL"),
    ],
)
def test_what_can_not_be_followed_is_said_in_a_sentence(house, arguments, said):
    done = paceline(house, *arguments)
    assert done.returncode in {1, 2}
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
