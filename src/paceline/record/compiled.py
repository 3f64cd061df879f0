"""Loops compiled to machine code: once on a machine where that can be kept, else once in each process.

An installation that may not be written to, an account without a home and a full disk are all sound places to run.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from numba import njit
from numba.core.caching import FunctionCache

_DAMAGED = (EOFError, pickle.UnpicklingError)


class _Cache(FunctionCache):
    """Numba's cache on the disk, which costs time where the disk fails, and nothing else."""

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep a compiled loop, if the disk will have it."""
        with suppress(OSError, *_DAMAGED):
            super().save_overload(signature, compiled)  # type: ignore[no-untyped-call]  # numba has no types here

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The compiled loop that was kept, or None: it is compiled again, then."""
        try:
            return super().load_overload(signature, target)  # type: ignore[no-untyped-call]
        except OSError:
            return None
        except _DAMAGED:
            with suppress(OSError):
                self.flush()  # type: ignore[no-untyped-call]  # else nothing could be kept again
            return None


def compiled(function: Callable[..., Any] | None = None, *, error_model: Literal["python", "numpy"] = "python") -> Any:
    """A decorator: numba's `njit` without the interpreter's lock, and with a cache where there can be one.

    Args:
        function: the loop.
        error_model: "numpy" lets a division by zero be infinite, and is faster for that.

    >>> @compiled
    ... def twice(number):
    ...     return 2 * number
    >>> twice(21)
    42
    """
    if function is None:
        return lambda loop: compiled(loop, error_model=error_model)
    kernel = njit(nogil=True, error_model=error_model)(function)
    with suppress(RuntimeError):  # numba found no folder that it may write to
        # As `njit(cache=True)` does with numba's own cache.
        kernel._cache = _Cache(function)  # type: ignore[no-untyped-call, attr-defined]
    return kernel
