"""What was true of an athlete and the bikes, as the journal holds it: a settings file, and what was said besides."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paceline.domain.errors import SettingsError
from paceline.keep.store import SETTINGS, Store
from paceline.measure.settings import FILE_NAME, Settings, load
from paceline.measure.settings_values import ATHLETE

ALWAYS = "0001-01-01"
"""The day since which a settings file holds: the days within it are its own."""


@dataclass(frozen=True, slots=True)
class Known:
    """The settings of one athlete.

    Attributes:
        text: as a settings file would say them; empty where nothing is known.
        mark: the beginning of the text's SHA-256, by which stored results say what they rest on.
    """

    text: str = ""

    @property
    def mark(self) -> str:
        """The beginning of the text's SHA-256; empty where nothing is known."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16] if self.text else ""

    @property
    def settings(self) -> Settings:
        """The settings, ready for use."""
        return parsed(self.text) if self.text else Settings("")


def known_settings(store: Store, subject: str) -> Known:
    """What the journal knows of an athlete; a single setting said there comes before the file's."""
    held = store.journal.athlete(subject).settings
    file = held.get(SETTINGS, {}).get(ALWAYS)
    text = store.blobs.get(str(file)).decode() if file else ""
    said = {name: days for name, days in held.items() if name in ATHLETE}
    return Known(_with(text, said) if said else text)


def keep_settings(store: Store, subject: str, file: Path, *, by: str) -> None:
    """Take a settings file over: its bytes to the blobs, and a fact that it is this athlete's. The same adds nothing.

    Raises:
        SettingsError, FileUnreadable: it can't be used; nothing was taken over.
    """
    load(file)
    sha256 = store.blobs.put(file.read_bytes())
    store.journal.date_setting(subject, name=SETTINGS, value=sha256, since=ALWAYS, by=by)


@lru_cache(maxsize=64)
def parsed(text: str) -> Settings:
    """A settings file's text, read as strictly as a file."""
    with TemporaryDirectory(prefix="paceline-") as folder:
        file = Path(folder) / FILE_NAME
        file.write_text(text, encoding="utf-8")
        try:
            return replace(load(file), file=FILE_NAME)  # the folder is gone before anybody could look there
        except SettingsError as error:
            raise SettingsError(FILE_NAME, place=error.place, expected=error.expected, found=error.found) from error


def _with(text: str, said: dict[str, dict[str, float | str]]) -> str:
    import yaml

    whole: dict[str, Any] = yaml.safe_load(text) if text else {}
    athlete = dict(whole.get("athlete") or {})
    for name, days in said.items():
        athlete[name] = [{"from": dt.date.fromisoformat(day), "value": _value(days[day])} for day in sorted(days)]
    return str(yaml.safe_dump({**whole, "athlete": athlete}, sort_keys=True, allow_unicode=True))


def _value(said: float | str) -> object:
    """A number; several between commas are a list, as of zones."""
    return [float(part) for part in said.split(",")] if isinstance(said, str) and "," in said else said
