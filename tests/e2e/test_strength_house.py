"""Strength from a house: labelled sessions at a data version, searched, killed, gone on with, and learned from anew."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from paceline.domain.errors import Absent
from paceline.jobs.labelled_sets import labelled_sets, settle_labels
from paceline.jobs.wiring import Settings, open_store
from paceline.learn import model_file
from paceline.learn.sets import NONE
from paceline.learn.trials import Trials
from paceline.simulate.gym import simulate_gym
from paceline.simulate.gym_files import write_gym

TRAIN = ("train", "strength", "--candidates", "3", "--epochs", "3", "--processes", "1")


def paceline(*arguments, home):
    command = [sys.executable, "-m", "paceline", *map(str, arguments), "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def labelled(home, truth):
    """Every set of these sessions is labelled, as an athlete does it on the phone."""
    with open_store(Settings(home)) as store:
        for session in store.sessions():
            for one in truth:
                rows = one.sets if session.start <= one.sets[0].start <= session.start + 3600 * 10**9 else ()
                for row in rows if not session.labels else ():
                    values = {"repetitions": float(row.repetitions), "weight_kg": row.weight}
                    store.journal.set_label(
                        session.id, start=row.start, end=row.stop, exercise=row.exercise, values=values, by="owner"
                    )


def agreed(home):
    with open_store(Settings(home)) as store:
        for person in store.people.people(limit=9):
            store.people.consent(person.subject, purpose="models", given=True, by="owner")


@pytest.fixture(scope="module")
def gym():
    return simulate_gym(5, athletes=1, sessions=3, sets=1)


@pytest.fixture(scope="module")
def home(gym, tmp_path_factory):
    """Two sessions are kept and labelled; a third is there to come."""
    folder = tmp_path_factory.mktemp("strength")
    write_gym(gym[:2], folder / "gym", again=0.0)
    write_gym(gym[2:], folder / "later", again=0.0)
    done = paceline("import", *sorted((folder / "gym").glob("*.raw")), home=folder / "house")
    assert done.returncode == 0, done.stderr
    labelled(folder / "house", gym)
    return folder / "house"


def test_nobody_s_sessions_are_learned_from_before_they_agree(home):
    with open_store(Settings(home)) as store, pytest.raises(Absent, match="agrees"):
        labelled_sets(store)
    done = paceline(*TRAIN, home=home)
    assert done.returncode == 1
    assert "agrees" in done.stderr


def test_the_sets_of_a_data_version_stay_what_they_were(home, gym):
    agreed(home)
    with open_store(Settings(home)) as store:
        found = labelled_sets(store)
        assert sorted(one.label for one in found.sets if one.label != NONE) == sorted(
            row.exercise for one in gym[:2] for row in one.sets
        )
        counted = {row.repetitions for one in gym for row in one.sets}
        assert {one.repetitions for one in found.sets if one.label != NONE} <= counted
        assert found.sessions == 2
        assert settle_labels(store) == found.version
        session = next(iter(store.sessions()))
        key, label = next(iter(session.labels.items()))
        said = {"start": label.start, "end": label.end, "values": label.values, "by": "owner", "label": key}
        store.journal.set_label(session.id, exercise="something else", **said)
        assert "something else" in {one.label for one in labelled_sets(store).sets}
        assert labelled_sets(store, version=found.version).mark == found.mark
        store.journal.clear_label(session.id, label=key, by="owner")
        assert len(labelled_sets(store).sets) < len(found.sets)
        store.journal.set_label(session.id, exercise=label.exercise, **said)
        assert labelled_sets(store).mark == found.mark


def test_a_killed_training_loses_at_most_one_look_and_new_sessions_are_picked_up(home, gym):
    agreed(home)
    command = [sys.executable, "-m", "paceline", *TRAIN, "--home", str(home)]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    place = None
    for _ in range(6000):
        place = next(iter(home.rglob("trials.sqlite")), None)
        if first.poll() is not None or (place and sum(one.state == "finished" for one in Trials(place).of()) >= 2):
            break
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    assert place is not None
    before = Trials(place).of()
    kept = {(one.candidate, one.rung) for one in before if one.state == "finished"}
    assert len(before) - len(kept) <= 1
    again = paceline(*TRAIN, home=home)
    assert again.returncode == 0, again.stderr
    assert "goes on" in again.stdout
    after = Trials(place).of()
    assert {one.state for one in after} == {"finished"}
    assert kept <= {(one.candidate, one.rung) for one in after}
    assert all(one.data.startswith("lake-") for one in after)
    done = paceline("import", *sorted((home.parent / "later").glob("*.raw")), home=home)
    assert done.returncode == 0, done.stderr
    labelled(home, gym)
    more = paceline(*TRAIN, home=home)
    assert more.returncode == 0, more.stderr
    assert "3 labelled sessions" in more.stdout
    latest, older = Trials(place).searches()
    assert latest.data != older.data
    parents = {one.parent for one in Trials(place).of(latest.run)}
    assert any(parent and parent.startswith(older.run) for parent in parents)

    listed = paceline("runs", "--trials", place, "--json", home=home)
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [row["run"] for row in rows] == [latest.run, older.run]
    assert all(row["finished"] and row["best"] is not None and row["data"] and row["code"] for row in rows)
    saved = paceline_model(place, home)
    assert saved.lineage["data"] == latest.data


def paceline_model(place, home) -> model_file.Model:
    path = Path(home).parent / "best.model"
    command = [sys.executable, "-m", "paceline", "leaderboard", "--trials", str(place), "--save", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return model_file.decoded(path.read_bytes(), file=str(path))
