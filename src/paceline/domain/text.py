"""Text of other people on its way to people: names of files, laps and developer fields.

What is invisible in it can rename a window, recolour a terminal, turn the reading direction or end a line, and half a
character stops a program from printing at all. It is shown as what it is, in the way JSON writes it.
"""

from __future__ import annotations

import re

_STEERING = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_UNSEEN = re.compile(f"[\t\n{_STEERING}]")
_UNKEPT = re.compile("[\x00\ud800-\udfff]")
_UNSEEN_BUT_LAYOUT = re.compile(rf"(?!\x1b\[[0-9;]*m)[{_STEERING}]")


def legible(text: str) -> str:
    r"""One line that shows what it holds.

    >>> legible("ride\x1b[31m\n.fit"), legible("Montée du col")
    ('ride\\u001b[31m\\u000a.fit', 'Montée du col')
    """
    return text if text.isprintable() else _UNSEEN.sub(_shown, text)


def legible_lines(text: str) -> str:
    r"""Lines that show what they hold; ends of lines, tabs and colours are taken for our own layout.

    >>> legible_lines("\x1b[1mRides\x1b[0m\n\x1b]0;title\x07")
    '\x1b[1mRides\x1b[0m\n\\u001b]0;title\\u0007'
    """
    return _UNSEEN_BUT_LAYOUT.sub(_shown, text)


def storable(text: str) -> str:
    r"""Text that every store can hold: half a character (from a file name that is no UTF-8) and the character 0, shown.

    >>> storable("ride\udcff.fit"), storable("up\nhill")
    ('ride\\udcff.fit', 'up\nhill')
    """
    return _UNKEPT.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
