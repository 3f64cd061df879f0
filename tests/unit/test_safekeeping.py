"""A copy that could take the house's place, and people who are gone from every byte of it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import UUID

import pytest
from tests.unit.kept import BEGIN, DAY, athlete, house, ride_file, rows

from paceline.domain.errors import Absent, Refused, StoreDamaged
from paceline.jobs.importing import import_files
from paceline.jobs.migrating import FILE, migrate, settled
from paceline.jobs.restoring import restore
from paceline.jobs.retention import Rules, retain, rules
from paceline.jobs.safekeeping import backup, verify
from paceline.jobs.watching import Watch
from paceline.jobs.wiring import Settings, open_store
from paceline.keep.packets import Entry
from paceline.keep.packets.folder import FolderLog


@pytest.fixture
def home(tmp_path):
    return Settings(tmp_path / "house").house


@pytest.fixture
def anna(tmp_path):
    with house(tmp_path) as store:
        anna, ben = athlete(store, "Anna Anderson"), athlete(store, "Ben Berger")
        (tmp_path / "rides" / "paceline.yaml").parent.mkdir()
        (tmp_path / "rides" / "paceline.yaml").write_text("athlete: {mass: 61.25, transponder: Anna}\n")
        mine = [ride_file(tmp_path / "rides" / f"{n}.fit", begin=BEGIN + n * DAY, seed=n + 1) for n in range(2)]
        (tmp_path / "rides" / "secret.txt").write_text("Anna Anderson was here")
        import_files(store, [*mine, tmp_path / "rides" / "secret.txt"], subject=anna)
        shared = ride_file(tmp_path / "ben" / "his.fit", begin=BEGIN + 9 * DAY, seed=9)
        import_files(store, [shared, mine[0]], subject=ben)
        (first, *_) = store.sessions(anna)
        store.journal.note(first.id, text="Anna felt her knee", by="owner")
        return anna


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def same(one, other):
    return one.keys() == other.keys() and all(one[name].equals(other[name]) for name in one)


def test_a_backup_is_a_house_that_holds_the_same(home, anna, tmp_path):
    backup(home, tmp_path / "copy")
    copy = Settings(tmp_path / "copy")
    assert list(verify(copy.house)) == []
    with house(tmp_path) as store, open_store(copy) as other:
        assert same(rows(store), rows(other))
        assert list(store.sessions()) == list(other.sessions())
        assert other.people.person(anna).name == "Anna Anderson"
        assert other.lake.version() == store.lake.version()
        assert same_past(store.lake, other.lake)


def same_past(one, other):
    return all(
        one.read("metrics", version=v)
        .sort("session", "number", "metric")
        .equals(other.read("metrics", version=v).sort("session", "number", "metric"))
        for v in one.versions.numbers()
    )


def test_a_second_backup_copies_only_what_is_new_and_drops_what_is_gone(home, anna, tmp_path):
    backup(home, tmp_path / "copy")
    assert backup(home, tmp_path / "copy").blobs == 0
    with house(tmp_path) as store:
        import_files(store, [ride_file(tmp_path / "new.fit", begin=BEGIN + 20 * DAY, seed=20)], subject=anna)
    assert backup(home, tmp_path / "copy").blobs == 1
    with house(tmp_path) as store:
        store.forget(anna, by="owner")
    backup(home, tmp_path / "copy")
    assert [name for name, data in content(tmp_path / "copy").items() if anna.encode() in data] == []


def test_a_backup_of_packets_that_a_server_is_writing_holds_what_was_acknowledged_before(home, anna, tmp_path):
    session, folder = UUID(int=7), Path(home.organisation().packets)
    log = FolderLog(folder, segment=200)
    lease, stop, known = log.leases.take(session), threading.Event(), []

    def write():
        number = 0
        while not stop.is_set():
            log.commit([Entry(lease, "hub", number, b"packet %06d" % number)])
            known.append(b"packet %06d" % number)
            gone = UUID(int=100 + number)  # a session that ends at once, so that segments go, too
            log.commit([Entry(log.leases.take(gone), "hub", 0, bytes(100))])
            log.let_go(gone)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(3):
        before = list(known)
        backup(home, tmp_path / f"copy-{number}")
        copy = Settings(tmp_path / f"copy-{number}").house
        assert list(verify(copy)) == []
        copied = FolderLog(copy.organisation().packets)
        assert [kept.packet for kept in copied.read(session)][: len(before)] == before
        copied.close()
    stop.set()
    writer.join()
    log.close()


def test_damaged_packets_are_told_by_verify(home, anna):
    folder = Path(home.organisation().packets)
    log = FolderLog(folder)
    lease = log.leases.take(UUID(int=7))
    for number in range(2):
        log.commit([Entry(lease, "hub", number, b"packet %d" % number)])
    (path,) = folder.glob("*.packets")
    path.write_bytes(path.read_bytes().replace(b"packet 0", b"packet 9"))
    assert [(store, "not as they were kept" in sentence) for _, store, sentence in verify(home)] == [("packets", True)]
    log.close()


def test_a_backup_of_a_house_in_use_is_consistent(home, anna, tmp_path):
    done = threading.Event()

    def work():
        with house(tmp_path) as store:
            for number in range(30, 40):
                import_files(
                    store,
                    [ride_file(tmp_path / f"{number}.fit", begin=BEGIN + number * DAY, seed=number)],
                    subject=anna,
                )
        done.set()

    worker = threading.Thread(target=work)
    worker.start()
    copies = 0
    while not done.is_set() or not copies:
        copy = tmp_path / f"copy-{copies}"
        backup(home, copy)
        assert list(verify(Settings(copy).house)) == []
        copies += 1
    worker.join()
    assert copies >= 1


def test_a_restored_house_is_the_one_that_was(home, anna, tmp_path):
    backup(home, tmp_path / "copy")
    with house(tmp_path) as store:
        before = rows(store)
        import_files(store, [ride_file(tmp_path / "later.fit", begin=BEGIN + 50 * DAY, seed=50)], subject=anna)
    with pytest.raises(Refused, match="--replace"):
        restore(home, tmp_path / "copy")
    assert restore(home, tmp_path / "copy", replace=True) == ("home",)
    with house(tmp_path) as store:
        assert same(rows(store), before)
    assert list(verify(home)) == []


def test_who_was_forgotten_since_the_backup_is_forgotten_again(home, anna, tmp_path):
    backup(home, tmp_path / "copy")
    with house(tmp_path) as store:
        store.forget(anna, by="owner")
    restore(home, tmp_path / "copy", replace=True)
    with house(tmp_path) as store:
        with pytest.raises(Absent):
            store.people.person(anna)
        assert [s for s in store.sessions() if s.subject == anna] == []


def test_an_unfinished_backup_is_not_restored(home, anna, tmp_path):
    backup(home, tmp_path / "copy")
    (tmp_path / "copy" / "backup.json").unlink()
    with pytest.raises(Refused, match="not finished"):
        restore(home, tmp_path / "copy", replace=True)


def test_a_damaged_backup_leaves_the_house_as_it_was_however_often_it_is_tried(home, anna, tmp_path):
    backup(home, tmp_path / "copy")
    blob = next(path for path in (tmp_path / "copy/organisations/home/blobs").rglob("*") if path.is_file())
    blob.chmod(0o600)
    blob.write_bytes(b"other")
    with house(tmp_path) as store:
        before = rows(store)
    for _ in range(2):
        with pytest.raises(StoreDamaged):
            restore(home, tmp_path / "copy", replace=True)
    assert list(verify(home)) == []
    with house(tmp_path) as store:
        assert same(rows(store), before)


@pytest.mark.parametrize("what", ["a thesis", "the house itself", "no organisation", "a backup in the house"])
def test_a_restore_that_would_lose_something_is_refused(home, anna, tmp_path, what):
    copy = tmp_path / "copy"
    backup(home, copy)
    if what == "a thesis":
        (home.folder / "thesis.txt").write_text("mine")
    elif what == "the house itself":
        copy = home.folder
        (copy / "backup.json").write_text('{"organisations": ["home"]}')
    elif what == "no organisation":
        copy = tmp_path / "empty"
        copy.mkdir()
        (copy / "backup.json").write_text('{"organisations": []}')
    else:
        copy = copy.rename(home.folder / "copy")
    before = content(home.folder)
    with pytest.raises(Refused):
        restore(home, copy, replace=True)
    assert content(home.folder) == before


def test_a_restore_that_was_cut_off_between_two_houses_finds_the_first_again(home, anna, tmp_path):
    backup(home, tmp_path / "copy")
    with house(tmp_path) as store:
        store.forget(anna, by="owner")
    home.folder.rename(home.folder.with_name(f"{home.folder.name}.before-restore"))
    restore(home, tmp_path / "copy", replace=True)
    with house(tmp_path) as store, pytest.raises(Absent):
        store.people.person(anna)


def test_a_house_behind_a_link_is_restored_where_the_link_leads(home, anna, tmp_path):
    backup(home, tmp_path / "copy")
    home.folder.rename(tmp_path / "elsewhere")
    home.folder.symlink_to(tmp_path / "elsewhere")
    restore(home, tmp_path / "copy", replace=True)
    assert home.folder.is_symlink()
    assert list(verify(home)) == []
    assert sorted(path.name for path in tmp_path.glob("*.*restor*")) == []


def test_a_backup_never_writes_over_another_house(home, anna, tmp_path):
    with open_store(Settings(tmp_path / "other")):
        before = content(tmp_path / "other")
        with pytest.raises(Refused, match="not a backup"):
            backup(home, tmp_path / "other")
        assert content(tmp_path / "other").keys() == before.keys()


def test_a_house_that_is_not_there_is_not_backed_up(tmp_path):
    with pytest.raises(Refused, match="no house"):
        backup(Settings(tmp_path / "nowhere").house, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_two_backups_into_one_folder_are_one_after_the_other(home, anna, tmp_path):
    backup(home, tmp_path / "copy")
    with (tmp_path / "copy" / "backup.unfinished").open("ab") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        with pytest.raises(Refused, match="another backup"):
            backup(home, tmp_path / "copy")
    backup(home, tmp_path / "copy")
    assert not (tmp_path / "copy" / "backup.unfinished").exists()


def test_what_a_file_manager_leaves_among_the_organisations_is_none(home, anna):
    (home.folder / "organisations" / ".DS_Store").touch()
    (home.folder / "organisations" / "Thumbs.db").touch()
    assert home.organisations() == ("home",)


def test_a_backup_into_the_house_itself_is_refused(home, anna):
    with pytest.raises(Refused, match="in the house itself"):
        backup(home, home.folder / "copy")


def test_facts_on_a_server_are_for_the_server_to_copy(tmp_path):
    with pytest.raises(Refused, match="pg_dump"):
        backup(Settings(tmp_path, journal="postgresql://localhost/x").house, tmp_path / "copy")


def test_a_forgotten_person_is_in_no_byte_of_any_store(home, anna, tmp_path):
    with house(tmp_path) as store:
        raw = {r.sha256 for s in store.sessions(anna) for r in store.recordings(s)}
        shared = {r.sha256 for s in store.sessions() if s.subject != anna for r in store.recordings(s)}
        old = store.lake.version()
        done = store.forget(anna, by="owner")
        assert done.removed["blobs"] >= 3
        assert store.lake.read("metrics", where={"subject": anna}, version=old).height == 0
        others = store.lake.read("metrics", version=old)
        assert others.height > 0
        assert set(store.blobs.all()) >= shared
        assert not set(store.blobs.all()) & (raw - shared)
        assert list(store.verify()) == []
    for needle in (anna, "Anna Anderson", "Anna felt", "61.25", *(raw - shared)):
        found = [name for name, data in content(home.folder).items() if needle.encode() in data or needle in name]
        assert found == [], needle


def test_forgetting_that_was_cut_off_is_finished(home, anna, tmp_path):
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom tests.unit.kept import house\n"
        "store = house(Path(sys.argv[1]))\n"
        "parts = store.parts_of_forgetting(by='owner')\n"
        "parts['blobs'] = lambda subjects: os.kill(os.getpid(), 9)\n"
        "store.people.forget(sys.argv[2], parts=parts, by='owner')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", code, str(tmp_path), anna]
    done = subprocess.run(command, env=environment, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    with house(tmp_path) as store:
        assert any("half forgotten" in sentence for _, sentence in store.verify())
        assert store.finish_forgetting(by="owner") == 1
        assert list(store.verify()) == []
    assert [name for name, data in content(home.folder).items() if anna.encode() in data] == []


def test_verify_names_a_raw_file_that_changed_and_one_that_is_gone(home, anna, tmp_path):
    blobs = sorted(path for path in (home.folder / "organisations/home/blobs").rglob("*") if path.is_file())
    with house(tmp_path) as store:
        named = [r.sha256 for s in store.sessions(anna) for r in store.recordings(s)]
    (gone, changed) = [next(path for path in blobs if path.name == sha256) for sha256 in named[:2]]
    gone.unlink()
    changed.write_bytes(b"other")
    found = [sentence for _, store, sentence in verify(home) if store == "blobs"]
    assert len(found) == 2


def test_nothing_is_let_go_of_without_a_rule(home, anna, tmp_path):
    assert rules(home.folder) == Rules()
    with house(tmp_path) as store:
        assert list(retain(store, Rules(), apply=True)) == []


def test_rules_are_told_first_and_done_when_asked(home, anna, tmp_path):
    (home.folder / "retention.yaml").write_text("data_versions: 0\nsamples: 0\nrefused_files: 0\nstray_files: 0\n")
    asked = rules(home.folder)
    with house(tmp_path) as store:
        stray = store.blobs.put(b"nobody's")
        told = list(retain(store, asked))
        assert {due.rule: due.count > 0 for due in told} == dict.fromkeys(
            ("samples", "refused_files", "stray_files", "data_versions"), True
        )
        assert store.blobs.has(stray)
        assert store.lake.read("samples_record").height > 0
        assert [due.count for due in retain(store, asked, apply=True)][:3] == [due.count for due in told][:3]
        assert not store.blobs.has(stray)
        assert store.lake.read("samples_record").height == 0
        assert store.lake.read("metrics").height > 0
        assert store.lake.versions.numbers() == [store.lake.version()]
        assert list(store.verify()) == []


def test_a_rule_that_is_none_is_named(home, anna):
    (home.folder / "retention.yaml").write_text("sampels: 3\n")
    with pytest.raises(Exception, match="sampels"):
        rules(home.folder)


def test_a_house_of_another_layout_is_not_opened_until_it_is_migrated(home, anna):
    done = []
    with pytest.raises(Refused, match="paceline migrate"):
        settled(home, current=3)
    migrated = migrate(home, steps={1: lambda _: done.append(1), 2: lambda _: done.append(2)}, current=3)
    assert (migrated.before, migrated.after, done) == (1, 3, [1, 2])
    assert json.loads((home.folder / FILE).read_text()) == {"layout": 3}
    with pytest.raises(Refused, match="newer than this Paceline"):
        settled(home, current=1)


def test_a_migration_that_was_cut_off_goes_on_where_it_was(home, anna):
    done = []

    def broken(_):
        raise Refused("a step", because="the power failed")

    with pytest.raises(Refused):
        migrate(home, steps={1: lambda _: done.append(1), 2: broken}, current=3)
    migrate(home, steps={1: lambda _: done.append(1), 2: lambda _: done.append(2)}, current=3)
    assert done == [1, 2]


def test_a_watched_file_is_taken_once_it_has_stopped_growing(tmp_path):
    now = [0.0]
    watch = Watch(tmp_path, stable=5.0, clock=lambda: now[0])
    ride = tmp_path / "inner" / "ride.fit"
    ride.parent.mkdir()
    ride.write_bytes(b"half")
    (tmp_path / ".hidden").write_bytes(b"x")
    (tmp_path / "paceline.yaml").write_bytes(b"x")
    assert watch.ready() == []
    now[0] = 4.0
    ride.write_bytes(b"the whole")
    assert watch.ready() == []
    now[0] = 8.0
    assert watch.ready() == []
    now[0] = 9.5
    assert watch.ready() == [ride]
    assert watch.ready() == []
    ride.write_bytes(b"another one by that name")
    now[0] = 10.0
    assert watch.ready() == []
    now[0] = 20.0
    assert watch.ready() == [ride]
