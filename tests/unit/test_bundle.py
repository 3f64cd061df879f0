from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import pickle
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer
from tests.unit import made_products as made

from paceline.domain.errors import BundleRefused, LineageMissing
from paceline.keep.blobs import open_blobs
from paceline.ship.bundle import digest, opened, pack, unpack
from paceline.ship.gates import Candidate, Outcome
from paceline.ship.gates.check import Checked
from paceline.ship.gates.mistakes import mistakes
from paceline.ship.lineage import Lineage, lineage
from paceline.ship.papers import bill_of_materials, model_card
from paceline.ship.product import Product, read_product
from paceline.ship.safety import danger

ORIGIN = Lineage(data={"trees.csv": "0" * 64}, commit="1" * 40, lock="2" * 64, language="Python 3.11.7")


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run([shutil.which("git") or "git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def committed(folder: Path) -> Product:
    made.write(folder)
    (folder / ".gitignore").write_text("data/\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "A product")
    return read_product(folder)


def tables(product: Product) -> tuple[Path, ...]:
    return tuple(product.folder / "data" / pointer.table for pointer in product.data)


def repacked(bundle: bytes, changes: dict[str, bytes | None]) -> bytes:
    """A bundle with some files changed, added or (None) taken out."""
    with tarfile.open(fileobj=io.BytesIO(bundle), mode="r:") as reading:
        files = {entry.name: reading.extractfile(entry).read() for entry in reading}  # type: ignore[union-attr]
    files |= {name: content for name, content in changes.items() if content is not None}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:") as writing:
        for name, content in files.items():
            if changes.get(name, b"") is not None:
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                writing.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def test_lineage_is_data_commit_and_lock(tmp_path: Path) -> None:
    product = committed(tmp_path)
    found = lineage(product)
    assert found.data == {"trees.csv": product.data[0].sha256}
    assert len(found.commit) == 40
    assert found.language.startswith("Python 3.")


def test_without_a_part_of_its_lineage_there_is_no_release(tmp_path: Path) -> None:
    product = committed(tmp_path / "a")
    (tmp_path / "a" / "trees.py").write_text("changed")
    with pytest.raises(LineageMissing, match=r"a commit that holds trees\.py"):
        lineage(product)
    with pytest.raises(LineageMissing, match="the code's commit"):
        lineage(made.product(tmp_path / "b"))
    (tmp_path / "out").mkdir()
    git(tmp_path / "out", "init", "-q")
    (tmp_path / "out" / ".gitignore").write_text("b/\n")
    git(tmp_path / "out", "add", "-A")
    git(tmp_path / "out", "commit", "-q", "-m", "All but the product")
    with pytest.raises(LineageMissing, match=r"a commit that holds product\.yaml"):
        lineage(made.product(tmp_path / "out" / "b"))
    product = committed(tmp_path / "c")
    (tmp_path / "c" / "locks" / "production.lock").unlink()
    git(tmp_path / "c", "commit", "-q", "-a", "-m", "No lock")
    with pytest.raises(LineageMissing, match="the environment's lock"):
        lineage(product)
    product = committed(tmp_path / "d")
    text = {name: value for name, value in product.text.items() if name != "data"}
    with pytest.raises(LineageMissing, match="the data's version"):
        lineage(Product(*(getattr(product, name) if name != "text" else text for name in Product.__slots__)))


def test_the_same_files_make_the_same_bundle_wherever_they_lie(tmp_path: Path) -> None:
    one, two = (made.product(tmp_path / name) for name in ("one", "two"))
    (tmp_path / "two" / "__pycache__").mkdir()
    (tmp_path / "two" / "__pycache__" / "x.pyc").write_bytes(b"cache")
    assert pack(one, tables(one), ORIGIN) == pack(two, tables(two), ORIGIN)


def test_a_bundle_comes_out_as_it_went_in(tmp_path: Path) -> None:
    product = made.product(tmp_path / "p")
    bundle = pack(product, tables(product), ORIGIN)
    manifest = unpack(bundle, tmp_path / "out", sha256=digest(bundle))
    assert manifest.lineage == ORIGIN
    again = read_product(tmp_path / "out")
    assert pack(again, tables(again), ORIGIN) == bundle


def test_what_version_control_ignores_is_not_released_but_the_model_is(tmp_path: Path) -> None:
    folder = made.write(tmp_path / "p", model={"file": "model/trees.txt"})
    (folder / "model").mkdir()
    (folder / "model" / "trees.txt").write_text("grown")
    (folder / ".env").write_text("SECRET=1")
    (folder / ".gitignore").write_text("data/\nmodel/\n.env\n")
    git(folder, "init", "-q")
    product = read_product(folder)
    bundle = pack(product, tables(product), ORIGIN)
    unpack(bundle, tmp_path / "out", sha256=digest(bundle))
    there = {path.name for path in (tmp_path / "out").rglob("*")}
    assert {"trees.txt", "trees.csv", "trees.py"} <= there
    assert ".env" not in there


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("model.txt", "poisoned", "model.txt was changed"),
        ("trees.py", None, "trees.py was taken"),
        ("json.py", "", "json.py was added"),
    ],
)
def test_what_was_changed_where_it_is_laid_out_is_refused(
    tmp_path: Path, file: str, content: str | None, why: str
) -> None:
    folder = made.write(tmp_path / "p", model={"file": "model.txt"})
    (folder / "model.txt").write_text("grown")
    product = read_product(folder)
    blobs = open_blobs(str(tmp_path / "blobs"))
    sha256 = blobs.put(pack(product, tables(product), ORIGIN))
    place = opened(blobs, sha256, tmp_path / "served")
    (place / "__pycache__").mkdir()
    (place / "__pycache__" / "trees.pyc").write_bytes(b"")
    assert opened(blobs, sha256, tmp_path / "served") == place
    if content is None:
        (place / file).unlink()
    else:
        (place / file).write_text(content)
    with pytest.raises(BundleRefused, match=why):
        opened(blobs, sha256, tmp_path / "served")


def test_a_changed_byte_is_seen(tmp_path: Path) -> None:
    product = made.product(tmp_path)
    bundle = pack(product, tables(product), ORIGIN)
    with pytest.raises(BundleRefused, match="have changed"):
        unpack(bundle[:-1] + b"\1", tmp_path / "out", sha256=digest(bundle))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"trees.py": b"import os"}, "not what the manifest says"),
        ({"more.py": b""}, "only one of"),
        ({"trees.py": None}, "only one of"),
        ({"../outside.py": b""}, "no plain file below it"),
        ({"/outside.py": b""}, "no plain file below it"),
        ({"manifest.json": b"{}"}, "lineage is missing"),
        ({"manifest.json": None}, "manifest can't be read"),
    ],
)
def test_a_tampered_bundle_is_refused(tmp_path: Path, changes: dict[str, bytes | None], why: str) -> None:
    product = made.product(tmp_path / "p")
    bundle = repacked(pack(product, tables(product), ORIGIN), changes)
    with pytest.raises(BundleRefused, match=why):
        unpack(bundle, tmp_path / "out", sha256=digest(bundle))
    assert not (tmp_path / "out").exists()


