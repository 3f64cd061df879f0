"""Commands that do a job leave a line in the history of runs, where there is a house to keep it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import typer

Parameters = ParamSpec("Parameters")


def recorded(name: str, run: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """The command, with a run of its name in the history of its house; it runs all the same where none can be kept."""

    @wraps(run)
    def ran(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        from paceline.domain.errors import PacelineError, ProgramFailed

        try:
            runs = _history(kwargs)
        except PacelineError:  # no house yet, or one that can't be written: the command itself says what that means
            run(*args, **kwargs)
            return
        with runs:
            try:
                with runs.running(name):
                    try:
                        run(*args, **kwargs)
                    except typer.Exit as left:
                        if left.exit_code:
                            raise ProgramFailed(name, reason=f"it ended with exit code {left.exit_code}") from left
            except ProgramFailed as failed:
                if isinstance(failed.__cause__, typer.Exit):
                    raise failed.__cause__ from None
                raise

    return ran


def _history(asked: Any) -> Any:
    from paceline.cli.house import settings
    from paceline.jobs.runs import Runs, place_of

    home, organisation = asked.get("home"), asked.get("organisation", "home")
    places = settings(home if isinstance(home, Path) else None).house.there(organisation)
    return Runs.open(place_of(places), organisation=organisation)
