"""The dataflow runner: reasons before the run, refusals that travel, and nothing leaked."""

from __future__ import annotations

import inspect
import logging

import numpy as np
import pytest

from paceline.domain.errors import TooFewSamples, UnknownName
from paceline.measure import flow
from paceline.measure.catalogue import catalogue, modules
from paceline.measure.quantities import QUANTITIES


def test_what_is_missing_is_named_with_its_remedy():
    reason = flow.compute({"interval": 1.0}, ["work"])["work"]
    assert reason.needs == ("power",)
    assert reason.why == "Needs power. Ride with a power meter."


def test_an_unknown_metric_is_an_error_with_a_hint():
    with pytest.raises(UnknownName, match="Did you mean work"):
        flow.compute({}, ["wrok"])


def test_with_nothing_there_every_metric_has_a_reason():
    found = flow.compute({})
    assert set(found) == set(catalogue())
    assert all(isinstance(value, flow.NotHad) and value.why for value in found.values())


def test_a_refusal_travels_down_the_graph():
    def refuses(**_):
        raise TooFewSamples("mean_max", need=5, got=1)

    reason = flow._guarded("mean_max", refuses, {})
    assert reason.why == "Mean max needs at least 5 readings, got 1."
    assert flow._guarded("next", lambda mean_max: mean_max, {"mean_max": reason}) is reason


def test_a_failing_node_is_reported_without_its_inputs(caplog):
    def fails(power):
        raise ValueError(f"secret {power}")

    with caplog.at_level(logging.DEBUG):
        reason = flow._guarded("work", fails, {"power": 12345.0})
    assert "ValueError" in reason.why
    assert "12345" not in reason.why + caplog.text


def test_no_log_of_the_runner_shows_an_athletes_values(caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        flow.compute({"power": np.array([271.828, np.nan]), "interval": 1.0, "elapsed_time": 2.0})
    streams = capfd.readouterr()
    assert "271.828" not in caplog.text + streams.out + streams.err


def test_quantities_of_a_wrong_type_are_refused_without_their_values(caplog):
    with caplog.at_level(logging.DEBUG), pytest.raises(TypeError, match=r"interval \(str\)") as caught:
        flow.compute({"power": np.array([271.828]), "interval": "271.828"}, ["work"])
    assert "271.828" not in caplog.text + str(caught.value) + repr(caught.value.__cause__)


def test_every_parameter_of_every_node_is_a_metric_or_a_quantity():
    known = set(catalogue()) | set(QUANTITIES)
    strangers = {(m.name, p) for m in catalogue().values() for p in (*m.needs, *m.uses) if p not in known}
    assert not strangers


def test_only_quantities_are_optional():
    assert not [(m.name, p) for m in catalogue().values() for p in m.uses if p not in QUANTITIES]


def test_no_metric_has_the_name_of_a_quantity():
    assert not set(catalogue()) & set(QUANTITIES)


def test_every_public_function_of_the_metrics_is_a_node():
    unmarked = [
        f"{module.__name__}.{name}"
        for module in modules()
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
        if not name.startswith("_") and not hasattr(value, "metric")
    ]
    assert not unmarked


@pytest.mark.parametrize("section", ["Args:", "Returns:", ">>> "])
def test_every_metric_is_documented(section):
    assert not [m.name for m in catalogue().values() if section not in m.definition]
