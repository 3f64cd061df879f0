from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.unit import made_products as made

from paceline.domain.errors import ProductInvalid, ProgramFailed
from paceline.ship.product import Product, read_product
from paceline.ship.training import trained

TRAIN = (
    made.CODE
    + """

def train():
    with open("model.txt", "a") as model:
        model.write("trained ")

def nothing():
    pass

def breaks():
    raise ValueError("no trees")
"""
)


def product(folder: Path, train: str = "trees.py:train", **model: Any) -> Product:
    return read_product(
        made.write(folder / "trees", source=TRAIN, model={"file": "model.txt", "train": train, **model})
    )


def test_a_model_that_is_missing_is_trained_once(tmp_path: Path) -> None:
    wanted = product(tmp_path)
    assert [trained(wanted), trained(wanted)] == [(wanted.folder / "model.txt").resolve()] * 2
    assert (wanted.folder / "model.txt").read_text() == "trained "


def test_new_data_makes_a_new_model(tmp_path: Path) -> None:
    wanted = product(tmp_path)
    trained(wanted)
    file = wanted.folder / "product.yaml"
    file.write_text(file.read_text().replace(wanted.data[0].sha256, "a" * 64))
    trained(read_product(wanted.folder))
    assert (wanted.folder / "model.txt").read_text() == "trained trained "


@pytest.mark.parametrize("changed", ["trees.py", "locks/development.lock", "model.txt", "model.txt.origin.json"])
def test_a_model_that_other_code_made_or_that_was_changed_is_trained_anew(tmp_path: Path, changed: str) -> None:
    wanted = product(tmp_path)
    trained(wanted)
    with (wanted.folder / changed).open("a") as file:
        file.write("#")
    trained(wanted)
    assert (wanted.folder / "model.txt").read_text().count("trained") == 2


def test_a_product_without_a_model_has_none(tmp_path: Path) -> None:
    assert trained(made.product(tmp_path / "trees")) is None


def test_a_model_that_nothing_trains_has_to_be_there(tmp_path: Path) -> None:
    wanted = read_product(made.write(tmp_path / "trees", model={"file": "model.txt"}))
    with pytest.raises(ProductInvalid, match=r"model\.file: expected a file, or a train"):
        trained(wanted)
    (wanted.folder / "model.txt").write_text("by hand")
    assert trained(wanted) == (wanted.folder / "model.txt").resolve()


def test_a_model_that_is_not_what_its_checksum_says_is_refused(tmp_path: Path) -> None:
    right = hashlib.sha256(b"trained ").hexdigest()
    assert trained(product(tmp_path / "right", sha256=right)) is not None
    with pytest.raises(ProductInvalid, match=r"model\.sha256"):
        trained(product(tmp_path / "wrong", sha256="0" * 64))


def test_training_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match=r"trees, trees.py:breaks: ValueError: no trees\. Run it by hand"):
        trained(product(tmp_path, train="trees.py:breaks"))


def test_training_that_leaves_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProductInvalid, match="no such file"):
        trained(product(tmp_path, train="trees.py:nothing"))


@pytest.mark.parametrize("train", ["trees.py", "trees.R:train", "../trees.py:train", "trees.py:not a name"])
def test_what_can_train_is_a_function_beside_the_product(tmp_path: Path, train: str) -> None:
    with pytest.raises(ProductInvalid, match=r"model\.train"):
        trained(product(tmp_path, train=train))


def test_a_model_outside_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProductInvalid, match=r"model\.file: expected a file in the product's folder"):
        trained(product(tmp_path, file="../model.txt"))
