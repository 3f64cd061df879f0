"""Every executor keeps the port's promises: here, in processes, on a Dask cluster. One suite for all."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError, as_completed
from pathlib import Path

import pytest
from tests.contract import executor_tasks as tasks

from paceline.domain.errors import Damaged, StoreUnavailable, TaskFailed, TaskLost
from paceline.jobs.dask_executor import Cluster, DaskExecutor
from paceline.jobs.executor import ONCE, Here, Retries, ordered
from paceline.jobs.process_executor import ProcessExecutor

SOON = Retries(attempts=3, first=0.01, longest=0.02)
MAKE = {
    "here": Here,
    "processes": lambda: ProcessExecutor(2),
    "dask": lambda: DaskExecutor(Cluster(workers=2)),
}


@pytest.fixture(scope="module", autouse=True)
def importable():
    """Other processes find what these tests have done: they start with our path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2])
        yield


@pytest.fixture(scope="module", params=["processes", "dask"])
def elsewhere(request):
    with MAKE[request.param]() as executor:
        yield executor


@pytest.fixture(scope="module", params=MAKE)
def executor(request):
    with MAKE[request.param]() as executor:
        yield executor


def until(condition):
    """Wait for something that another process does; a minute is for ever."""
    end = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def test_an_answer_comes_back(executor):
    assert executor.submit(tasks.squared, 12).result() == 144


def test_answers_come_in_the_order_of_the_items(executor):
    assert [answer for _, answer in ordered(executor, tasks.squared, range(20))] == [n * n for n in range(20)]


def test_a_name_that_is_handed_in_twice_is_done_once(executor, tmp_path):
    first = executor.submit(tasks.noted, str(tmp_path), "once", name="once")
    again = executor.submit(tasks.noted, str(tmp_path), "once", name="once")
    assert again is first
    assert first.result() == "once"
    assert executor.submit(tasks.noted, str(tmp_path), "once", name="once").result() == "once"
    assert tasks.begun(tmp_path, "once") == 1


def test_a_name_that_was_forgotten_may_be_used_again(executor, tmp_path):
    for _ in range(2):
        executor.submit(tasks.noted, str(tmp_path), "again", name="again").result()
        executor.forget("again")
    assert tasks.begun(tmp_path, "again") == 2


def test_an_error_that_may_pass_is_tried_again(executor, tmp_path):
    before = executor.progress.retried
    assert executor.submit(tasks.passing, str(tmp_path), "passing", 2, retries=SOON).result() == "passing"
    assert tasks.begun(tmp_path, "passing") == 3
    assert executor.progress.retried - before == 2


def test_it_is_tried_no_more_often_than_was_asked(executor, tmp_path):
    with pytest.raises(StoreUnavailable, match="away for a moment"):
        executor.submit(tasks.passing, str(tmp_path), "never", 9, retries=SOON).result()
    assert tasks.begun(tmp_path, "never") == 3
    with pytest.raises(StoreUnavailable):
        executor.submit(tasks.passing, str(tmp_path), "once", 9, retries=ONCE).result()
    assert tasks.begun(tmp_path, "once") == 1


def test_an_error_that_will_not_pass_is_not_tried_again_and_keeps_its_facts(executor, tmp_path):
    with pytest.raises(Damaged) as caught:
        executor.submit(tasks.broken, str(tmp_path), "broken", retries=SOON).result()
    assert (caught.value.file, caught.value.offset, caught.value.expected) == ("ride.fit", 12, "a header")
    assert tasks.begun(tmp_path, "broken") == 1


def test_a_task_whose_process_is_killed_is_run_again(elsewhere, tmp_path):
    names = [f"task{n}" for n in range(6)]
    calm = [elsewhere.submit(tasks.noted, str(tmp_path), name, name=f"{tmp_path}{name}") for name in names]
    deadly = elsewhere.submit(tasks.deadly_once, str(tmp_path), "deadly")
    assert deadly.result() == "deadly"
    assert [future.result() for future in calm] == names
    assert tasks.begun(tmp_path, "deadly") == 2


def test_a_task_that_ends_every_process_is_given_up_and_the_others_go_on(elsewhere, tmp_path):
    with pytest.raises(TaskLost, match="more memory"):
        elsewhere.submit(tasks.deadly, str(tmp_path), "deadly").result()
    assert tasks.begun(tmp_path, "deadly") == 3
    assert elsewhere.submit(tasks.squared, 3).result() == 9


def test_what_runs_can_be_called_off(elsewhere, tmp_path):
    future = elsewhere.submit(tasks.slow, str(tmp_path), "slow", name=f"{tmp_path}slow")
    until(lambda: tasks.begun(tmp_path, "slow"))
    assert elsewhere.cancel(f"{tmp_path}slow")
    with pytest.raises(CancelledError):
        future.result()
    assert not elsewhere.cancel(f"{tmp_path}slow")
    assert elsewhere.submit(tasks.squared, 4).result() == 16


def test_what_was_called_off_is_over_for_whoever_waits_for_many(elsewhere, tmp_path):
    futures = [elsewhere.submit(tasks.slow, str(tmp_path), f"n{n}", name=f"{tmp_path}{n}") for n in range(4)]
    for n in range(4):
        elsewhere.cancel(f"{tmp_path}{n}")
    assert len(list(as_completed(futures))) == 4


def test_an_error_that_can_not_travel_is_told_by_its_kind_alone(elsewhere):
    with pytest.raises(Exception, match="Odd") as caught:
        elsewhere.submit(tasks.odd).result()
    assert "120 W" not in str(caught.value)


def test_an_answer_that_can_not_travel_is_an_error_of_its_task(tmp_path):
    with ProcessExecutor(1) as executor:
        with pytest.raises((TaskFailed, AttributeError)):
            executor.submit(tasks.unsendable).result()
        with pytest.raises(TaskFailed, match="can't be sent"):
            executor.submit(lambda: 1).result()
        assert executor.submit(tasks.squared, 5).result() == 25


@pytest.mark.parametrize("kind", ["here", "processes"])
def test_progress_counts_every_task_once(kind, tmp_path):
    with MAKE[kind]() as executor:
        futures = [executor.submit(tasks.squared, n) for n in range(5)]
        failed = executor.submit(tasks.broken, str(tmp_path), "broken", name="broken")
        assert [future.result() for future in futures] == [0, 1, 4, 9, 16]
        assert isinstance(failed.exception(), Damaged)
        until(lambda: executor.progress.done == 5)
        found = executor.progress
    assert (found.waiting, found.running, found.done, found.failed) == (0, 0, 5, 1)


def test_an_executor_that_is_shut_down_takes_nothing_more():
    executor = Here()
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shut down"):
        executor.submit(tasks.squared, 1)


def test_leaving_after_an_error_calls_off_what_runs(tmp_path):
    def broken():
        with ProcessExecutor(1) as executor:
            futures.append(executor.submit(tasks.slow, str(tmp_path), "slow"))
            until(lambda: tasks.begun(tmp_path, "slow"))
            raise LookupError("something else")

    futures = []
    with pytest.raises(LookupError):
        broken()
    assert isinstance(futures[0].exception(), CancelledError)


def test_waits_grow_and_are_bounded():
    retries = Retries(attempts=9, first=1.0, factor=3.0, longest=10.0)
    waits = [retries.wait("name", failed) for failed in range(1, 6)]
    assert waits == sorted(waits)
    assert waits[-1] <= 11.0
    assert retries.wait("name", 1) != retries.wait("another", 1)