def test_a_manifest_without_one_part_of_the_lineage_is_refused(tmp_path: Path) -> None:
    product = made.product(tmp_path / "p")
    bundle = pack(product, tables(product), ORIGIN)
    with tarfile.open(fileobj=io.BytesIO(bundle), mode="r:") as reading:
        manifest = json.loads(reading.extractfile("manifest.json").read())  # type: ignore[union-attr]
    for part in ("data", "commit", "lock"):
        lineage_left = {name: value for name, value in manifest["lineage"].items() if name != part}
        changed = repacked(bundle, {"manifest.json": json.dumps(manifest | {"lineage": lineage_left}).encode()})
        with pytest.raises(BundleRefused, match="lineage is missing"):
            unpack(changed, tmp_path / "out", sha256=digest(changed))


def test_pickles_and_links_are_never_packed(tmp_path: Path) -> None:
    product = made.product(tmp_path)
    (tmp_path / "model.pkl").write_bytes(b"")
    with pytest.raises(BundleRefused, match="runs code when it is loaded"):
        pack(product, tables(product), ORIGIN)
    (tmp_path / "model.pkl").unlink()
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(BundleRefused, match="a link"):
        pack(product, tables(product), ORIGIN)


def archived(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def objects() -> bytes:
    out = io.BytesIO()
    np.save(out, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("model.bin", pickle.dumps({"a": 1}), "is a pickle"),
        ("model.npy", objects(), "array of objects"),
        ("model.npz", archived(a_npy=objects()), "array of objects"),
        ("model.pt", archived(data_pkl=b""), "data.pkl, which runs code"),
        ("model.npz", b"PK\x03\x04 cut", "can't be looked into"),
        ("model.skops", archived(a_txt=b""), "is no skops file"),
    ],
    ids=["renamed", "array", "arrays", "archive", "cut", "no skops"],
)
def test_a_pickle_by_any_name_is_neither_packed_nor_taken(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    product = made.product(tmp_path / "p")
    sound = pack(product, tables(product), ORIGIN)
    (tmp_path / "p" / name).write_bytes(content)
    with pytest.raises(BundleRefused, match=why):
        pack(product, tables(product), ORIGIN)
    assert [why in outcome.said for outcome in mistakes(Candidate(product, ())) if outcome.state == "failed"] == [True]
    with tarfile.open(fileobj=io.BytesIO(sound), mode="r:") as reading:
        manifest = json.loads(reading.extractfile("manifest.json").read())  # type: ignore[union-attr]
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    forged = repacked(sound, {name: content, "manifest.json": json.dumps(manifest).encode()})
    with pytest.raises(BundleRefused, match=why):
        unpack(forged, tmp_path / "out", sha256=digest(forged))


def test_types_in_a_model_are_allowed_by_the_server_and_not_by_the_model() -> None:
    neighbours = KNeighborsClassifier(n_neighbors=1, algorithm="kd_tree").fit([[0.0], [1.0]], [0, 1])
    assert danger("model.skops", skops.io.dumps(neighbours)) is None
    assert "nobody has allowed" in str(danger("model.skops", skops.io.dumps(FunctionTransformer(os.getcwd))))


def test_plain_arrays_are_taken(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.arange(3), names=np.array(["x", "y"]))
    assert danger("a.npz", (tmp_path / "a.npz").read_bytes()) is None


@pytest.mark.parametrize("content", [b"", b"no tar", gzip.compress(b"no tar")], ids=["empty", "text", "gzip"])
def test_what_is_no_bundle_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BundleRefused):
        unpack(content, tmp_path / "out", sha256=digest(content))


def test_papers_tell_people_and_machines(tmp_path: Path) -> None:
    folder = made.write(tmp_path / "p", model={"file": "model.txt"})
    (folder / "model.txt").write_text("grown")
    product = read_product(folder)
    bundle = pack(product, tables(product), ORIGIN)
    manifest = unpack(bundle, tmp_path / "out", sha256=digest(bundle))
    checked = Checked("trees", (Outcome("unit", "passed", "3 unit tests passed."),), ())
    card = model_card(product, manifest, checked, release="1")
    assert "| unit | passed | 3 unit tests passed. |" in card
    assert "commit: '1111" in card
    bill = json.loads(bill_of_materials(product, manifest, release="1"))
    assert bill["specVersion"] == "1.6"
    assert bill["components"][0]["purl"] == "pkg:pypi/numpy@2.4.6"
    assert bill["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "0" * 64}]
    assert bill["components"][1] == {
        "type": "data", "name": "trees.csv", "hashes": [{"alg": "SHA-256", "content": "0" * 64}]
    }  # fmt: skip
    assert bill["components"][2] == {
        "type": "machine-learning-model", "name": "model.txt",
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(b"grown").hexdigest()}],
    }  # fmt: skip
