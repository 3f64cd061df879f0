import base64

import pytest
from measured import explain, measured

from paceline.simulate.track import simulate_track
from paceline.simulate.track_files import write_session
from paceline.simulate.track_plans import Block, World

BLOCKS = (Block("pursuit", 2000.0, (455.0,)),)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("session")
    session = simulate_track(3, world=World(blocks=BLOCKS))
    write_session(session, folder)
    return folder, session


def asked(folder, *names, **more):
    files = [{"name": name, "content": base64.b64encode((folder / name).read_bytes()).decode()} for name in names]
    return measured(files, settings=(folder / "paceline.yaml").read_text(encoding="utf-8"), **more)


def test_every_device_together_gives_laps_and_power(made):
    folder, _ = made
    found = asked(folder, "hub.csv", "passings.jsonl", "weather.csv", effort="run 1",
                  metrics=["lap_times", "average_power"])  # fmt: skip
    assert "run 1" in found["efforts"]
    laps = [lap for lap in found["metrics"]["lap_times"]["value"] if lap is not None]
    assert len(laps) >= 5
    assert all(15.0 < lap < 30.0 for lap in laps)
    assert 400.0 < found["metrics"]["average_power"]["value"] < 550.0


def test_without_loops_there_are_no_laps_and_the_reason_is_said(made):
    found = asked(made[0], "hub.csv", metrics=["lap_times", "average_power"])
    assert "lap_times" in found["missing"]
    assert found["metrics"]["average_power"]["value"] > 0.0


def test_loops_alone_give_laps_and_no_power(made):
    found = asked(made[0], "passings.jsonl", effort="run 1", metrics=["lap_times", "average_power"])
    assert "average_power" in found["missing"]
    assert "lap_times" in found["metrics"]


def test_what_a_metric_rests_on_is_said_to_the_last_reading(made):
    folder, _ = made
    files = [{"name": "hub.csv", "content": base64.b64encode((folder / "hub.csv").read_bytes()).decode()}]
    told = explain(files, metrics=["average_power", "lap_times"])
    power = told["metrics"]["average_power"]
    assert power["way"]["average_power"]["value"] == measured(files)["metrics"]["average_power"]["value"]
    assert {source["quantity"] for source in power["sources"]} >= {"power"}
    known = {*power["way"], *(source["quantity"] for source in power["sources"])}
    assert "power" in power["way"]["average_power"]["from"]
    assert known & set(power["way"]["average_power"]["from"])
    assert "lap_times" in told["missing"]
