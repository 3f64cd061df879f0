"""A product as a cloud function: the same answers and refusals, whatever shape the request comes in."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit import made_products as made

from paceline.domain.errors import ContractBroken, DataMissing, ProductInvalid
from paceline.serve.function import ANSWERED, EVENT, Function

OAK, SIZE = {"name": "oak"}, {"size": 3.5}


@pytest.fixture
def function(tmp_path: Path) -> Function:
    return Function(made.write(tmp_path / "p"))


def gateway(version: int, body: str, **more: Any) -> dict[str, Any]:
    """A request as Lambda gets it from a gateway."""
    if version == 1:
        return {"httpMethod": "POST", "path": "/predict", "requestContext": {}, "headers": None, "body": body} | more
    context = {"http": {"method": "POST", "path": "/predict"}}
    return {"version": "2.0", "rawPath": "/predict", "requestContext": context, "body": body} | more


@pytest.mark.parametrize("version", [1, 2])
def test_lambda_answers_its_gateways(function: Function, version: int) -> None:
    reply = function.on_lambda(gateway(version, json.dumps(OAK)))
    assert (reply["statusCode"], json.loads(reply["body"]), reply["isBase64Encoded"]) == (200, SIZE, False)
    packed = base64.b64encode(json.dumps(OAK).encode()).decode()
    assert json.loads(function.on_lambda(gateway(version, packed, isBase64Encoded=True))["body"]) == SIZE
    refused = function.on_lambda(gateway(version, '{"name": 5}'))
    assert (refused["statusCode"], json.loads(refused["body"])["errors"][0]["field"]) == (422, "#/name")
    assert function.on_lambda(gateway(version, "!", isBase64Encoded=True))["statusCode"] == 400


def test_lambda_answers_a_bare_request_with_the_bare_answer(function: Function) -> None:
    assert function.on_lambda(OAK) == SIZE
    with pytest.raises(ContractBroken):
        function.on_lambda({"name": 5})


def test_a_cloud_event_is_answered_with_an_event_in_its_own_mode(function: Function) -> None:
    about = {"specversion": "1.0", "id": "7", "source": "/trees", "type": "asked"}
    binary = {"content-type": "application/json", **{f"ce-{name}": value for name, value in about.items()}}
    reply = function.on_http("POST", "/", headers=binary, body=json.dumps(OAK).encode())
    assert (json.loads(reply.body), reply.headers["ce-type"], reply.headers["ce-answers"]) == (SIZE, ANSWERED, "7")
    for data in ({"data": OAK}, {"data_base64": base64.b64encode(json.dumps(OAK).encode()).decode()}):
        reply = function.on_http("POST", "/", headers={"Content-Type": EVENT}, body=json.dumps(about | data).encode())
        event = json.loads(reply.body)
        assert (event["data"], event["type"], event["answers"]) == (SIZE, ANSWERED, "7")


@pytest.mark.parametrize(
    ("method", "headers", "body", "status"),
    [
        ("GET", {}, b"", 405),
        ("POST", {}, b"{", 400),
        ("POST", {}, b" " * 10_000_001, 413),
        ("POST", {"content-type": EVENT}, b'{"data": {}}', 422),
        ("POST", {"content-type": EVENT}, b'{"id":"","source":"","type":"","specversion":"","data_base64":"!"}', 400),
        ("POST", {}, b'{"name": "no such tree"}', 500),
    ],
)
def test_what_can_not_be_answered_is_a_problem(
    function: Function, method: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    reply = function.on_http(method, "/", headers=headers, body=body)
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert b"no such tree" not in reply.body


def test_an_answer_that_no_json_holds_is_a_problem(tmp_path: Path) -> None:
    source = "def size(name):\n    return {'size': 1, 'half': chr(0xD800)}\n"
    told = Function(made.write(tmp_path, source=source, response={"type": "object"}))
    assert told.on_http("POST", "/", headers={}, body=json.dumps(OAK).encode()).status == 500


def test_what_a_product_does_not_explain_is_not_found(function: Function) -> None:
    assert function.on_http("POST", "/explain", headers={}, body=b"{}").status == 404


def test_it_is_a_wsgi_application(function: Function) -> None:
    body, told = json.dumps(OAK).encode(), []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/predict", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
    }  # fmt: skip
    answer = b"".join(function.wsgi(environ, lambda status, headers: told.append((status, dict(headers)))))
    assert json.loads(answer) == SIZE
    assert told == [("200 OK", {"content-type": "application/json", "content-length": str(len(answer))})]


def test_changed_data_and_other_languages_are_refused(tmp_path: Path) -> None:
    folder = made.write(tmp_path / "p")
    (folder / "data" / "trees.csv").write_text("name,size,kind\noak,9,a\n")
    with pytest.raises(DataMissing):
        Function(folder)
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "trees.R").write_text("size <- function(name) list(size = 1)\n")
    text = json.dumps(made.text(code="trees.R:size", language="r"))
    (tmp_path / "r" / "product.yaml").write_text(text)
    with pytest.raises(ProductInvalid, match="language"):
        Function(tmp_path / "r")


def test_a_function_loads_no_server_no_store_and_no_event_loop(tmp_path: Path) -> None:
    folder = made.write(tmp_path / "p")
    asked = f"""
import json, sys
from pathlib import Path
from paceline.serve.function import Function
Function(Path({str(folder)!r})).answer({{"name": "oak"}})
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
print(json.dumps(sorted(name for name in sys.modules if name.startswith("paceline"))))
"""
    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout
    packages, ours = map(json.loads, said.splitlines())
    heavy = {"asyncio", "starlette", "uvicorn", "anyio", "numpy", "polars", "deltalake", "eventsourcing", "hamilton"}
    assert heavy & set(packages) == set()
    assert ours == [
        "paceline", "paceline.domain", "paceline.domain.errors", "paceline.domain.text", "paceline.record",
        "paceline.record.whole",
        "paceline.serve", "paceline.serve.function", "paceline.serve.predict", "paceline.serve.predict.refusals",
        "paceline.serve.problems", "paceline.ship", "paceline.ship.contract", "paceline.ship.data",
        "paceline.ship.explaining",
        "paceline.ship.product", "paceline.ship.workers", "paceline.ship.workers.imported",
        "paceline.ship.workers.python_harness",
    ]  # fmt: skip
