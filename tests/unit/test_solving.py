"""A digital wind tunnel: a program of the user's solves a case, and what it wrote is read; once for each case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from paceline.domain.errors import FileUnreadable, PacelineError, ProgramFailed
from paceline.jobs.executor import Here
from paceline.jobs.process_executor import ProcessExecutor
from paceline.jobs.runs import Runs
from paceline.jobs.solving import case_mark, coefficients, solved, solved_cases

SOLVER = textwrap.dedent("""
    # A real program, small: drag falls to 0.72 while it "solves", in the layout and the words of OpenFOAM v2312.
    import pathlib, sys, time
    case = pathlib.Path(sys.argv[sys.argv.index("-case") + 1])
    with open(case / "solved.log", "a") as log:
        log.write("solved\\n")
    how = (case / "system" / "controlDict").read_text().strip()
    if how == "diverges":
        sys.exit(1)
    if how == "hangs":
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        (case / "child").write_text(str(child.pid))
        time.sleep(600)
    if how != "forgets":
        folder = case / "postProcessing" / "forceCoeffs1" / "0"
        folder.mkdir(parents=True, exist_ok=True)
        rows = [f"{n}\\t{0.72 + 1.0 / n**2:.10e}\\t1.0e-03\\t-2.0e-02" for n in range(1, 101)]
        head = ["# Force and moment coefficients", "# lRef : 1.7", "# Aref : 3.5e-01", "#",
                "# Time\\tCd\\tCs\\tCl"]
        (folder / "coefficient.dat").write_text("\\n".join(head + rows) + "\\n")
""")


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "solve.py"
    path.write_text(SOLVER)
    return (sys.executable, str(path), "-case", "{case}")


@pytest.fixture
def runs(tmp_path):
    with Runs.open(str(tmp_path / "jobs.sqlite"), organisation="home") as runs:
        yield runs


def case(tmp_path, name, how="converges"):
    folder = tmp_path / name
    (folder / "system").mkdir(parents=True)
    (folder / "constant").mkdir()
    (folder / "0").mkdir()
    (folder / "system" / "controlDict").write_text(how)
    (folder / "0" / "U").write_text("internalField uniform (15 0 0);")
    return folder


def times_solved(folder):
    return len((folder / "solved.log").read_text().split())


def test_what_a_program_wrote_is_read_with_how_far_it_settled(tmp_path, program):
    found = solved(program, str(case(tmp_path, "rider")))
    assert (found["rows"], found["averaged"], found["reference_area_m2"]) == (100, 20, 0.35)
    by_hand = sum(0.72 + 1.0 / n**2 for n in range(81, 101)) / 20
    assert found["means"]["drag_coefficient"] == pytest.approx(by_hand, rel=1e-9)
    assert found["drag_area_m2"] == pytest.approx(0.35 * by_hand, rel=1e-9)
    assert 0.0 < found["scatter"]["drag_coefficient"] < 1e-4
    assert found["file"] == "postProcessing/forceCoeffs1/0/coefficient.dat"


@pytest.mark.parametrize(
    ("how", "reason"),
    [("diverges", "exit code 1"), ("forgets", "wrote no force coefficients"), ("hangs", "longer than")],
)
def test_a_program_that_does_not_solve_is_an_error_in_a_sentence(tmp_path, program, how, reason):
    with pytest.raises(ProgramFailed, match=reason):
        solved(program, str(case(tmp_path, how, how)), limit=2.0)


def test_what_a_program_began_ends_with_it(tmp_path, program):
    folder = case(tmp_path, "hangs", "hangs")
    with pytest.raises(ProgramFailed):
        solved(program, str(folder), limit=2.0)
    ended(int((folder / "child").read_text()))


def ended(pid):
    """Wait until a process is gone, or only its parent's note of it is left."""
    for _ in range(500):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(") ")[2][0] == "Z":
            return
        time.sleep(0.01)
    raise AssertionError("it lives")


def test_a_case_that_is_called_off_ends_its_program(tmp_path, program):
    folder = case(tmp_path, "hangs", "hangs")
    with ProcessExecutor(1) as executor:
        executor.submit(solved, program, str(folder), name="case")
        while not (folder / "child").exists() or not (folder / "child").read_text():
            time.sleep(0.01)
        assert executor.cancel("case")
    ended(int((folder / "child").read_text()))


