"""A long walk over many tasks, in order, without keeping what was done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar
from uuid import uuid4

from paceline.jobs.executor import Here, TaskExecutor
from paceline.jobs.process_executor import pool

__all__ = ["Here", "ordered", "pool"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def ordered(
    executor: Executor, work: Callable[[Item], Answer], items: Iterable[Item], *, ahead: int = 8
) -> Iterator[tuple[Item, Answer]]:
    """Each item with its answer, in order; at most so many are handed in before they are asked for.

    An executor of ours keeps answers by the names of their tasks: a season's rows would fill the memory, so each is let
    go of once it was handed over. A walk that ends early takes back what was not begun.
    """
    waiting: deque[tuple[Item, str, Future[Answer]]] = deque()
    try:
        for item in items:
            waiting.append((item, *_handed_in(executor, work, item)))
            if len(waiting) > ahead:
                yield _next(executor, waiting)
        while waiting:
            yield _next(executor, waiting)
    finally:
        for _, _, future in waiting:
            future.cancel()


def _handed_in(executor: Executor, work: Callable[[Item], Answer], item: Item) -> tuple[str, Future[Answer]]:
    if isinstance(executor, TaskExecutor):
        name = uuid4().hex
        return name, executor.submit(work, item, name=name)
    return "", executor.submit(work, item)


def _next(executor: Executor, waiting: deque[tuple[Item, str, Future[Answer]]]) -> tuple[Item, Answer]:
    item, name, future = waiting.popleft()
    answer = future.result()
    if isinstance(executor, TaskExecutor):
        executor.forget(name)
    return item, answer
