"""Why an answer is as it is: exact where effects add up, drawn where they don't, the same at every call."""

from __future__ import annotations

import itertools
import math
import random
from pathlib import Path
from typing import Any

import pytest
from tests.unit import made_products as made
from tests.unit.test_predict import ask, story

from paceline.domain.errors import ProductInvalid, RequestRefused
from paceline.serve.function import Function
from paceline.serve.predict.lanes import Desk
from paceline.serve.predict.served import Served
from paceline.ship.explaining import Background, explained_by
from paceline.ship.product import Product, read_product

EXPLAIN = "/products/trees/explain"
ROWS = [(age, rain, sun) for age in (10, 20, 40) for rain in (1.0, 3.0) for sun in (0.0, 2.0, 5.0)]
TABLE = "age,rain,sun,kind\n" + "".join(f"{age},{rain},{sun},oak\n" for age, rain, sun in ROWS)
LINEAR = "def size(age, rain, sun=0.0, name=''):\n    return {'size': 3 + 0.5 * age - 2 * rain + sun}\n"
TANGLED = "def size(age, rain, sun=0.0, name=''):\n    return {'size': age * rain + math.sqrt(1 + sun)}\n"
REQUEST = {
    "type": "object", "additionalProperties": False, "required": ["age", "rain"],
    "properties": {
        "age": {"type": "number", "maximum": 100}, "rain": {"type": "number"}, "sun": {"type": "number"},
        "name": {"type": "string"},
    },
}  # fmt: skip
RESPONSE = {"type": "object", "properties": {"size": {"type": "number"}}, "additionalProperties": False}
ASKED = {"age": 30, "rain": 2.0, "sun": 3.0, "name": "oak"}


def product(folder: Path, *, explain: Any, source: str = LINEAR, **changes: Any) -> Product:
    sides = {"request": REQUEST, "response": RESPONSE, "examples": []}
    return made.product(folder, source="import math\n" + source, table=TABLE, explain=explain, **sides | changes)


def explained(asked: Any, made_product: Product, *, path: str = EXPLAIN) -> tuple[int, Any]:
    found: list[tuple[int, Any]] = []

    async def told(desk: Desk) -> None:
        await desk.serve(Served(made_product))
        found.extend([await ask(desk, asked, path=path) for _ in range(2)])

    story(told)
    assert found[0] == found[1]  # the same at every call
    return found[0]


def means() -> tuple[float, ...]:
    return tuple(sum(column) / len(ROWS) for column in zip(*ROWS, strict=True))


@pytest.mark.parametrize("explain", ["linear", {"method": "permutation", "rows": 100}])
@pytest.mark.parametrize("trusted", [True, False])
def test_a_linear_model_is_explained_exactly(tmp_path: Path, explain: Any, trusted: bool) -> None:
    status, told = explained(ASKED, product(tmp_path, explain=explain, serve={"trusted": trusted}))
    age, rain, sun = means()
    effects = {"age": 0.5 * (30 - age), "rain": -2 * (2 - rain), "sun": 3 - sun}
    assert status == 200
    assert {name: said["effect"] for name, said in told["fields"].items()} == pytest.approx(effects)
    assert all(said["error"] == pytest.approx(0, abs=1e-9) for said in told["fields"].values())
    assert (told["value"], told["base"]) == (17, pytest.approx(17 - sum(effects.values())))
    assert (told["fixed"], told["rows"], told["left_out"]) == (["name"], len(ROWS), 0)


def shapley(asked: dict[str, Any]) -> dict[str, float]:
    """By its definition: over every row, and every order."""

    def size(age: float, rain: float, sun: float) -> float:
        return age * rain + math.sqrt(1 + sun)

    found = dict.fromkeys(("age", "rain", "sun"), 0.0)
    orders = list(itertools.permutations(found))
    for row, order in itertools.product(ROWS, orders):
        here = dict(zip(found, row, strict=True))
        for name in order:
            before = size(**here)
            here[name] = asked[name]
            found[name] += (size(**here) - before) / len(ROWS) / len(orders)
    return found


def test_effects_that_hang_together_are_shared_as_shapley_has_it(tmp_path: Path) -> None:
    status, told = explained(ASKED, product(tmp_path, explain={"method": "permutation", "rows": 100}, source=TANGLED))
    assert status == 200
    effects = {name: said["effect"] for name, said in told["fields"].items()}
    assert math.fsum(effects.values()) == pytest.approx(told["value"] - told["base"])
    exact = shapley(ASKED)  # two fields that hang together, and an order and its reverse: no draw is left
    assert effects == pytest.approx(exact)
    assert told["fields"]["age"]["error"] > 0
    assert told["fields"]["sun"]["error"] == pytest.approx(0, abs=1e-9)


def test_linear_is_refused_where_effects_do_not_add_up(tmp_path: Path) -> None:
    status, problem = explained(ASKED | {"rain": 5.0}, product(tmp_path, explain="linear", source=TANGLED))
    assert (status, "permutation" in problem["detail"]) == (422, True)


