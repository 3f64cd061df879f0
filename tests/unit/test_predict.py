from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit import made_products as made

from paceline.domain.errors import UnknownName, WorkerFailed
from paceline.serve.predict.asgi import Predict
from paceline.serve.predict.exchange import LARGEST
from paceline.serve.predict.lanes import Desk
from paceline.serve.predict.openapi import openapi
from paceline.serve.predict.served import Served
from paceline.ship.product import Product
from paceline.ship.workers.pool import Pool

SCHEMAS = "#/components/schemas/"
VERSION = (
    made.CODE
    + """

def size(name):
    return {"size": NUMBER}
"""
)


def version(folder: Path, number: int, **changes: Any) -> Product:
    return made.product(folder / str(number), source=VERSION.replace("NUMBER", str(number)), **changes)


async def ask(
    desk: Desk, request: Any, *, path: str = "/products/trees/predict", method: str = "POST", **headers: str
) -> tuple[int, Any]:
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    sent: list[Any] = []
    given = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        return next(given)

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await Predict(desk)({"type": "http", "method": method, "path": path, "headers": pairs}, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


def story(told: Callable[[Desk], Awaitable[None]]) -> None:
    async def whole() -> None:
        desk = Desk()
        try:
            await told(desk)
        finally:
            await desk.close()

    asyncio.run(whole())


@pytest.mark.parametrize("trusted", [True, False])
def test_both_sides_of_the_contract_are_enforced(tmp_path: Path, trusted: bool) -> None:
    source = made.CODE.replace('return {"size": SIZES[name]}', 'return {"size": SIZES.get(name, -1)}')

    async def told(desk: Desk) -> None:
        await desk.serve(Served(made.product(tmp_path, source=source, serve={"trusted": trusted})))
        assert await ask(desk, {"name": "oak"}) == (200, {"size": 3.5})
        status, problem = await ask(desk, {"name": 5})
        assert (status, problem["errors"][0]["field"]) == (422, "#/name")
        status, problem = await ask(desk, {"name": "birch"})
        assert (status, problem["type"], problem["errors"][0]["field"]) == (500, "/problems/answer-broken", "#/size")

    story(told)


@pytest.mark.parametrize(
    ("request_", "path", "status"),
    [
        (b"{", "/products/trees/predict", 400),
        (b"\xff", "/products/trees/predict", 400),
        (b"x" * (LARGEST + 1), "/products/trees/predict", 413),
        (b"{}", "/products/bushes/predict", 404),
        (b"{}", "/products/trees/burn", 404),
        (b'{"name": "no such tree"}', "/products/trees/predict", 500),
    ],
)
def test_what_can_not_be_answered_is_a_problem(tmp_path: Path, request_: bytes, path: str, status: int) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(Served(made.product(tmp_path)))
        got, problem = await ask(desk, request_, path=path)
        assert (got, problem["status"]) == (status, status)
        assert "no such tree" not in json.dumps(problem)

    story(told)


def test_a_packed_body_is_refused(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(Served(made.product(tmp_path)))
        assert (await ask(desk, {"name": "oak"}, content_encoding="gzip"))[0] == 415

    story(told)


def test_a_release_that_fails_its_own_example_is_never_served(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(Served(version(tmp_path, 1)))
        with pytest.raises(WorkerFailed):
            await desk.serve(Served(made.product(tmp_path / "bad", source="raise RuntimeError")))
        assert await ask(desk, {"name": "oak"}) == (200, {"size": 1})

    story(told)


def test_a_switch_under_load_fails_no_request(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        products = [version(tmp_path, number, serve={"trusted": number % 2 == 0}) for number in (1, 2)]
        await desk.serve(Served(products[0]))
        statuses: list[int] = []
        seen: set[float] = set()
        stop = asyncio.Event()

        async def load() -> None:
            while not stop.is_set():
                status, answer = await ask(desk, {"name": "oak"})
                statuses.append(status)
                seen.add(answer.get("size"))
                await asyncio.sleep(0)

        clients = [asyncio.create_task(load()) for _ in range(4)]
        for turn in range(10):
            await desk.serve(Served(products[(turn + 1) % 2]))
            await asyncio.sleep(0.01)
        stop.set()
        await asyncio.gather(*clients)
        assert set(statuses) == {200}
        assert seen == {1, 2}

    story(told)


def canary(folder: Path) -> dict[Served, float]:
    return {Served(version(folder, number, serve={"trusted": True})): share for number, share in ((1, 0.75), (2, 0.25))}


def test_a_canary_answers_its_share_and_whoever_asks_for_it(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        shares = canary(tmp_path)
        await desk.arrange("trees", shares)
        callers = [f"Bearer {number}" for number in range(400)]
        first = [(await ask(desk, {"name": "oak"}, authorization=caller))[1]["size"] for caller in callers]
        again = [(await ask(desk, {"name": "oak"}, authorization=caller))[1]["size"] for caller in callers]
        assert first == again  # a caller meets one release all along
        assert 65 <= first.count(2) <= 135  # four standard deviations around 100
        assert (await ask(desk, {"name": "oak"}, paceline_release="canary"))[1] == {"size": 2}
        assert (await ask(desk, {"name": "oak"}, paceline_release="champion"))[1] == {"size": 1}
        one, two = shares
        await desk.arrange("trees", {one: 0.5, two: 0.5})
        wider = [(await ask(desk, {"name": "oak"}, authorization=caller))[1]["size"] for caller in callers]
        assert all(later == 2 for before, later in zip(first, wider, strict=True) if before == 2)
        await desk.arrange("trees", {two: 1.0})
        assert (await ask(desk, {"name": "oak"}, paceline_release="champion"))[1] == {"size": 2}

    story(told)


def test_an_arrangement_that_can_not_start_changes_nothing(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        one, two = canary(tmp_path)
        await desk.arrange("trees", {one: 1.0})
        broken = Served(made.product(tmp_path / "bad", source="raise RuntimeError"))
        with pytest.raises(WorkerFailed):
            await desk.arrange("trees", {two: 0.5, broken: 0.5})
        assert (await ask(desk, {"name": "oak"}))[1] == {"size": 1}
        await desk.arrange("trees", {})
        assert (await ask(desk, {"name": "oak"}))[0] == 404

    story(told)


def test_a_shadow_is_compared_and_never_heard(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        hanging = "import time\ndef size(name):\n    time.sleep(9 * (name == 'elm'))\n    return {'size': 1}\n"
        silent = Served(made.product(tmp_path / "s", source=hanging, serve={"timeout_s": 0.3}))
        await desk.arrange("trees", {Served(version(tmp_path, 1, serve={"trusted": True})): 1.0}, shadow=silent)
        assert await ask(desk, {"name": "oak"}) == (200, {"size": 1})
        assert await ask(desk, {"name": "elm"}) == (200, {"size": 1})
        lanes = desk.lanes("trees")
        for _ in range(100):
            await asyncio.sleep(0.02)
            if lanes.compared.same + lanes.compared.failed == 2:
                break
        assert (lanes.compared.same, lanes.compared.failed, lanes.compared.different) == (1, 1, 0)

    story(told)


def test_a_worker_killed_under_load_costs_one_answer_at_most(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        served = Served(made.product(tmp_path))
        await desk.serve(served)
        pool = served._worker
        assert isinstance(pool, Pool)
        answers = [asyncio.create_task(ask(desk, {"name": "oak"})) for _ in range(50)]
        await asyncio.sleep(0.005)
        os.kill(pool.processes[0], signal.SIGKILL)
        statuses = [status for status, _ in await asyncio.gather(*answers)]
        assert statuses.count(503) <= 1
        assert statuses.count(200) >= 49

    story(told)


def test_how_releases_do_is_told_with_the_comparison_of_a_shadow(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        one, two = canary(tmp_path)
        shadow = Served(version(tmp_path, 3), release="r3")
        await desk.arrange("trees", {one: 0.75, two: 0.25}, shadow=shadow)
        for wish in ("champion", "champion", "canary"):
            await ask(desk, {"name": "oak"}, paceline_release=wish)
        await ask(desk, {"name": "oak" * 10})
        for _ in range(500):
            status, said = await ask(desk, b"", path="/products/trees", method="GET")
            if said["shadow"]["different"] == 3:
                break
            await asyncio.sleep(0.02)
        assert status == 200
        assert said["shadow"] == {"release": "r3", "same": 0, "different": 3, "failed": 0, "left_out": 0}
        assert [(each["share"], each["answered"], each["failed"]) for each in said["releases"]] == [
            (0.75, 2, 0),
            (0.25, 1, 0),
        ]
        assert said["canary"] == {"worse_in": ""}
        assert (await ask(desk, b"", path="/products/bushes", method="GET"))[0] == 404

    story(told)


def test_a_product_that_fails_does_not_touch_its_neighbours(tmp_path: Path) -> None:
    hanging = "import os, time\ndef size(name):\n    time.sleep(60) if name == 'oak' else os._exit(1)\n"

    async def told(desk: Desk) -> None:
        bushes = made.product(tmp_path / "b", source=hanging, product="bushes", examples=[], serve={"timeout_s": 1})
        await asyncio.gather(desk.serve(Served(bushes)), desk.serve(Served(version(tmp_path, 1))))
        hung = asyncio.create_task(ask(desk, {"name": "oak"}, path="/products/bushes/predict"))
        await asyncio.sleep(0)
        answers = await asyncio.gather(*(ask(desk, {"name": "oak"}) for _ in range(20)))
        assert answers == [(200, {"size": 1})] * 20
        assert (await hung)[0] == 503
        assert (await ask(desk, {"name": "elm"}, path="/products/bushes/predict"))[0] == 503
        assert await ask(desk, {"name": "oak"}) == (200, {"size": 1})

    story(told)


def test_an_unknown_product_is_named_with_its_neighbours() -> None:
    with pytest.raises(UnknownName):
        Desk().lanes("trees")


def test_openapi_holds_the_contracts_word_for_word(tmp_path: Path) -> None:
    product = made.product(tmp_path)
    document = openapi([product])
    operation = document["paths"]["/products/trees/predict"]["post"]
    schemas = document["components"]["schemas"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": f"{SCHEMAS}trees-request"}
    assert operation["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": f"{SCHEMAS}trees-response"
    }
    assert schemas["trees-request"] == product.request.schema
    assert schemas["trees-response"] == product.response.schema
    assert "/products/trees/explain" not in document["paths"]
    explained = openapi([made.product(tmp_path / "own", explain="own")])["paths"]
    assert {"/products/trees/batch", "/products/trees/explain", "/v2/models/trees/infer"} <= set(explained)


def test_openapi_leads_references_to_where_the_contract_stands(tmp_path: Path) -> None:
    request = {"type": "object", "properties": {"name": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "string"}}}
    schema = openapi([made.product(tmp_path, request=request)])["components"]["schemas"]["trees-request"]
    assert schema["properties"]["name"] == {"$ref": f"{SCHEMAS}trees-request/$defs/n"}
    assert schema["$defs"] == request["$defs"]
