"""Kernels: loops that numba compiles once, and that every later process calls without importing numba.

Importing numba and preparing it for its first function takes nearly half of a short report. So the machine code that it
makes is kept in files of our own, and llvmlite alone puts it back into memory. What is trusted, and what must hold of
numba and NumPy: docs/why/kernels.md.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy import ndarray

from paceline.record.native.machine_code import MachineCode, loaded, stored

Kind = str | tuple[np.dtype[Any], int, str, bool, bool]
"""What code is made for: "int64", "float64", "bool", or an array: dtype, dimensions, layout, writable, aligned."""

Function = Callable[..., Any]

NUMBERS: dict[type, str] = {int: "int64", float: "float64", bool: "bool"}
C_TYPES: dict[str, Any] = {"int64": ctypes.c_int64, "float64": ctypes.c_double, "bool": ctypes.c_int64}

WENT_WELL = (0, -2)
"""Numba's statuses of a function that returned something, and of one that returned None."""

CHECKS = ("NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT")
"""Numba's own settings that ask for other code than is kept: with them numba itself runs, and nothing is kept."""

_lock = threading.RLock()
_callees: dict[Function, Literal["python", "numpy"]] = {}
_announcements: list[Callable[[], None]] = []


def callee(*, error_model: Literal["python", "numpy"] = "python") -> Callable[[Function], Function]:
    """Mark a plain function of the same file that kernels call: it is compiled into them."""

    def marked(function: Function) -> Function:
        _callees[function] = error_model
        return function

    return marked


def kernel(
    *, error_model: Literal["python", "numpy"] = "python", also: Sequence[str] = ()
) -> Callable[[Function], Kernel]:
    """Compile a function of arrays and numbers when it is first called; it runs without the interpreter's lock.

    It may raise nothing and allocate nothing.

    Args:
        error_model: "numpy" lets a division by zero be infinite, where "python" raises.
        also: files, beside the kernel's own, that it was made from: those of callees that live elsewhere.
    """
    return lambda function: Kernel(function, error_model=error_model, also=also)


def before_compiling(announce: Callable[[], None]) -> None:
    """Have `announce` called before this process first compiles a kernel, which takes seconds."""
    _announcements[:] = [announce]


class Kernel:
    """A function with machine code of its own for each combination of the kinds of its arguments.

    Attributes:
        variants: the code that this process has called, by the kinds of the arguments.
    """

    def __init__(
        self, function: Function, *, error_model: Literal["python", "numpy"], also: Sequence[str] = ()
    ) -> None:
        self.variants: dict[tuple[Kind, ...], Function] = {}
        self._seen: dict[tuple[Any, ...], Function] = {}
        self._function, self._error_model, self._also = function, error_model, tuple(also)
        self.__doc__, self.__name__, self.__wrapped__ = function.__doc__, function.__name__, function

    def __call__(self, *arguments: Any) -> Any:
        """Run on arrays and on Python's own numbers, by position; an int must fit 64 bits.

        Raises:
            RuntimeError: the kernel raised something.
            TypeError: an argument is neither an array nor a number.
        """
        seen = tuple([(a.dtype, a.ndim, a.flags.num) if isinstance(a, ndarray) else type(a) for a in arguments])
        return (self._seen.get(seen) or self._variant(seen, arguments))(*arguments)

    def _variant(self, seen: tuple[Any, ...], arguments: tuple[Any, ...]) -> Function:
        kinds = tuple(map(_kind, arguments))
        with _lock:
            if kinds not in self.variants:
                self.variants[kinds] = self._made(kinds)
            self._seen[seen] = self.variants[kinds]
            return self.variants[kinds]

    def _made(self, kinds: tuple[Kind, ...]) -> Function:
        checked = any(os.environ.get(name, "0") not in {"", "0"} for name in CHECKS)
        code = None if checked else stored(self._function, kinds, also=self._also)
        if code is None or not code.content:
            return self._compiled(kinds, code, checked=checked)
        return _Native(self.__name__, kinds, code)

    def _compiled(self, kinds: tuple[Kind, ...], code: MachineCode | None, *, checked: bool) -> Function:
        """Machine code made now or, where it needs numba to run or is to be checked, numba itself."""
        while code is None and _announcements:
            _announcements.pop()()
        from paceline.record.native import compilation

        compilation.register(_callees)
        if not checked and code is None:
            code = compilation.machine_code(self._function, kinds, error_model=self._error_model, also=self._also)
        if code is not None and code.content:
            return _Native(self.__name__, kinds, code)
        made: Function = compilation.dispatcher(
            self._function, error_model=self._error_model, cache=not (checked or self._also)
        )
        return made


class _Native:
    """Machine code in memory as a function of Python's arguments; of an array it takes the object itself."""

    def __init__(self, name: str, kinds: tuple[Kind, ...], code: MachineCode) -> None:
        self.name, self.result = name, C_TYPES.get(code.returns)
        self.engine, address = loaded(code)
        types = [C_TYPES[kind] if isinstance(kind, str) else ctypes.py_object for kind in kinds]
        self.entry = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, *types)(address)

    def __call__(self, *arguments: Any) -> Any:
        """What the kernel returns: None or a number."""
        result = (self.result or ctypes.c_int64)()
        status = self.entry(ctypes.addressof(result), *arguments)
        if status not in WENT_WELL:
            raise RuntimeError(f"The kernel {self.name} raised an exception (status {status}), which no kernel may.")
        return result.value if self.result else None


def _kind(argument: Any) -> Kind:
    if isinstance(argument, ndarray):
        flags = argument.flags
        layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
        return argument.dtype, argument.ndim, layout, flags.writeable, flags.aligned
    if type(argument) in NUMBERS:
        return NUMBERS[type(argument)]
    raise TypeError(f"A kernel takes arrays and Python's own numbers, not {type(argument).__name__}.")
