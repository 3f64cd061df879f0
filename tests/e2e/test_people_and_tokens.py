"""`paceline people` and `paceline tokens`, as a person at the terminal uses them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from uuid import uuid4

import pytest

from paceline.jobs.wiring import Settings, open_store


@pytest.fixture
def paceline(tmp_path):
    def run(*words, status=0, said=None):
        command = [sys.executable, "-m", "paceline", *words, "--home", str(tmp_path / "house")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, input=said)
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout.strip(), done.stderr.strip()

    return run


def test_somebody_is_enrolled_handed_their_data_and_forgotten(paceline, tmp_path):
    subject, _ = paceline("people", "add", "Annabel Example", "--consent", "coaching", "--mail", "ann@example.org")
    paceline("people", "consent", "Annabel Example", "research")
    paceline("people", "consent", subject, "coaching", "--withdraw")
    listed, _ = paceline("people", "list", "--json")
    assert json.loads(listed) == {
        "subject": subject,
        "name": "Annabel Example",
        "unstable": False,
        "consents": ["research"],
    }
    house = tmp_path / "house"
    with open_store(Settings.from_environment({}).at(house)) as store:
        sha256 = store.blobs.put(b"a recording of Annabel's")
        told = {"sha256": sha256, "name": "Annabel.fit", "size": 23, "format": "fit", "start": 0, "end": 9}
        store.journal.receive_recording(subject=subject, **told, by="owner")
        store.journal.place_recording(subject=subject, sha256=sha256, by="owner")
    paceline("people", "export", subject, "-o", str(tmp_path / "ann"))
    held = json.loads((tmp_path / "ann" / "person.json").read_text(encoding="utf-8"))
    assert held["person"]["profile"]["mail"] == "ann@example.org"
    assert "Annabel.fit" in [text["text"] for text in held["texts"]]
    assert {access["action"] for access in held["accesses"]} >= {"change person", "export person", "consent"}
    assert (tmp_path / "ann" / "files" / sha256).read_bytes() == b"a recording of Annabel's"
    paceline("people", "forget", "Annabel Example", status=1, said="n\n")
    assert paceline("people", "list")[0].startswith(subject)
    paceline("people", "forget", "Annabel Example", "--yes")
    assert paceline("people", "list") == ("", "")
    left = {path: path.read_bytes() for path in house.rglob("*") if path.is_file()}
    secrets = ("Annabel", "ann@example.org", subject, sha256)
    assert [(str(path), one) for path, held in left.items() for one in secrets if one.encode() in held] == []
    assert [path.name for path in house.rglob("*") if sha256[2:] in path.name] == []
    with open_store(Settings.from_environment({}).at(house)) as store:
        assert list(store.verify()) == []


def test_two_of_one_name_are_not_confused(paceline):
    for _ in range(2):
        paceline("people", "add", "Ann")
    _, error = paceline("people", "forget", "Ann", "--yes", status=1)
    assert "2 people have that name" in error
    _, error = paceline("people", "forget", "Nobody", "--yes", status=1)
    assert "no person of that name" in error
    assert len(paceline("people", "list")[0].splitlines()) == 2


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(paceline):
    subject, _ = paceline("people", "add", "Ann")
    token, warning = paceline("tokens", "issue", "device", "--subject", subject, "--scope", "write data")
    key = re.fullmatch(r"paceline_([0-9a-f]{16})_[\w-]{43}", token)[1]
    assert "shown once" in warning
    listed, _ = paceline("tokens", "list")
    assert (key in listed, token in listed, "write data" in listed) == (True, False, True)
    paceline("tokens", "revoke", key)
    assert "revoked" in paceline("tokens", "list")[0]
    assert paceline("tokens", "list", "--organisation", "club") == ("", "")
    for wrong, why in (
        (("issue", "king"), "no role"),
        (("issue", "athlete"), "needs a subject"),
        (("issue", "coach", "--scope", "everything"), "no action"),
        (("revoke", uuid4().hex[:16]), "no token"),
        (("issue", "admin", "--organisation", "../home"), "single hyphens"),
    ):
        _, error = paceline("tokens", *wrong, status=1)
        assert why in error
