"""What is sent is read with limits, and what can't be used is named."""

from __future__ import annotations

import gzip

import pytest

from paceline.serve.bodies import JSON_LIMIT

PROBLEM = "application/problem+json"


def told(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["type"] == f"/problems/{kind}"
    assert problem["status"] == status
    assert problem["instance"] == f"urn:uuid:{answer.headers['X-Request-Id']}"
    return problem


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "#/name"),
        ({"name": "A", "age": 3}, "#/age"),
        ({"name": "A", "profile": {"born": "yesterday"}}, "#/profile/born"),
        ({"name": 3}, "#/name"),
        ([], "#"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(admin, body, field):
    problem = told(admin.post("/v1/athletes", json=body), 422, "invalid")
    assert [error["field"] for error in problem["errors"]] == [field]


def test_a_value_that_was_sent_is_not_repeated(admin):
    answer = admin.post("/v1/tokens", json={"role": "Ann Ashdown's coach"})
    told(answer, 422, "invalid")
    assert "Ashdown" not in answer.text


@pytest.mark.parametrize("query", ["limit=0", "limit=many", "limit=5&limit=6", "colour=red"])
def test_a_parameter_that_cannot_be_used_is_named(admin, query):
    problem = told(admin.get(f"/v1/sessions?{query}"), 422, "invalid")
    assert problem["errors"][0]["field"] == query.partition("=")[0]


def test_a_day_that_does_not_exist_is_refused(admin, north):
    body = {"athlete": north.ann, "start": "2026-06-31T00:00:00Z"}
    assert told(admin.post("/v1/sessions", json=body), 422, "invalid")["errors"][0]["field"] == "#/start"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"name": NaN}'])
def test_what_is_no_json_is_refused(admin, content):
    told(admin.post("/v1/athletes", content=content, headers={"Content-Type": "application/json"}), 400, "unreadable")


def test_json_deeper_than_ours_is_refused_before_it_is_read(admin):
    content = b'{"name": "A", "content": ' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}"
    answer = admin.post("/v1/plans", content=content, headers={"Content-Type": "application/json"})
    assert "levels" in told(answer, 400, "unreadable")["detail"]


def test_another_media_type_is_refused(admin):
    told(admin.post("/v1/athletes", content=b"name=A"), 415, "unsupported")


def test_too_large_a_body_is_refused_whether_it_says_so_or_not(admin):
    content = b'"' + b"a" * JSON_LIMIT + b'"'
    told(admin.post("/v1/athletes", content=content, headers={"Content-Type": "application/json"}), 413, "too-large")
    parts = (content[start : start + 65536] for start in range(0, len(content), 65536))
    told(admin.post("/v1/athletes", content=parts, headers={"Content-Type": "application/json"}), 413, "too-large")


def test_a_packed_body_is_unpacked_and_a_bomb_is_not(admin):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert admin.post("/v1/athletes", content=gzip.compress(b'{"name": "A"}'), headers=headers).status_code == 201
    bomb = gzip.compress(b" " * (200 * JSON_LIMIT))
    assert len(bomb) < JSON_LIMIT
    told(admin.post("/v1/athletes", content=bomb, headers=headers), 413, "too-large")
    told(admin.post("/v1/athletes", content=b"no gzip", headers=headers), 400, "unreadable")
    cut = gzip.compress(b'{"name": "A"}')[:-4]
    told(admin.post("/v1/athletes", content=cut, headers=headers), 400, "unreadable")
    headers["Content-Encoding"] = "br"
    told(admin.post("/v1/athletes", content=b"{}", headers=headers), 415, "unsupported")


def test_an_address_that_is_none_and_a_method_that_is_none_are_problems_too(admin):
    told(admin.get("/v1/nothing"), 404, "not-found")
    told(admin.get("/v1/sessions/"), 404, "not-found")
    told(admin.get("/v1/sessions/no-number"), 404, "not-found")
    answer = admin.patch("/v1/sessions")
    told(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert admin.options("/v1/sessions").headers["Allow"] == answer.headers["Allow"]


def test_a_token_has_so_many_requests_and_no_more(admin, hall, token):
    hall.rates.burst, hall.rates.rate = 3, 0.5
    answers = [admin.get("/v1/organisation") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    told(answers[-1], 429, "too-many")
    assert int(answers[-1].headers["Retry-After"]) == 2
    assert admin.get("/v1/organisation", headers=token("admin")).status_code == 200


def test_every_answer_has_the_safe_headers(admin):
    for path in ("/healthz", "/v1/sessions", "/nothing", "/docs"):
        headers = admin.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src '")
        assert "server" not in headers


def test_a_fault_of_ours_says_nothing_of_itself(admin, hall, north, monkeypatch, caplog):
    def broken(*_, **__):
        raise ZeroDivisionError("Ann Ashdown weighs 61 kg")

    monkeypatch.setattr(hall.room("north").store.journal, "sessions", broken, raising=False)
    answer = admin.get("/v1/sessions")
    told(answer, 500, "failed")
    assert "Ashdown" not in answer.text
    assert "Ashdown" not in caplog.text


def test_a_store_that_is_away_is_no_fault_of_the_caller(admin, hall, north, monkeypatch):
    from paceline.domain.errors import StoreUnavailable

    def away(*_, **__):
        raise StoreUnavailable("/data/journal.sqlite", reason="disk I/O error")

    monkeypatch.setattr(hall.room("north").store.journal, "sessions", away, raising=False)
    answer = admin.get("/v1/sessions")
    told(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "/data" not in answer.text


def test_bodies_on_their_way_have_a_limit_together(admin, hall, north, ride):
    path, octets = f"/v1/athletes/{north.ann}/recordings?name=a.tcx", {"Content-Type": "application/octet-stream"}
    with hall.carrying(hall.limits.carried - 100):
        told(admin.post(path, content=ride, headers=octets), 503, "unavailable")
    assert admin.post(path, content=ride, headers=octets).status_code == 200
