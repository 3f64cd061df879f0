"""XML without its dangers: a stream of the elements a format knows, up to the end or to the damage.

A document type is refused (it is where entity bombs and outside references live), nesting is bounded, and a file that
breaks off still gives every element before the break. Namespaces are not resolved: files in the wild bind the same
extension to any prefix, so an element is known by its local name and by where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias
from xml.parsers import expat
from xml.parsers.expat import errors

from paceline.domain.errors import Damaged
from paceline.record.formats.readings import Findings, reason
from paceline.record.recordings import Problem, Recording

Tree: TypeAlias = "Mapping[str, Tree | str]"
"""The elements that a format knows: local name → the tree inside it, or the name under which its text is handed on.

`""` names the container itself, for `opened` and `closed`; `"*"` is the tree inside any other element.
"""

DEPTH = 64
"""How deep elements may nest. TCX needs 10."""

CONTAINERS = 100_000
"""How many laps, tracks, segments and the like one file may hold. Rows of a table are not counted among them."""

_LONGEST_TEXT = 10_000
_BREAKS_OFF = {
    errors.codes[name]
    for name in (
        errors.XML_ERROR_NO_ELEMENTS,
        errors.XML_ERROR_UNCLOSED_TOKEN,
        errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        errors.XML_ERROR_PARTIAL_CHAR,
    )
}
_MARKS = frozenset((b"\xff\xfe", b"\xfe\xff"))
_ENCODING = re.compile(rb"""^<\?xml[^>]{0,80}?encoding\s*=\s*["']([^"'>]{0,40})["']""")
_ENCODINGS = re.compile(rb"utf-?(8|16(le|be)?)|us-ascii|iso-8859-(1[013-6]|[1-9])|(windows-|cp)125[0-8]", re.IGNORECASE)
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?(?>.*?\?>)\s*+|<!--(?>.*?-->)\s*+|<!DOCTYPE(?>[^>\[]*+(?:\[[^\]]*+\])?[^>]*+>)\s*+)*+"
    rb"<(?:[\w.-]++:)?([\w.-]++)[\s/>]",
    re.DOTALL,
)


class Document:
    """What a format does with its elements. A method that returns a kind of problem has it noted with its place.

    Attributes:
        rows: names of the containers that are rows of a table.
    """

    rows: frozenset[str] = frozenset()

    def opened(self, name: str, attributes: Mapping[str, str]) -> str | None:
        """A named container begins."""

    def closed(self, name: str) -> str | None:
        """A named container ends."""

    def read(self, name: str, text: str) -> str | None:
        """A known element held this text, without the blanks around it."""


class _TooMuch(Exception):
    """Ends the parse from inside a callback; it never leaves this module."""


def root(head: bytes) -> str:
    """The local name of the root element, or "" where there is none.

    >>> root(b'<?xml version="1.0"?> <!-- by hand --> <x:gpx creator="a">')
    'gpx'
    """
    if head[:2] in _MARKS:
        head = head[2:].replace(b"\0", b"")
    match = _ROOT.match(head)
    return match[1].decode("ascii", "replace") if match else ""


def walk(data: bytes, tree: Tree, document: Document, *, file: str, findings: Findings) -> Problem | None:
    """Hand every known element to the document; returns the damage at which the walk ended early, if it did.

    Raises:
        Damaged: there is a document type declaration, which no activity file has a use for.
    """
    content = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    skipped, lines = len(data) - len(content), data[: len(data) - len(content)].count(b"\n")
    if data[:1].isspace() and content.startswith(b"<?xml"):
        findings.add("syntax", "Blanks stand before the XML declaration.", offset=0, line=1)
    parser = expat.ParserCreate(_encoding(content, findings))
    parser.buffer_text = True

    def place() -> tuple[int, int]:
        return parser.CurrentByteIndex + skipped, parser.CurrentLineNumber + lines

    def note(kind: str) -> None:
        offset, line = place()
        findings.add(kind, offset=offset, line=line)

    def refuse(*_: object) -> None:
        advice = "Take the <!DOCTYPE …> out if you trust the file."
        raise Damaged(file, expected="XML without a document type", found="one", offset=place()[0], advice=advice)

    _listen(parser, tree, document, note)
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        return _damage(error, parser.ErrorByteIndex + skipped, error.lineno + lines)
    except _TooMuch as error:
        return Problem("too_much", f"{error}; what stood before is kept.", *place())
    return None


def finished(
    recordings: tuple[Recording, ...], *, damage: Problem | None, file: str, findings: Findings
) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """What a decoder returns: what was kept and what was wrong.

    Raises:
        Damaged: the file is damaged, and nothing stands before the damage.
    """
    if damage and not recordings:
        raise Damaged(file, expected="an activity", found=reason(damage), offset=damage.offset)
    if not recordings:
        findings.add("empty")
    return recordings, (*findings.problems(), *([damage] if damage else []))


def _listen(parser: expat.XMLParserType, tree: Tree, document: Document, note: Callable[[str], None]) -> None:
    """One dictionary look-up an element: `here` is the tree inside the open element, or the name its text goes by."""
    here: Tree | str | None = {**tree}
    above: list[Tree | str | None] = []
    text: list[str] = []
    opened = _counted(document)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal here
        above.append(here)
        if len(above) > DEPTH:
            raise _TooMuch(f"Elements nest deeper than {DEPTH}")
        text.clear()
        if here is None or isinstance(here, str):
            here = None
            return
        if ":" in name:
            name = name.rpartition(":")[2]
        here = here.get(name) or here.get("*")
        if here.__class__ is dict and "" in here and (wrong := opened(str(here[""]), attributes)):
            note(wrong)

    def end(_: str) -> None:
        nonlocal here
        ended, here = here, above.pop()
        wrong = None
        if isinstance(ended, str):
            wrong = document.read(ended, "".join(text)[:_LONGEST_TEXT].strip())
        elif ended and "" in ended:
            wrong = document.closed(str(ended[""]))
        if wrong:
            note(wrong)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append


def _counted(document: Document) -> Callable[[str, dict[str, str]], str | None]:
    containers = 0

    def opened(name: str, attributes: dict[str, str]) -> str | None:
        nonlocal containers
        containers += name not in document.rows
        if containers > CONTAINERS:
            raise _TooMuch(f"There are more than {CONTAINERS:,} laps, tracks and the like")
        return document.opened(name, attributes)

    return opened


def _encoding(content: bytes, findings: Findings) -> str | None:
    """None lets the file speak for itself; an encoding that nobody uses is more likely damage, and is read as UTF-8.

    A byte order mark comes before any word.
    """
    if content[:2] in _MARKS:
        return "UTF-16"
    declared = _ENCODING.match(content)
    if declared is None or _ENCODINGS.fullmatch(declared[1]):
        return None
    findings.add("encoding", "The encoding it declares is unknown; it is read as UTF-8.", offset=declared.start(1))
    return "UTF-8"


def _damage(error: expat.ExpatError, offset: int, line: int) -> Problem:
    if error.code in _BREAKS_OFF:
        return Problem("truncated", "The file breaks off; what stood before is kept.", offset, line)
    if error.code == errors.codes[errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
        return Problem("trailing", "Something follows the end of the document; it is ignored.", offset, line)
    said = expat.ErrorString(error.code)
    return Problem("syntax", f"The file stops being XML ({said}); what stood before is kept.", offset, line)
