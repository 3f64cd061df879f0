"""Which adapter for which setting: the only place that reads the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from paceline.domain.errors import SettingsError
from paceline.keep.objects import OPTIONS

if TYPE_CHECKING:
    from paceline.jobs.alerts import Webhook
    from paceline.jobs.executor import TaskExecutor
    from paceline.jobs.mail import Mail
    from paceline.keep.places import House
    from paceline.keep.store import Store

FOLDER = ".local/share/paceline"
_TLS = ("CA", "CERTIFICATE", "KEY")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Attributes:
        home: PACELINE_HOME, the folder of the house; `~/.local/share/paceline` where it is not set.
        journal: PACELINE_JOURNAL, a `postgresql://` URL; SQLite files in the house where it is not set.
        blobs: PACELINE_BLOBS, a URL such as `s3://bucket/blobs`; a folder in the house where it is not set.
        lake: PACELINE_LAKE, likewise.
        workers: PACELINE_WORKERS, how many processes decode and measure; one for each core where it is not set.
        mqtt: PACELINE_MQTT, a broker of live packets and passings, as mqtt://host or mqtts://user:password@host.
        options: what object stores need, of `paceline.keep.objects.OPTIONS`.
    """

    home: Path
    journal: str | None = field(default=None, repr=False)
    blobs: str | None = None
    lake: str | None = None
    workers: int | None = None
    mqtt: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings of a process.

        Args:
            environment: variable → value; the process's own if left out.

        Raises:
            SettingsError: a variable says something that can't be used.

        >>> Settings.from_environment({"PACELINE_HOME": "/data", "PACELINE_WORKERS": "4"}).workers
        4
        """
        said = os.environ if environment is None else environment
        journal = said.get("PACELINE_JOURNAL") or None
        if journal is not None and not journal.startswith(("postgresql://", "postgres://")):
            raise SettingsError(
                "the environment", place="PACELINE_JOURNAL", expected="a postgresql:// URL", found="something else"
            )
        return cls(
            Path(said.get("PACELINE_HOME") or Path.home() / FOLDER),
            journal=journal,
            blobs=_url(said, "PACELINE_BLOBS"),
            lake=_url(said, "PACELINE_LAKE"),
            workers=_count(said, "PACELINE_WORKERS"),
            mqtt=said.get("PACELINE_MQTT") or None,
            options={name: said[name] for names in OPTIONS.values() for name in names if name in said},
        )

    def at(self, home: str | Path | None) -> Settings:
        """The same with another house, if one is given: everything that is kept in files is then there."""
        return self if home is None else replace(self, home=Path(home))

    @property
    def house(self) -> House:
        """Where everything is kept."""
        from paceline.keep.places import House

        return House(self.home, journal=self.journal, blobs=self.blobs, lake=self.lake, options=self.options)


def open_store(settings: Settings, *, organisation: str = "home") -> Store:
    """One organisation's stores, made where there are none.

    Raises:
        StoreUnavailable: one can't be opened.
        Refused: the organisation's name is none, or the house has another layout than this Paceline's.
    """
    from paceline.jobs.migrating import settled
    from paceline.keep.store import Store

    settled(settings.house)
    return Store.open(settings.house.organisation(organisation))


def webhook(environment: Mapping[str, str] | None = None) -> Webhook | None:
    """Where alerts are sent: PACELINE_ALERTS_WEBHOOK, with PACELINE_ALERTS_TOKEN as a bearer token if it is set.

    Raises:
        SettingsError: it is no https address.
    """
    from paceline.jobs.alerts import Webhook

    said = os.environ if environment is None else environment
    url = said.get("PACELINE_ALERTS_WEBHOOK") or None
    return None if url is None else Webhook(url, said.get("PACELINE_ALERTS_TOKEN") or None)


def mail(environment: Mapping[str, str] | None = None) -> Mail | None:
    """Where alerts are mailed: PACELINE_ALERTS_SMTP, from PACELINE_ALERTS_FROM to PACELINE_ALERTS_TO.

    Raises:
        SettingsError: one of them says something that can't be used.
    """
    from paceline.jobs.mail import Mail

    said = os.environ if environment is None else environment
    server = said.get("PACELINE_ALERTS_SMTP") or None
    if server is None:
        return None
    return Mail.of(server, sender=said.get("PACELINE_ALERTS_FROM", ""), to=said.get("PACELINE_ALERTS_TO", ""))


def open_executor(settings: Settings, *, tasks: int, environment: Mapping[str, str] | None = None) -> TaskExecutor:
    """Where work is done: on the cluster that PACELINE_CLUSTER names, else in processes here.

    A scheduler's `tls://` address needs PACELINE_CLUSTER_CA, PACELINE_CLUSTER_CERTIFICATE and PACELINE_CLUSTER_KEY, the
    files of the authority, of our certificate and of its key.

    Raises:
        SettingsError: the address is none, or would carry work over a network in the clear.
        StoreUnavailable: no scheduler answers there.
        ExtraMissing: a cluster was named, and Dask is not installed.
    """
    from paceline.jobs.process_executor import pool

    said = os.environ if environment is None else environment
    if not (address := said.get("PACELINE_CLUSTER")):
        return pool(tasks, workers=settings.workers)
    from paceline.jobs.dask_executor import Cluster, DaskExecutor

    authority, certificate, key = (said.get(f"PACELINE_CLUSTER_{name}") or None for name in _TLS)
    return DaskExecutor(Cluster(address, authority, certificate, key, workers=settings.workers))


def wind_tunnel(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """PACELINE_WIND_TUNNEL, the program that solves a case, as a JSON list of its arguments; empty where it is not set.

    Raises:
        SettingsError: it is no list of texts.

    >>> wind_tunnel({"PACELINE_WIND_TUNNEL": '["/opt/solve", "-case", "{case}"]'})
    ('/opt/solve', '-case', '{case}')
    """
    said = (os.environ if environment is None else environment).get("PACELINE_WIND_TUNNEL") or "[]"
    try:
        found = json.loads(said)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(part, str) and part for part in found):
        expected = 'a JSON list of texts such as ["/opt/solve", "{case}"]'
        raise SettingsError("the environment", place="PACELINE_WIND_TUNNEL", expected=expected, found="something else")
    return tuple(found)


def processes_environment(settings: Settings) -> dict[str, str]:
    """What a command of ours that is run by another one finds in its environment: the same house."""
    return {**os.environ, "PACELINE_HOME": str(settings.home)}


def _url(said: Mapping[str, str], name: str) -> str | None:
    value = said.get(name) or None
    if value is not None and "://" not in value:
        raise SettingsError("the environment", place=name, expected="a URL such as s3://bucket/folder", found="none")
    return value


def _count(said: Mapping[str, str], name: str) -> int | None:
    value = said.get(name) or None
    if value is None:
        return None
    if not value.isdecimal() or not 1 <= int(value) <= 1024:
        raise SettingsError("the environment", place=name, expected="a number from 1 to 1024", found="something else")
    return int(value)
