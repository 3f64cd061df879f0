"""The history of runs: what is done stays done, whatever is killed when, and nobody runs what somebody runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from uuid import uuid4

import pytest

from paceline.domain.errors import Absent, Damaged, RunUnderWay, StoreUnavailable
from paceline.jobs.executor import ONCE, Here
from paceline.jobs.runs import SILENT, Runs, Work, carried_out, said

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.time = 1_700_000_000 * 10**9

    def __call__(self):
        return self.time

    def pass_(self, seconds):
        self.time += round(seconds * 10**9)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    return request.getfixturevalue("postgres") if request.param == "postgres" else str(tmp_path / "jobs.sqlite")


@pytest.fixture
def organisation():
    return f"club-{uuid4().hex[:12]}"


@pytest.fixture
def runs(place, organisation, clock):
    with Runs.open(place, organisation=organisation, now=clock) as runs:
        yield runs


@pytest.fixture
def another(place, organisation, clock):
    """The same history, as another process has it open."""
    with Runs.open(place, organisation=organisation, now=clock) as runs:
        yield runs


def test_a_run_is_kept_with_its_times_and_its_end(runs, clock):
    with runs.running("verify", by="owner") as run:
        assert run.state == "running"
        clock.pass_(90)
    (kept,) = runs.listed()
    assert (kept.job, kept.state, kept.attempts, kept.by, kept.error) == ("verify", "done", 1, "owner", "")
    assert kept.ended - kept.started == 90 * 10**9


def test_an_error_is_kept_without_values(runs):
    with pytest.raises(ValueError, match="kg"), runs.running("measure"):
        raise ValueError("71.5 kg of Jane Roe")
    assert runs.listed()[0].error == "ValueError"


def test_a_file_is_not_named_in_the_history():
    error = Damaged("jane_roe.fit", expected="a header", found="none", offset=3)
    assert said(error) == "a file, byte 3: expected a header, found none."


def test_ctrl_c_ends_a_run_as_cancelled(runs):
    with pytest.raises(KeyboardInterrupt), runs.running("measure"):
        raise KeyboardInterrupt
    assert runs.listed()[0].state == "cancelled"


def test_nobody_takes_up_what_somebody_runs(runs, another):
    runs.begin("backfill", key="backfill-7")
    with pytest.raises(RunUnderWay, match="runs already"):
        another.begin("backfill", key="backfill-7")


def test_what_was_cut_off_is_interrupted_and_can_be_taken_up(runs, another, clock):
    lost = runs.begin("backfill", key="backfill-7")
    clock.pass_(SILENT + 1)
    assert another.listed()[0].state == "interrupted"
    again = another.begin("backfill", key="backfill-7")
    assert (again.id, again.attempts, again.state) == (lost.id, 2, "running")
    assert not runs.beat(lost)
    assert runs.end(lost, "failed", error="late").state == "running"
    assert another.end(again, "done").state == "done"


def test_a_sign_of_life_keeps_a_run(runs, another, clock):
    run = runs.begin("backfill", key="backfill-7")
    for _ in range(5):
        clock.pass_(SILENT - 1)
        assert runs.beat(run)
    assert another.listed()[0].state == "running"


def test_a_run_that_is_done_is_not_done_again(runs):
    with runs.running("backfill", key="backfill-7") as first:
        assert first.state == "running"
    with runs.running("backfill", key="backfill-7") as again:
        assert (again.state, again.id) == ("done", first.id)
    assert runs.listed()[0].attempts == 1


def test_parts_that_are_done_are_not_done_again(runs):
    did = []

    def part(number):
        did.append(number)
        if number == 2 and did.count(2) == 1:
            raise StoreUnavailable("a store", reason="away")
        return number * 10

    works = [Work(f"part {n}", part, (n,)) for n in range(4)]
    with (
        Here() as executor,
        pytest.raises(StoreUnavailable),
        runs.running("backfill", key="k") as run,
    ):
        list(carried_out(runs, run, works, executor=executor, retries=ONCE))
    kept = dict(runs.done(runs.listed()[0]))
    with Here() as executor, runs.running("backfill", key="k") as run:
        found = dict(carried_out(runs, run, works, executor=executor, retries=ONCE))
    assert found == {f"part {n}": n * 10 for n in range(4)}
    assert all(did.count(int(name[-1])) == 1 for name in kept)


def test_what_a_part_writes_is_written_here_and_once(runs):
    written = []

    def keep(name, answer):
        written.append((name, answer))
        return {"rows": answer}

    works = [Work(f"part {n}", abs, (-n,)) for n in range(3)]
    with Here() as executor, runs.running("backfill", key="k") as run:
        list(carried_out(runs, run, works, executor=executor, keep=keep))
        assert not runs.keep(run, "part 1", {"rows": 99})
        assert dict(carried_out(runs, run, works, executor=executor, keep=keep))["part 1"] == {"rows": 1}
    assert sorted(written) == [("part 0", 0), ("part 1", 1), ("part 2", 2)]


def test_a_run_is_found_by_the_beginning_of_its_id(runs):
    run = runs.begin("verify")
    assert runs.run(run.id[:8]).id == run.id
    for beginning in ("", "zz"):
        with pytest.raises(Absent):
            runs.run(beginning)


KILLED = textwrap.dedent("""
    import os, sys, time
    sys.path.insert(0, {root!r})
    from paceline.jobs.process_executor import ProcessExecutor
    from paceline.jobs.runs import Runs, Work, carried_out
    from tests.contract.executor_tasks import noted

    if __name__ == "__main__":
        works = [Work(f"part{{n}}", noted, ({folder!r}, f"part{{n}}")) for n in range(40)]
        later = time.time_ns() + int(sys.argv[1]) * 10**9
        with Runs.open({place!r}, organisation="home", now=lambda: later) as runs, ProcessExecutor(2) as executor:
            with runs.running("many", key="many") as run:
                def keep(name, answer):
                    with open({log!r}, "a") as log:
                        log.write(name + "\\n")
                        log.flush()
                    time.sleep(0.02)
                    return answer
                found = dict(carried_out(runs, run, works, executor=executor, keep=keep))
        print(len(found))
""")


def test_a_run_that_is_killed_goes_on_where_it_was_and_doubles_nothing(tmp_path):
    log = tmp_path / "log"
    names = {"root": str(ROOT), "folder": str(tmp_path), "place": str(tmp_path / "jobs.sqlite"), "log": str(log)}
    script = tmp_path / "killed.py"
    script.write_text(KILLED.format(**names))
    for attempt in range(3):
        process = subprocess.Popen([sys.executable, str(script), str(attempt * 60)], stdout=subprocess.DEVNULL)
        while process.poll() is None and (not log.exists() or len(log.read_text().split()) < 10 * (attempt + 1)):
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    done = subprocess.run([sys.executable, str(script), "600"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "40"
    kept = log.read_text().split()
    assert sorted(set(kept)) == sorted(f"part{n}" for n in range(40))
    assert len(kept) - len(set(kept)) <= 3  # each kill may fall between what is written and the note that it is
    with Runs.open(names["place"], organisation="home") as runs:
        (run,) = runs.listed()
        assert (run.state, run.attempts) == ("done", 4)
        assert sorted(json.dumps(answer) for answer in runs.done(run).values()) == sorted(
            json.dumps(f"part{n}") for n in range(40)
        )
