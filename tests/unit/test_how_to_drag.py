"""The guide's example runs as it stands, on a made ride."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from paceline.measure import air, drag

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "estimate-drag.md"


def out_and_back(cda):
    """Six legs over a valley between two turns, ridden without noise."""
    speed = np.concatenate([[2.5], *[np.r_[np.linspace(3.0, 11.0, 30), np.linspace(11.0, 2.5, 30)]] * 6])
    density = air.density(14.7, pressure=100_920.0, relative_humidity=0.91)
    balance = drag.steps(np.zeros(speed.size), speed, 1.0, mass=85.5, air_density=density)
    distance = np.cumsum(balance.distance[1:], dtype=np.float64)
    valley = -6.0 * np.sin(np.pi * distance / (distance[-1] / 6.0)) ** 2
    rise = np.concatenate([[0.0, valley[0]], np.diff(valley)])
    height = rise + cda * balance.air + 0.0035 * balance.distance + np.nan_to_num(balance.kinetic)
    return height * 85.5 * 9.80665, speed


def test_the_example_finds_the_truth(capsys):
    power, speed = out_and_back(0.26)
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[1]
    exec(compile(code, GUIDE.name, "exec"), {"power": power, "speed": speed})  # noqa: S102  # the guide's own lines
    value = float(capsys.readouterr().out.split()[0])
    assert value == pytest.approx(0.26, abs=0.005)
