"""Import: each ride once, however often, under whatever name and from however many devices it comes."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.kept import BEGIN, DAY, athlete, half, house, recording, ride_file, rows

from paceline.domain.devices import Event
from paceline.domain.efforts import SECOND
from paceline.domain.errors import Absent, SettingsError
from paceline.jobs.importing import import_files
from paceline.jobs.process_executor import pool
from paceline.jobs.remeasuring import Unsettled, unsettled
from paceline.record.export import write


@pytest.fixture
def store(tmp_path):
    with house(tmp_path) as made:
        yield made


@pytest.fixture
def anna(store):
    return athlete(store)


def take(store, subject, *paths, **more):
    return import_files(store, list(paths), subject=subject, **more)


def became(imported):
    return [outcome.became for outcome in imported.outcomes]


def same(one, other):
    return one.keys() == other.keys() and all(one[name].equals(other[name]) for name in one)


def test_a_ride_becomes_a_session_with_samples_efforts_and_metrics(store, anna, tmp_path):
    found = take(store, anna, ride_file(tmp_path / "ride.fit"))
    (session,) = store.sessions(anna)
    assert found.sessions == (session.id,)
    assert store.lake.read("samples_record").height == 900
    assert {"whole ride", "lap 1", "lap 2"} <= set(store.lake.read("efforts")["effort"])
    work = store.lake.read("metrics", where={"metric": "work", "number": 0}).row(0, named=True)
    assert work["value"] == pytest.approx(float(recording().streams["record"].values["power"].sum()), rel=1e-3)
    assert work["used"] == 900
    assert json.loads(work["sources"])[0]["name"] == "power of record"
    missing = store.lake.read("metrics", where={"metric": "intensity", "number": 0}).row(0, named=True)
    assert missing["value"] is None
    assert "threshold power" in missing["reason"]
    assert session.measured == (work_flow(), found.lake_version)


def work_flow():
    from paceline.measure.flow_version import flow_version

    return flow_version()


def test_the_same_file_again_under_another_name_packed_or_not_adds_nothing(store, anna, tmp_path):
    ride = ride_file(tmp_path / "ride.fit")
    (tmp_path / "other name.fit").write_bytes(ride.read_bytes())
    (tmp_path / "ride.fit.gz").write_bytes(gzip.compress(ride.read_bytes()))
    take(store, anna, ride)
    facts, before, version = store.journal.position(), rows(store), store.lake.version()
    again = take(store, anna, ride, tmp_path / "other name.fit", tmp_path / "ride.fit.gz")
    assert became(again) == ["known"] * 3
    assert (store.journal.position(), store.lake.version()) == (facts, version)
    assert same(rows(store), before)
    assert len(list(store.blobs.all())) == 1


def test_a_fit_and_a_tcx_file_of_one_ride_are_one_session_in_either_order(store, anna, tmp_path):
    files = [ride_file(tmp_path / "ride.fit"), ride_file(tmp_path / "ride.tcx")]
    take(store, anna, *files)
    ben = athlete(store, "Ben Roe")
    take(store, ben, *reversed(files))
    (one,), (other,) = store.sessions(anna), store.sessions(ben)
    assert len(store.recordings(one)) == len(store.recordings(other)) == 2
    metrics = [store.lake.read("metrics", where={"subject": who, "number": 0}) for who in (anna, ben)]
    assert metrics[0].filter(metric="work")["value"].item() == pytest.approx(
        metrics[1].filter(metric="work")["value"].item(), rel=1e-3
    )


def test_a_later_file_joins_the_session_and_its_metrics_are_measured_anew(store, anna, tmp_path):
    head = recording(seed=3)
    stream = head.streams["record"]
    without = replace(stream, values={n: v for n, v in stream.values.items() if n != "heart_rate"})
    write(replace(head, streams={"record": without}), tmp_path / "hub.fit")
    take(store, anna, tmp_path / "hub.fit")
    assert store.lake.read("metrics", where={"metric": "average_heart_rate", "number": 0})["value"].item() is None
    write(head, tmp_path / "watch.tcx")
    found = take(store, anna, tmp_path / "watch.tcx")
    assert found.outcomes[0].joined
    (session,) = store.sessions(anna)
    assert found.outcomes[0].sessions == (session.id,)
    assert store.lake.read("metrics", where={"metric": "average_heart_rate", "number": 0})["value"].item() > 100
    assert store.lake.read("samples_record")["recording"].n_unique() == 2


def test_a_file_in_local_time_joins_the_ride_it_was(store, anna, tmp_path):
    local = recording(begin=BEGIN + 7200 * SECOND)
    local = replace(local, events=(Event(BEGIN + 7200 * SECOND, "timer", "start"),))
    write(local, tmp_path / "local.tcx")
    take(store, anna, ride_file(tmp_path / "ride.fit"), tmp_path / "local.tcx")
    (session,) = store.sessions(anna)
    assert len(store.recordings(session)) == 2


def test_rides_of_different_days_and_riders_of_one_hour_stay_apart(store, anna, tmp_path):
    files = [
        ride_file(tmp_path / "a.fit"),
        ride_file(tmp_path / "b.fit", begin=BEGIN + DAY, seed=2),
        ride_file(tmp_path / "c.fit", seed=7),
    ]
    take(store, anna, *files)
    assert len(list(store.sessions(anna))) == 3


def test_the_same_file_of_two_athletes_is_one_blob_and_two_sessions(store, anna, tmp_path):
    ride, ben = ride_file(tmp_path / "ride.fit"), athlete(store, "Ben Roe")
    take(store, anna, ride)
    assert became(take(store, ben, ride)) == ["new"]
    assert len(list(store.blobs.all())) == 1
    assert len(list(store.sessions())) == 2


def test_a_refused_file_is_kept_with_its_reason_and_tried_again(store, anna, tmp_path):
    (tmp_path / "notes.txt").write_text("not a ride")
    found = take(store, anna, tmp_path / "notes.txt", ride_file(tmp_path / "ride.fit"))
    assert became(found) == ["refused", "new"]
    assert "notes.txt" in found.outcomes[0].reason
    facts = [fact for fact in store.journal.facts() if fact.kind == "RecordingRefused"]
    assert len(facts) == 1
    assert store.blobs.get(facts[0].what.sha256) == b"not a ride"
    assert "expected" in store.journal.text(facts[0].what.reason)
    again = take(store, anna, tmp_path / "notes.txt")
    assert became(again) == ["refused"]
    assert sum(fact.kind == "RecordingRefused" for fact in store.journal.facts()) == 1


def test_a_table_of_no_known_dialect_is_taken_in_with_what_its_columns_mean(store, anna, tmp_path):
    csv = tmp_path / "table.csv"
    csv.write_text("when,watt\n" + "".join(f"{second},{200 + second % 7}\n" for second in range(120)))
    assert became(take(store, anna, csv)) == ["refused"]
    hints = {"columns": {"when": "time", "watt": "power"}, "start": BEGIN}
    assert became(take(store, anna, csv, **hints)) == ["new"]
    assert became(take(store, anna, csv, **hints)) == ["known"]
    (session,) = store.sessions(anna)
    assert session.start == BEGIN
    assert store.lake.read("samples_record")["power"].len() == 120


def test_a_file_of_two_rides_is_two_sessions_and_taken_in_once(store, anna, tmp_path):
    (tmp_path / "chain.fit").write_bytes(
        ride_file(tmp_path / "a.fit").read_bytes()
        + ride_file(tmp_path / "b.fit", begin=BEGIN + DAY, seed=2).read_bytes()
    )
    found = take(store, anna, tmp_path / "chain.fit")
    assert len(found.sessions) == 2
    before, position = rows(store), store.journal.position()
    assert became(take(store, anna, tmp_path / "chain.fit")) == ["known"]
    assert same(rows(store), before)
    assert store.journal.position() == position


def test_laps_that_were_saved_apart_become_one_session_once_the_whole_ride_comes(store, anna, tmp_path):
    whole = recording(length=1800)
    for name, first in {"first.fit": True, "second.fit": False}.items():
        write(half(whole, first=first), tmp_path / name)
    take(store, anna, tmp_path / "first.fit", tmp_path / "second.fit")
    assert len(list(store.sessions(anna))) == 2
    write(whole, tmp_path / "whole.fit")
    take(store, anna, tmp_path / "whole.fit")
    (session,) = store.sessions(anna)
    assert len(store.recordings(session)) == 3
    assert set(store.lake.read("metrics")["session"]) == {str(session.id)}
    assert set(store.lake.read("samples_record")["session"]) == {str(session.id)}


WEATHER = """abbr,date/time,temperature (degrees celsius),pressure (hpa),humidity (%),dew point (degrees celsius)
AAA,202311142200,21,1015,50,10
AAA,202311142230,22,1015,50,10
AAA,202311142300,23,1015,50,10
"""


def test_weather_is_used_by_the_rides_of_its_time_whichever_came_first(store, anna, tmp_path):
    (tmp_path / "weather.csv").write_text(WEATHER)
    take(store, anna, ride_file(tmp_path / "before.fit"))
    take(store, anna, tmp_path / "weather.csv")
    take(store, anna, ride_file(tmp_path / "after.fit", begin=BEGIN + 1800 * SECOND, seed=2))
    found = store.lake.read("metrics", where={"metric": "average_temperature", "number": 0})
    rides = [str(session.id) for session in store.sessions(anna) if session.end - session.start == 900 * SECOND]
    assert found.filter(found["session"].is_in(rides))["value"].null_count() == 0
    assert len(rides) == 2


def test_settings_beside_the_files_are_taken_over_and_used(store, anna, tmp_path):
    (tmp_path / "paceline.yaml").write_text("zone: Asia/Tokyo\nathlete: {threshold_power: 250}\n")
    take(store, anna, ride_file(tmp_path / "ride.fit"))
    assert store.lake.read("metrics", where={"metric": "intensity", "number": 0})["value"].item() > 0.5
    (tmp_path / "paceline.yaml").unlink()
    take(store, anna, ride_file(tmp_path / "next.fit", begin=BEGIN + DAY, seed=2))
    assert store.lake.read("metrics", where={"metric": "intensity", "number": 0})["value"].null_count() == 0


def test_a_setting_of_the_journal_comes_before_the_files(store, anna, tmp_path):
    (tmp_path / "paceline.yaml").write_text("athlete: {threshold_power: 250, mass: 70}\n")
    store.journal.date_setting(anna, name="threshold_power", value=125.0, since="2020-01-01", by="owner")
    take(store, anna, ride_file(tmp_path / "ride.fit"))
    values = store.lake.read("metrics", where={"metric": ["intensity", "weighted_power"], "number": 0})
    intensity, weighted = (values.filter(metric=name)["value"].item() for name in ("intensity", "weighted_power"))
    assert intensity == pytest.approx(weighted / 125)


def test_settings_that_cant_be_used_stop_the_import_before_a_file_is_taken_in(store, anna, tmp_path):
    (tmp_path / "paceline.yaml").write_text("athlete: {mass: 7}\n")
    with pytest.raises(SettingsError):
        take(store, anna, ride_file(tmp_path / "ride.fit"))
    assert list(store.sessions()) == []
    assert list(store.blobs.all()) == []


def test_nobodys_files_are_not_taken_in(store, tmp_path):
    with pytest.raises(Absent):
        take(store, "s" + "a" * 25, ride_file(tmp_path / "ride.fit"))


def test_a_missing_file_is_refused_and_the_others_are_taken_in(store, anna, tmp_path):
    found = take(store, anna, tmp_path / "none.fit", ride_file(tmp_path / "ride.fit"))
    assert became(found) == ["refused", "new"]
    assert "no such file" in found.outcomes[0].reason


def test_who_changes_pseudonyms_has_a_new_one_for_each_session_and_no_ride_twice(store, anna, tmp_path):
    store.people.unstable(anna, wanted=True)
    files = [ride_file(tmp_path / "a.fit"), ride_file(tmp_path / "b.fit", begin=BEGIN + DAY, seed=2)]
    take(store, anna, *files, ride_file(tmp_path / "a.tcx"))
    assert became(take(store, anna, *files)) == ["known", "known"]
    subjects = {session.subject for session in store.sessions()}
    assert len(subjects) == 2
    assert anna not in subjects
    assert set(store.lake.read("metrics")["subject"]) == subjects


def test_processes_take_in_the_same_as_this_one(store, anna, tmp_path):
    files = [ride_file(tmp_path / f"{n}.fit", begin=BEGIN + n * DAY, seed=n + 1) for n in range(5)]
    files.append(ride_file(tmp_path / "0.tcx"))
    take(store, anna, *files)
    with house(tmp_path / "other") as other, pool(len(files), workers=2) as executor:
        ben = athlete(other, "Ben Roe")
        assert became(take(other, ben, *files, executor=executor)) == ["new"] * 6
        assert _of_nobody(rows(other)) == _of_nobody(rows(store))


def _of_nobody(tables):
    """The rows without whose they are: two houses give two people two pseudonyms, and so two ids to a session."""
    dropped = ("subject", "session")
    return {name: sorted(map(repr, frame.drop(dropped).rows())) for name, frame in tables.items()}


KILLED = """
import sys
from pathlib import Path
from tests.unit.kept import house
from paceline.jobs.importing import import_files
store = house(Path(sys.argv[1]))
import_files(store, sorted(Path(sys.argv[2]).iterdir()), subject=sys.argv[3], progress=lambda _: print(flush=True))
"""


def test_an_import_that_is_killed_anywhere_is_finished_by_doing_it_again(tmp_path):
    files = [ride_file(tmp_path / "rides" / f"{n}.fit", begin=BEGIN + n * DAY, seed=n + 1) for n in range(6)]
    files += [
        ride_file(tmp_path / "rides" / "0.tcx"),
        ride_file(tmp_path / "rides" / "3.tcx", begin=BEGIN + 3 * DAY, seed=4),
    ]
    with house(tmp_path) as store:
        subject = athlete(store)
    for wanted in (1, 2, 4, 7, 8):
        _killed_after(wanted, tmp_path, subject)
    with house(tmp_path) as store:
        import_files(store, sorted((tmp_path / "rides").iterdir()), subject=subject)
        assert unsettled(store, subject) == Unsettled((), ())
        assert list(store.verify()) == []
        left = rows(store)
    with house(tmp_path / "calm") as calm:
        other = athlete(calm)
        import_files(calm, sorted((tmp_path / "rides").iterdir()), subject=other)
        assert _of_nobody(left) == _of_nobody(rows(calm))


def _killed_after(files, folder, subject):
    command = [sys.executable, "-c", KILLED, str(folder), str(folder / "rides"), subject]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as job:
        for _ in range(files):
            job.stdout.readline()
        time.sleep(0.01 * files)
        job.send_signal(signal.SIGKILL)
