from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit import made_products as made
from tests.unit.test_bundle import committed, git, tables

from paceline.domain.errors import LineageMissing, NoRelease, ReleaseStopped
from paceline.keep.blobs import Blobs, open_blobs
from paceline.keep.journal import Journal
from paceline.ship.bundle import unpack
from paceline.ship.gates import Outcome
from paceline.ship.gates.check import Checked
from paceline.ship.product import read_product
from paceline.ship.releases import Frozen, promote, release, rollback, shadow

PASSED = Checked("trees", (Outcome("unit", "passed", "Fine."),), ())


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(str(tmp_path / "journal.sqlite"), organisation="home") as opened:
        yield opened


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(str(tmp_path / "blobs"))


def released(folder: Path, journal: Journal, blobs: Blobs, *, number: int = 1) -> Frozen:
    if not folder.exists():
        committed(folder)
    (folder / "trees.py").write_text(made.CODE + f"\nNUMBER = {number}\n")
    git(folder, "commit", "-q", "-a", "--allow-empty", "-m", f"Version {number}")
    product = read_product(folder)
    return release(product, tables(product), PASSED, journal=journal, blobs=blobs, by="owner")


def test_a_release_is_kept_by_its_content_with_its_origin(tmp_path: Path, journal: Journal, blobs: Blobs) -> None:
    frozen = released(tmp_path / "p", journal, blobs)
    known = journal.product("trees").releases[frozen.name]
    assert (known.bundle, known.commit, known.lock) == (frozen.bundle, frozen.lineage.commit, frozen.lineage.lock)
    assert known.data == frozen.lineage.data
    manifest = unpack(blobs.get(known.bundle), tmp_path / "out", sha256=known.bundle)
    assert manifest.lineage == frozen.lineage


def test_the_same_release_twice_is_one(tmp_path: Path, journal: Journal, blobs: Blobs) -> None:
    product = committed(tmp_path / "p")
    made_of = [release(product, tables(product), PASSED, journal=journal, blobs=blobs, by="owner") for _ in range(2)]
    assert [frozen.new for frozen in made_of] == [True, False]
    assert len(journal.product("trees").releases) == 1


def test_a_failed_gate_or_a_missing_commit_stops_it(tmp_path: Path, journal: Journal, blobs: Blobs) -> None:
    product = committed(tmp_path / "p")
    stopped = Checked("trees", (Outcome("unit", "failed", "1 of 3 failed."),), ())
    with pytest.raises(ReleaseStopped, match="unit"):
        release(product, tables(product), stopped, journal=journal, blobs=blobs, by="owner")
    unasked = Checked("trees", (), ("metrics",))
    with pytest.raises(ReleaseStopped, match="metrics"):
        release(product, tables(product), unasked, journal=journal, blobs=blobs, by="owner")
    (tmp_path / "p" / "trees.py").write_text("# changed\n")
    with pytest.raises(LineageMissing):
        release(product, tables(product), PASSED, journal=journal, blobs=blobs, by="owner")
    assert not journal.product("trees").releases
    assert not list(blobs.all())


def test_canary_promotion_and_rollback_are_facts(tmp_path: Path, journal: Journal, blobs: Blobs) -> None:
    one, two = (released(tmp_path / "p", journal, blobs, number=number).name for number in (1, 2))
    with pytest.raises(NoRelease, match="champion"):
        promote(journal, "trees", release=one, share=0.1, reason="a try", by="owner")
    promote(journal, "trees", release=one, reason="the first", by="owner")
    promote(journal, "trees", release=two[:5], share=0.1, reason="a canary", by="owner")
    assert journal.product("trees").shares == pytest.approx({one: 0.9, two: 0.1})
    assert rollback(journal, "trees", reason="errors", by="watch") == one
    assert journal.product("trees").shares == {one: 1.0}
    promote(journal, "trees", release=two, reason="mended", by="owner")
    assert rollback(journal, "trees", reason="slow", by="owner") == one
    assert journal.product("trees").shares == {one: 1.0}


def test_there_is_nothing_to_go_back_to_before_the_second_release(
    tmp_path: Path, journal: Journal, blobs: Blobs
) -> None:
    one = released(tmp_path / "p", journal, blobs).name
    promote(journal, "trees", release=one, reason="the first", by="owner")
    with pytest.raises(NoRelease, match="No other release"):
        rollback(journal, "trees", reason="errors", by="owner")
    with pytest.raises(NoRelease, match="There are"):
        rollback(journal, "trees", release="zzz", reason="errors", by="owner")


def test_a_shadow_changes_no_share(tmp_path: Path, journal: Journal, blobs: Blobs) -> None:
    one, two = (released(tmp_path / "p", journal, blobs, number=number).name for number in (1, 2))
    promote(journal, "trees", release=one, reason="the first", by="owner")
    shadow(journal, "trees", release=two, reason="compare", by="owner")
    known = journal.product("trees")
    assert (known.shares, known.shadow) == ({one: 1.0}, two)
    shadow(journal, "trees", release="", reason="enough", by="owner")
    assert journal.product("trees").shadow == ""
