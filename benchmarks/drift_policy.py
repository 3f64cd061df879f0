"""What the drift benchmark asks of every detector alike: signals of two real streams, and what an alarm is worth.

Only NumPy, since the peer's environment runs it too.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

FIT = 1000
"""Rows that a model is fitted on at first, and …"""
AGAIN = 500
"""… the last of them at an alarm."""

HALF = 4000
DRAWS = 16


def streams(folder):
    """Each stream's features and classes, in the order in which they were recorded."""
    found = {}
    for name in ("elec", "weather"):
        with (Path(folder) / "drift_streams" / f"{name}.csv").open(newline="") as lines:
            rows = np.array([[float(value) for value in row] for row in list(csv.reader(lines))[1:]])
        found[name] = rows[:, :-1], rows[:, -1].astype(int)
    return found


class Bayes:
    """Gaussian naive Bayes for two classes."""

    def __init__(self, features, classes):
        self.parts = []
        for one in (0, 1):
            mine = features[classes == one]
            share = np.log((len(mine) + 1) / (len(classes) + 2))
            mean = mine.mean(axis=0) if len(mine) else np.zeros(features.shape[1])
            spread = mine.var(axis=0) + 1e-3 if len(mine) > 1 else np.ones(features.shape[1])
            self.parts.append((share, mean, spread))

    def wrong(self, features, classes):
        scores = [
            share - 0.5 * np.sum((features - mean) ** 2 / spread + np.log(spread), axis=1)
            for share, mean, spread in self.parts
        ]
        return ((scores[1] > scores[0]).astype(int) != classes).astype(float)


def signals(features, classes):
    """Made of real rows, with a change at a known place: the first 9,000 rows and the last 8,000, each in a new order.

    For every draw: a signal that does not change (8,000 values of the first era), and one that changes after 4,000; of
    the errors of a model that was fitted on the first 1,000 rows, and of each feature.
    """
    model = Bayes(features[:FIT], classes[:FIT])
    errors = model.wrong(features, classes)
    columns = {"errors": errors, **{f"feature {place}": features[:, place] for place in range(features.shape[1])}}
    random = np.random.default_rng(20_261_121)
    found = []
    for _ in range(DRAWS):
        old = FIT + random.permutation(2 * HALF)
        new = len(classes) - 2 * HALF + random.permutation(2 * HALF)
        for name, column in columns.items():
            found.append((name, column[old], np.concatenate([column[old[:HALF]], column[new[:HALF]]])))
    return found


def accuracy(features, classes, alarm):
    """Share of rows that are told right before their class is seen, where each alarm fits a model anew, and how often.

    Args:
        features, classes: the stream as it was recorded.
        alarm: takes the errors since the model was fitted; whether they have changed. None never fits anew.
    """
    model, right, refits, since = Bayes(features[:FIT], classes[:FIT]), 0.0, 0, FIT
    step = 250
    errors = np.empty(0)
    for start in range(FIT, len(classes), step):
        rows = slice(start, start + step)
        wrong = model.wrong(features[rows], classes[rows])
        right += float((1 - wrong).sum())
        errors = np.concatenate([errors, wrong])
        if alarm is not None and alarm(errors):
            stop = start + len(wrong)
            model, refits, errors = (
                Bayes(features[stop - AGAIN : stop], classes[stop - AGAIN : stop]),
                refits + 1,
                np.empty(0),
            )
            since = stop
    return right / (len(classes) - FIT), refits, since


def told(results):
    """False alarms, missed changes and the median delay, of the errors and of all features together."""
    table = {}
    for kind in ("errors", "feature"):
        mine = [one for one in results if one[0].startswith(kind)]
        delays = [first - HALF for _, _, first in mine if first is not None and first >= HALF]
        early = sum(first is not None and first < HALF for _, _, first in mine)
        table[kind] = {
            "false_alarms_per_10000": round(1e4 * (sum(count for _, count, _ in mine) / (len(mine) * 2 * HALF)), 3),
            "signals": len(mine),
            "early": early,
            "missed": sum(first is None for _, _, first in mine),
            "delay": float(np.median(delays)) if delays else None,
            "delay_90": float(np.quantile(delays, 0.9)) if delays else None,
        }
    return table
