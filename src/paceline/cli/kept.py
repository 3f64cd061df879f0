"""Sessions by their ids, where a command takes files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from paceline.cli.house import opened

if TYPE_CHECKING:
    from paceline.measure.sessions import Session

_KEY = re.compile(r"[0-9a-f]{4,8}|[0-9a-f]{8}-[0-9a-f-]{0,27}", re.IGNORECASE)


def are_sessions(given: Sequence[Path]) -> bool:
    """Whether these are ids of sessions, or their beginnings; a file that is there comes first."""
    return all(_KEY.fullmatch(str(path)) and not os.path.exists(path) for path in given)  # noqa: PTH110  # never raises


def session(
    key: str, home: Path | None, organisation: str, *, settings: Path | None = None, bike: str | None = None
) -> Session:
    """A session that is kept, with its recordings read anew from the raw files.

    Args:
        key: its id or the beginning of it.
        home: the house.
        organisation: whose.
        settings: a settings file in the place of what is known of the athlete.
        bike: which bike of the settings was ridden.

    Raises:
        UnknownName: there is no such session.
        Refused: it has no recording yet.
    """
    from paceline.domain.errors import Refused
    from paceline.jobs.athlete_settings import Known
    from paceline.jobs.measuring import session_of
    from paceline.jobs.remeasuring import tasks_for
    from paceline.measure.settings import load

    if settings is not None:
        load(settings)
    with opened(home, organisation) as store:
        known = store.session(key)
        tasks = tasks_for(store, [known.id])
        if not tasks:
            raise Refused("reading the session", because="it has no recording yet")
        task = tasks[0]
        if settings is not None:
            task = replace(task, settings=Known(settings.read_text(encoding="utf-8")))
        return session_of(store.blobs, task, bike=bike)
