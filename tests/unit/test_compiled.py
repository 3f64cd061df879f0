"""Compiled loops run wherever Paceline is installed, whether or not what was compiled can be kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from paceline.record.compiled import _Cache, compiled

CODE = """
import numpy as np
from paceline.measure.kernels import running_balance
from paceline.record.compiled import compiled
compiled(running_balance.__wrapped__)(np.ones(1), np.ones(1), np.empty(1))
print('ran')
"""


def loop(number):
    return number + 1


def test_a_loop_is_compiled_and_kept():
    kernel = compiled(loop)
    assert kernel(1) == 2
    assert Path(kernel.stats.cache_path).is_dir()


def test_where_no_folder_can_be_written_a_loop_is_compiled_all_the_same(monkeypatch):
    monkeypatch.setattr(_Cache._impl_class, "_locator_classes", [])
    kernel = compiled(loop)
    assert kernel(1) == 2
    assert kernel.stats.cache_path is None


def test_a_disk_that_fails_stops_no_loop(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    kernel = compiled(lambda number: number + 2)
    monkeypatch.setattr(kernel._cache._cache_file, "save", full)
    monkeypatch.setattr(kernel._cache._cache_file, "load", full)
    assert kernel(1) == 3


def test_a_cache_that_is_damaged_is_compiled_anew(tmp_path):
    run = [sys.executable, "-c", CODE]
    kept = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    subprocess.run(run, env=kept, check=True, capture_output=True)
    files = [path for path in tmp_path.rglob("*.nb[ci]") if path.is_file()]
    assert files
    for path in files:
        path.write_bytes(path.read_bytes()[:-7])
    done = subprocess.run(run, env=kept, capture_output=True, text=True, check=False)
    assert done.stdout == "ran\n", done.stderr
