"""Four rides on a track whose mass, air and set-up nobody wrote down: how well a ride repeats itself, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND, Effort
from paceline.measure import drag
from paceline.measure.sources import serve
from paceline.record.files import read_file
from paceline.record.quality import assess

pytestmark = pytest.mark.realdata

RIDES = ("activity_769724393", "activity_769724412", "activity_769724425", "activity_769724442")
LAP = 411.0
NOMINAL = {"mass": 80.0, "air_density": 1.2}
CRR = 0.004


@pytest.fixture(scope="module", params=RIDES)
def ride(request, data):
    recording = read_file(data / "aerolab" / "velodrome test" / f"{request.param}.tcx").recordings[0]
    assessed = assess(recording).recording
    clock = assessed.streams["record"].time
    values = serve([assessed], Effort("ride", int(clock[0]), int(clock[-1]) + SECOND)).values
    return values["power"], values["speed"]


def balance(power, speed, lap=LAP):
    return drag.energy_balance(drag.steps(power, speed, 1.0, **NOMINAL), speed, lap=lap, crr=CRR)


def test_a_ride_tells_its_drag_area_to_six_thousandths(ride):
    found = balance(*ride)
    print(f"{found.cda.value:.4f} ± {found.cda.standard_error:.4f}, {found.laps} laps, {found.share:.1%} left out")  # noqa: T201  # -s shows it
    assert found.cda.standard_error <= 0.006
    assert found.share <= 0.1


def test_the_halves_of_a_ride_agree_within_their_error(ride):
    power, speed = ride
    whole = balance(power, speed)
    middle = np.searchsorted(np.nancumsum(speed), np.median(whole.starts) + LAP / 2)
    first, second = balance(power[:middle], speed[:middle]), balance(power[middle:], speed[middle:])
    low, high = (second.cda - first.cda).interval(0.95)
    print(f"{first.cda.value:.4f} and {second.cda.value:.4f}, {second.cda.value - first.cda.value:+.4f}")  # noqa: T201  # -s shows it
    assert low < 0.0 < high


def test_half_laps_scatter_more_than_laps(ride):
    power, speed = ride
    assert np.std(balance(power, speed, LAP / 2).windows) > 1.5 * np.std(balance(power, speed).windows)
