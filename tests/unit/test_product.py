from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit import made_products as made

from paceline.domain.errors import ContractBroken, DataMissing, FileUnreadable, ProductInvalid
from paceline.ship.contract import Contract
from paceline.ship.data import bring
from paceline.ship.product import read_product


def test_a_product_says_what_it_takes_and_gives(tmp_path: Path) -> None:
    product = made.product(tmp_path, serve={"workers": 2, "batch": {"size": 8}})
    assert (product.name, str(product.code), product.code.language) == ("trees", "trees.py:size", "python")
    assert (product.limits.workers, product.limits.batch, product.limits.trusted) == (2, (8, 0.002), False)
    product.request.check({"name": "ash"})


def test_a_folder_without_a_product_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"product\.yaml: No such file"):
        read_product(tmp_path)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"product": "Whisky Five"}, "product"),
        ({"about": ""}, "about"),
        ({"serve": {"workers": 0}}, "serve.workers"),
        ({"gates": {"data": [{}]}}, "gates.data.0"),
        ({"unheard": 1}, "the file"),
        ({"code": "trees.txt"}, "code"),
        ({"code": "../outside.py:size"}, "code"),
        ({"code": "absent.py:size"}, "code"),
        ({"language": "r", "code": "trees.R:size"}, "code"),
        ({"request": {"type": "objekt"}}, "request/type"),
    ],
)
def test_what_a_product_can_not_be_is_told_with_its_place(tmp_path: Path, changes: dict[str, Any], place: str) -> None:
    with pytest.raises(ProductInvalid) as error:
        made.product(tmp_path, **changes)
    assert error.value.place == place


def test_only_python_may_be_trusted(tmp_path: Path) -> None:
    (tmp_path / "size.R").write_text("size <- function(name) list(size = 1)")
    (tmp_path / "product.yaml").write_text(
        "product: a\nabout: b\ncode: size.R:size\nlanguage: r\nserve: {trusted: true}\n"
        "request: {type: object}\nresponse: {type: object}\n"
    )
    with pytest.raises(ProductInvalid, match=r"serve\.trusted"):
        read_product(tmp_path)


@pytest.mark.parametrize(("content", "place"), [("a: [", "line 1"), ("- 1\n", "the file"), ("a: \t b", "line")])
def test_what_is_no_yaml_is_told_by_line(tmp_path: Path, content: str, place: str) -> None:
    (tmp_path / "product.yaml").write_text(content)
    with pytest.raises(ProductInvalid) as error:
        read_product(tmp_path)
    assert place in str(error.value)


def test_yaml_that_would_run_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "product.yaml").write_text("product: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(ProductInvalid, match="constructor"):
        read_product(tmp_path)


def test_a_contract_names_every_place_and_no_value() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "n": {"minimum": 1}}, "required": ["when"]}
    with pytest.raises(ContractBroken) as error:
        Contract(schema, side="request", file="x").check({"name": 4711, "n": -4712})
    assert {fault.pointer for fault in error.value.faults} == {"/name", "/n", "/"}
    assert "4711" not in str(error.value)
    assert "4712" not in str(error.value)


def test_not_a_number_is_no_number() -> None:
    with pytest.raises(ContractBroken):
        Contract({"type": "number"}, side="response", file="x").check(float("nan"))


def test_a_schema_that_refers_to_another_place_is_refused() -> None:
    with pytest.raises(ProductInvalid, match="JSON Schema"):
        Contract({"$ref": "https://example.org/other.json"}, side="request", file="x")


def test_data_is_taken_from_the_shared_folder_and_checked(tmp_path: Path) -> None:
    folder = made.write(tmp_path / "p")
    content = (folder / "data" / "trees.csv").read_bytes()
    (folder / "data" / "trees.csv").unlink()
    said = (
        (folder / "product.yaml").read_text().replace("table: trees.csv", "table: trees.csv\n  from: [wood/trees.csv]")
    )
    (folder / "product.yaml").write_text(said)
    product = read_product(folder)
    with pytest.raises(DataMissing, match="PACELINE_DATA is not set"):
        bring(product, shared=None)
    (tmp_path / "wood").mkdir()
    (tmp_path / "wood" / "trees.csv").write_bytes(content)
    (path,) = bring(product, shared=tmp_path)
    assert path.read_bytes() == content


def test_data_of_another_content_is_refused(tmp_path: Path) -> None:
    product = made.product(tmp_path)
    (tmp_path / "data" / "trees.csv").write_text("changed")
    with pytest.raises(DataMissing, match="its checksum is"):
        bring(product, shared=None)


def test_only_secure_addresses_are_asked(tmp_path: Path) -> None:
    folder = made.write(tmp_path)
    (folder / "data" / "trees.csv").unlink()
    said = (
        (folder / "product.yaml")
        .read_text()
        .replace("table: trees.csv", "table: trees.csv\n  from: file:///etc/passwd")
    )
    (folder / "product.yaml").write_text(said)
    with pytest.raises(DataMissing, match="only https"):
        bring(read_product(folder), shared=tmp_path)
