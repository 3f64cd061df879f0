"""Two servers on one PostgreSQL: either answers for both, and what both do at once is done once."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from paceline.keep.access import Access

RIDE = Path(__file__).resolve().parents[1] / "contract" / "samples" / "TCX.tcx"
OCTETS = {"Content-Type": "application/octet-stream"}


@contextlib.contextmanager
def serving(environment):
    """A server in a process of its own; gives its URL once it listens."""
    command = [sys.executable, "-m", "paceline", "serve", "--port", "0"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
    )
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        process.stdout.close()


@pytest.fixture(scope="module")
def pair(postgres, tmp_path_factory):
    """Clients of two servers, with an admin's token."""
    environment = {**os.environ, "PACELINE_JOURNAL": postgres, "PACELINE_HOME": str(tmp_path_factory.mktemp("house"))}
    with Access.open(postgres) as access:
        access.found_organisation("home")
        token = access.issue_token("home", "admin", expires=None, by="owner")
    headers = {"Authorization": f"Bearer {token}"}
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(serving(environment)) for _ in range(2)]
        yield [stack.enter_context(httpx2.Client(base_url=url, headers=headers, timeout=60)) for url in urls]


@pytest.fixture
def athlete(pair):
    """Somebody enrolled at the first server."""
    return pair[0].post("/v1/athletes", json={"name": "Made Up"}).json()["athlete"]


def both(pair, ask):
    """What both servers answer when asked at the same moment, several times each."""
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(ask, pair * 4))


def test_what_one_writes_the_other_reads(pair, athlete):
    one, other = pair
    made = one.post("/v1/sessions", json={"athlete": athlete, "start": "2026-05-01T09:30:00Z"}).json()["session"]
    assert other.get(f"/v1/sessions/{made}").json()["state"] == "running"
    assert other.post(f"/v1/sessions/{made}/end", json={"end": "2026-05-01T10:30:00Z"}).status_code == 204
    told = [client.get(f"/v1/sessions/{made}") for client in pair]
    assert told[0].json()["state"] == "ended"
    assert told[0].headers["ETag"] == told[1].headers["ETag"]


def test_one_request_at_both_under_one_key_is_done_once(pair, athlete):
    body = {"athlete": athlete, "start": "2026-05-02T09:30:00Z"}
    answers = both(pair, lambda client: client.post("/v1/sessions", json=body, headers={"Idempotency-Key": athlete}))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["session"] for answer in answers if answer.status_code == 201}) == 1
    assert len(pair[1].get("/v1/sessions", params={"athlete": athlete}).json()["sessions"]) == 1


def test_one_recording_handed_in_at_both_is_there_once(pair, athlete):
    ask = lambda client: client.post(  # noqa: E731
        f"/v1/athletes/{athlete}/recordings", params={"name": "ride.tcx"}, content=RIDE.read_bytes(), headers=OCTETS
    )
    answers = both(pair, ask)
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    sessions = pair[0].get("/v1/sessions", params={"athlete": athlete}).json()["sessions"]
    assert len(sessions) == 1
    for client in pair:
        told = client.get(
            f"/v1/sessions/{sessions[0]['session']}/metrics", params={"metric": "work", "effort": 0}
        ).json()
        assert len(told["metrics"]) == 1
        assert told["metrics"][0]["value"] == 617.5


def test_both_change_a_session_and_every_note_is_there(pair, athlete):
    made = pair[0].post("/v1/sessions", json={"athlete": athlete, "start": "2026-05-03T09:30:00Z"}).json()["session"]
    answers = both(pair, lambda client: client.post(f"/v1/sessions/{made}/notes", json={"text": "windy"}))
    assert {answer.status_code for answer in answers} == {201}
    assert len(pair[1].get(f"/v1/sessions/{made}/annotations").json()["notes"]) == len(answers)


def test_only_one_of_two_changes_of_the_same_version_counts(pair, athlete):
    tag = pair[0].get(f"/v1/athletes/{athlete}").headers["ETag"]
    change = lambda client: client.put(  # noqa: E731
        f"/v1/athletes/{athlete}", json={"name": str(client.base_url)}, headers={"If-Match": tag}
    )
    answers = both(pair, change)
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


def test_an_upload_begun_at_one_is_finished_at_the_other(pair, athlete):
    content = RIDE.read_bytes()
    half = len(content) // 2
    begun = pair[0].post(f"/v1/athletes/{athlete}/uploads", json={"name": "ride.tcx", "size": len(content)}).json()
    for client, offset, piece in ((pair[0], 0, content[:half]), (pair[1], half, content[half:])):
        headers = {
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            "Upload-Checksum": "sha256 " + base64.b64encode(hashlib.sha256(piece).digest()).decode(),
        }
        answer = client.patch(f"/v1/uploads/{begun['upload']}", content=piece, headers=headers)
        assert answer.status_code == 200, answer.text
    assert answer.json()["outcome"]["became"] == "new"


def test_a_cursor_of_one_is_good_at_the_other(pair, athlete):
    for day in range(3):
        start = f"2026-06-0{day + 1}T09:30:00Z"
        pair[0].post("/v1/sessions", json={"athlete": athlete, "start": start})
    first = pair[0].get("/v1/sessions", params={"athlete": athlete, "limit": 2}).json()
    rest = pair[1].get("/v1/sessions", params={"athlete": athlete, "limit": 2, "after": first["next"]}).json()
    starts = [session["start"] for page in (first, rest) for session in page["sessions"]]
    assert starts == ["2026-06-03T09:30:00Z", "2026-06-02T09:30:00Z", "2026-06-01T09:30:00Z"]
    assert rest["next"] is None
