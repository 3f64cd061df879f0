"""Alerts by e-mail, over a server that the environment names, in the clear to this machine alone."""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Self
from urllib.parse import unquote, urlsplit

from paceline.domain.errors import SettingsError

_log = logging.getLogger("paceline.alerts")

PATIENCE = 10.0
"""s that the server may take for each of its answers."""

HERE = frozenset({"localhost", "127.0.0.1", "::1"})
SUBJECT = 120
"""Characters of a subject line."""


@dataclass(frozen=True, slots=True)
class Mail:
    """Where mail is handed in, and to whom it goes.

    Attributes:
        host, port: the server's.
        secure: "tls" from the beginning, "starttls" once connected, "" in the clear.
        user, password: of the server, or empty.
        sender: the address that it comes from.
        to: the addresses that it goes to.
    """

    host: str
    port: int
    secure: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    sender: str
    to: tuple[str, ...]

    @classmethod
    def of(cls, server: str, *, sender: str, to: str) -> Self:
        """The settings of a server.

        Args:
            server: smtps://user:password@host:465, or smtp://host:587, which is secured once connected (STARTTLS);
                in the clear on this machine alone.
            sender: an address.
            to: addresses, with commas.

        Raises:
            SettingsError: one of them says something else.

        >>> Mail.of("smtps://me:secret@mail.example.org", sender="a@example.org", to="b@example.org").port
        465
        """
        parts = urlsplit(server)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
            raise _wrong("PACELINE_ALERTS_SMTP", "smtps://user:password@host:port or smtp://host:port")
        addresses = tuple(address.strip() for address in to.split(",") if address.strip())
        for name, found in (("PACELINE_ALERTS_FROM", (sender,)), ("PACELINE_ALERTS_TO", addresses)):
            if not found or not all(_address(one) for one in found):
                raise _wrong(name, "an address such as coach@example.org")
        secure = "tls" if parts.scheme == "smtps" else "" if parts.hostname in HERE else "starttls"
        port = parts.port or {"tls": 465, "starttls": 587, "": 25}[secure]
        return cls(parts.hostname, port, secure, unquote(parts.username or ""), unquote(parts.password or ""),
                   sender, addresses)  # fmt: skip

    def send(self, subject: str, text: str, *, number: str) -> bool:
        """Whether the server took it.

        Args:
            subject: one line; what does not fit is cut.
            text: the message.
            number: of the alert, by which a mail that came twice can be told.
        """
        message = EmailMessage()
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        message["Subject"] = " ".join(subject.split())[:SUBJECT]
        message["Message-ID"] = f"<{number}@paceline>"
        message.set_content(text)
        try:
            with self._connected() as server:
                refused = server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            _log.warning("the mail server did not take an alert: %s", type(error).__name__)
            return False
        return not refused

    def _connected(self) -> smtplib.SMTP:
        if self.secure == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=PATIENCE, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=PATIENCE)
        if self.secure == "starttls":
            server.starttls(context=ssl.create_default_context())
        if self.user:
            server.login(self.user, self.password)
        return server


def _address(text: str) -> bool:
    name, _, host = text.rpartition("@")
    return bool(name) and bool(host) and text.isprintable() and not set(text) & set(" ,;<>\"'")


def _wrong(place: str, expected: str) -> SettingsError:
    return SettingsError("the environment", place=place, expected=expected, found="something else")
