"""products/track as a cloud function: a raw file in an event, its metrics out, and what they rest on."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from paceline.serve.function import Function
from paceline.simulate.track import simulate_track
from paceline.simulate.track_files import write_session
from paceline.simulate.track_plans import Block, World

PRODUCT = Path(__file__).parents[2] / "products" / "track"


@pytest.fixture(scope="module")
def function() -> Function:
    return Function(PRODUCT)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("session")
    write_session(simulate_track(4, world=World(blocks=(Block("short", 1000.0, (455.0,)),))), folder)
    return {"name": "hub.csv", "content": base64.b64encode((folder / "hub.csv").read_bytes()).decode()}


def sent(function: Function, path: str, request: Any) -> tuple[int, Any]:
    event = {"version": "2.0", "rawPath": path, "requestContext": {"http": {"method": "POST"}}}
    reply = function.on_lambda({**event, "body": json.dumps(request)})
    return reply["statusCode"], json.loads(reply["body"])


def test_a_raw_file_in_an_event_brings_its_metrics(function: Function, hub: dict[str, str]) -> None:
    status, told = sent(function, "/predict", {"files": [hub], "metrics": ["average_power", "lap_times"]})
    assert (status, told["metrics"]["average_power"]["unit"]) == (200, "W")
    assert "lap_times" in told["missing"]


def test_every_step_of_a_metric_is_told_with_its_value_or_its_source(function: Function, hub: dict[str, str]) -> None:
    asked = {"files": [hub], "metrics": ["weighted_power"]}
    status, told = sent(function, "/explain", asked)
    assert status == 200
    explained = told["metrics"]["weighted_power"]
    assert explained["says"]
    assert all(source["readings"] > 0 for source in explained["sources"])
    value = sent(function, "/predict", asked)[1]["metrics"]["weighted_power"]["value"]
    assert explained["way"]["weighted_power"]["value"] == value
    served = {source["quantity"] for source in explained["sources"]}
    assert served & {parent for step in explained["way"].values() for parent in step["from"]}


def test_a_file_that_is_no_recording_is_a_problem_without_its_bytes(function: Function) -> None:
    content = base64.b64encode(b"nobody's business").decode()
    status, problem = sent(function, "/predict", {"files": [{"name": "a.fit", "content": content}]})
    assert (status, problem["type"]) == (500, "/problems/product-failed")
    assert "nobody" not in json.dumps(problem)
