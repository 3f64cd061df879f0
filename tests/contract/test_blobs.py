"""What every place for blobs promises, run on each of them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import count

import pytest
from tests.contract import s3

from paceline.domain.errors import BlobDamaged, BlobMissing, PacelineError, StoreUnavailable
from paceline.keep.blobs import open_blobs, shelf

RIDE = b"bytes of a ride\x00\xff" * 1000
SHA256 = hashlib.sha256(RIDE).hexdigest()
_names = count()


class Folder:
    """A folder, and what happens to its files behind its back."""

    def __init__(self, folder):
        self.root, self.place = folder, str(folder / "blobs")

    def overwrite(self, sha256, content):
        (self.root / "blobs" / shelf(sha256)).chmod(0o600)
        (self.root / "blobs" / shelf(sha256)).write_bytes(content)


class Objects:
    """An object store by URL, in memory or as a folder."""

    def __init__(self, place, options=None):
        self.place, self.options = place, options

    def overwrite(self, sha256, content):
        import obstore

        from paceline.keep.objects import object_store

        obstore.put(object_store(self.place, options=self.options), shelf(sha256), content)


@pytest.fixture(params=["folder", "objects in memory", "objects in a folder", *(["s3"] if s3.ENDPOINT else [])])
def kept(request, tmp_path):
    if request.param == "folder":
        return Folder(tmp_path)
    if request.param == "objects in memory":
        return Objects(f"memory://{next(_names)}")
    if request.param == "s3":
        return Objects(s3.bucket(), s3.OPTIONS)
    (tmp_path / "objects").mkdir()
    return Objects(f"file://{tmp_path / 'objects'}")


@pytest.fixture
def blobs(kept):
    return open_blobs(kept.place, options=getattr(kept, "options", None))


def test_what_was_put_comes_back_by_its_hash(blobs):
    assert blobs.put(RIDE) == SHA256
    assert blobs.get(SHA256) == RIDE


def test_an_empty_file_is_a_blob_too(blobs):
    assert blobs.get(blobs.put(b"")) == b""


def test_putting_the_same_again_adds_nothing(blobs):
    blobs.put(RIDE)
    blobs.put(RIDE)
    assert list(blobs.all()) == [SHA256]


def test_everything_kept_is_listed(blobs):
    kept = {blobs.put(bytes([number]) * number) for number in range(1, 40)}
    assert set(blobs.all()) == kept


def test_an_empty_place_lists_nothing(blobs):
    assert list(blobs.all()) == []
    assert not blobs.has(SHA256)


def test_what_was_never_put_is_missing(blobs):
    with pytest.raises(BlobMissing, match=SHA256[:12]):
        blobs.get(SHA256)


@pytest.mark.parametrize("changed", [RIDE[:-1], RIDE + b"x", b"X" + RIDE[1:]])
def test_what_was_changed_behind_its_back_is_refused_and_found(kept, blobs, changed):
    blobs.put(RIDE)
    kept.overwrite(SHA256, changed)
    with pytest.raises(BlobDamaged):
        blobs.get(SHA256)
    (fault,) = blobs.verify()
    assert SHA256[:12] in fault


def test_a_blob_that_was_cut_short_is_mended_by_putting_it_again(kept, blobs):
    blobs.put(RIDE)
    kept.overwrite(SHA256, RIDE[:10])
    blobs.put(RIDE)
    assert blobs.get(SHA256) == RIDE
    assert list(blobs.verify()) == []


def test_what_was_removed_is_gone_and_removing_it_again_is_no_error(blobs):
    blobs.put(RIDE)
    blobs.remove(SHA256)
    blobs.remove(SHA256)
    assert not blobs.has(SHA256)
    assert list(blobs.all()) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "ab" * 31])
def test_a_name_that_is_no_hash_is_never_looked_up(blobs, name):
    for ask in (blobs.get, blobs.has, blobs.remove):
        with pytest.raises(ValueError, match="64 hexadecimal"):
            ask(name)


def test_a_kind_of_place_nobody_knows_is_refused():
    with pytest.raises(StoreUnavailable, match="ftp"):
        open_blobs("ftp://somewhere/else")


def test_several_processes_may_put_the_same_at_once(tmp_path):
    place = str(tmp_path / "blobs")
    code = f"from paceline.keep.blobs import open_blobs; open_blobs({place!r}).put(b'ride' * 100_000)"
    writers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    blobs = open_blobs(place)
    assert [blobs.get(kept) for kept in blobs.all()] == [b"ride" * 100_000]


def test_a_blob_is_its_owners_to_read_alone(tmp_path):
    blobs = open_blobs(str(tmp_path / "blobs"))
    blobs.put(RIDE)
    path = tmp_path / "blobs" / shelf(SHA256)
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_was_still_being_written_is_no_blob(tmp_path):
    blobs = open_blobs(str(tmp_path / "blobs"))
    blobs.put(RIDE)
    (tmp_path / "blobs" / shelf(SHA256)).with_name(".unfinished-abc").write_bytes(b"half")
    assert list(blobs.all()) == [SHA256]
    assert list(blobs.verify()) == []


def test_a_place_that_is_a_file_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "blobs").write_text("a file")
    with pytest.raises(StoreUnavailable) as refused:
        open_blobs(str(tmp_path / "blobs")).put(RIDE)
    assert isinstance(refused.value, PacelineError)


def test_a_full_disk_keeps_nothing_half(tmp_path, monkeypatch):
    """The disk is /dev/full's: writing fails as on a full one, after the file was made."""
    blobs = open_blobs(str(tmp_path / "blobs"))
    blobs.put(b"before")

    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        blobs.put(RIDE)
    monkeypatch.undo()
    assert len(list(blobs.all())) == 1
    assert list(tmp_path.rglob(".unfinished-*")) == []
