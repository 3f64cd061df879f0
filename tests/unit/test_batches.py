"""Several requests at once: sent together by one caller, or brought together from many."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit import made_products as made
from tests.unit.test_predict import ask, story

from paceline.serve.function import Function
from paceline.serve.predict.lanes import Desk
from paceline.serve.predict.served import BATCH, Served

BATCH_OF = "/products/trees/batch"
TOGETHER = """
import os

def size(requests):
    if any(one["name"] == "crash" for one in requests):
        os._exit(1)
    if any(one["name"] == "raise" for one in requests):
        raise ValueError
    if any(one["name"] == "fewer" for one in requests):
        return []
    return [{"size": len(requests) + 0.5 * (one["name"] == "elm")} for one in requests]
"""


@pytest.mark.parametrize("serve", [{}, {"trusted": True}, {"workers": 2}])
def test_a_batch_is_answered_in_its_order(tmp_path: Path, serve: dict[str, Any]) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(Served(made.product(tmp_path, serve=serve)))
        asked = [{"name": name} for name in ("oak", "ash", "elm") * 7]
        assert await ask(desk, asked, path=BATCH_OF) == (200, [{"size": 3.5}, {"size": 1.5}, {"size": 2.5}] * 7)

    story(told)


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ([{"name": "oak"}, {"name": 5}], 422, "#/1/name"),
        ([{"name": "oak"}, 5], 422, "#/1"),
        ([], 422, "#"),
        ([{"name": "oak"}] * (BATCH + 1), 422, "#"),
        ({"name": "oak"}, 422, "#"),
    ],
)
def test_a_batch_with_a_broken_request_names_it_and_asks_nothing(
    tmp_path: Path, asked: Any, status: int, field: str
) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(Served(made.product(tmp_path)))
        got, problem = await ask(desk, asked, path=BATCH_OF)
        assert (got, problem["errors"][0]["field"]) == (status, field)
        assert desk.lanes("trees").champion.tally.answered == 0

    story(told)


def test_a_batch_with_an_answer_that_fails_says_which(tmp_path: Path) -> None:
    source = made.CODE.replace('return {"size": SIZES[name]}', 'return {"size": SIZES[name] if name else -1}')

    async def told(desk: Desk) -> None:
        await desk.serve(Served(made.product(tmp_path, source=source)))
        status, problem = await ask(desk, [{"name": "oak"}, {"name": "no such tree"}], path=BATCH_OF)
        assert (status, problem["type"]) == (500, "/problems/product-failed")
        assert "request 1" in problem["detail"]
        assert "no such tree" not in json.dumps(problem)
        status, problem = await ask(desk, [{"name": "oak"}, {"name": ""}], path=BATCH_OF)
        assert (status, problem["errors"][0]["field"]) == (500, "#/1/size")

    story(told)


def test_a_batch_of_an_unknown_product_is_not_found() -> None:
    async def told(desk: Desk) -> None:
        assert (await ask(desk, b"{", path=BATCH_OF))[0] == 404

    story(told)


def brought(folder: Path, **serve: Any) -> Served:
    batch = {"size": 4, "wait_ms": 1000}
    return Served(made.product(folder, source=TOGETHER, examples=[], serve={"batch": batch, **serve}))


@pytest.mark.parametrize("serve", [{}, {"trusted": True}])
def test_requests_that_come_together_are_answered_by_one_call(tmp_path: Path, serve: dict[str, Any]) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(brought(tmp_path, **serve))
        answers = await asyncio.gather(*(ask(desk, {"name": name}) for name in ("oak", "elm", "ash", "elm")))
        assert answers == [(200, {"size": 4}), (200, {"size": 4.5}), (200, {"size": 4}), (200, {"size": 4.5})]
        assert await ask(desk, [{"name": "oak"}] * 8, path=BATCH_OF) == (200, [{"size": 4}] * 8)

    story(told)


def test_a_request_without_company_waits_no_longer_than_it_is_told(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(brought(tmp_path, batch={"size": 4, "wait_ms": 20}))
        assert await ask(desk, {"name": "oak"}) == (200, {"size": 1})

    story(told)


@pytest.mark.parametrize(("fault", "status"), [("raise", 500), ("crash", 503), ("fewer", 500)])
def test_a_request_that_fails_hurts_none_of_its_company(tmp_path: Path, fault: str, status: int) -> None:
    async def told(desk: Desk) -> None:
        await desk.serve(brought(tmp_path))
        answers = await asyncio.gather(*(ask(desk, {"name": name}) for name in ("oak", fault, "ash", "elm")))
        assert [one[0] for one in answers] == [200, status, 200, 200]
        assert answers[3][1] == {"size": 1.5}  # asked again by itself

    story(told)


def test_who_waits_for_company_when_a_release_stops_is_answered_first(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        served = brought(tmp_path, batch={"size": 4, "wait_ms": 50})
        await desk.serve(served)
        waiting = asyncio.create_task(ask(desk, {"name": "oak"}))
        await asyncio.sleep(0)
        await served.stop()
        assert await waiting == (200, {"size": 1})

    story(told)


@pytest.mark.parametrize("trusted", [True, False])
def test_what_no_json_holds_is_no_answer(tmp_path: Path, trusted: bool) -> None:
    source = """
def size(name):
    deep = []
    for _ in range(5000):
        deep = [deep]
    return {"half": {"size": 1, "name": chr(0xD800)}, "deep": {"size": deep}, "nan": {"size": float("nan")}}[name]
"""

    async def told(desk: Desk) -> None:
        loose = {"type": "object", "properties": {"size": {"type": ["number", "array"]}}}
        await desk.serve(
            Served(made.product(tmp_path, source=source, response=loose, examples=[], serve={"trusted": trusted}))
        )
        for name in ("half", "deep", "nan"):
            status, problem = await ask(desk, {"name": name})
            assert status in (500, 503), name
            assert problem["status"] == status
        assert (await ask(desk, b"[" * 100_000))[0] == 400

    story(told)


def test_a_function_gives_lists_to_code_that_takes_lists(tmp_path: Path) -> None:
    folder = made.write(tmp_path / "p", source=TOGETHER, serve={"batch": {"size": 4}})
    assert Function(folder).answer({"name": "elm"}) == {"size": 1.5}
