"""The Open Inference Protocol beside our own addresses: tensors in, tensors out, the same contracts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit import made_products as made
from tests.unit.test_predict import canary, story

from paceline.serve.predict.inference import Inference
from paceline.serve.predict.lanes import Desk
from paceline.serve.predict.served import Served
from paceline.ship.product import Product

CODE = """
def told(name, counts, about=None, grown=False):
    return {"name": name, "sum": sum(counts), "grown": grown, "about": about, "twice": [2 * one for one in counts]}
"""
SIDES = {
    "request": {
        "type": "object", "additionalProperties": False, "required": ["name", "counts"],
        "properties": {
            "name": {"$ref": "#/$defs/name"},
            "counts": {"type": "array", "items": {"type": "integer", "maximum": 9}},
            "grown": {"type": "boolean"},
            "about": {"type": "object", "additionalProperties": {"type": "number"}},
        },
        "$defs": {"name": {"enum": ["ash", "oak"]}},
    },
    "response": {
        "type": "object", "additionalProperties": False,
        "properties": {
            "name": {"type": "string"}, "sum": {"type": "integer"}, "grown": {"type": "boolean"},
            "about": {"type": ["object", "null"]}, "twice": {"type": "array", "items": {"type": "number"}},
        },
    },
}  # fmt: skip


def product(folder: Path) -> Product:
    return made.product(folder, source=CODE, code="trees.py:told", examples=[], serve={"trusted": True}, **SIDES)


async def call(desk: Desk, path: str, asked: Any = None, *, method: str = "") -> tuple[int, Any]:
    body = b"" if asked is None else asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    verb = method or ("GET" if asked is None else "POST")
    await Inference(desk)({"type": "http", "method": verb, "path": path, "headers": []}, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


def tensor(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


TWO = [tensor("name", "BYTES", [2], ["oak", "ash"]), tensor("counts", "INT64", [2, 3], [1, 2, 3, 4, 5, 6])]


def test_tensors_are_fields_and_their_first_dimension_is_the_batch(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(Served(product(tmp_path)))
        status, answer = await call(desk, "/v2/models/trees/infer", {"id": "42", "inputs": TWO})
        assert (status, answer["id"], answer["model_name"]) == (200, "42", "trees")
        outputs = {one["name"]: one for one in answer["outputs"]}
        assert outputs["sum"] == tensor("sum", "INT64", [2], [6, 15])
        assert outputs["twice"] == tensor("twice", "FP64", [2, 3], [2, 4, 6, 8, 10, 12])
        assert outputs["name"]["data"] == ["oak", "ash"]
        assert outputs["grown"] == tensor("grown", "BOOL", [2], [False, False])
        json_text = {"parameters": {"content_type": "application/json"}}
        assert outputs["about"] == tensor("about", "BYTES", [2], ["null", "null"]) | json_text

    story(told)


def test_nested_data_and_json_text_are_taken_and_outputs_chosen(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(Served(product(tmp_path)))
        nested = [
            tensor("name", "BYTES", [1], ["oak"]), tensor("counts", "UINT8", [1, 2], [[7, 8]]),
            tensor("about", "BYTES", [1], ['{"height": 3}']), tensor("grown", "BOOL", [1], [True]),
        ]  # fmt: skip
        asked = {"inputs": nested, "outputs": [{"name": "about"}, {"name": "grown"}]}
        status, answer = await call(desk, "/v2/models/trees/infer", asked)
        assert status == 200
        assert [one["data"] for one in answer["outputs"]] == [['{"height":3}'], [True]]

    story(told)


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"inputs": [TWO[0]]}, 422, "#/inputs"),
        ({"inputs": [TWO[0], tensor("counts", "INT64", [2, 1], [1, 99])]}, 422, "#/inputs/1"),
        ({"inputs": [TWO[0], tensor("counts", "INT64", [2, 2], [1, 2, 3])]}, 422, "#/inputs/1/data"),
        ({"inputs": [TWO[0], tensor("counts", "INT64", [3, 1], [1, 2, 3])]}, 422, "#/inputs/1/shape"),
        ({"inputs": [TWO[0], tensor("counts", "INT8", [2, 1], [1, 300])]}, 422, "#/inputs/1/data"),
        ({"inputs": [TWO[0], tensor("counts", "INT64", [2, 1], [1, 1.5])]}, 422, "#/inputs/1/data"),
        ({"inputs": [TWO[0], tensor("counts", "INT64", [2, 1], [[[1]], [[2]]])]}, 422, "#/inputs/1/data"),
        ({"inputs": [*TWO, tensor("about", "BYTES", [2], ["{", "{}"])]}, 422, "#/inputs/2/data"),
        ({"inputs": [*TWO, tensor("about", "FP64", [2], [1, 2])]}, 422, "#/inputs/2/datatype"),
        ({"inputs": [*TWO, TWO[0]]}, 422, "#/inputs/2/name"),
        ({"inputs": [tensor("colour", "BYTES", [1], ["red"])]}, 422, "#/inputs/0/name"),
        ({"inputs": [tensor("name", "BYTES", [0], [])]}, 422, "#/inputs/0/shape"),
        ({"inputs": [tensor("name", "BYTES", [-1], [])]}, 422, "#/inputs"),
        ({"inputs": []}, 422, "#/inputs"),
        ({}, 422, "#"),
        ({"inputs": TWO, "outputs": [{"name": "colour"}]}, 422, "#/outputs/0/name"),
        (b"{", 400, None),
        (b'{"inputs": [{"name": "name", "datatype": "BYTES", "shape": [1], "data": ' + b"[" * 100_000, 400, None),
    ],
)
def test_what_can_not_be_used_is_named_by_tensor(tmp_path: Path, asked: Any, status: int, field: str | None) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(Served(product(tmp_path)))
        got, problem = await call(desk, "/v2/models/trees/infer", asked)
        assert (got, problem["status"], problem["error"]) == (status, status, problem["detail"])
        assert [one["field"] for one in problem.get("errors", [])][:1] == ([] if field is None else [field])

    story(told)


def test_health_and_metadata_say_what_is_there(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(Served(product(tmp_path), release="3f2a"))
        assert await call(desk, "/v2/health/live") == (200, {"live": True})
        assert (await call(desk, "/v2/health/ready"))[1]["ready"] is True
        assert (await call(desk, "/v2"))[1]["name"] == "paceline"
        assert await call(desk, "/v2/models/trees/ready") == (200, {"name": "trees", "ready": True})
        said = (await call(desk, "/v2/models/trees"))[1]
        assert (said["name"], said["versions"], said["platform"]) == ("trees", ["3f2a"], "paceline_python")
        assert {"name": "counts", "datatype": "INT64", "shape": [-1, -1]} in said["inputs"]
        assert {"name": "sum", "datatype": "INT64", "shape": [-1]} in said["outputs"]
        for path in ("/v2/models/bushes", "/v2/models/trees/burn", "/v2/models", "/v2/burn", "/burn"):
            status, problem = await call(desk, path)
            assert (status, "error" in problem) == (404, True), path
        assert (await call(desk, "/v2/models/trees/infer"))[0] == 405
        assert (await call(desk, "/v2/models/trees", {}))[0] == 405

    story(told)


def test_a_version_is_a_release_whatever_its_share(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        shares = canary(tmp_path)
        for number, served in enumerate(shares, 1):
            served.release = f"r{number}"
        await desk.arrange("trees", shares)
        asked = {"inputs": [tensor("name", "BYTES", [1], ["oak"])]}
        for number in (1, 2):
            status, answer = await call(desk, f"/v2/models/trees/versions/r{number}/infer", asked)
            assert (status, answer["model_version"], answer["outputs"][0]["data"]) == (200, f"r{number}", [number])
        assert (await call(desk, "/v2/models/trees/versions/r3/infer", asked))[0] == 404

    story(told)


def test_a_contract_that_is_no_object_is_one_tensor(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        sides = {"request": {"type": "number"}, "response": {"type": "array", "items": {"type": "number"}}}
        source = "def size(number):\n    return [number] * int(number)\n"
        await desk.serve(Served(made.product(tmp_path, source=source, examples=[], serve={"trusted": True}, **sides)))
        asked = {"inputs": [tensor("request", "FP32", [2], [2, 2])]}
        assert (await call(desk, "/v2/models/trees/infer", asked))[1]["outputs"] == [
            tensor("response", "FP64", [2, 2], [2.0] * 4)
        ]
        ragged = {"inputs": [tensor("request", "FP32", [2], [1, 2])]}
        (output,) = (await call(desk, "/v2/models/trees/infer", ragged))[1]["outputs"]
        assert (output["datatype"], output["shape"], json.loads(output["data"][1])) == ("BYTES", [2], [2, 2])

    story(told)
