import base64
import os
from pathlib import Path

import pytest
from measured import measured

RIDES = Path(os.environ.get("PACELINE_DATA", "../shared/data")) / "aerolab" / "velodrome test"
SETTINGS = "athlete: {mass: 72}\nbike: {bike_mass: 8, crr: 0.004}\n"


@pytest.mark.skipif(not RIDES.exists(), reason="the rides are not here: see PACELINE_DATA")
def test_rides_in_a_velodrome_are_read_whole():
    rides = sorted(RIDES.glob("*.tcx"))
    assert len(rides) == 4
    for ride in rides:
        file = {"name": ride.name, "content": base64.b64encode(ride.read_bytes()).decode()}
        found = measured([file], settings=SETTINGS, metrics=["average_power", "average_moving_speed", "lap_times"])
        assert 100.0 < found["metrics"]["average_power"]["value"] < 300.0
        assert 5.0 < found["metrics"]["average_moving_speed"]["value"] < 12.0
        assert "lap_times" in found["missing"]  # no loops were there
