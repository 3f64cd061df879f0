"""As sure as it is right: one temperature that makes a model's probabilities mean what they say.

A model trained on few sessions is too sure of what it knows and, where several are averaged, too unsure of the rest.
One number mends most of both and changes no ranking: log-probabilities are divided by it. It is fitted where the truth
is known and the model had not learned from it.

Source: Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks: temperature scaling. There
logits are divided; here the logarithms of averaged probabilities, which is the same for one model.
"""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import NotPlausible, TooFewSamples
from paceline.learn.scores import Positions, Shares

COLDEST, HOTTEST = 0.1, 10.0
FEWEST = 10
"""Sets, below which one number is left as it is."""
FLOOR = 1e-6

_STEPS = 60
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


def tempered(probabilities: Shares, temperature: float) -> Shares:
    """Probabilities made flatter (above 1) or steeper (below 1); rows of NaN stay.

    Raises:
        NotPlausible: a temperature outside `COLDEST` to `HOTTEST`.

    >>> tempered(np.array([[0.8, 0.2]]), 2.0).round(3).tolist()     # square roots: 2 to 1
    [[0.667, 0.333]]
    """
    if not COLDEST <= temperature <= HOTTEST:
        raise NotPlausible("a temperature", expected=f"{COLDEST} to {HOTTEST}")
    logs = np.log(np.maximum(probabilities, FLOOR)) / temperature
    lifted = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares: Shares = lifted / lifted.sum(axis=1, keepdims=True)
    return shares


def fitted_temperature(probabilities: Shares, truth: Positions) -> float:
    """The temperature under which the truth is likeliest.

    Args:
        probabilities: (set, label), of sets that the model had not seen; rows of NaN are passed over.
        truth: (set,), positions of the labels.

    Raises:
        TooFewSamples: fewer sets than one number can be told from.

    >>> sure = np.tile([0.99, 0.01], (20, 1))
    >>> fitted_temperature(sure, np.array([0] * 15 + [1] * 5)) > 2.0     # right in 15 of 20: far too sure
    True
    """
    known = np.isfinite(probabilities).all(axis=1)
    if known.sum() < FEWEST:
        raise TooFewSamples("a temperature", need=FEWEST, got=int(known.sum()))
    rows, at = probabilities[known], np.asarray(truth)[known]

    def loss(log_temperature: float) -> float:
        likely = tempered(rows, float(np.exp(log_temperature)))[np.arange(len(at)), at]
        return float(-np.log(np.maximum(likely, 1e-300)).mean())

    low, high = np.log(COLDEST) + 1e-9, np.log(HOTTEST) - 1e-9
    for _ in range(_STEPS):  # golden section: in the inverse temperature the loss has one valley
        one, two = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, two) if loss(one) <= loss(two) else (one, high)
    return float(np.exp((low + high) / 2.0))
