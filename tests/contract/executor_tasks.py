"""What the executors' tests have done: functions that another process can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from paceline.domain.errors import Damaged, StoreUnavailable


def squared(number):
    return number * number


def noted(folder, name, *, seconds=0.0):
    """A mark for every time it is begun; an answer that is the same each time."""
    path = Path(folder, f"{name}-{os.getpid()}-{time.monotonic_ns()}")
    path.touch()
    time.sleep(seconds)
    return name


def begun(folder, name):
    return len(list(Path(folder).glob(f"{name}-*")))


def slow(folder, name):
    return noted(folder, name, seconds=5.0)


def deadly_once(folder, name):
    """Ends its process as the kernel does when memory runs out, the first time."""
    first = begun(folder, name) == 0
    noted(folder, name)
    if first:
        os.kill(os.getpid(), signal.SIGKILL)
    return name


def deadly(folder, name):
    noted(folder, name)
    os.kill(os.getpid(), signal.SIGKILL)


def passing(folder, name, times):
    """Fails so many times as a store does that is away for a moment."""
    noted(folder, name)
    if begun(folder, name) <= times:
        raise StoreUnavailable("a store", reason="away for a moment")
    return name


def broken(folder, name):
    noted(folder, name)
    raise Damaged("ride.fit", expected="a header", found="none", offset=12)


class Odd(Exception):
    """Can be packed, and not unpacked."""

    def __init__(self, one, other):
        super().__init__(f"{one}{other}")


def odd():
    raise Odd("120 W", "secret")


def unsendable():
    return lambda: None
