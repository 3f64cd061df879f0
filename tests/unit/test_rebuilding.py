"""What follows from facts and raw files is made anew, equal row for row; what was changed is brought up to date."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.unit.kept import BEGIN, DAY, athlete, half, house, recording, ride_file, rows

from paceline.domain.errors import NoSuchVersion, UnknownName
from paceline.jobs.backfill import backfill
from paceline.jobs.importing import import_files
from paceline.jobs.rebuilding import rebuild
from paceline.keep.lake import Lake
from paceline.record.export import write


@pytest.fixture
def store(tmp_path):
    """A house with a ride of two devices, one of two halves, a file of two rides, one refused, and settings."""
    with house(tmp_path) as store:
        folder = tmp_path / "rides"
        files = [ride_file(folder / "a.fit"), ride_file(folder / "a.tcx")]
        files.append(ride_file(folder / "b.fit", begin=BEGIN + DAY * 40, seed=2))
        whole = recording(begin=BEGIN + 3 * DAY, length=1800, seed=3)
        for name, first in {"c1.fit": True, "c2.fit": False}.items():
            write(half(whole, first=first), folder / name)
            files.append(folder / name)
        write(whole, folder / "c.fit")
        chain = folder / "chain.fit"
        chain.write_bytes(
            ride_file(folder / "d.fit", begin=BEGIN + 5 * DAY, seed=5).read_bytes()
            + ride_file(folder / "e.fit", begin=BEGIN + 6 * DAY, seed=6).read_bytes()
        )
        (folder / "notes.txt").write_text("no ride")
        (folder / "paceline.yaml").write_text("zone: Europe/London\nathlete: {threshold_power: 250, mass: 70}\n")
        import_files(store, [*files, folder / "c.fit", chain, folder / "notes.txt"], subject=athlete(store))
        yield store


def same(one, other):
    assert one.keys() == other.keys()
    return [name for name in one if not one[name].equals(other[name])] == []


def again(store):
    """The store with its lake opened anew."""
    from dataclasses import replace

    return replace(store, lake=Lake(store.places.lake))


def test_the_house_of_these_tests_holds_what_it_should(store):
    assert len(list(store.sessions())) == 5
    assert {"samples_record", "efforts", "metrics"} <= rows(store).keys()


def test_a_rebuilt_lake_is_equal_row_for_row(store):
    before, version, position = rows(store), store.lake.version(), store.journal.position()
    done = rebuild(store)
    assert done.sessions == 5
    assert done.unmeasured == {}
    assert same(rows(again(store)), before)
    assert done.lake_version > version
    assert store.journal.position() == position
    assert not Path(f"{store.places.lake}.rebuilding").exists()
    assert not Path(f"{store.places.lake}.before-rebuild").exists()


@pytest.mark.parametrize("harm", ["gone", "damaged", "half"])
def test_a_lake_that_was_lost_or_damaged_comes_back(store, harm):
    before, lake = rows(store), Path(store.places.lake)
    if harm == "gone":
        shutil.rmtree(lake)
    elif harm == "damaged":
        for path in lake.rglob("*.parquet"):
            path.write_bytes(b"damaged")
    else:
        shutil.rmtree(lake / "metrics")
    lost = again(store)
    rebuild(lost)
    assert same(rows(again(store)), before)


def test_lists_are_rebuilt_with_it(store):
    before = list(store.sessions())
    assert rebuild(store).position == store.journal.position()
    assert list(store.sessions()) == before
    assert list(again(store).verify()) == []


def test_numbers_from_before_a_rebuild_lead_nowhere_and_none_is_given_twice(store):
    old = store.lake.version()
    new = rebuild(store).lake_version
    with pytest.raises(NoSuchVersion):
        again(store).lake.read("metrics", version=old)
    assert new > old


def test_predictions_follow_from_nothing_and_are_copied(store):
    (first, *_) = store.sessions()
    import polars as pl

    row = {"subject": first.subject, "month": "2023-11", "session": str(first.id), "product": "p", "release": "1"}
    store.lake.append(
        "predictions", pl.DataFrame([{**row, "t": 1, "request": "{}", "response": "{}"}]), key=("session",)
    )
    assert rebuild(store).lost == ()
    assert again(store).lake.read("predictions").height == 1


def test_nothing_is_backfilled_where_all_is_up_to_date(store):
    version = store.lake.version()
    done = backfill(store)
    assert (done.looked_at, done.measured, done.lake_version) == (5, 0, version)


def test_a_metric_of_another_version_is_measured_anew_and_only_it(store):
    before = rows(store)
    old = store.lake.read("metrics", where={"metric": "work"})
    store.lake.append(
        "metrics", old.with_columns(value=old["value"] + 1, flow_version=old["metric"]), key=("session", "metric")
    )
    assert not same(rows(store), before)
    assert backfill(store, metric="load").measured == 0
    done = backfill(store, metric="work")
    assert done.measured == 5
    assert same(rows(store), before)


def test_a_changed_setting_is_backfilled(store):
    (*_, first) = store.sessions()
    store.journal.date_setting(first.subject, name="threshold_power", value=200.0, since="2020-01-01", by="owner")
    asked = {"metric": "intensity", "number": 0, "session": str(first.id)}
    before = store.lake.read("metrics", where=asked)["value"].item()
    assert backfill(store, sessions=[first.id]).measured == 1
    assert store.lake.read("metrics", where=asked)["value"].item() == pytest.approx(before * 250 / 200)
    assert backfill(store).measured == 4
    assert backfill(store).measured == 0


def test_everything_can_be_measured_anew_on_request(store):
    before = rows(store)
    assert backfill(store, everything=True).measured == 5
    assert same(rows(store), before)


def test_an_unknown_metric_is_an_error_with_a_hint(store):
    with pytest.raises(UnknownName, match="Did you mean work"):
        backfill(store, metric="wrk")


def test_a_raw_file_that_is_damaged_leaves_its_session_unmeasured_and_says_so(store):
    first = next(iter(store.sessions()))
    (sha256, *_) = [r.sha256 for r in store.recordings(first)]
    (Path(store.places.blobs) / sha256[:2] / sha256[2:4] / sha256).write_bytes(b"damaged")
    done = rebuild(store)
    assert set(done.unmeasured) == {str(first.id)}
    assert "damaged" in done.unmeasured[str(first.id)]
    assert any(sha256[:12] in sentence for _, sentence in again(store).verify())
