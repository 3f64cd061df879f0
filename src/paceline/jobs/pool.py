"""Where work is done: in processes beside this one, or here where there is little of it.

The executor port slots in here: whatever has `submit` and `shutdown`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

FEW = 4
"""So few tasks are done before other processes have started."""


class Here(Executor):
    """An executor that does each task as it is handed in."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The task, done."""
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # it belongs to whoever asks for the result
            done.set_exception(error)
        return done


def pool(tasks: int, *, workers: int | None = None) -> Executor:
    """An executor for that many tasks.

    Args:
        tasks: how many are to be expected.
        workers: processes; one for each core that we may use if left out.
    """
    count = min(workers or len(os.sched_getaffinity(0)), tasks)
    if tasks < FEW or count < 2:
        return Here()
    # a fork would copy the locks of threads that it does not copy
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_quiet)


def _quiet() -> None:
    """Ctrl-C is for the process that a person started; it ends these."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


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
