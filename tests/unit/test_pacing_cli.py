"""`paceline pace`: the schedule as people, programs and spreadsheets read it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from paceline.cli import app
from paceline.domain.errors import NotPlausible, WriteError

pytest.importorskip("casadi", reason="the extra `pacing` is not installed")

GIVEN = {"critical-power-w": 430, "w-prime-j": 22000, "maximal-power-w": 1200, "mass-kg": 84, "cda-m2": 0.2,
         "air-density-kg-per-m3": 1.15, "intervals": 50}  # fmt: skip
RIDER = ["pace", *(part for name, value in GIVEN.items() for part in (f"--{name}", str(value)))]
PURSUIT = [*RIDER, "--distance-m", "4000"]


def run(*arguments):
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_a_person_sees_a_line_for_each_half_lap():
    shown = run(*PURSUIT, "--development-m", "9", "--what-if")
    assert shown.exit_code == 0
    assert "4,000.0 m in 4:" in shown.stdout
    assert sum(line.strip().startswith(("125 ", "3,875 ", "4,000 ")) for line in shown.stdout.splitlines()) == 3
    assert "Cadence" in shown.stdout
    assert "air density" in shown.stdout


def test_a_program_gets_one_object_in_si_units():
    found = json.loads(run(*PURSUIT, "--json", "--what-if", "--development-m", "9").stdout)
    assert len(found["splits"]) == 32
    assert found["splits"][-1]["time_s"] == found["finish_time_s"]
    assert sum(split["duration_s"] for split in found["splits"]) == pytest.approx(found["finish_time_s"], abs=0.01)
    assert {each["quantity"] for each in found["what_if"]} == {
        "air_density",
        "cda",
        "mass",
        "critical_power",
        "w_prime",
    }
    assert found["cadence_per_min"]["lowest"] < found["cadence_per_min"]["highest"]


def test_the_hour_is_told_as_a_distance():
    found = json.loads(run(*RIDER, "--duration-s", "3600", "--mark-m", "10000", "--json").stdout)
    assert found["finish_time_s"] == pytest.approx(3600.0, abs=0.001)
    assert found["splits"][-1]["distance_m"] == pytest.approx(found["finish_distance_m"], abs=0.01)


def test_a_spreadsheet_gets_the_schedule_and_is_never_overwritten_unasked(tmp_path):
    target = tmp_path / "schedule.csv"
    assert run(*PURSUIT, "-o", str(target)).exit_code == 0
    lines = target.read_text().splitlines()
    assert lines[0].startswith("distance_m,time_s,duration_s")
    assert len(lines) == 33
    with pytest.raises(WriteError, match="overwrite"):
        run(*PURSUIT, "-o", str(target))
    assert run(*PURSUIT, "-o", str(target), "--overwrite").exit_code == 0


def test_a_value_that_cannot_be_is_refused_by_name():
    with pytest.raises(NotPlausible, match="mass"):
        run(*PURSUIT, "--mass-kg", "8400")
    with pytest.raises(NotPlausible, match="length"):
        run(*RIDER)


def test_help_loads_neither_numpy_nor_casadi():
    code = "import sys, paceline.cli; sys.exit(any(name in sys.modules for name in ('numpy', 'casadi', 'rich.table')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
