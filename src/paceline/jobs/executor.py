"""The executor port: work handed out by name, tried again where that helps, and never done twice by mistake.

An adapter says where work is done: here, in processes beside this one, or on a cluster. What is the same everywhere is
here: a name stands for one piece of work, so that handing it in again gives the same future; an error that may pass is
tried again, each time after a longer wait; a process that is killed gives back what it had taken up. So work may begin
more than once, and its answer arrives once: work is to be idempotent, and whoever asked writes.

It is an executor as `concurrent.futures` has them, so whatever takes one of those takes these.
"""

from __future__ import annotations

import pickle
import threading
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import uuid4

from paceline.domain.errors import StoreUnavailable, TaskFailed, TaskLost

Item = TypeVar("Item")
Answer = TypeVar("Answer")

LOST_AT_MOST = 3
"""Processes that a task may outlive; whatever has ended so many is likely to end the next."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a failed task is tried, and after which waits: `first`, then `factor` times as long each time.

    Attributes:
        attempts: how often in all; 1 tries nothing again.
        first: s before the second attempt.
        factor: by which each wait is longer than the one before.
        longest: s that no wait is longer than.
        on: the errors that may pass; any other ends the task at once.
    """

    attempts: int = 3
    first: float = 0.5
    factor: float = 2.0
    longest: float = 30.0
    on: tuple[type[BaseException], ...] = (StoreUnavailable, ConnectionError, TimeoutError)

    def wait(self, task: str, failed: int) -> float:
        """s until the next attempt, after so many failed ones; up to a tenth longer by the task's name, so that what
        failed together does not come back together.

        >>> [round(Retries(first=1.0, longest=5.0).wait("", failed), 3) for failed in (1, 2, 3, 4)]
        [1.0, 2.0, 4.0, 5.0]
        """
        spread = 1.0 + (zlib.crc32(task.encode()) % 1000) / 10_000.0
        return min(self.first * self.factor ** (failed - 1), self.longest) * spread


