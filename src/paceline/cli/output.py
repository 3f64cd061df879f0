"""What is printed: whatever a terminal can show of it, and nothing that steers the terminal."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

from paceline.domain.text import legible, legible_lines

Parameters = ParamSpec("Parameters")


class Gate(io.TextIOWrapper):
    """Standard output without control characters but ends of lines, tabs and colours."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__(
            stream.buffer,
            encoding=_encoding(stream),
            errors="paceline",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        self._stream = stream  # if it were forgotten it would close the buffer that both share

    def write(self, text: str) -> int:
        """Write the text, and say how long it was."""
        super().write(legible_lines(text))
        return len(text)


def prepare() -> None:
    r"""Let standard output and error take any text: what their encoding has no letter for is written as \uXXXX.

    That is legible, and inside JSON it is still JSON. Streams that a program has put in their place are left alone.
    """
    codecs.register_error("paceline", _escaped)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding=_encoding(sys.stderr), errors="paceline")
    if isinstance(out := sys.stdout, io.TextIOWrapper):
        out.flush()
        sys.stdout = Gate(out)


def _encoding(stream: io.TextIOWrapper) -> str:
    """Its own, and UTF-8 for ASCII, which is what a system says that was told nothing."""
    return "utf-8" if codecs.lookup(stream.encoding).name == "ascii" else stream.encoding


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True)), error.end


def complain(message: object) -> None:
    """One line on standard error."""
    typer.echo(f"paceline: {legible(str(message))}", err=True)


def to_the_end(run: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """The command, which ends well where nobody listens any more, and in a sentence where the system gives out."""
    from paceline.domain.errors import PacelineError

    @wraps(run)
    def ran(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            try:
                run(*args, **kwargs)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except BrokenPipeError:  # the reader of our output has seen enough
            _fall_silent()
            raise typer.Exit(0) from None
        except PacelineError:
            raise
        except OSError as error:
            _fall_silent()
            place = f"{error.filename}: " if error.filename else ""
            complain(f"{place}{error.strerror or type(error).__name__}")
            raise typer.Exit(1) from error
        except MemoryError as error:
            complain("there is not enough memory for this")
            raise typer.Exit(1) from error

    return ran


def _fall_silent() -> None:
    """What is still to be written goes nowhere: the interpreter would try it again at its end, and complain."""
    if sys.stdout is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
