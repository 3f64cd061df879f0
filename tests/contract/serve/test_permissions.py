"""Role × route × whose: nobody gets in where they don't belong. The table below is written by hand, as the oracle."""

from __future__ import annotations

import json

import pytest

from paceline.keep.access import ACTIONS, ROLES
from paceline.serve.table import ROUTES

A, C, N, D, M = "athlete", "coach", "analyst", "device", "admin"

# action → who may do it with their own data, with another's who agreed, with another's who did not, with nobody's
MAY = {
    "read data": ({A}, {C, N, M}, {M}, {M}),
    "write data": ({A, D}, {M}, {M}, {M}),
    "annotate": ({A}, {C, N, M}, {M}, {M}),
    "delete data": ({A}, {M}, {M}, {M}),
    "plan": ({A}, {C, M}, {M}, {C, M}),
    "read person": ({A}, {C, M}, {M}, {M}),
    "change person": ({A}, {M}, {M}, {M}),
    "consent": ({A}, {M}, {M}, {M}),
    "export person": ({A}, {M}, {M}, {M}),
    "forget person": ({A}, {M}, {M}, {M}),
    "read list": (set(), {C, N, M}, {M}, {C, N, M}),
    "register device": ({A}, {M}, {M}, {M}),
    "predict": ({A, D}, {C, N, M}, {M}, {A, C, N, D, M}),
    "release": (set(), {N, M}, {M}, {N, M}),
    "manage tokens": (set(), {M}, {M}, {M}),
    "read audit": ({A}, {M}, {M}, {M}),
    "operate": (set(), {M}, {M}, {M}),
}

MOMENT = "2024-05-04T08:00:00Z"
SPAN = {"start": MOMENT, "end": "2024-05-04T08:10:00Z"}
BODIES = {
    "POST /v1/athletes": {"name": "Dee Dunmore"},
    "PUT /v1/athletes/{athlete}": {"name": "Ann Other"},
    "PUT /v1/athletes/{athlete}/consents/{name}": {"given": True},
    "PUT /v1/athletes/{athlete}/settings/{name}": {"value": 70.0, "since": "2024-05-01"},
    "POST /v1/athletes/{athlete}/devices": {"kind": "phone"},
    "POST /v1/plans": {"name": "Hills", "content": {}},
    "PUT /v1/plans/{id}": {"name": "Hills", "content": {}},
    "PUT /v1/athletes/{athlete}/suggestions": {"suggestions": []},
    "POST /v1/models/{id}/retire": {"reason": "old"},
    "POST /v1/sessions": {"start": MOMENT},
    "POST /v1/sessions/{session}/end": {"end": "2024-05-04T09:00:00Z"},
    "POST /v1/sessions/{session}/abandon": {"reason": "rain"},
    "PUT /v1/sessions/{session}/feedback": {"score": 7},
    "PUT /v1/sessions/{session}/context": {"venue": "Hall"},
    "POST /v1/sessions/{session}/notes": {"text": "windy"},
    "PUT /v1/sessions/{session}/marks/{id}": SPAN,
    "PUT /v1/sessions/{session}/labels/{id}": {**SPAN, "exercise": "arms/biceps-curl"},
    "POST /v1/athletes/{athlete}/uploads": {"name": "ride.tcx", "size": 10},
    "POST /v1/tokens": {"role": "coach"},
}
QUERIES = {
    "POST /v1/athletes/{athlete}/recordings": {"name": "ride.tcx"},
    "DELETE /v1/athletes/{athlete}/settings/{name}": {"since": "2024-05-01"},
    "GET /v1/athletes/{athlete}/metrics": {"metric": "work"},
    "GET /v1/sessions/{session}/comparison": {"other": "{session}"},
}
NAMED_IN_BODY = ("POST /v1/sessions", "POST /v1/plans")


