"""A folder that is watched: what is put there is taken in once it has stopped growing.

It is looked at again and again, since no way of being told works on every file system. What was taken in is told by
its bytes, so the watch can be stopped and begun again at any time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SETTINGS_FILE = "paceline.yaml"


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was seen: while this changes, somebody writes it."""

    size: int
    modified: int


@dataclass(eq=False)
class Watch:
    """What was seen of a folder.

    Attributes:
        folder: which.
        stable: s for which a file must not have changed before it is taken in.
    """

    folder: Path
    stable: float = 5.0
    clock: Callable[[], float] = time.monotonic
    _seen: dict[Path, tuple[Look, float]] = field(default_factory=dict)
    _done: dict[Path, Look] = field(default_factory=dict)

    def ready(self) -> list[Path]:
        """The files that have stopped changing since they were last handed out, in order."""
        now, found = self.clock(), dict(self._files())
        self._seen = {path: seen for path, seen in self._seen.items() if path in found}
        self._done = {path: look for path, look in self._done.items() if path in found}
        settled = []
        for path, look in found.items():
            before = self._seen.get(path)
            if before is None or before[0] != look:
                self._seen[path] = (look, now)
            elif now - before[1] >= self.stable and self._done.get(path) != look:
                self._done[path] = look
                settled.append(path)
        return settled

    def _files(self) -> Iterator[tuple[Path, Look]]:
        """Files at any depth, hidden ones and settings left out; one that is gone again is passed over."""
        for path in sorted(self.folder.rglob("*")):
            inside = path.relative_to(self.folder).parts
            if path.name == SETTINGS_FILE or any(part.startswith(".") for part in inside):
                continue
            try:
                state = path.stat()
            except OSError:
                continue
            if path.is_file():
                yield path, Look(state.st_size, state.st_mtime_ns)
