"""Tables of a wind tunnel and coefficients of a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import Damaged, NotIdentifiable, TooFewSamples, UnknownName
from paceline.measure.wind_tunnel import OutsideTable, read_table, simulated_cda
from paceline.record.files import read_bytes
from paceline.record.formats import Source

TABLE = """position,yaw [°],speed [km/h],cda [m²],uncertainty [m²]
tops,0,36,0.30,0.002
tops,10,36,0.32,0.002
tops,0,54,0.28,0.004
tops,10,54,0.30,0.004
drops,0,36,0.25,0.001
drops,10,36,0.26,0.001
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "tunnel.csv"
    path.write_text(TABLE, encoding="utf-8")
    return read_table(path)


def test_a_measurement_is_given_back_as_it_is(model):
    found = model.cda(yaw=10.0, speed=15.0, position="tops")
    assert (found.value, found.standard_error) == pytest.approx((0.30, 0.004))


def test_between_four_measurements_lies_their_mean_with_a_quarter_of_each_error(model):
    found = model.cda(yaw=5.0, speed=12.5, position="tops")
    assert found.value == pytest.approx(0.30)
    assert found.standard_error == pytest.approx(0.25 * (2 * 0.002**2 + 2 * 0.004**2) ** 0.5)
    assert found.used == 4


def test_a_table_of_one_side_holds_for_both(model):
    assert model.cda(yaw=-10.0, speed=10.0, position="tops").value == pytest.approx(0.32)


@pytest.mark.parametrize(("yaw", "speed"), [(11.0, 10.0), (5.0, 9.0), (5.0, 15.1)])
def test_beyond_the_table_nothing_is_said_unless_asked(model, yaw, speed):
    with pytest.raises(OutsideTable):
        model.cda(yaw=yaw, speed=speed, position="tops")
    assert model.cda(yaw=yaw, speed=speed, position="tops", extrapolate=True).standard_error > 0.0


def test_the_error_grows_beyond_the_table(model):
    inside = model.cda(yaw=10.0, speed=10.0, position="tops")
    outside = model.cda(yaw=20.0, speed=10.0, position="tops", extrapolate=True)
    assert outside.value == pytest.approx(0.34)
    assert outside.standard_error == pytest.approx(5**0.5 * inside.standard_error)


def test_one_speed_is_not_another(model):
    assert model.cda(yaw=0.0, position="drops").value == pytest.approx(0.25)
    with pytest.raises(OutsideTable):
        model.cda(yaw=0.0, speed=15.0, position="drops")
    with pytest.raises(NotIdentifiable):
        model.cda(yaw=0.0, position="tops")


def test_an_unknown_position_names_the_known_ones(model):
    with pytest.raises(UnknownName, match="drops"):
        model.cda(yaw=0.0, speed=10.0, position="drop")


@pytest.mark.parametrize(
    "text",
    [
        "yaw,speed\n0,10\n",
        "yaw,cda\n",
        "yaw,cda\n0,high\n",
        "yaw,cda\n0,\n",
        "yaw,speed,cda\n0,10,0.3\n10,10,0.31\n0,15,0.29\n",
        "yaw,cda\n0,0.3\n0,0.31\n",
    ],
)
def test_a_table_with_a_hole_is_refused(tmp_path, text):
    path = tmp_path / "broken.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Damaged):
        read_table(path)


HEADERS = {
    "2.2": "# Time        \tCd\tCl\tCm",
    "2.3": "# Time        \tCm\tCd\tCl\tCl(f)\tCl(r)",
    "v1906": "# Time Cd Cs Cl CmRoll CmPitch CmYaw Cd(f) Cd(r) Cs(f) Cs(r) Cl(f) Cl(r)",
    "v2106": "# Time Cd Cd(f) Cd(r) Cl Cl(f) Cl(r) CmPitch CmRoll CmYaw Cs Cs(f) Cs(r)",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_columns_go_by_their_names_in_every_version(header):
    names = header.lstrip("# ").split()
    row = "\t".join("0.62" if name == "Cd" else str(index) for index, name in enumerate(names))
    raw = read_bytes(f"# Force coefficients\n# Aref : 0.35\n{header}\n{row}\n".encode(), Source("cfd"))
    stream = raw.recordings[0].streams["force_coefficients"]
    assert stream.values["drag_coefficient"].tolist() == [0.62]
    assert raw.recordings[0].notes == {"Aref": "0.35"}
    assert len(stream.values) == len(names) - 1


def test_a_row_that_is_cut_off_is_left_out_and_reported():
    raw = read_bytes(b"# Time Cd Cl\n1 0.6 0.1\n2 0.61 0.1\n3 0.6", Source("cfd"))
    assert len(raw.recordings[0].streams["force_coefficients"]) == 2
    assert ("truncated", 4) in {(p.kind, p.line) for p in raw.problems}


def coefficients(values):
    rows = "\n".join(f"{index} {value:.6f}" for index, value in enumerate(values))
    raw = read_bytes(f"# Time Cd\n{rows}\n".encode(), Source("cfd"))
    return raw.recordings[0].streams["force_coefficients"]


def test_a_simulation_s_drag_area_is_its_settled_mean_times_the_reference_area():
    random = np.random.default_rng(3)
    settling = 0.62 + np.exp(-np.arange(2000) / 100.0) + 0.01 * random.normal(size=2000)
    found = simulated_cda(coefficients(settling), reference_area=0.4)
    low, high = found.interval(0.99)
    assert low < 0.248 < high
    assert found.standard_error == pytest.approx(0.4 * 0.01 / 1000**0.5, rel=0.6)


def test_a_simulation_that_has_hardly_begun_says_so():
    with pytest.raises(TooFewSamples):
        simulated_cda(coefficients([0.6] * 10), reference_area=0.4)
