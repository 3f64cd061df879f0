"""`paceline serve` as a person starts it: the link, a slow client beside a quick one, and a quiet end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import httpx2
import pytest


@pytest.fixture
def served(tmp_path):
    """The process, its URL and its link."""
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "paceline", "serve", "--port", "0", "--home", str(tmp_path / "house")],
        env={**os.environ, "PACELINE_JOURNAL": ""},
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        bufsize=1,
    )
    url, link = (process.stdout.readline().split()[-1] for _ in range(2))
    yield process, url, link
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    process.stdout.close()
    log.seek(0)
    for line in log:
        assert set(json.loads(line)) >= {"time", "level", "event"}
    log.close()


def test_the_printed_link_opens_the_pages_and_the_stores(served):
    _, url, link = served
    assert urlsplit(url).hostname == "127.0.0.1"
    with httpx2.Client(follow_redirects=True) as browser:
        assert "Paceline" in browser.get(link).text
        assert browser.get(f"{url}/v1/sessions").json() == {"sessions": [], "next": None}
    assert httpx2.get(f"{url}/v1/sessions").status_code == 401


def test_clients_that_send_slowly_hold_nobody_up(served):
    _, url, link = served
    cookie = httpx2.get(link).headers["Set-Cookie"].partition(";")[0]
    place = urlsplit(url)
    head = (
        f"POST /v1/athletes HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nOrigin: http://127.0.0.1\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    slow = [socket.create_connection((place.hostname, place.port)) for _ in range(40)]  # more than there are workers
    try:
        for connection in slow:
            connection.sendall(head.encode())
        assert httpx2.get(f"{url}/v1/sessions", headers={"Cookie": cookie}, timeout=20).status_code == 200
    finally:
        for connection in slow:
            connection.close()


def test_a_port_that_is_taken_is_said_in_a_sentence(served, tmp_path):
    _, url, _ = served
    again = subprocess.run(
        [sys.executable, "-m", "paceline", "serve", "--port", str(urlsplit(url).port), "--home", str(tmp_path / "b")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert "Address already in use" in again.stderr


def test_it_ends_quietly_when_it_is_told_to(served):
    process, url, _ = served
    assert httpx2.get(f"{url}/readyz").json()["ready"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) in {0, -signal.SIGTERM}