def sent(client, route, club, headers, *, whose, piece):
    """The route's request about Ann ("agreed") or Bob ("silent") of a club."""
    athlete, session = (club.ann, club.recorded) if whose == "agreed" else (club.bob, club.bobs_session)
    if "samples" not in route.path and "recordings" not in route.path and whose == "agreed":
        session = club.session
    ids = {"plans": club.plan, "devices": club.device, "models": club.model, "notes": club.note}
    noun = next((noun for noun in ids if f"/{noun}/" in route.path), "notes")
    names = {"consents": "coaching", "settings": "mass", "samples": "record"}
    word = next((value for noun, value in names.items() if noun in route.path), "mass")
    shas = club.refused if "refusals" in route.path else club.sha256
    parts = {
        "athlete": athlete, "session": session, "upload": club.upload, "id": ids[noun], "name": word, "sha256": shas,
        "token": "0123456789abcdef",
    }  # fmt: skip
    path = route.path.format(**{part: parts[part] for part in route.parts})
    extra, body, headers = {}, BODIES.get(route.name), dict(headers)
    if route.name in NAMED_IN_BODY:
        body = {**body, "athlete": athlete}
    if route.versioned is not None:
        headers["If-Match"] = "*"
    if "PATCH" in route.method:
        headers.update(piece(b"12345", offset=0))
        extra["content"] = b"12345"
    elif route.path.endswith("/recordings") and route.method == "POST":
        headers["Content-Type"] = "application/octet-stream"
        extra["content"] = b"nobody can read this"
    elif body is not None:
        extra["json"] = body
    assert route.body is None or extra, f"the matrix has no body for {route.name}"
    params = {name: value.format(session=session) for name, value in QUERIES.get(route.name, {}).items()}
    return client.request(route.method, path, params=params, headers=headers, **extra)


def has_other(route):
    """Whether Bob has such a thing in the made house."""
    return route.about not in {"thing", "upload"} and "{sha256}" not in route.path and "{name}" not in route.path


def names_somebody(route):
    """Whether the route is about one person, whom the path or the body names."""
    return route.about in {"athlete", "session", "upload", "thing"} or route.name in NAMED_IN_BODY


CLOSED = [route for route in ROUTES if route.action]
PERSONAL = [route for route in CLOSED if names_somebody(route)]
COMMON = [route for route in CLOSED if not names_somebody(route)]


def each(routes):
    return pytest.mark.parametrize("route", routes, ids=[route.name for route in routes])


def test_the_matrix_knows_every_action():
    assert set(MAY) == set(ACTIONS)


def test_only_what_says_nothing_of_anybody_is_open_to_anyone():
    opened = {route.path for route in ROUTES if not route.action}
    described = {"/openapi.json", "/docs", "/problems/{name}", "/v1/catalogue"}
    assert opened == {"/healthz", "/readyz", "/metrics", "/open", *described}


def test_without_a_token_nobody_gets_in(anyone, north, piece):
    for route in CLOSED:
        answer = sent(anyone, route, north, {}, whose="agreed", piece=piece)
        assert answer.status_code == 401, route.name
        assert answer.json()["type"] == "/problems/unauthenticated"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@each(PERSONAL)
