"""Metrics of the air."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import TooFewSamples
from paceline.measure.flow import NotHad, compute
from paceline.measure.metrics.air import air_density, average_air_density, pitot_airspeed, pitot_head_wind, wind_yaw
from paceline.measure.sources import serve
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

COLD = {
    "temperature": np.array([14.7222, np.nan]),
    "pressure": np.array([100_920.5, 100_920.5]),
    "relative_humidity": np.array([0.9102, 0.9102]),
}


def test_density_is_that_of_a_field_tester_and_a_hole_stays_one():
    found = air_density(**COLD)
    assert found[0] == pytest.approx(1.214332, abs=2e-5)
    assert np.isnan(found[1])


def test_the_mean_leaves_holes_out():
    assert average_air_density(np.array([1.2, np.nan, 1.1])) == pytest.approx(1.15)


def test_airspeed_of_the_stated_pressure_and_density():
    found = pitot_airspeed(np.array([150.0, np.nan]), np.array([1.15, 1.15]), 1.1)
    assert found[0] == pytest.approx(1.1 * 16.15146, abs=1e-5)
    assert np.isnan(found[1])


def test_head_wind_is_airspeed_less_ground_speed():
    found = pitot_head_wind(np.array([12.0, 9.0, np.nan]), np.array([10.0, 10.0, 10.0]))
    assert found[:2].tolist() == [2.0, -1.0]
    assert np.isnan(found[2])


def test_yaw_says_nothing_of_still_air_and_a_standing_bike():
    found = wind_yaw(np.array([0.0, 5.0]), np.zeros(2), np.array([0.0, 5.0]), np.array([90.0, 270.0]))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(-45.0)


@pytest.mark.parametrize("node", [air_density, pitot_airspeed, pitot_head_wind, wind_yaw])
def test_nothing_but_holes_is_too_few_samples(node):
    names = node.metric.needs
    with pytest.raises(TooFewSamples):
        node(*(np.full(3, np.nan) for _ in names))


def test_without_any_density_there_is_no_mean():
    found = compute({**COLD, "temperature": np.full(2, np.nan)}, ["average_air_density"])
    assert isinstance(found["average_air_density"], NotHad)


def ride(**channels):
    time = np.arange(3) * SECOND
    return Recording({"record": Stream("record", time, {n: np.full(3, v) for n, v in channels.items()})})


def test_a_sea_level_pressure_is_brought_up_to_the_place_and_said_so():
    recording = ride(sea_level_pressure=101_940.0, altitude=556.0, temperature=12.1, dew_point=10.7)
    served = serve([recording], Effort("all", 0, 3 * SECOND))
    assert served.values["pressure"][0] == pytest.approx(95_400.0, abs=150.0)
    assert served.values["relative_humidity"][0] == pytest.approx(0.911, abs=0.002)
    assert "derived: brought up from sea level" in served.sources["pressure"].name


def test_without_altitude_a_sea_level_pressure_is_refused_and_the_reason_says_what_is_needed():
    recording = ride(sea_level_pressure=101_940.0, temperature=12.1, relative_humidity=0.9)
    served = serve([recording], Effort("all", 0, 3 * SECOND))
    assert "pressure" not in served.values
    reason = compute(served.values, ["air_density"])["air_density"]
    assert reason.needs == ("pressure",)
    assert "altitude" in reason.why