def test_a_program_that_is_not_there_is_an_error_in_a_sentence(tmp_path):
    with pytest.raises(ProgramFailed, match="No such file"):
        solved(("/nowhere/solve", "{case}"), str(case(tmp_path, "rider")))


def test_nothing_of_the_command_is_read_by_a_shell(tmp_path):
    mark = tmp_path / "mark"
    with pytest.raises(ProgramFailed):
        solved((f"true; touch {mark}",), str(case(tmp_path, "rider")))
    with pytest.raises(ProgramFailed, match="wrote no force"):
        solved(("/bin/true", f"$(touch {mark})"), str(case(tmp_path, "other")))
    assert not mark.exists()


def test_what_lay_there_before_is_not_taken_for_an_answer(tmp_path, program):
    folder = case(tmp_path, "rider")
    solved(program, str(folder))
    (folder / "system" / "controlDict").write_text("forgets")
    with pytest.raises(ProgramFailed, match="wrote no force coefficients"):
        solved(program, str(folder))


def test_cases_are_solved_side_by_side_and_each_once(tmp_path, program, runs):
    cases = [case(tmp_path, "one"), case(tmp_path, "two", "diverges"), case(tmp_path, "three", "slowly")]
    with ProcessExecutor(2) as executor:
        found = dict(solved_cases(runs, cases, command=program, executor=executor))
        again = dict(solved_cases(runs, cases, command=program, executor=executor))
    assert isinstance(found[cases[1]], ProgramFailed)
    assert again[cases[0]] == found[cases[0]]
    assert [times_solved(folder) for folder in cases] == [1, 2, 1]
    assert sorted(run.state for run in runs.listed(job="wind-tunnel")) == ["done", "done", "failed"]


def test_folders_that_hold_the_same_case_have_one_answer(tmp_path, program, runs):
    cases = [case(tmp_path, "one"), tmp_path / "nowhere", case(tmp_path, "same")]
    with Here() as executor:
        found = dict(solved_cases(runs, cases, command=program, executor=executor))
    assert found[cases[0]] == found[cases[2]]
    assert isinstance(found[cases[1]], FileUnreadable)
    assert not (cases[2] / "solved.log").exists()


def test_a_case_that_was_changed_is_another_case(tmp_path, program, runs):
    folder = case(tmp_path, "rider")
    with Here() as executor:
        list(solved_cases(runs, [folder], command=program, executor=executor))
        (folder / "0" / "U").write_text("internalField uniform (16 0 0);")
        list(solved_cases(runs, [folder], command=program, executor=executor))
    assert times_solved(folder) == 2


def test_the_mark_of_a_case_is_of_its_own_files(tmp_path, program):
    one, other = case(tmp_path, "one"), case(tmp_path, "other")
    assert case_mark(one) == case_mark(other)
    solved(program, str(one))
    assert case_mark(one) == case_mark(other)
    with pytest.raises(FileUnreadable, match="controlDict"):
        case_mark(tmp_path)


@pytest.mark.parametrize("text", ["", "# Time\tCd\n", "time,power_w\n0,100\n1,200\n"])
def test_a_file_of_something_else_is_refused(tmp_path, text):
    (tmp_path / "coefficient.dat").write_text(text)
    with pytest.raises(PacelineError):
        coefficients(tmp_path / "coefficient.dat", below=tmp_path)


def test_the_command_solves_with_the_program_of_the_settings(tmp_path, program):
    folders = [case(tmp_path, "one"), case(tmp_path, "two", "diverges")]
    settings = {"PACELINE_HOME": str(tmp_path / "house"), "PACELINE_WIND_TUNNEL": json.dumps(program)}
    command = [sys.executable, "-m", "paceline", "wind-tunnel", *map(str, folders)]
    done = subprocess.run(
        [*command, "--json"], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["drag_area_m2"] == pytest.approx(0.252, abs=0.001)
    assert "exit code 1" in done.stderr
    assert done.returncode == 1
    words = subprocess.run(command[:-1], env={**os.environ, **settings}, capture_output=True, text=True, check=True)
    assert "drag area 0.252 m²" in words.stdout.replace("0.2520", "0.252")
    assert times_solved(folders[0]) == 1
