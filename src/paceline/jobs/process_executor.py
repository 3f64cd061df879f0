"""Work in processes beside this one: a killed one gives back the task it had, and another takes its place.

The standard library's pool breaks as a whole when one of its processes is killed, and can't tell whose fault it was.
Here each process has a pipe and one task at a time, so it is known what was lost with it. The pipes are this process's
own: what travels over them is pickled, and comes from nobody else.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from paceline.domain.errors import TaskFailed
from paceline.jobs.executor import Attempt, Here, TaskExecutor, attempted

GRACE = 2.0
"""s that a process has to end by itself."""

FEW = 4
"""So few tasks are done before other processes have started."""


@dataclass(eq=False, slots=True)
class _Worker:
    """A process, our end of its pipe, and what it works on."""

    process: SpawnProcess
    pipe: Connection
    attempt: Attempt | None = None


class ProcessExecutor(TaskExecutor):
    """Processes on this machine."""

    def __init__(self, workers: int | None = None) -> None:
        """Start none yet.

        Args:
            workers: how many at most; one for each core that we may use if left out.
        """
        super().__init__()
        self.workers = workers or cores()
        self._context = get_context("spawn")  # a fork would copy the locks of threads that it does not copy
        self._queue: deque[Attempt] = deque()
        self._crew: list[_Worker] = []
        self._ended = False
        self._wake, self._woken = self._context.Pipe()
        self._foreman = threading.Thread(target=self._oversee, name="paceline-executor", daemon=True)
        self._foreman.start()

    def _start(self, attempt: Attempt) -> None:
        with self._lock:
            self._queue.append(attempt)
        self._call()

    def _stop_one(self, attempt: Attempt) -> None:
        """End the process that works on it: nothing else can stop it there."""
        with self._lock:
            busy = [worker for worker in self._crew if worker.attempt is attempt]
        for worker in busy:
            _end(worker.process)
        self._call()

    def _close(self) -> None:
        self._ended = True
        self._call()
        self._foreman.join()

    def _call(self) -> None:
        with suppress(OSError):  # the foreman has gone home
            self._wake.send_bytes(b".")

    def _oversee(self) -> None:
        """The foreman's thread: hand out, take in, and see who is gone."""
        while not self._ended:
            self._hand_out()
            with self._lock:
                crew = {worker.pipe: worker for worker in self._crew}
            for pipe in wait([self._woken, *crew]):
                if pipe is self._woken:
                    self._woken.recv_bytes()
                elif isinstance(pipe, Connection):
                    self._take_in(crew[pipe])
        for worker in self._crew:
            worker.pipe.close()  # at which it ends by itself, if it is not at work
            if worker.attempt is not None:
                _end(worker.process)
            worker.process.join()

    def _hand_out(self) -> None:
        while (worker := self._free()) is not None:
            with self._lock:
                attempt = self._queue.popleft()
            if not attempt.begin():
                continue
            try:
                task = pickle.dumps((attempt.work, attempt.arguments))
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                reason = f"it can't be sent to a process ({type(error).__name__})"
                attempt.broke(TaskFailed(attempt.name, reason=reason))
                continue
            worker.attempt = attempt
            try:
                worker.pipe.send_bytes(attempt.name.encode())
                worker.pipe.send_bytes(task)
            except OSError:
                self._gone(worker)

    def _free(self) -> _Worker | None:
        """A process without a task, a new one where there may be more; None where there is nothing to hand out."""
        with self._lock:
            if not self._queue:
                return None
            idle = next((worker for worker in self._crew if worker.attempt is None), None)
            if idle is None and len(self._crew) < self.workers:
                idle = self._hired()
                self._crew.append(idle)
            return idle

    def _hired(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs,), name="paceline-worker", daemon=True)
        process.start()
        theirs.close()  # so that the pipe ends when the process does
        return _Worker(process, ours)

    def _take_in(self, worker: _Worker) -> None:
        try:
            answer, error = pickle.loads(worker.pipe.recv_bytes())  # noqa: S301  # our own process, our own pipe
        except (EOFError, OSError, pickle.UnpicklingError):
            self._gone(worker)
            return
        attempt, worker.attempt = worker.attempt, None
        if attempt is not None and error is None:
            attempt.answered(answer)
        elif attempt is not None:
            attempt.broke(error)

    def _gone(self, worker: _Worker) -> None:
        with self._lock:
            self._crew.remove(worker)
        worker.process.join()
        worker.pipe.close()
        if worker.attempt is not None:
            worker.attempt.vanished()


def _end(process: SpawnProcess) -> None:
    """Ask it to end, which ends the programs that it runs; what does not listen is killed."""
    process.terminate()
    process.join(GRACE)
    process.kill()


def _work(pipe: Connection) -> None:
    """What a process does until its pipe ends: a task, its answer, the next task. Ctrl-C is for the one that began."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # on the way out, what a task has begun is ended
    with suppress(EOFError, OSError):
        while True:
            name, task = pipe.recv_bytes().decode(), pipe.recv_bytes()
            pipe.send_bytes(_done(name, task))


def _done(name: str, task: bytes) -> bytes:
    """The answer or the error, ready to travel."""
    try:
        work, arguments = pickle.loads(task)  # noqa: S301  # from the process that began us
        outcome = attempted(name, work, arguments)
        return pickle.dumps(outcome)
    except Exception as error:  # noqa: BLE001  # what can't be packed or unpacked belongs to whoever asks for it
        return pickle.dumps((None, TaskFailed(name, reason=f"it can't travel ({type(error).__name__})")))


def cores() -> int:
    """How many cores we may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pool(tasks: int, *, workers: int | None = None) -> TaskExecutor:
    """An executor for that many tasks: here where there are few, else in processes.

    Args:
        tasks: how many are to be expected.
        workers: processes; one for each core that we may use if left out.
    """
    count = min(workers or cores(), tasks)
    return Here() if tasks < FEW or count < 2 else ProcessExecutor(count)
