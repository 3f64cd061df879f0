"""Somebody is told, once, when a job fails, what it works on is stale, or a product has drifted; and again only after
it was well meanwhile.

An alert goes to the log and, where they are set, to a webhook and by e-mail. What one of these did not take is offered
to it again later, with the same id, so that whoever receives it can tell; what it took is never sent again. Alerts hold
no values and no names of people: which job, what kind of trouble, since when, and words that hold none either.
"""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from paceline.domain.errors import SettingsError
from paceline.keep.database import Database

if TYPE_CHECKING:
    from paceline.jobs.mail import Mail

WEBHOOK, EMAIL = "webhook", "email"
EVERYWHERE = (WEBHOOK, EMAIL)

_log = logging.getLogger("paceline.alerts")

PATIENCE = 10.0
"""s that a webhook may take."""

TABLE = (
    "CREATE TABLE IF NOT EXISTS alerts (id TEXT PRIMARY KEY, job TEXT NOT NULL, kind TEXT NOT NULL,"
    " since BIGINT NOT NULL, message TEXT NOT NULL, ended BIGINT, logged INTEGER NOT NULL, sent INTEGER NOT NULL)"
)
MAILS = "CREATE TABLE IF NOT EXISTS alert_mails (alert TEXT PRIMARY KEY, sent INTEGER NOT NULL)"


@dataclass(frozen=True, slots=True)
class Alert:
    """One trouble with one job.

    Attributes:
        id: of this alert; the webhook may see it twice, if its answer was lost.
        job: the schedule's name, the job's, or the product's.
        kind: "failed", "stale", or what a rule of a product speaks of.
        since: when it began, ISO 8601, UTC.
        message: what is wrong, without values.
    """

    id: str
    job: str
    kind: str
    since: str
    message: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where alerts are sent: a POST with the alert as JSON.

    Attributes:
        url: https, or http to this machine.
        token: is sent as a bearer token, if there is one.
    """

    url: str
    token: str | None = None

    def __post_init__(self) -> None:
        """An address that would carry the token in the clear is refused.

        Raises:
            SettingsError: no address, or http to another machine.
        """
        parts = urlsplit(self.url)
        here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if not parts.hostname or parts.scheme not in ({"http", "https"} if here else {"https"}):
            raise SettingsError(
                "the environment", place="PACELINE_ALERTS_WEBHOOK", expected="an https:// URL", found="something else"
            )

    def __repr__(self) -> str:
        """The machine alone: a webhook's address is often its secret."""
        return f"<Webhook at {urlsplit(self.url).hostname}>"

    def send(self, alert: Alert) -> bool:
        """Whether it was taken."""
        headers = {"Content-Type": "application/json", "User-Agent": "paceline"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = json.dumps(asdict(alert)).encode()
        request = urllib.request.Request(self.url, data=body, headers=headers)  # noqa: S310  # checked above
        try:
            with _plainly.open(request, timeout=PATIENCE) as response:
                return 200 <= int(response.status) < 300
        except (OSError, HTTPException, ValueError) as error:
            _log.warning("the webhook did not take an alert: %s", type(error).__name__)
            return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A token goes to the address that was set, and nowhere else."""


_plainly = urllib.request.build_opener(_NoRedirect)


class Alerts:
    """One organisation's alerts, in the database of its runs."""

    def __init__(
        self,
        database: Database,
        *,
        webhook: Webhook | None = None,
        mail: Mail | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._database, self._webhook, self._mail, self._now = database, webhook, mail, now
        database.run(TABLE, MAILS)

    def trouble(
        self, job: str, kind: str, message: str, *, to: Collection[str] = EVERYWHERE, since: int | None = None
    ) -> bool:
        """Say that something is wrong; False where somebody was told already, and it has not been well since.

        Args:
            job: whose trouble it is.
            kind: which; each is told once.
            message: what is wrong, without values.
            to: where it goes beside the log: "webhook", "email".
            since: int64 ns UTC, when it began; now if left out.
        """
        with self._database.transaction(alone="alerts") as rows:
            if rows.rows("SELECT id FROM alerts WHERE job = ? AND kind = ? AND ended IS NULL", job, kind):
                return False
            alert = uuid4().hex
            rows.run(
                "INSERT INTO alerts (id, job, kind, since, message, logged, sent) VALUES (?, ?, ?, ?, ?, 0, ?)",
                alert, job, kind, self._now() if since is None else since, message, int(WEBHOOK not in to),
            )  # fmt: skip
            if EMAIL in to:
                rows.run("INSERT INTO alert_mails (alert, sent) VALUES (?, 0)", alert)
        self.tell()
        return True

    def well(self, job: str, kind: str) -> None:
        """It is well again: the next trouble is a new one."""
        with self._database.transaction(alone="alerts") as rows:
            rows.run("UPDATE alerts SET ended = ? WHERE job = ? AND kind = ? AND ended IS NULL", self._now(), job, kind)

    def tell(self) -> None:
        """Tell of whatever nobody was told of yet; of two that do it at once, one does."""
        with self._database.transaction(alone="alerts") as rows:
            for alert in self._found("logged = 0"):
                _log.error("%s: %s (since %s, alert %s)", alert.job, alert.message, alert.since, alert.id)
                rows.run("UPDATE alerts SET logged = 1 WHERE id = ?", alert.id)
        if self._webhook is not None:
            for alert in self._found("sent = 0"):
                if self._claimed(alert) and not self._webhook.send(alert):
                    self._sent(alert, 0)
        if self._mail is not None:
            for alert in self._found("id IN (SELECT alert FROM alert_mails WHERE sent = 0)"):
                if self._claimed(alert, "alert_mails", "alert") and not self._mail.send(
                    *_letter(alert), number=alert.id
                ):
                    self._sent(alert, 0, "alert_mails", "alert")

    def standing(self, job: str, kind: str) -> Alert | None:
        """The trouble of a kind that lasts, or None."""
        return next((alert for alert in self.open() if (alert.job, alert.kind) == (job, kind)), None)

    def open(self) -> tuple[Alert, ...]:
        """The troubles that last."""
        return tuple(self._found("ended IS NULL"))

    def _claimed(self, alert: Alert, table: str = "alerts", key: str = "id") -> bool:
        """Marked as sent before it is: of two schedulers one sends, and a crash between the two loses a call, never
        doubles one; the log has it."""
        with self._database.transaction(alone="alerts") as rows:
            return bool(rows.run(f"UPDATE {table} SET sent = 1 WHERE {key} = ? AND sent = 0", alert.id))  # noqa: S608  # our own words

    def _sent(self, alert: Alert, sent: int, table: str = "alerts", key: str = "id") -> None:
        with self._database.transaction(alone="alerts") as rows:
            rows.run(f"UPDATE {table} SET sent = ? WHERE {key} = ?", sent, alert.id)  # noqa: S608  # our own words

    def _found(self, where: str) -> list[Alert]:
        query = f"SELECT id, job, kind, since, message FROM alerts WHERE {where} ORDER BY since, id"  # noqa: S608  # our own words
        return [Alert(key, job, kind, _iso(since), text) for key, job, kind, since, text in self._database.rows(query)]


def _letter(alert: Alert) -> tuple[str, str]:
    """An alert as a mail's subject and text."""
    text = (
        f"{alert.job}: {alert.message}\n\nSince {alert.since}. Told once, until it has been well; alert {alert.id}.\n"
    )
    return f"{alert.job}: {alert.kind}", text


def _iso(instant: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant // 10**9):%Y-%m-%dT%H:%M:%SZ}"