ONCE = Retries(attempts=1)
USUAL = Retries()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an executor is.

    Attributes:
        waiting: tasks that no process has taken up, or that wait for their next attempt.
        running: tasks that one works on.
        done: tasks with an answer.
        failed: tasks that ended in an error.
        cancelled: tasks that were called off.
        retried: attempts after a failed one.
        lost: attempts whose process ended.
    """

    waiting: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    retried: int = 0
    lost: int = 0


State = Literal["waiting", "running", "done", "failed", "cancelled"]
LIVE = frozenset({"waiting", "running"})


class Attempt:
    """One piece of work on its way: what an adapter is given, and what it tells about it."""

    def __init__(self, executor: TaskExecutor, name: str, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.name, self.work, self.arguments = name or uuid4().hex, work, arguments
        self.named = bool(name)
        self.future: Future[Any] = Future()
        self.failed = self.lost = 0
        self.retries = ONCE
        self.state: State = "waiting"
        self._executor = executor

    def begin(self) -> bool:
        """Whether it is still wanted: an adapter asks before a process takes it up."""
        return self._executor.on_begin(self)

    def answered(self, answer: object) -> None:
        """It is done."""
        self._executor.on_end(self, answer=answer)

    def broke(self, error: BaseException) -> None:
        """It ended in an error."""
        self._executor.on_end(self, error=error)

    def vanished(self) -> None:
        """The process that worked on it is no more."""
        self._executor.on_lost(self)


class TaskExecutor(Executor, ABC):
    """The port. Adapters implement `_start`, `_stop_one` and `_close`."""

    def __init__(self) -> None:
        self._attempts: dict[str, Attempt] = {}
        self._counts: Counter[str] = Counter()
        self._timers: set[threading.Timer] = set()
        self._lock = threading.RLock()
        self._closed = False

    def submit(  # type: ignore[override]  # the port names its work
        self, fn: Callable[..., Answer], /, *args: Any, name: str = "", retries: Retries = USUAL
    ) -> Future[Answer]:
        """Hand work in.

        Args:
            fn: a function that another process can import; done twice it must have done no more than once.
            args: what it takes; they travel to the process.
            name: of this piece of work. A name that is known gives the future that is there; without one it is new.
            retries: what to do about errors that may pass.

        Raises:
            RuntimeError: the executor is shut down.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the executor is shut down: nothing more can be handed in")
            if (known := self._attempts.get(name)) is not None:
                return known.future
            attempt = Attempt(self, name, fn, args)
            self._attempts[attempt.name] = attempt
            attempt.retries = retries
            attempt.future.add_done_callback(lambda future: self._on_called_off(attempt, future))
        self._start(attempt)
        return attempt.future

    def cancel(self, name: str) -> bool:
        """Call a task off, even while it runs; False where it is not there or over."""
        with self._lock:
            attempt = self._attempts.get(name)
            if attempt is None or attempt.state not in LIVE:
                return False
            running, attempt.state = attempt.state == "running", "cancelled"
        if not attempt.future.cancel():  # one that was taken up can't be called off by its future alone
            attempt.future.set_exception(CancelledError())
            self._over(attempt)
        if running:
            self._stop_one(attempt)
        return True

    def forget(self, name: str) -> None:
        """Let go of a task that is over, and of its answer: its name may be used again."""
        with self._lock:
            attempt = self._attempts.get(name)
            if attempt is not None and attempt.state not in LIVE:
                self._counts[attempt.state] += 1
                del self._attempts[name]

    @property
    def progress(self) -> Progress:
        """How far it is."""
        with self._lock:
            found = Counter(attempt.state for attempt in self._attempts.values())
            return Progress(**found + self._counts)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more; give everything back once what was handed in is over, or called off where nobody waits."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            left = [attempt for attempt in self._attempts.values() if attempt.state in LIVE]
        for attempt in left:
            if cancel_futures or not wait:
                self.cancel(attempt.name)
            with suppress(CancelledError):
                attempt.future.exception()
        for timer in list(self._timers):
            timer.cancel()
        self._close()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """Wait for what was handed in; after an error call it off."""
        self.shutdown(cancel_futures=kind is not None)

    def on_begin(self, attempt: Attempt) -> bool:
        """See `Attempt.begin`."""
        with self._lock:
            if attempt.state != "waiting":
                return False
            if not attempt.future.running() and not attempt.future.set_running_or_notify_cancel():
                attempt.state = "cancelled"
                return False
            attempt.state = "running"
            return True

    def on_end(self, attempt: Attempt, *, answer: object = None, error: BaseException | None = None) -> None:
        """See `Attempt.answered` and `Attempt.broke`; an answer that comes twice counts once."""
        with self._lock:
            if attempt.state != "running":
                return
            if error is not None and isinstance(error, attempt.retries.on):
                attempt.failed += 1
                if attempt.failed < attempt.retries.attempts:
                    self._counts["retried"] += 1
                    self._again(attempt, after=attempt.retries.wait(attempt.name, attempt.failed))
                    return
            attempt.state = "done" if error is None else "failed"
        if error is None:
            attempt.future.set_result(answer)
        else:
            attempt.future.set_exception(error)
        self._over(attempt)

    def on_lost(self, attempt: Attempt) -> None:
        """See `Attempt.vanished`."""
        with self._lock:
            if attempt.state != "running":
                return
            attempt.lost += 1
            self._counts["lost"] += 1
            if attempt.lost < LOST_AT_MOST:
                self._again(attempt, after=0.0)
                return
        self.on_end(attempt, error=TaskLost(attempt.name, times=attempt.lost))

    def _again(self, attempt: Attempt, *, after: float) -> None:
        attempt.state = "waiting"
        timer = threading.Timer(after, self._due)
        timer.args = (attempt, timer)
        timer.daemon = True
        self._timers.add(timer)
        timer.start()

    def _due(self, attempt: Attempt, timer: threading.Timer) -> None:
        self._timers.discard(timer)
        if attempt.state == "waiting":
            self._start(attempt)

    def _on_called_off(self, attempt: Attempt, future: Future[Any]) -> None:
        """The future's own `cancel` was used, or ours of a task that nobody had taken up."""
        if future.cancelled():
            with self._lock:
                attempt.state = "cancelled"
            future.set_running_or_notify_cancel()  # or whoever waits for it would wait for ever
            self._over(attempt)

    def _over(self, attempt: Attempt) -> None:
        """Let go of what only the work needed; nobody can ask for a task without a name."""
        attempt.arguments = ()
        if not attempt.named:
            self.forget(attempt.name)

    @abstractmethod
    def _start(self, attempt: Attempt) -> None:
        """Have a process take it up, now or when one is free."""

    @abstractmethod
    def _stop_one(self, attempt: Attempt) -> None:
        """Nobody wants the answer of a running task any more."""

    @abstractmethod
    def _close(self) -> None:
        """Give everything back."""


def attempted(
    name: str, work: Callable[..., Answer], arguments: tuple[Any, ...]
) -> tuple[Answer | None, Exception | None]:
    """In the process that does it: the answer, or the error in a form that can travel. Nobody logs its words there."""
    try:
        return work(*arguments), None
    except Exception as error:  # noqa: BLE001  # it belongs to whoever asks for the result
        return None, _travelling(name, error)


def _travelling(name: str, error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes: some errors can be packed and not unpacked
    except Exception:  # noqa: BLE001  # whatever an error of somebody else's does when it is packed
        return TaskFailed(name, reason=type(error).__name__)
    return error


class Here(TaskExecutor):
    """Does each task as it is handed in, in this process; what has to be tried again is, on a thread of its own."""

    def _start(self, attempt: Attempt) -> None:
        if attempt.begin():
            answer, error = attempted(attempt.name, attempt.work, attempt.arguments)
            attempt.answered(answer) if error is None else attempt.broke(error)

    def _stop_one(self, attempt: Attempt) -> None:
        """What runs here can't be stopped; its answer goes nowhere."""

    def _close(self) -> None:
        """There is nothing to give back."""


def ordered(
    executor: Executor, work: Callable[[Item], Answer], items: Iterable[Item], *, ahead: int = 8
) -> Iterator[tuple[Item, Answer]]:
    """Each item with its answer, in order; at most so many are handed in before they are asked for.

    A walk that ends early takes back what was not begun.
    """
    waiting: list[tuple[Item, Future[Answer]]] = []
    try:
        for item in items:
            waiting.append((item, executor.submit(work, item)))
            if len(waiting) > ahead:
                first, future = waiting.pop(0)
                yield first, future.result()
        while waiting:
            first, future = waiting.pop(0)
            yield first, future.result()
    finally:
        for _, future in waiting:
            future.cancel()
