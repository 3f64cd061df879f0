"""The local URL that `paceline serve` prints: whoever can read the terminal gets in, once, as notebooks do it.

The URL holds a word that is good for one visit. The visit is answered with a cookie that holds a token like any other:
it expires, can be revoked, and lies in the stores only as a hash. Scripts of pages can't read the cookie, and other
sites' pages can't use it (see `shield`).
"""

from __future__ import annotations

import hmac
import secrets
import threading

COOKIE = "paceline"


class LocalDoor:
    """The one-time word of one server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._word: str | None = None

    def word(self) -> str:
        """A new word; the one before is worth nothing now."""
        with self._lock:
            self._word = secrets.token_urlsafe(32)
            return self._word

    def admits(self, word: str) -> bool:
        """Whether this is the word. It is used up if so.

        >>> door = LocalDoor(); word = door.word(); door.admits("guess"), door.admits(word), door.admits(word)
        (False, True, False)
        """
        with self._lock:
            good = self._word is not None and hmac.compare_digest(word.encode(), self._word.encode())
            if good:
                self._word = None
            return good
