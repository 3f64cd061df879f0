"""The same request twice, a change of what has changed, pieces of a recording, pages of a list, fewer points."""

from __future__ import annotations

MADE = {"start": "2026-05-01T09:30:00Z"}


def sessions_of(hall, subject):
    return hall.room("north").store.journal.sessions(subject)


def test_the_same_request_under_one_key_is_done_once_and_answered_alike(admin, hall, north):
    body, headers = {**MADE, "athlete": north.bob}, {"Idempotency-Key": "phone-1"}
    before = len(sessions_of(hall, north.bob))
    first, again = (admin.post("/v1/sessions", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.headers["Location"] == again.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(sessions_of(hall, north.bob)) == before + 1


def test_another_request_under_a_used_key_is_a_conflict(admin, north):
    headers = {"Idempotency-Key": "phone-1"}
    admin.post("/v1/sessions", json={**MADE, "athlete": north.bob}, headers=headers)
    answer = admin.post("/v1/sessions", json={**MADE, "athlete": north.ann}, headers=headers)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_key_belongs_to_a_token(admin, north, token):
    body, headers = {**MADE, "athlete": north.bob}, {"Idempotency-Key": "phone-1"}
    first = admin.post("/v1/sessions", json=body, headers=headers).json()
    other = admin.post("/v1/sessions", json=body, headers={**headers, **token("admin")}).json()
    assert first != other


def test_a_request_whose_server_died_is_done_again_and_leaves_one(admin, hall, north):
    body, headers = {**MADE, "athlete": north.bob}, {"Idempotency-Key": "phone-1"}
    first = admin.post("/v1/sessions", json=body, headers=headers).json()
    with hall.room("north").pending.database.transaction() as at:  # as if it died before it kept its answer
        at.run("UPDATE given_answers SET status = NULL, body = NULL, headers = NULL")
    assert admin.post("/v1/sessions", json=body, headers=headers).status_code == 409
    later = hall.clock() + 600
    hall.clock = lambda: later
    assert admin.post("/v1/sessions", json=body, headers=headers).json() == first
    assert len([it for it in sessions_of(hall, north.bob) if str(it.id) == first["session"]]) == 1


def test_a_refused_request_may_be_mended_and_sent_again_under_its_key(admin, north):
    headers = {"Idempotency-Key": "phone-1"}
    wrong = admin.post("/v1/sessions", json={"athlete": north.bob, "start": "2026-06-31T00:00:00Z"}, headers=headers)
    assert wrong.status_code == 422
    assert admin.post("/v1/sessions", json={**MADE, "athlete": north.bob}, headers=headers).status_code == 201


def test_a_new_token_is_kept_nowhere(admin, hall, tmp_path):
    issued = admin.post("/v1/tokens", json={"role": "coach"}, headers={"Idempotency-Key": "once"}).json()["token"]
    files = [path for path in (tmp_path / "house").rglob("*") if path.is_file()]
    held = b"".join(path.read_bytes() for path in files)
    assert hall.access.tokens("north")[0].grant.token_id.encode() in held  # so the right files are read
    assert issued.encode() not in held
    assert issued[-43:].encode() not in held


def test_what_is_forgotten_is_forgotten_by_the_server_too(admin, hall, north):
    admin.post("/v1/sessions", json={**MADE, "athlete": north.ann}, headers={"Idempotency-Key": "k"})
    erased = admin.delete(f"/v1/athletes/{north.ann}")
    assert erased.json()["removed"]["pending"] >= 2
    database = hall.room("north").pending.database
    assert database.rows("SELECT count(*) FROM given_answers WHERE subject = ?", north.ann) == [(0,)]
    assert database.rows("SELECT count(*) FROM uploads WHERE subject = ?", north.ann) == [(0,)]
    assert admin.get(f"/v1/athletes/{north.ann}").status_code == 404
    assert north.ann not in admin.get("/v1/athletes").text
    assert north.ann not in admin.get("/v1/audit?limit=200").text


def test_what_is_known_already_is_not_sent_again(admin, north):
    first = admin.get(f"/v1/sessions/{north.session}")
    again = admin.get(f"/v1/sessions/{north.session}", headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    admin.put(f"/v1/sessions/{north.session}/feedback", json={"score": 4})
    changed = admin.get(f"/v1/sessions/{north.session}", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json()["feedback"] == 4


def test_a_change_of_what_has_changed_is_refused(admin, north):
    path = f"/v1/plans/{north.plan}"
    tag = admin.get(path).headers["ETag"]
    body = {"name": "Hills", "content": {}}
    assert admin.put(path, json=body).status_code == 428
    assert admin.put(path, json=body, headers={"If-Match": tag}).status_code == 200
    assert admin.put(path, json={**body, "name": "Flat"}, headers={"If-Match": tag}).status_code == 412
    assert admin.get(path).json()["name"] == "Hills"


def test_an_upload_goes_on_where_it_stopped(admin, north, piece):
    content = b"nobody can read this, in pieces"
    begun = admin.post(f"/v1/athletes/{north.bob}/uploads", json={"name": "bad.fit", "size": len(content)})
    path = begun.headers["Location"]
    assert admin.patch(path, content=content[:9], headers=piece(content[:9], offset=0)).json()["received"] == 9
    again = admin.patch(path, content=content[:9], headers=piece(content[:9], offset=0))
    assert again.status_code == 409
    assert "byte 9" in again.json()["detail"]
    wrong = admin.patch(path, content=content[9:], headers=piece(content[9:] + b"!", offset=9))
    assert wrong.json()["errors"][0]["field"] == "Upload-Checksum"
    assert admin.get(path).headers["Upload-Offset"] == "9"
    beyond = content[9:] + b"!"
    assert admin.patch(path, content=beyond, headers=piece(beyond, offset=9)).status_code == 413
    for _ in range(2):  # the last piece sent again is answered alike
        last = admin.patch(path, content=content[9:], headers=piece(content[9:], offset=9))
        assert (last.status_code, last.json()["type"]) == (400, "/problems/undecodable")
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404


def test_what_cannot_be_decoded_is_kept_and_can_be_replayed(admin, hall, north):
    octets = {"Content-Type": "application/octet-stream"}
    path = f"/v1/athletes/{north.bob}"
    answer = admin.post(f"{path}/recordings?name=odd.xyz", content=b"odd bytes", headers=octets)
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/undecodable"
    (refusal,) = admin.get(f"{path}/refusals").json()["refusals"]
    assert hall.room("north").store.blobs.get(refusal["sha256"]) == b"odd bytes"
    assert refusal["reason"] == answer.json()["detail"]
    again = admin.post(f"{path}/refusals/{refusal['sha256']}/replay")
    assert (again.status_code, again.json()["type"]) == (400, "/problems/undecodable")


def test_a_mended_decoder_takes_in_what_was_refused(admin, hall, north, ride):
    store = hall.room("north").store
    sha256 = store.blobs.put(ride)
    store.journal.refuse_recording(
        subject=north.bob, sha256=sha256, name="ride.tcx", size=len(ride), reason="no reader", by="owner"
    )
    done = admin.post(f"/v1/athletes/{north.bob}/refusals/{sha256}/replay").json()
    assert done["became"] == "new"
    assert admin.get(f"/v1/athletes/{north.bob}/refusals").json()["refusals"] == []


def test_the_same_recording_again_adds_nothing_and_says_where_it_is(admin, hall, north, ride):
    octets = {"Content-Type": "application/octet-stream"}
    path = f"/v1/athletes/{north.ann}/recordings?name=again.tcx"
    again = admin.post(path, content=ride, headers=octets)
    assert (again.status_code, again.json()["became"]) == (200, "known")
    assert again.json()["sessions"] == [north.recorded]


def on(after):
    return {"after": after} if after else {}


def test_every_session_is_on_one_page_and_no_other(admin, hall, north):
    journal = hall.room("north").store.journal
    for number in range(7):
        journal.start_session(subject=north.bob, start=number // 2, by="owner")  # several at the same moment
    expected = [str(it.id) for it in journal.sessions(north.bob, limit=100)]
    seen, after = [], None
    while True:
        page = admin.get("/v1/sessions", params={"athlete": north.bob, "limit": 3, **on(after)})
        seen += [it["session"] for it in page.json()["sessions"]]
        if (after := page.json()["next"]) is None:
            break
    assert seen == expected


def test_a_cursor_of_another_list_or_house_is_refused(admin, north):
    page = admin.get("/v1/sessions?limit=1").json()
    for path in (f"/v1/sessions?athlete={north.ann}&after={page['next']}", "/v1/sessions?after=AAAA"):
        assert admin.get(path).json()["errors"][0]["field"] == "after"


def test_every_access_is_on_one_page_of_the_audit(admin, hall):
    audit = hall.room("north").audit
    for _ in range(3):
        audit.record(by="owner", action="operate", subjects=[""] * 5)  # five at the same moment
    total, seen, after = len(audit.events(limit=10_000)), 0, None
    while True:
        page = admin.get("/v1/audit", params={"limit": 4, **on(after)}).json()
        seen += len(page["accesses"])
        if (after := page["next"]) is None:
            break
    assert seen == total


def test_labels_marks_and_settings_come_back_as_they_were_said(admin, north):
    span = {"start": "2024-05-04T08:00:00.000000001Z", "end": "2024-05-04T08:01:00Z"}
    key, one = "00000000-0000-0000-0000-00000000000a", f"/v1/sessions/{north.session}"
    label = {**span, "exercise": "arms/biceps-curl", "values": {"repetitions": 10.0}}
    assert admin.put(f"{one}/labels/{key}", json=label).status_code == 204
    assert admin.put(f"{one}/marks/{key}", json={**span, "name": "sprint"}).status_code == 204
    told = admin.get(f"{one}/annotations").json()
    assert told["labels"] == [{"id": key, **label}]
    assert told["marks"] == [{"id": key, **span, "name": "sprint", "kind": "mark"}]
    assert [note["text"] for note in told["notes"]] == ["the knee hurts in the north"]
    setting = f"/v1/athletes/{north.ann}/settings"
    for value, since in ((70.0, "2026-01-01"), (69.0, "2026-03-01")):
        assert admin.put(f"{setting}/mass", json={"value": value, "since": since}).status_code == 204
    assert admin.get(f"{setting}?on=2026-02-01").json() == {"settings": {"mass": {"2026-02-01": 70.0}}}
    assert admin.put(f"{setting}/mess", json={"value": 1.0, "since": "2026-01-01"}).status_code == 404


def test_a_session_that_is_deleted_is_gone(admin, north):
    assert admin.delete(f"/v1/sessions/{north.session}").status_code == 204
    assert admin.get(f"/v1/sessions/{north.session}").status_code == 404
    assert north.session not in admin.get("/v1/sessions").text


def test_sessions_of_somebody_with_changing_pseudonyms_cannot_be_joined_by_an_analyst(admin, hall, north, token):
    people = hall.room("north").store.people
    people.unstable(north.ann, wanted=True)
    made = [
        admin.post("/v1/sessions", json={"athlete": north.ann, "start": f"2026-07-0{day}T08:00:00Z"}) for day in (1, 2)
    ]
    ids = {answer.json()["session"] for answer in made}
    analyst = admin.get("/v1/sessions", headers=token("analyst")).json()["sessions"]
    aliases = {it["athlete"] for it in analyst if it["session"] in ids}
    assert len(aliases) == 2
    assert north.ann not in aliases
    asked = admin.get(f"/v1/sessions?athlete={north.ann}", headers=token("analyst")).json()["sessions"]
    assert ids.isdisjoint({it["session"] for it in asked})
    own = admin.get("/v1/sessions", headers=token("athlete", subject=north.ann)).json()["sessions"]
    assert ids <= {it["session"] for it in own}