def test_rows_that_can_not_be_asked_for_are_left_out_and_counted(tmp_path: Path) -> None:
    source = "def size(age, rain, sun=0.0, name=''):\n    return {'size': math.log(age - 15) * rain}\n"
    status, told = explained(ASKED, product(tmp_path, explain={"method": "permutation", "rows": 100}, source=source))
    assert status == 200
    assert (told["rows"], told["left_out"]) == (12, 6)  # those of age 10


def test_a_number_deep_in_the_answer_is_explained_by_its_pointer(tmp_path: Path) -> None:
    source = "def size(age, rain, sun=0.0, name=''):\n    return {'near': [{'far': age}]}\n"
    row = {"type": "object", "properties": {"far": {"type": "number"}}}
    deep = {"type": "object", "properties": {"near": {"type": "array", "items": row}}}
    explain = {"method": "linear", "output": "/near/0/far"}
    status, told = explained(ASKED, product(tmp_path / "a", explain=explain, source=source, response=deep))
    assert (status, told["value"], told["output"]) == (200, 30, "/near/0/far")
    nowhere = {"method": "linear", "output": "/near/1/far"}
    assert explained(ASKED, product(tmp_path / "b", explain=nowhere, source=source, response=deep))[0] == 422


def test_columns_of_another_name_and_of_other_types_serve_too(tmp_path: Path) -> None:
    table = "years,grown\n10,true\n20,false\n30,true\nmany,true\n,false\n"
    schema = {
        "type": "object", "additionalProperties": False,
        "properties": {"age": {"type": "integer"}, "grown": {"type": "boolean"}},
    }  # fmt: skip
    source = "def size(age, grown):\n    return {'size': age + 5 * grown}\n"
    explain = {"method": "permutation", "columns": {"age": "years"}}
    made_product = made.product(
        tmp_path, source=source, table=table, explain=explain, request=schema, response=RESPONSE, examples=[]
    )
    status, told = explained({"age": 40, "grown": False}, made_product)
    assert (status, told["rows"]) == (200, 3)  # rows with gaps are no rows to compare with
    assert told["fields"]["age"]["effect"] == pytest.approx(20)
    assert told["fields"]["grown"]["effect"] == pytest.approx(-10 / 3)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"request": {"type": "object", "properties": {"colour": {"type": "string"}}}}, "columns"),
        ({"response": {"type": "object", "properties": {"size": {"type": "string"}}}}, "output"),
        ({"data": None}, "explain"),
        ({"request": {"type": "object", "properties": {"kind": {"type": "string"}}}}, "explain"),
    ],
)
def test_what_can_not_be_explained_is_told_with_its_place(tmp_path: Path, changes: Any, place: str) -> None:
    folder = product(tmp_path, explain="linear", **{name: said for name, said in changes.items() if said}).folder
    if "data" in changes:
        (folder / "data" / "trees.csv").unlink()
    told = read_product(folder)
    with pytest.raises(ProductInvalid, match=place if "data" not in changes else "data"):
        explained_by(told)


def test_a_release_that_promises_what_its_data_can_not_hold_is_never_served(tmp_path: Path) -> None:
    lacking = product(tmp_path, explain={"method": "linear", "columns": {"age": "years", "rain": "mm", "sun": "h"}})

    async def told(desk: Desk) -> None:
        with pytest.raises(ProductInvalid, match="columns"):
            await desk.serve(Served(lacking))
        assert desk.names == ()

    story(told)


def test_one_explanation_costs_a_bounded_number_of_predictions(tmp_path: Path) -> None:
    names = [f"f{number}" for number in range(300)]
    drawn = random.Random(1)  # noqa: S311 - made data
    table = ",".join(names) + "\n" + "".join(",".join(str(drawn.random()) for _ in names) + "\n" for _ in range(30))
    schema = {"type": "object", "properties": {name: {"type": "number"} for name in names}}
    made_product = made.product(
        tmp_path, source="def size(**given):\n    return {'size': sum(given.values())}\n", table=table,
        explain="permutation", request=schema, response=RESPONSE, examples=[],
    )  # fmt: skip
    background = explained_by(made_product)
    assert isinstance(background, Background)
    steps, asked = background.steps(dict.fromkeys(names, 0.5)), 1
    request = next(steps)
    try:
        while True:
            request = steps.send({"size": sum(request.values())})
            asked += 1
    except StopIteration as done:
        rows = done.value["rows"]
    assert rows == 3
    assert 1500 < asked <= 2000


def test_only_what_product_yaml_promises_is_explained(tmp_path: Path) -> None:
    source = made.CODE + "\ndef explain(name):\n    return {'because': name}\n"
    told = made.product(tmp_path / "own", source=source, explain="own")
    assert explained({"name": "oak"}, told) == (200, {"because": "oak"})
    silent = made.product(tmp_path / "none", source=source)
    assert explained({"name": "oak"}, silent)[0] == 404
    lacking = made.product(tmp_path / "lacking", explain="own")
    assert explained({"name": "oak"}, lacking)[0] == 500


def test_a_function_explains_as_a_server_does(tmp_path: Path) -> None:
    made_product = product(tmp_path, explain="permutation", source=TANGLED)
    told = Function(made_product.folder).answer(ASKED, call="explain")
    assert explained(ASKED, made_product) == (200, told)
    with pytest.raises(RequestRefused):
        Function(made.write(tmp_path / "none")).answer({"name": "oak"}, call="explain")
