"""What files held, for the moment between being decoded and being measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from paceline.record.recordings import RawFile

READINGS = 16_000_000
"""Numbers that are held at most, of 8 bytes each: a hundred rides of three hours, or one at 100 Hz."""


class Held:
    """Decoded recordings by their ids, and whether they are enough for now."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._files: dict[str, RawFile] = {}
        self._readings = 0

    @property
    def files(self) -> Mapping[str, RawFile]:
        """Recording's id → what it holds."""
        return self._files

    @property
    def full(self) -> bool:
        """Whether nothing more should be held before this is used."""
        return self._readings >= READINGS

    def add(self, sha256: str, file: RawFile) -> None:
        """Hold one."""
        if sha256 not in self._files:
            self._files[sha256] = file
            self._readings += sum(len(s) * (1 + len(s.values)) for r in file.recordings for s in r.streams.values())

    def of(self, names: Iterable[str]) -> dict[str, RawFile]:
        """Those of them that are held."""
        return {name: self._files[name] for name in names if name in self._files}

    def clear(self) -> None:
        """Let go of all."""
        self._files.clear()
        self._readings = 0
