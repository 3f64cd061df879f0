"""Names of other people's files and laps are shown, and steer nothing."""

from __future__ import annotations

import pytest

from paceline.domain.errors import FileUnreadable, PacelineError, UnknownFormat
from paceline.domain.text import legible, legible_lines


@pytest.mark.parametrize(
    "text",
    ["a\x1b[31mb", "a\x1b]0;title\x07b", "a\nb", "a\r\rb", "a\0b", "a\x9b31mb", "a\u202eb", "a\u2028b", "a\udcffb"],
)
def test_what_can_not_be_seen_is_written_out(text):
    shown = legible(text)
    assert shown.isprintable()
    assert shown[0] == "a"
    assert shown[-1] == "b"
    assert "\\u" in shown


@pytest.mark.parametrize("text", ["Montée du col, 第3", "a\u00a0b", "👩\u200d🚴", "<script>&", "C:\\rides", ""])
def test_letters_of_any_script_stay_as_they_are(text):
    assert legible(text) == legible_lines(text) == text


def test_our_own_layout_passes_and_nothing_else_that_steers():
    assert legible_lines("\x1b[1;31mred\x1b[0m\n\tcell") == "\x1b[1;31mred\x1b[0m\n\tcell"
    assert legible_lines("\x1b[2J\x1b[1A\x1b]0;t\x07\r") == "\\u001b[2J\\u001b[1A\\u001b]0;t\\u0007\\u000d"


@pytest.mark.parametrize(
    "error",
    [
        FileUnreadable("a\nb\udcff", reason="no such file"),
        UnknownFormat("a\nb", expected="a ride", found="\x1b[31m"),
        PacelineError("a\nb"),
    ],
)
def test_an_error_is_one_line_whatever_the_file_is_called(error):
    assert str(error).isprintable()
