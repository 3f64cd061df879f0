"""A folder from a velodrome, through the command line: everything joined, and what is left when something is gone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.record.export import write
from paceline.record.recordings import Recording
from paceline.record.streams import Stream
from paceline.simulate.pursuits import Noise, simulate_pursuit

SETTINGS = """
track: adelaide
athlete: {transponder: "777001", mass: 76}
bike: {bike_mass: 8.0, crr: 0.0018}
"""
OFFSET = 3.25
"""s that the hub's clock is ahead of the loops'."""


def moment(nanoseconds):
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000)


def passing(time, loop, refid):
    said = {"date": f"{moment(time):%Y-%m-%d}", "time": f"{moment(time):%H:%M:%S.%f}"[:-3]}
    return "velotrain/passing " + json.dumps({**said, "mpid": loop, "refid": refid}) + "\n"


def weather(station, start, temperature):
    """A station's rows of two hours, ten minutes apart, the ride in between."""
    times = [moment(start - 3000 * SECOND + n * 600 * SECOND) for n in range(12)]
    return [f"{station},{time:%Y-%m-%dT%H:%M:%SZ},{temperature},1002.0,45\n" for time in times]


@pytest.fixture(scope="module")
def ride():
    return simulate_pursuit(1, distance=3000.0, noise=Noise(offset=OFFSET))


@pytest.fixture(scope="module")
def whole(ride, tmp_path_factory):
    folder = tmp_path_factory.mktemp("track")
    hub = ride.hub.streams["record"]
    write(ride.hub, folder / "hub.csv")
    size = len(hub) // 100
    means = {
        name: hub.values[name][: size * 100].reshape(-1, 100).mean(axis=1).round() for name in ("power", "cadence")
    }
    values = {**means, "heart_rate": np.round(170.0 - 50.0 * np.exp(-np.arange(size) / 30.0))}
    unit = Stream("record", hub.time[: size * 100 : 100] // SECOND * SECOND, values)
    write(Recording({"record": unit}, sport="cycling"), folder / "unit.fit")
    stream, gate = ride.timing.streams["passings"], ride.timing.streams["gate"]
    rows = [(int(gate.time[0]), 2, "gate")]
    rows += [(t, int(n), "777001") for t, n in zip(stream.time.tolist(), stream.values["loop"], strict=True)]
    rows += [(t + 500_000_000, n, "777002") for t, n, refid in rows if refid == "777001"]
    (folder / "passings.jsonl").write_text("".join(passing(*row) for row in sorted(rows)))
    header = "Station,Time,Temperature [°C],QFE [hPa],Relative humidity [%]\n"
    (folder / "weather.csv").write_text(header + "".join(weather("HALL", int(gate.time[0]), 26.0)), encoding="utf-8")
    (folder / "paceline.yaml").write_text(SETTINGS)
    return folder


@pytest.fixture
def folder(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "track")
    return tmp_path / "track"


def reported(folder, *options):
    command = [sys.executable, "-m", "paceline", "report", str(folder), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert "777001" not in done.stdout + done.stderr
    return json.loads(line)


def sources(found, metric):
    return " ".join(source["name"] for source in found["metrics"][metric]["sources"])


def said(found, kind):
    return [finding["message"] for finding in found["findings"] if finding["kind"] == kind]


def test_everything_in_a_folder_is_one_session_on_the_loops_clock(folder, ride):
    found = reported(folder, "--effort", "run 1")
    assert len(found["files"]) == 4
    laps = found["metrics"]["lap_times"]["value"]
    truth = ride.truth
    home = np.interp([250.0 * lap for lap in range(1, 13)], truth.values["distance"], np.arange(len(truth)) / 100)
    np.testing.assert_allclose(laps, np.diff(home, prepend=0.0), atol=0.01)
    assert "standing_start" in found["metrics"]
    assert "777" not in str(said(found, "transponder"))
    clocks = said(found, "clock")
    assert [clock.startswith(("Clock of recording 1", "Clock of recording 2")) for clock in clocks] == [True, True]
    assert all(abs(float(clock.split(": ")[1].split(" s")[0]) + OFFSET) < 0.7 for clock in clocks)
    assert found["metrics"]["average_air_density"]["value"] == pytest.approx(1.16, abs=0.01)
    assert "weather station HALL between readings 600 s apart" in sources(found, "average_air_density")
    assert "average_heart_rate" in found["metrics"]


def test_without_passings_the_laps_say_what_they_need_and_the_wheel_still_gives_a_drag_area(folder):
    (folder / "passings.jsonl").unlink()
    found = reported(folder)
    assert found["missing"]["lap_times"]["needs"] == ["passing_position", "passing_time"]
    assert "Needs passings of timing loops" in found["missing"]["lap_times"]["why"]
    assert "cda" in found["metrics"]
    assert not said(found, "clock")


def test_without_a_track_the_laps_need_it(folder):
    (folder / "paceline.yaml").write_text('athlete: {transponder: "777001"}\n')
    found = reported(folder)
    assert found["missing"]["lap_times"]["why"] == "Needs track. Name the track in the settings file."
    assert len(said(found, "track")) == 1


def test_among_two_transponders_none_is_guessed(folder):
    (folder / "paceline.yaml").write_text("track: adelaide\n")
    found = reported(folder)
    assert said(found, "transponder")[0].startswith(
        "2 transponders passed the loops during the ride, and none is named"
    )
    assert "lap_times" in found["missing"]


def test_without_the_weather_the_air_is_missing_and_the_laps_stand(folder):
    (folder / "weather.csv").unlink()
    found = reported(folder, "--effort", "run 1")
    assert set(found["missing"]["average_air_density"]["needs"]) == {"pressure", "relative_humidity", "temperature"}
    assert "cda" in found["missing"]
    assert len(found["metrics"]["lap_times"]["value"]) == 12


def test_without_hub_and_weather_the_head_unit_keeps_power_and_the_laps_stand(folder):
    (folder / "hub.csv").unlink()
    (folder / "weather.csv").unlink()
    found = reported(folder, "--effort", "run 1")
    assert "lap_times" in found["metrics"]
    assert "power of record (recording 1)" in sources(found, "average_power")
    assert found["missing"]["moving_time"]["needs"] == ["speed"]
    assert "left as recorded" in said(found, "clock")[0]


def test_without_hub_and_head_unit_the_passings_stand_alone_in_their_weather(folder):
    (folder / "hub.csv").unlink()
    (folder / "unit.fit").unlink()
    found = reported(folder, "--effort", "run 1")
    assert len(found["metrics"]["lap_times"]["value"]) == 12
    assert "average_air_density" in found["metrics"]
    assert found["missing"]["average_power"]["needs"] == ["power"]


def test_of_two_stations_the_one_named_is_taken_and_else_none(folder, ride):
    start = int(ride.timing.streams["gate"].time[0])
    with (folder / "weather.csv").open("a", encoding="utf-8") as table:
        table.writelines(weather("ROOF", start, 12.0))
    found = reported(folder)
    assert "HALL, ROOF" in said(found, "weather_station")[0]
    assert "average_temperature" in found["missing"]
    assert reported(folder, "--station", "roof")["metrics"]["average_temperature"]["value"] == pytest.approx(12.0)
