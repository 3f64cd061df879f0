"""Paceline: from the devices around an athlete to metrics, models and live decisions.

Importing this costs next to nothing: what a name needs is imported when the name is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; `typing` itself takes as long to import as all the rest of this

if TYPE_CHECKING:
    from typing import Any

    from paceline.domain.errors import PacelineError as PacelineError
    from paceline.measure.sessions import Session as Session
    from paceline.measure.sessions import read as read
    from paceline.measure.sessions import read_all as read_all

    open: Any  # noqa: A001  # of jobs.opening, which the folders below jobs must not even seem to import

__version__ = "0.1.0"
__all__ = ["PacelineError", "Session", "__version__", "open", "read", "read_all"]

_HOMES = {
    "PacelineError": ("paceline.domain.errors", "PacelineError"),
    "Session": ("paceline.measure.sessions", "Session"),
    "open": ("paceline.jobs.opening", "open_house"),
    "read": ("paceline.measure.sessions", "read"),
    "read_all": ("paceline.measure.sessions", "read_all"),
}


def __getattr__(name: str) -> Any:
    """The public names, imported on first use."""
    if name not in _HOMES:
        raise AttributeError(f"paceline has no {name!r}. It has {', '.join(__all__)}.")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
