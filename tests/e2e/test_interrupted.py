"""Ctrl-C ends the command without a traceback, whatever it is just doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

PRESSED = """
import os, signal, sys

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell inherits none
awaited = sys.argv[1]

class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == awaited:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Pressed())
from paceline.__main__ import main
sys.argv = ["paceline", "metrics"]
main()
"""
"""The command line, with Ctrl-C pressed when a module begins to be loaded."""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize(
    ("module", "status"),
    [("typer", -signal.SIGINT), ("paceline.cli.report", -signal.SIGINT), ("paceline.measure.catalogue", 130)],
)
def test_ctrl_c_ends_without_a_traceback_while_loading_and_while_working(module, status):
    done = subprocess.run(
        [sys.executable, "-c", PRESSED, module], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert "KeyboardInterrupt" not in done.stderr


def test_the_library_leaves_the_callers_signals_alone():
    code = """
import signal
before = signal.getsignal(signal.SIGINT)
import paceline, paceline.cli
print(signal.getsignal(signal.SIGINT) is before)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "True"
