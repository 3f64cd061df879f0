"""The compiled loops of the measure layer against plain Python, with numba's bounds checks on and off."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paceline.measure import kernels

CHECKED = """
import numpy as np
from paceline.measure.kernels import BLOCK, STRIP
from paceline.measure.levels import levels
from paceline.measure.metrics.mean_max import mean_max
made = np.random.default_rng(1)
for size in (1, 2, 3, 5, BLOCK - 1, BLOCK, BLOCK + 1, STRIP - 1, STRIP, STRIP + 1, 3 * STRIP + 7):
    for watts in (made.integers(0, 900, size).astype(float), np.full(size, 250.0), made.random(size) * 500):
        sums = np.concatenate([[0.0], np.cumsum(watts)])
        plain = [np.max(sums[k:] - sums[:-k]) / k for k in range(1, size + 1)]
        np.testing.assert_allclose(mean_max(watts, 1.0), plain, rtol=1e-9, atol=1e-7)
        assert levels(watts, block=1, noise=100.0)[-1].stop == size
"""


def test_nothing_is_read_or_written_out_of_bounds(tmp_path):
    checked = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", CHECKED], env={**os.environ, **checked}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@settings(deadline=None)  # the first call may compile
@given(
    st.lists(
        st.tuples(st.floats(0.0, 1.0), st.floats(-1e6, 1e6)),
        min_size=1,
        max_size=40,
    )
)
def test_a_running_balance_is_what_was_kept_and_added(steps):
    kept, added = (np.array(column) for column in zip(*steps, strict=True))
    balance, held = np.empty(len(steps)), 0.0
    kernels.running_balance(kept, added, balance)
    for t, (share, more) in enumerate(steps):
        held = held * share + more
        assert balance[t] == pytest.approx(held, rel=1e-12, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=2, max_size=24), st.integers(0, 400))
def test_starts_that_are_passed_over_could_not_have_been_better(values, price):
    first, second = (np.concatenate([[0.0], np.cumsum(np.array(values, float) ** power)]) for power in (1, 2))
    cuts, cost = np.arange(len(values) + 1), [0.0]
    for end in cuts[1:]:
        stretches = [np.var(values[start:end]) * (end - start) + cost[start] for start in range(end)]
        cost.append(min(stretches) + price)
    best, costs, before, starts = np.empty(cuts.size), np.empty(cuts.size), cuts.copy(), cuts.copy()
    kernels.best_starts(cuts, first, second, float(price), 720, best, before, starts, costs)
    np.testing.assert_allclose(best, cost, atol=1e-8)


def test_warming_up_compiles_every_kernel_a_caller_can_reach():
    kernels.warm()
    assert len(kernels.best_sums.variants) == 2
    assert len(kernels.running_balance.variants) == 1
    assert len(kernels.best_starts.variants) == 1