def test_each_role_reaches_exactly_what_is_its_own(route, anyone, north, hall, token, piece):
    own, agreed, silent, _ = MAY[route.action]
    cases = [(role, token(role, subject=north.ann), "agreed", role in own) for role in (A, D)]
    cases += [(role, token(role), "agreed", role in agreed) for role in (C, N, M)]
    if has_other(route):
        cases += [(role, token(role, subject=north.ann), "silent", False) for role in (A, D)]
        cases += [(role, token(role), "silent", role in silent) for role in (C, N, M)]
    refused = [case for case in cases if not case[3]]
    for role, headers, whose, _ in refused:
        before = len([e for e in hall.room("north").audit.events(limit=10_000) if not e.allowed])
        answer = sent(anyone, route, north, headers, whose=whose, piece=piece)
        assert answer.status_code in {403, 404}, (role, whose, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        events = hall.room("north").audit.events(limit=10_000)
        assert len([e for e in events if not e.allowed]) == before + 1, (role, whose)
    reached = set()
    for role, headers, whose, _ in (case for case in cases if case[3]):
        answer = sent(anyone, route, north, headers, whose=whose, piece=piece)
        allowed = {401, 403} if whose in reached or whose == "silent" else {401, 403, 404}
        assert answer.status_code not in allowed, (role, whose, answer.text)
        assert answer.status_code < 500, (role, whose, answer.text)
        reached.add(whose)


@each(COMMON)
def test_roles_reach_lists_and_the_organisation_only_where_they_may(route, anyone, north, token, piece):
    own, agreed, _, nobodys = MAY[route.action]
    anyhow = own | agreed | nobodys if route.about == "listed" else nobodys
    for role in ROLES:
        headers = token(role, subject=north.ann if role in {A, D} else "")
        answer = sent(anyone, route, north, headers, whose="agreed", piece=piece)
        if role in anyhow:
            assert answer.status_code not in {401, 403}, (role, answer.text)
            assert answer.status_code < 500
        else:
            assert answer.status_code == 403, (role, answer.text)


@each(CLOSED)
def test_another_organisation_reaches_nothing(route, anyone, clubs, token, piece):
    north, south = clubs["north"], clubs["south"]
    hidden = (north.ann, north.bob, north.session, north.recorded, "Ashdown", "north")
    for role in ROLES:
        headers = token(role, organisation="south", subject=south.ann if role in {A, D} else "")
        answer = sent(anyone, route, north, headers, whose="agreed", piece=piece)
        if names_somebody(route) and route.about not in {"thing", "upload"}:
            assert answer.status_code in {403, 404}, (role, answer.text)
        echoed = json.dumps([north.ann, north.recorded, north.session]) if answer.status_code == 404 else "[]"
        found = [word for word in hidden if word in answer.text and word not in echoed]
        assert found == [], (role, answer.text)


def test_scopes_narrow_a_token_to_what_they_name(anyone, north, token, piece):
    for route in CLOSED:
        other = "read list" if route.action != "read list" else "operate"
        answer = sent(anyone, route, north, token("admin", scopes=[other]), whose="agreed", piece=piece)
        assert answer.status_code == 403, route.name


def test_a_revoked_token_opens_nothing(anyone, hall, token):
    headers = token("admin")
    token_id = hall.access.tokens("north")[0].grant.token_id
    assert anyone.get("/v1/athletes", headers=headers).status_code == 200
    hall.access.revoke(token_id, organisation="north")
    assert anyone.get("/v1/athletes", headers=headers).status_code == 401


@each(CLOSED)
def test_every_access_to_personal_data_leaves_an_event(route, anyone, north, hall, token, piece):
    audit = hall.room("north").audit
    before = len(audit.events(limit=10_000))
    answer = sent(anyone, route, north, token("admin"), whose="agreed", piece=piece)
    events = audit.events(limit=10_000)[before:]
    if answer.status_code < 300 and (names_somebody(route) or route.method != "GET"):
        assert events, answer.text
        assert {event.action for event in events} == {route.action}
    if answer.status_code == 200 and north.ann in answer.text and route.about == "listed":
        assert north.ann in {event.subject for event in events}


def test_a_coach_lists_only_those_who_agreed(anyone, north, token):
    listed = anyone.get("/v1/sessions", headers=token("coach")).json()["sessions"]
    assert {session["athlete"] for session in listed} == {north.ann}


def test_an_athlete_lists_only_their_own(anyone, north, token):
    listed = anyone.get("/v1/sessions", headers=token("athlete", subject=north.bob)).json()["sessions"]
    assert {session["athlete"] for session in listed} == {north.bob}


def test_a_session_that_may_not_be_seen_is_like_one_that_is_not_there(anyone, north, token):
    headers = token("athlete", subject=north.ann)
    hidden = anyone.get(f"/v1/sessions/{north.bobs_session}", headers=headers).json()
    absent = anyone.get("/v1/sessions/00000000-0000-0000-0000-000000000000", headers=headers).json()
    for told in (hidden, absent):
        del told["instance"]
        told["detail"] = (
            told["detail"].replace(north.bobs_session, "…").replace("0" * 8 + "-0000-0000-0000-" + "0" * 12, "…")
        )
    assert hidden == absent
