"""What a server keeps of what its products are asked, and what it is told of their answers."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from tests.unit.test_bundle import committed, git, tables
from tests.unit.test_releases import PASSED

from paceline.serve.app import application
from paceline.serve.predict.mounted import with_products
from paceline.ship.product import read_product
from paceline.ship.releases import promote, release

ASK, TELL = "/products/trees/predict", "/products/trees/feedback"
OAK = {"name": "oak"}


@pytest.fixture
def client(hall, tmp_path):
    """A server in whose north a watched product is out."""
    store = hall.room("north").store
    folder = committed(tmp_path / "p").folder
    text = (folder / "product.yaml").read_text()
    (folder / "product.yaml").write_text(f"{text}watch: {{}}\n")
    git(folder, "commit", "-q", "-a", "-m", "Watch it")
    product = read_product(folder)
    one = release(product, tables(product), PASSED, journal=store.journal, blobs=store.blobs, by="owner").name
    promote(store.journal, "trees", release=one, reason="first", by="owner")
    with TestClient(with_products(application(hall)), raise_server_exceptions=False) as opened:
        yield opened


def kept(client, hall, table):
    """What the lake holds once the server has ended."""
    client.__exit__()
    client.__enter__()
    return hall.room("north").store.lake.read(table)


def test_answers_are_kept_with_their_number_and_pseudonym(client, token, hall, north):
    who = token("coach")
    first = client.post(ASK, json=OAK, headers={**who, "Paceline-Subject": north.ann})
    second = client.post(ASK, json=OAK, headers=who)
    refused = client.post(ASK, json={"name": 5}, headers=who)
    assert [answer.status_code for answer in (first, second, refused)] == [200, 200, 422]
    assert 'paceline_predictions_total{became="dropped"' not in client.get("/metrics").text
    rows = kept(client, hall, "predictions").sort("t")
    assert rows["id"].to_list() == [answer.headers["X-Request-Id"] for answer in (first, second)]
    assert rows["subject"].to_list() == [north.ann, "nobody"]
    assert rows["response"].to_list() == [first.text, second.text]
    assert rows["release"].unique().to_list() == [first.headers["Paceline-Release"]]


def test_what_turned_out_to_be_true_is_kept_with_its_source(client, token, hall, north):
    who = token("coach")
    number = client.post(ASK, json=OAK, headers=who).headers["X-Request-Id"]
    assert client.post(TELL, json={"id": number, "label": 3.4}, headers=who).status_code == 202
    about_ann = client.post(TELL, json={"id": number, "label": True}, headers={**who, "Paceline-Subject": north.ann})
    assert about_ann.status_code == 202
    rows = kept(client, hall, "feedback").sort("t")
    assert rows.select("id", "label", "subject").rows() == [(number, "3.4", "nobody"), (number, "true", north.ann)]
    assert rows["source"].n_unique() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "1", "label": 1}, 422), ({"label": 1}, 422), ([], 422), ({"id": "0" * 32, "label": {"a": 1}}, 422),
        ({"id": "0" * 32, "label": "x" * 2000}, 413), ({"id": "0" * 32, "label": "x" * 9000}, 413),
        ({"id": "0" * 32, "label": 1, "more": 1}, 422),
    ],
)  # fmt: skip
def test_feedback_that_is_none_is_refused(client, token, body, status):
    assert client.post(TELL, json=body, headers=token("coach")).status_code == status


def test_whose_answer_feedback_is_about_is_asked_as_everywhere(client, token, north):
    said = {"id": "0" * 32, "label": 1}
    assert client.post(TELL, json=said).status_code == 401
    assert client.post(TELL, json=said, headers={**token("coach"), "Paceline-Subject": north.bob}).status_code == 403
    assert client.post("/products/none/feedback", json=said, headers=token("coach")).status_code == 404
