"""A made house of two clubs: what everybody may reach in it is known, so tests can say what nobody may."""

from __future__ import annotations

import base64
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from paceline.jobs.importing import import_files
from paceline.keep.people import Profile
from paceline.keep.places import House
from paceline.serve.app import application
from paceline.serve.local import LocalDoor
from paceline.serve.opening import open_hall

RIDE = Path(__file__).resolve().parents[1] / "samples" / "TCX.tcx"
START = 1_714_809_600_000_000_000
NAMES = ("Ann Ashdown", "Bob Birkenhead", "Cyd Calder")
MODEL = b"a model's bytes"


@dataclass(frozen=True)
class Club:
    """What one organisation of the made house holds."""

    slug: str
    ann: str
    bob: str
    session: str
    bobs_session: str
    recorded: str
    sha256: str
    refused: str
    plan: str
    device: str
    model: str
    upload: str
    note: str


def founded(hall, slug):
    """One club: Ann agrees to be coached and compared, Bob to nothing."""
    hall.access.found_organisation(slug)
    room = hall.room(slug)
    store, by = room.store, "owner"
    ann = store.people.enrol(name=NAMES[0] if slug == "north" else NAMES[2], profile=Profile(club=slug), by=by)
    bob = store.people.enrol(name=NAMES[1], profile=None, by=by)
    for purpose in ("coaching", "analysis"):
        store.people.consent(ann, purpose=purpose, given=True, by=by)
    sessions = [UUID(hashlib.md5(f"{slug}{who}".encode(), usedforsecurity=False).hexdigest()) for who in "ab"]
    for subject, session in zip((ann, bob), sessions, strict=True):
        store.journal.enrol_athlete(subject, by=by)
        store.journal.start_session(subject=subject, session=session, start=START, by=by)
    note = UUID(int=7)
    store.journal.note(sessions[0], text=f"the knee hurts in the {slug}", note=note, by=by)
    taken = import_files(store, [RIDE], subject=ann, by=by)
    bad = b"nobody can read this"
    sha256 = store.blobs.put(bad)
    store.journal.refuse_recording(subject=ann, sha256=sha256, name="bad.fit", size=len(bad), reason="unknown", by=by)
    plan, device, upload = UUID(int=1), UUID(int=2), UUID(int=3)
    store.journal.make_plan(name=f"Plan of the {slug}", content={"items": []}, subject=ann, plan=plan, by=by)
    store.journal.register_device(kind="phone", model="made", serial="42", subject=ann, device=device, by=by)
    made_of = {"data_version": 1, "commit": "abc123", "lock": hashlib.sha256(b"lock").hexdigest()}
    kept = store.journal.keep_model(
        name="setup", blob=store.blobs.put(MODEL), scores={"f1": 0.9}, subject=ann, by=by, **made_of
    )
    room.pending.uploads.begin(str(upload), subject=ann, name="ride.tcx", size=10, now=hall.clock())
    recorded = taken.outcomes[0].sessions[0]
    recording = store.journal.recordings(recorded)[0].sha256
    return Club(
        slug, ann, bob, str(sessions[0]), str(sessions[1]), str(recorded), recording, sha256, str(plan), str(device),
        str(kept[0].originator_id), str(upload), str(note),
    )  # fmt: skip


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The house, made once; each test has a copy."""
    folder = tmp_path_factory.mktemp("house")
    hall = open_hall(House(folder))
    clubs = {slug: founded(hall, slug) for slug in ("north", "south")}
    hall.close()
    return folder, clubs


@pytest.fixture
def clubs(made):
    """The two clubs."""
    return made[1]


@pytest.fixture
def north(clubs):
    """The club that tests are about."""
    return clubs["north"]


@pytest.fixture
def hall(made, tmp_path):
    """A copy of the house, open."""
    folder = tmp_path / "house"
    shutil.copytree(made[0], folder)
    opened = open_hall(House(folder), door=LocalDoor(), home="north")
    yield opened
    opened.close()


@pytest.fixture
def token(hall):
    """Makes a token, and gives the header that carries it."""

    def issue(role, *, organisation="north", subject="", scopes=()):
        text = hall.access.issue_token(organisation, role, subject=subject, scopes=scopes, expires=None, by="owner")
        return {"Authorization": f"Bearer {text}"}

    return issue


@pytest.fixture
def anyone(hall):
    """A client without a token."""
    with TestClient(application(hall), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def admin(anyone, token):
    """A client that may do everything in the north."""
    anyone.headers.update(token("admin"))
    return anyone


@pytest.fixture
def piece():
    """The headers of a piece of an upload."""

    def headers(content, *, offset):
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        return {
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {digest}",
        }

    return headers


@pytest.fixture
def ride():
    """The bytes of the made ride."""
    return RIDE.read_bytes()
