"""Real folders taken in: every file ends somewhere, nothing comes twice, and a rebuild finds the same rows."""

from __future__ import annotations

import pytest
from tests.unit.kept import athlete, house, rows

from paceline.jobs.importing import import_files
from paceline.jobs.process_executor import pool
from paceline.jobs.rebuilding import rebuild
from paceline.jobs.remeasuring import Unsettled, unsettled
from paceline.keep.lake import Lake

pytestmark = pytest.mark.realdata

FOLDERS = ("goldencheetah_rides", "fit_corpus")


@pytest.fixture(scope="module", params=FOLDERS)
def imported(request, data, tmp_path_factory):
    files = sorted(path for path in (data / request.param).rglob("*") if path.is_file())
    with house(tmp_path_factory.mktemp(request.param)) as store:
        subject = athlete(store)
        with pool(len(files)) as executor:
            yield store, subject, files, import_files(store, files, subject=subject, executor=executor)


def test_every_file_is_taken_in_or_refused_with_a_reason(imported):
    _, _, files, done = imported
    assert [outcome.file for outcome in done.outcomes] == files
    assert all(outcome.reason for outcome in done.outcomes if outcome.became == "refused")
    assert done.count("new") > 30


def test_every_refused_file_is_kept(imported):
    store, _, _, done = imported
    refused = {fact.what.sha256 for fact in store.journal.facts() if fact.kind == "RecordingRefused"}
    assert len(refused) <= done.count("refused")
    assert all(store.blobs.has(sha256) for sha256 in refused)


def test_every_session_is_in_the_lake_with_its_metrics(imported):
    store, subject, _, done = imported
    sessions = {str(session.id) for session in store.sessions()}
    assert set(store.lake.read("efforts", where={"number": 0})["session"]) == sessions
    assert set(store.lake.read("metrics")["session"]) | set(done.unmeasured) == sessions
    assert unsettled(store, subject) == Unsettled((), ())
    failed = store.lake.read("metrics")["reason"].drop_nulls()
    assert failed.filter(failed.str.contains("failed on this data")).to_list() == []


def test_taking_all_in_again_adds_nothing(imported):
    store, subject, files, first = imported
    before, position, version = rows(store), store.journal.position(), store.lake.version()
    again = import_files(store, files, subject=subject)
    assert again.count("new") == 0
    assert again.count("refused") == first.count("refused")
    assert (store.journal.position(), store.lake.version()) == (position, version)
    assert all(before[name].equals(frame) for name, frame in rows(store).items())


def test_a_rebuild_finds_the_same_rows_and_every_store_verifies(imported):
    from dataclasses import replace

    store, *_ = imported
    before = rows(store)
    rebuild(store)
    anew = replace(store, lake=Lake(store.places.lake))
    after = rows(anew)
    assert before.keys() == after.keys()
    assert [name for name in before if not before[name].equals(after[name])] == []
    assert list(anew.verify()) == []
