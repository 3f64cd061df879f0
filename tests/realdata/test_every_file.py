"""Every real file ends in a reading or a typed error, and every reading in a report."""

from __future__ import annotations

import json

import pytest

from paceline.domain.errors import Damaged, NoSamples, PacelineError, UnknownFormat
from paceline.measure.report.content import report
from paceline.measure.report.document import document
from paceline.measure.sessions import sessions
from paceline.record.files import read_file

pytestmark = pytest.mark.realdata

FOLDERS = ("fit_corpus", "goldencheetah_rides", "sweatpy_rides", "tracker_runs", "aerolab")


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def outcome(path):
    try:
        return read_file(path)
    except PacelineError as error:
        return error


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_ends_in_a_reading_or_a_typed_error(data, folder):
    found = {path: outcome(path) for path in files(data / folder)}
    assert found
    for path, result in found.items():
        if isinstance(result, PacelineError):
            assert str(path) in str(result)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_fit_file_is_refused(data, folder):
    fit = [path for path in files(data / folder) if ".fit" in path.name.lower() and not path.name.endswith("fitlog")]
    refused = [path.name for path in fit if isinstance(outcome(path), PacelineError)]
    assert refused == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_reading_ends_in_a_report_or_says_that_it_has_no_samples(data, folder):
    reported = 0
    for path in files(data / folder):
        raw = outcome(path)
        if isinstance(raw, UnknownFormat | Damaged):
            continue
        try:
            rides = sessions([raw])
        except NoSamples:
            continue
        for ride in rides:
            found = report(ride)
            assert found.headline
            assert json.dumps(document(ride), allow_nan=False)
            failed = [name for name, reason in ride.metrics().missing.items() if "failed on this data" in reason.why]
            assert failed == []
            reported += 1
    assert reported


def test_a_fit_tcx_and_gpx_file_of_one_ride_are_counted_once(data):
    folder = data / "sweatpy_rides"
    names = ("2020-06-01-16-52-40.fit", "activity_5039744860.tcx", "activity_5039744860.gpx")
    (ride,) = sessions([read_file(folder / name) for name in names])
    assert len(ride.files) == len(ride.recordings) == 3
