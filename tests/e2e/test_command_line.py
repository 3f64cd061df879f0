"""The command line as a person or a script meets it: real processes, real files, exit codes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from paceline.record.export import write
from paceline.simulate.faults import power_spike
from paceline.simulate.ride import simulate_ride


def paceline(*arguments, cwd=None):
    command = [sys.executable, "-m", "paceline", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rides")
    made = simulate_ride(3, duration=1800, faults=[lambda stream: power_spike(stream, at=600.0, value=9000.0)])
    write(made.recording, folder / "ride.fit")
    write(made.recording, folder / "ride.csv")
    (folder / "notes.txt").write_text("not a ride")
    for name in ("empty", ".hidden"):
        (folder / name).mkdir()
    (folder / ".hidden" / "page.html").write_bytes((folder / "ride.fit").read_bytes())
    return folder


def test_inspect_prints_one_json_line_a_file_and_goes_on(folder):
    done = paceline("inspect", folder, folder / "none.fit", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [set(line) for line in lines] == [
        {"file", "error"},
        {"file", "format", "records", "streams", "problems"},
        {"file", "format", "records", "streams", "problems"},
        {"file", "error"},
    ]
    assert lines[0]["error"]["type"] == "UnknownFormat"
    assert lines[3]["error"]["type"] == "FileUnreadable"
    assert lines[2]["format"] == "fit"
    assert lines[2]["records"] == lines[1]["records"] > 1000


def test_a_report_says_what_the_ride_was_worth_and_what_it_could_not_say(folder):
    done = paceline("report", folder / "ride.fit")
    assert done.returncode == 0, done.stderr
    assert "Weighted power" in done.stdout
    assert "Needs threshold power" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_report_as_json_names_sources_readings_and_reasons(folder):
    done = paceline("report", folder / "ride.fit", "--json")
    (found,) = [json.loads(line) for line in done.stdout.splitlines()]
    weighted = found["metrics"]["weighted_power"]
    assert weighted["unit"] == "W"
    assert 100 < weighted["value"] < 400
    assert weighted["sources"][0]["unused"] == 1
    assert found["missing"]["intensity"]["needs"] == ["threshold_power"]
    assert "w_prime_balance" not in found["metrics"]
    assert [f["kind"] for f in found["findings"] if f["channel"] == "power"] == ["spike"]


def test_one_bad_file_among_good_ones_is_named_and_the_rest_is_done(folder):
    done = paceline("report", folder / "ride.fit", folder / "notes.txt", "--json")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert "notes.txt" in done.stderr


def test_the_same_ride_in_two_formats_is_one_ride(folder):
    done = paceline("report", folder / "ride.fit", folder / "ride.csv", "--json")
    (found,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found["files"]) == 2


@pytest.mark.parametrize(("suffix", "begins"), [("html", b"<!doctype html>"), ("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_a_page_is_written_whole(folder, tmp_path, suffix, begins):
    target = tmp_path / f"report.{suffix}"
    done = paceline("report", folder / "ride.fit", "-o", target)
    assert done.returncode == 0, done.stderr
    assert target.read_bytes().startswith(begins)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_an_effort_and_a_mark_are_reported_alone(folder):
    done = paceline("report", folder / "ride.fit", "--marks", "test 5:00-10:00.250", "--effort", "test", "--json")
    (found,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert found["effort"]["duration_s"] == 300.25
    assert found["metrics"]["duration"]["value"] == 300.25


def test_settings_and_zone_of_the_command_line_are_used(folder, tmp_path):
    settings = tmp_path / "mine.yaml"
    settings.write_text("zone: Asia/Tokyo\nathlete: {threshold_power: 250}\n")
    done = paceline("report", folder / "ride.fit", "--settings", settings, "--zone", "America/Lima", "--json")
    (found,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert found["zone"] == "America/Lima"
    assert found["start"].endswith("-05:00")
    assert found["settings"]["threshold_power"]["value"] == 250
    assert "intensity" in found["metrics"]


def test_imperial_units_are_for_people_only(folder):
    assert "mi/h" in paceline("report", folder / "ride.fit", "--imperial").stdout
    assert "mi/h" not in paceline("report", folder / "ride.fit", "--imperial", "--json").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["report", "none.fit"], 1, "no such file"),
        (["report", "ride.fit", "--effort", "lap 99"], 1, "There is no effort 'lap 99'"),
        (["report", "ride.fit", "-o", "report.docx"], 1, "report.docx"),
        (["report", "ride.fit", "--zone", "Mars/Olympus"], 2, "Mars/Olympus"),
        (["report", "ride.fit", "--marks", "nonsense"], 1, "nonsense"),
        (["report", "ride.fit", "--settings", "none.yaml"], 1, "none.yaml"),
        (["report", "--wrong"], 2, "wrong"),
        (["metrics", "wieghted_power"], 1, "Did you mean weighted_power"),
        (["export", "ride.fit", "-o", "ride.csv"], 1, "ride.csv"),
        (["export", "ride.fit", "-o", "ride.xyz"], 1, "xyz"),
        (["export", "ride.fit", "-o", "new.tcx", "--recording", "7"], 1, "recording"),
        (["inspect", "ride.fit", "--column", "half"], 2, "half"),
        (["inspect", "."], 1, ""),
        (["inspect", "long" * 2000], 1, ""),
        (["report", "empty"], 1, "empty: a folder without files"),
        (["report", "ride.fit", "--json", "-o", "report.html"], 2, "JSON is printed"),
        (["report", "ride.fit", "--series"], 2, "series are for --json"),
        (["export", "ride.fit", "-o", "ride.fit", "--overwrite"], 1, "one of the files that are read"),
        (["report", ".hidden/page.html", "-o", ".hidden/page.html"], 1, "one of the files that are read"),
        (["compare", ".hidden/page.html", "ride.fit", "-o", ".hidden/page.html"], 1, "one of the files that are read"),
        (["export", "ride.fit", "-o", "no/such/place.csv"], 1, "no/such/place.csv"),
        (["metrics", "--lineage", "no/such/place.svg"], 1, "no/such/place.svg"),
        (["demo", "-o", "ride.fit"], 1, "ride.fit"),
        (["demo", "--seed", "-1"], 2, "seed"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_sentence(folder, arguments, code, says):
    done = paceline(*arguments, cwd=folder)
    assert done.returncode == code
    assert says in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("suffix", ["fit", "tcx", "csv", "parquet"])
def test_export_writes_what_can_be_read_back(folder, tmp_path, suffix):
    target = tmp_path / f"copy.{suffix}"
    assert paceline("export", folder / "ride.fit", "-o", target).returncode == 0
    assert target.stat().st_size > 10_000
    if suffix == "csv":
        with target.open(encoding="utf-8") as lines:
            assert len(list(csv.reader(lines))) > 1000
    if suffix != "parquet":
        line = json.loads(paceline("inspect", target, "--json").stdout)
        assert line["records"] > 1000


def test_the_catalogue_can_be_listed_explained_and_drawn(tmp_path):
    listed = paceline("metrics").stdout
    assert "weighted_power" in listed
    explained = paceline("metrics", "weighted_power").stdout
    assert "Returns:" in explained
    picture = tmp_path / "lineage.svg"
    assert paceline("metrics", "load", "--lineage", picture).returncode == 0
    assert ET.parse(picture).getroot().tag.endswith("svg")
    entry = json.loads(paceline("metrics", "load", "--json").stdout)
    assert entry["name"] == "load"


def test_the_demo_leaves_a_ride_its_truth_and_a_page(tmp_path):
    done = paceline("demo", "-o", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "demo").iterdir()} == {
        "ride.fit",
        "paceline.yaml",
        "truth.json",
        "report.html",
        "track",
        "track.html",
        "positions.html",
        "gym",
    }
    assert "On the track: two pursuits" in done.stdout
    assert "A third athlete's session, packet by packet" in done.stdout
    assert "<svg" in (tmp_path / "demo" / "positions.html").read_text(encoding="utf-8")
    assert "that the body and the bike can't make" in " ".join(done.stdout.split())


def test_help_is_there_without_anything_heavy():
    code = "import sys, paceline.cli; print([m for m in ('numpy', 'numba', 'polars', 'hamilton') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


HOSTILE = "esc\x1b]0;title\x07 new\nline \u202ertl.fit"


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii", "latin-1"])
def test_a_file_may_have_any_name_and_a_terminal_any_encoding(folder, tmp_path, encoding):
    for name in (os.fsencode(HOSTILE), b"half \xff.fit"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes((folder / "ride.fit").read_bytes())
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad \xff\x1b[31m.txt")).write_text("no ride")
    surroundings = {**os.environ, "PYTHONIOENCODING": encoding}
    for arguments in (["inspect"], ["inspect", "--json"], ["report"], ["report", "--json"], ["report", "-o", "a.html"]):
        command = [sys.executable, "-m", "paceline", arguments[0], str(tmp_path), *arguments[1:]]
        done = subprocess.run(command, capture_output=True, env=surroundings, cwd=folder, timeout=120, check=False)
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr
        assert not [steering for steering in ("\x1b", "\x07", "\u202e") if steering.encode() in done.stdout]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("command", [["report"], ["report", "--json"], ["inspect"]])
def test_output_that_can_not_be_written_ends_in_a_sentence(folder, command):
    with Path("/dev/full").open("w") as full:
        run = [sys.executable, "-m", "paceline", command[0], folder / "ride.fit", *command[1:]]
        done = subprocess.run(run, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (1, "paceline: No space left on device\n")


def test_a_reader_that_has_seen_enough_is_no_failure(folder):
    reading, writing = os.pipe()
    os.close(reading)
    run = [sys.executable, "-m", "paceline", "report", folder / "ride.fit"]
    done = subprocess.run(run, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("columns", ["0", "1", "20"])
def test_a_terminal_without_width_is_written_to_all_the_same(folder, columns):
    command = [sys.executable, "-m", "paceline", "report", folder / "ride.fit"]
    surroundings = {**os.environ, "COLUMNS": columns}
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "Weighted power" in " ".join(done.stdout.split())


def test_one_reading_with_a_date_far_away_does_not_stop_the_other_rides(folder, tmp_path):
    rows = [f"{second},200" for second in (0, 1, 2)] + [f"{20 * 86_400 + second},200" for second in (0, 1)]
    (tmp_path / "odd.csv").write_text("\n".join(["time,power_w", *rows]))
    done = paceline("report", folder / "ride.fit", tmp_path / "odd.csv", "--json")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert "odd.csv: more than 17 days lie between its first reading and its last" in done.stderr
