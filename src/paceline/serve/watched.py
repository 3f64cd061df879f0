"""The figures of products that are watched, for Prometheus: the last that a look of any machine left in the house."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from paceline.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from prometheus_client import Metric

    from paceline.jobs.figures import Figure
    from paceline.jobs.runs import Runs
    from paceline.serve.hall import Hall

MEANINGS: Mapping[str, str] = {
    "answers": "Answers of the champion that are kept.",
    "stability": "Population stability index of a field.",
    "distance": "Kolmogorov-Smirnov distance of a field.",
    "missing": "Share that is missing, less the share that was.",
    "unseen": "Share of values that the reference never held.",
    "alarm": "1 where the detector says that a field has changed.",
    "loss": "Mean loss of the last labelled answers, by slice.",
    "loss_alarm": "1 where the detector says that it has got worse.",
    "unlike": "1 for a field in which the canary answers unlike the champion.",
}
"""Measure → what it is; its name for Prometheus is paceline_watch_ and this."""


class WatchedFigures(Collector):
    """Reads the figures of every organisation whose room is open, whenever it is asked."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._runs: dict[str, Runs] = {}
        self._alone = threading.Lock()

    def describe(self) -> Iterator[Metric]:
        """Nothing is read to be registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """A gauge a measure; a store that can't be reached now has none."""
        labels = ["organisation", "product", "about"]
        families = {
            name: GaugeMetricFamily(f"paceline_watch_{name}", meaning, labels=labels)
            for name, meaning in MEANINGS.items()
        }
        for organisation, figure in self._all():
            if figure.measure in families:
                families[figure.measure].add_metric([organisation, figure.product, figure.about], figure.value)
        yield from families.values()

    def _all(self) -> Iterator[tuple[str, Figure]]:
        from paceline.jobs.figures import Figures

        with self._alone:
            for room in self._hall.rooms():
                try:
                    runs = self._opened(room.organisation)
                    found = Figures(runs.database).all()
                except StoreUnavailable:
                    continue
                yield from ((room.organisation, one) for one in found)

    def _opened(self, organisation: str) -> Runs:
        from paceline.jobs.runs import Runs, place_of

        if organisation not in self._runs:
            places = self._hall.room(organisation).store.places
            self._runs[organisation] = Runs.open(place_of(places), organisation=organisation)
        return self._runs[organisation]

    def close(self) -> None:
        """Give connections back."""
        with self._alone:
            for runs in self._runs.values():
                runs.close()
            self._runs.clear()
