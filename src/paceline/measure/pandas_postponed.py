"""Hamilton without pandas, until somebody asks Hamilton for a table.

Hamilton's modules import pandas, which takes longer than all the metrics of a ride, and use it in signatures and where
they build tables; Paceline's dataflow has neither. Within `pandas_postponed` those modules, and nobody else's, are
given a stand-in, which is pandas from the first time that anything is asked of it. Why: `docs/why/cold-start.md`.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType, SimpleNamespace
from typing import Any

TABLES = "pandas"
TAKE_IT = ("hamilton.plugins.", "hamilton.experimental.")
"""Modules that are about tables, and are loaded with pandas."""


class _Named(str):
    """A type in a signature, by name, as `from __future__ import annotations` leaves it."""

    __slots__ = ()

    def __or__(self, other: object) -> _Named:
        return _Named(f"{self} | {_name(other)}")

    def __ror__(self, other: object) -> _Named:
        return _Named(f"{_name(other)} | {self}")


def _name(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)


class _StandIn(ModuleType):
    """A module of pandas: names while a module of Hamilton's is being loaded, pandas itself from then on."""

    def __init__(self, name: str, known_as: str, loading: _Loading) -> None:
        super().__init__(name)
        self.__dict__.update(_known_as=known_as, _loading=loading)

    def __getattr__(self, name: str) -> Any:
        if self.__dict__["_loading"].running and not name.startswith("__"):
            return _Named(f"{self.__dict__['_known_as']}.{name}")
        return getattr(import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        return dir(import_module(self.__name__))


class _Loading:
    """What `import` does inside one module of Hamilton's, while it is loaded."""

    def __init__(self) -> None:
        self.running = True

    def bring(
        self,
        name: str,
        globals: Any = None,  # noqa: A002  # so `__import__` calls them
        locals: Any = None,  # noqa: A002
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        """Pandas as a stand-in, all else as ever; later, within the module's functions, all as ever."""
        if not self.running or level or name.partition(".")[0] != TABLES or TABLES in sys.modules:
            return builtins.__import__(name, globals, locals, fromlist, level)
        if fromlist:
            return SimpleNamespace(**{part: _StandIn(f"{name}.{part}", f"pd_{part}", self) for part in fromlist})
        return _StandIn(TABLES, "pd", self)


class _Loader(SourceFileLoader):
    """Loads a module of Hamilton's with the stand-in, or with pandas where it wants more than names."""

    def exec_module(self, module: ModuleType) -> None:
        loading = _Loading()
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": loading.bring}
        try:
            super().exec_module(module)
        except (AttributeError, ImportError, NameError, TypeError, ValueError):
            loading.running = False
            super().exec_module(module)  # once more, and what is wrong for another reason is so again
        finally:
            loading.running = False
            module.__dict__["__builtins__"] = builtins


class _Finder(MetaPathFinder):
    """Finds modules of Hamilton's where they are, and has them loaded by `_Loader`."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not name.startswith("hamilton.") or name.startswith(TAKE_IT):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader and spec.origin is not None:
            spec.loader = _Loader(spec.loader.name, spec.origin)
        return spec


@contextmanager
def pandas_postponed() -> Iterator[None]:
    """Hamilton's modules that are imported within do without pandas; where it is there already, nothing changes.

    No other module's imports are touched, on this thread or another.
    """
    if TABLES in sys.modules:
        yield
        return
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
