"""What the server says about itself, and the two ways in: a token, and the link that is good once."""

from __future__ import annotations

import json
import logging

import pytest

from paceline.serve.table import ROUTES
from paceline.serve.telemetry import LOGGER, Lines


@pytest.fixture
def log():
    """The lines that the server logs, as they would stand on standard error."""
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Kept()
    handler.setFormatter(Lines())
    level = LOGGER.level
    LOGGER.setLevel(logging.DEBUG)
    LOGGER.addHandler(handler)
    yield lines
    LOGGER.removeHandler(handler)
    LOGGER.setLevel(level)


def test_no_token_name_pseudonym_or_reading_is_ever_logged(admin, hall, north, log, ride, caplog, capfd):
    secret = admin.headers["Authorization"].split()[1]
    octets = {"Content-Type": "application/octet-stream"}
    ask = (
        ("GET", f"/v1/athletes/{north.ann}", {}),
        ("GET", f"/v1/athletes/{north.ann}?token={secret}", {}),
        ("GET", f"/v1/sessions?after={secret}", {}),
        ("GET", f"/v1/{north.ann}/Ashdown/{secret}", {}),
        ("POST", "/v1/athletes", {"json": {"name": "Ann Ashdown", "age": 617.5}}),
        ("POST", "/v1/athletes", {"content": b"{Ann Ashdown", "headers": {"Content-Type": "application/json"}}),
        ("POST", f"/v1/athletes/{north.bob}/recordings?name=Ashdown.tcx", {"content": ride, "headers": octets}),
        ("POST", f"/v1/athletes/{north.bob}/recordings?name=Ashdown.fit", {"content": b"617.5", "headers": octets}),
        ("GET", f"/v1/sessions/{north.recorded}/samples/record", {}),
        ("GET", f"/v1/sessions/{north.recorded}/metrics", {}),
        ("PUT", f"/v1/athletes/{north.ann}/settings/Ashdown", {"json": {"value": 617.5, "since": "2026-01-01"}}),
        ("GET", "/v1/sessions", {"headers": {"Authorization": f"Bearer {secret}x"}}),
    )
    for method, path, how in ask:
        admin.request(method, path, **how)
    hall.room("north").store.close()  # and faults of ours
    for path in (f"/v1/athletes/{north.ann}", "/v1/sessions"):
        admin.get(path)
    out = capfd.readouterr()
    told = "\n".join([*log, caplog.text, out.out, out.err])
    assert len(log) >= len(ask)
    private = (secret, secret[-43:], "Ashdown", north.ann, north.bob, north.recorded, "617.5", "ride.tcx")
    assert [word for word in private if word in told] == []


def test_a_line_of_the_log_says_what_was_done_and_how_it_went(admin, north, log):
    admin.get(f"/v1/sessions/{north.session}")
    line = json.loads(log[-1])
    assert line["route"] == "GET /v1/sessions/{session}"
    assert (line["status"], line["level"], line["event"]) == (200, "info", "answered")
    assert set(line) == {"time", "level", "event", "request", "route", "status", "milliseconds", "bytes"}


def test_prometheus_reads_numbers_by_route_and_nothing_of_anybody(admin, north):
    admin.get(f"/v1/sessions/{north.session}")
    text = admin.get("/metrics").text
    assert 'paceline_requests_total{route="GET /v1/sessions/{session}",status="200"} 1.0' in text
    assert north.session not in text


def test_a_server_that_stops_or_lost_its_stores_is_not_ready(admin, hall):
    assert admin.get("/readyz").json() == {"ready": True, "faults": {}}
    hall.stopping = True
    answer = admin.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert admin.get("/healthz").status_code == 200


def test_the_link_opens_once_and_its_cookie_opens_what_a_token_does(anyone, hall):
    link = f"/open?word={hall.door.word()}"
    entered = anyone.get(link, follow_redirects=False)
    cookie = entered.headers["Set-Cookie"]
    assert entered.status_code == 303
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"))
    own = {"Cookie": cookie.partition(";")[0]}
    assert anyone.get("/v1/sessions", headers=own).status_code == 200
    assert anyone.get(link, follow_redirects=False).status_code == 401


def test_another_site_can_do_nothing_with_the_cookie(anyone, hall):
    cookie = anyone.get(f"/open?word={hall.door.word()}", follow_redirects=False).headers["Set-Cookie"]
    own = {"Cookie": cookie.partition(";")[0]}
    body = {"name": "Made Up"}
    ours = {**own, "Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert anyone.post("/v1/athletes", json=body, headers=ours).status_code == 201
    for foreign in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert anyone.post("/v1/athletes", json=body, headers={**own, **foreign}).status_code == 403, foreign
    assert anyone.get("/v1/athletes", headers={**own, "Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_foreign_name_for_this_machine_is_refused(hall, token):
    from dataclasses import replace

    from starlette.testclient import TestClient

    from paceline.serve.app import application

    hall.limits = replace(hall.limits, hosts=frozenset({"localhost", "127.0.0.1", "::1"}))
    with TestClient(application(hall), headers=token("admin")) as client:
        assert client.get("/v1/sessions", headers={"Host": "localhost:8737"}).status_code == 200
        assert client.get("/v1/sessions", headers={"Host": "[::1]:8737"}).status_code == 200
        for name in ("evil.example", "localhost.evil.example:8737", "", "127.0.0.1.evil.example"):
            assert client.get("/v1/sessions", headers={"Host": name}).status_code == 400, name


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer paceline_0123456789abcdef_" + "A" * 43, "é"]
)
def test_what_is_no_token_opens_nothing(anyone, header):
    answer = anyone.get("/v1/sessions", headers={"Authorization": header.encode()})
    assert answer.status_code == 401


def test_the_pages_for_people_name_every_route_and_hold_no_script(anyone):
    from html import unescape

    page = anyone.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text
    assert [route.name for route in ROUTES if route.name not in unescape(page.text)] == []


def test_every_problem_has_its_page(anyone):
    from paceline.serve.problems import KINDS

    for name, kind in KINDS.items():
        assert str(kind.status) in anyone.get(f"/problems/{name}").text
    assert anyone.get("/problems/none").status_code == 404
