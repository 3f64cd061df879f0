"""What is printed reaches any terminal, and ends well where it reaches none."""

from __future__ import annotations

import io
import json
import sys

import pytest
import typer

from paceline.cli.output import prepare, to_the_end


def printed(monkeypatch, text, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    prepare()
    sys.stdout.write(text)
    sys.stdout.flush()
    return raw.getvalue().decode("utf-8" if encoding == "ascii" else encoding)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_every_text_can_be_printed_in_every_encoding(monkeypatch, encoding):
    assert printed(monkeypatch, "W\u2032 \udcff \x07", encoding).startswith("W")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_stays_json_in_every_encoding(monkeypatch, encoding):
    document = {"file": "a\udcff\x9b\u202e👩.fit", "unit": "kg/m³", "name": "W\u2032"}
    assert json.loads(printed(monkeypatch, json.dumps(document, ensure_ascii=False), encoding)) == document


@pytest.mark.parametrize(
    ("failure", "code", "says"),
    [
        (BrokenPipeError(32, "Broken pipe"), 0, ""),
        (OSError(28, "No space left on device"), 1, "paceline: No space left on device\n"),
        (PermissionError(13, "Permission denied", "a\nb"), 1, "paceline: a\\u000ab: Permission denied\n"),
        (MemoryError(), 1, "paceline: there is not enough memory for this\n"),
    ],
)
def test_what_the_system_does_to_us_ends_in_a_sentence(monkeypatch, capsys, failure, code, says):
    def run():
        raise failure

    monkeypatch.setattr("paceline.cli.output._fall_silent", lambda: None)
    with pytest.raises(typer.Exit) as found:
        to_the_end(run)()
    assert found.value.exit_code == code
    assert capsys.readouterr().err == says


def test_a_command_keeps_its_options_and_its_help():
    def run(name: str, *, often: int = 1) -> None:
        """Say it."""

    assert to_the_end(run).__doc__ == "Say it."
    assert to_the_end(run).__wrapped__ is run
