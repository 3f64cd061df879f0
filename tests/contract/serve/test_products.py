"""Products in the house's server: the same doors, rules and audit as everything else."""

from __future__ import annotations

import time

import pytest
from starlette.testclient import TestClient
from tests.unit.test_releases import released

from paceline.serve.app import application
from paceline.serve.predict.mounted import with_products
from paceline.ship.releases import promote

ASK = "/products/trees/predict"
OAK = {"name": "oak"}


@pytest.fixture
def client(hall, tmp_path):
    """A server in whose north a product is out."""
    store = hall.room("north").store
    one = released(tmp_path / "p", store.journal, store.blobs).name
    promote(store.journal, "trees", release=one, reason="first", by="owner")
    with TestClient(with_products(application(hall)), raise_server_exceptions=False) as opened:
        yield opened


@pytest.mark.parametrize("role", ["athlete", "coach", "analyst", "device", "admin"])
def test_whoever_may_predict_is_answered(client, token, north, role):
    subject = north.ann if role in {"athlete", "device"} else ""
    answer = client.post(ASK, json=OAK, headers=token(role, subject=subject))
    assert (answer.status_code, answer.json()) == (200, {"size": 3.5})
    assert answer.headers["Paceline-Release"]
    assert answer.headers["X-Request-Id"]


def test_nobody_asks_without_a_token_or_beyond_its_scopes(client, token, hall, north):
    assert client.post(ASK, json=OAK).status_code == 401
    refused = client.post(ASK, json=OAK, headers=token("admin", scopes=("read audit",)))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")


def test_one_organisation_has_no_products_of_another(client, token):
    assert client.post(ASK, json=OAK, headers=token("admin", organisation="south")).status_code == 404
    assert client.post(ASK, json=OAK, headers=token("admin")).status_code == 200


def test_whose_data_are_sent_is_asked_about_and_written_down(client, token, hall, north):
    coach = token("coach")
    asked = [client.post(ASK, json=OAK, headers={**coach, "Paceline-Subject": who}) for who in (north.ann, north.bob)]
    assert [answer.status_code for answer in asked] == [200, 403]  # Bob agreed to nothing
    audit = hall.room("north").audit
    entries = [entry for who in (north.ann, north.bob) for entry in audit.events(subject=who)]
    told = [entry.allowed for entry in entries if entry.action == "predict"]
    assert told == [True, False]


def test_a_broken_request_is_named_by_field_and_the_contract_is_published(client, token):
    who = token("analyst")
    problem = client.post(ASK, json={"name": 5}, headers=who)
    assert (problem.status_code, problem.json()["errors"][0]["field"]) == (422, "#/name")
    document = client.get("/products/openapi.json", headers=who).json()
    assert "/products/trees/predict" in document["paths"]
    assert client.get("/products/openapi.json").status_code == 401


def test_what_is_promoted_is_served_without_a_restart(client, token, hall, tmp_path):
    who, store = token("admin"), hall.room("north").store
    first = client.post(ASK, json=OAK, headers=who).headers["Paceline-Release"]
    two = released(tmp_path / "p", store.journal, store.blobs, number=2).name
    promote(store.journal, "trees", release=two, reason="better", by="owner")
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if client.post(ASK, json=OAK, headers=who).headers["Paceline-Release"] == two != first:
            break
        time.sleep(0.2)
    assert client.post(ASK, json=OAK, headers=who).headers["Paceline-Release"] == two


def test_the_open_inference_protocol_goes_through_the_same_doors(client, token):
    who = token("analyst")
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json()["ready"] is True
    for path in ("/v2", "/v2/models/trees"):
        assert client.get(path).status_code == 401, path
        assert client.get(path, headers=who).status_code == 200, path
    asked = {"inputs": [{"name": "name", "datatype": "BYTES", "shape": [2], "data": ["oak", "elm"]}]}
    assert client.post("/v2/models/trees/infer", json=asked).status_code == 401
    answer = client.post("/v2/models/trees/infer", json=asked, headers=who)
    assert (answer.status_code, answer.json()["outputs"][0]["data"]) == (200, [3.5, 2.5])
    assert answer.json()["model_version"] == answer.headers["Paceline-Release"]
    other = token("admin", organisation="south")
    assert client.post("/v2/models/trees/infer", json=asked, headers=other).status_code == 404


def test_batches_and_explanations_go_through_the_same_doors(client, token):
    who = token("coach")
    assert client.post("/products/trees/batch", json=[OAK, OAK], headers=who).json() == [{"size": 3.5}] * 2
    assert client.post("/products/trees/batch", json=[OAK]).status_code == 401
    assert client.post("/products/trees/explain", json=OAK, headers=who).status_code == 404  # it promises none
    assert client.get(ASK, headers=who).status_code == 405
