"""The table of units and what is made of it."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain import units
from paceline.domain.channels import CHANNELS
from paceline.domain.errors import UnknownName


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (100, "km/h", "m/s", 27.777_777_8),
        (60, "mph", "km/h", 96.560_64),
        (1, "mile", "m", 1609.344),
        (32, "°F", "°C", 0),
        (300, "K", "°C", 26.85),
        (20, "°C", "°F", 68),
        (1, "kWh", "kJ", 3600),
        (760, "mmHg", "Pa", 101_325.014_435_4),
        (1, "psi", "Pa", 6_894.757_293),
        (2**30, "semicircles", "°", 90),
        (13.5, "g/dL", "kg/m³", 135),
        (50, "%", "1", 0.5),
        (2, "Hz", "1/min", 120),
        (1, "lbf·ft", "N·m", 1.355_817_948),
    ],
)
def test_a_unit_is_what_its_definition_says(value, unit, to, expected):
    assert units.convert(np.array([float(value)]), unit=unit, to=to) == pytest.approx([expected], abs=1e-6)


def test_there_and_back_is_the_same_reading():
    for entry in units.UNITS.values():
        base = units.convert(np.array([12.5]), unit=entry.name, to=entry.base)
        assert units.convert(base, unit=entry.base, to=entry.name) == pytest.approx([12.5])


def test_a_missing_reading_stays_missing():
    assert np.isnan(units.convert(np.array([np.nan]), unit="°F", to="°C")).all()


def test_every_unit_of_the_catalogue_is_known_and_is_its_own_base():
    assert {units.named(entry.unit).base for entry in CHANNELS.values()} == {entry.unit for entry in CHANNELS.values()}


def test_no_two_units_share_a_spelling():
    spellings = [word.casefold() for name, *_, more in units._ROWS for word in (name, *more.split())]
    assert len(spellings) == len(set(spellings))


def test_an_unknown_unit_and_one_of_another_quantity_are_refused_with_those_that_fit():
    with pytest.raises(UnknownName, match="no unit 'furlong'"):
        units.named("furlong")
    with pytest.raises(UnknownName, match=r"no unit for m/s 'km'.*km/h"):
        units.convert(np.zeros(1), unit="km", to="m/s")


def test_every_catalogue_unit_has_a_suffix_of_letters_digits_and_underscores():
    assert all(units.suffix(entry.unit).replace("_", "a").isalnum() or entry.unit == "1" for entry in CHANNELS.values())
    assert all(units.suffix(entry.unit).isascii() for entry in CHANNELS.values())


def test_a_number_of_any_size_is_converted_without_a_warning():
    assert units.convert(np.array([1e308, np.nan]), unit="km", to="m").tolist()[0] == np.inf
