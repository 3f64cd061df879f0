"""Pseudonyms: what they look like, where they come from, and what is left of one that was forgotten."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

SUBJECT = re.compile(r"s[a-z2-7]{25}")


def pseudonym() -> str:
    """A new one: 125 random bits, which nothing about a person leads to.

    >>> bool(SUBJECT.fullmatch(pseudonym())), pseudonym() == pseudonym()
    (True, False)
    """
    return "s" + base64.b32encode(secrets.token_bytes(16)).decode().lower()[:25]


def mark_of(subject: str) -> str:
    """What is left of a forgotten pseudonym: 125 random bits can't be found from their hash.

    >>> mark_of("s2345")[:8]
    '28abc623'
    """
    return hashlib.sha256(subject.encode()).hexdigest()
