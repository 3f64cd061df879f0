"""A release as one file: the product's folder and its data, named by their content, checked whenever they are opened.

The same files make the same bytes, so the same release twice is one release. There is no pickle in a bundle, and none
is taken from one.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from paceline.domain.errors import BundleRefused
from paceline.record.whole import folder as made
from paceline.record.whole import write_whole
from paceline.ship.data import FOLDER
from paceline.ship.lineage import LEFT_OUT, Lineage, ignored
from paceline.ship.product import Product
from paceline.ship.safety import danger

if TYPE_CHECKING:
    from paceline.keep.blobs import Blobs

MANIFEST = "manifest.json"
LARGEST = 2_000_000_000
"""Bytes of all files of a bundle."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says of itself."""

    product: str
    lineage: Lineage
    files: dict[str, str]
    """Each file's sha256 by its path."""


def pack(product: Product, tables: tuple[Path, ...], origin: Lineage) -> bytes:
    """A product with its data as the bytes of one release.

    Args:
        product: whose folder is packed, without environments, caches, and what version control ignores; the model
            is packed even where it does.
        tables: its data, as `ship.data.bring` found it.
        origin: where it comes from.

    Returns:
        a tar that depends on the content alone: no times, owners or order of the disk, and no compressor, whose
        versions differ.

    Raises:
        BundleRefused: a pickle or a link lies in the folder, or it is too large.
    """
    files = {name: path for path in sorted(product.folder.rglob("*")) if (name := _name(product, path)) is not None}
    model = str(product.text.get("model", {}).get("file", ""))
    for name in ignored(product.folder):
        if not model or not name.startswith(model):  # what the model was made from lies beside it
            files.pop(name, None)
    files |= {f"{FOLDER}/{table.name}": table for table in tables}
    if sum(path.stat().st_size for path in files.values()) > LARGEST:
        raise BundleRefused(product.name, why=f"its files have more than {LARGEST // 1_000_000} MB")
    contents = {name: files[name].read_bytes() for name in sorted(files)}
    _safe(product.name, contents)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = msgspec.json.encode(Manifest(product=product.name, lineage=origin, files=digests))
    return _packed({MANIFEST: msgspec.json.format(manifest, indent=1), **contents})


def digest(bundle: bytes) -> str:
    """The name of a bundle: its sha256."""
    return hashlib.sha256(bundle).hexdigest()


def unpack(bundle: bytes, folder: Path, *, sha256: str) -> Manifest:
    """Check a bundle, every file of it, and lay it out in an empty folder.

    Args:
        bundle: as `pack` made it.
        folder: where to; made where it is not there.
        sha256: what the journal says of it.

    Returns:
        what it says of itself, lineage included.

    Raises:
        BundleRefused: its bytes are not those, it holds what its manifest doesn't name or not what it names, a pickle,
            a link, or a path that leads out of the folder.
    """
    if digest(bundle) != sha256:
        raise BundleRefused(sha256[:12], why="its bytes have changed since it was released")
    contents = _contents(bundle, sha256[:12])
    manifest = _manifest(contents.pop(MANIFEST, b""), sha256[:12])
    for name in contents.keys() ^ manifest.files.keys():
        raise BundleRefused(manifest.product, why=f"{name} is in only one of the bundle and its manifest")
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != manifest.files[name]:
            raise BundleRefused(manifest.product, why=f"{name} is not what the manifest says")
    _safe(manifest.product, contents)
    for name, content in contents.items():
        target = folder / name
        write_whole(made(target.parent) / target.name, content)
    return manifest


def manifest_of(bundle: bytes) -> Manifest:
    """What a bundle says of itself.

    Raises:
        BundleRefused: it is no bundle, or a part of its lineage is missing.
    """
    name = digest(bundle)[:12]
    return _manifest(_contents(bundle, name).get(MANIFEST, b""), name)


def opened(blobs: Blobs, sha256: str, folder: Path) -> Path:
    """A bundle laid out in a folder of its own by whoever comes first; proved, file by file, whenever it is opened.

    Args:
        blobs: where its bytes are.
        sha256: which one.
        folder: where such folders are kept.

    Raises:
        BundleRefused: it is not what it was, or somebody has changed what was laid out.
        BlobMissing, BlobDamaged: the bytes can't be had.
    """
    place = folder / sha256
    done = folder / f"{sha256}.checked"
    bundle = blobs.get(sha256)
    if done.exists():
        _prove(place, manifest_of(bundle))
    else:
        unpack(bundle, place, sha256=sha256)
        done.touch()
    return place


def _prove(place: Path, manifest: Manifest) -> None:
    """What is laid out is what the manifest names, and nothing that could be imported instead."""
    there = {path.relative_to(place) for path in place.rglob("*") if not path.is_dir()}
    found = {path.as_posix() for path in there if not LEFT_OUT & set(path.parts)}
    for name in sorted(found ^ manifest.files.keys()):
        why = f"{name} was {'added to' if name in found else 'taken from'} it where it is laid out"
        raise BundleRefused(manifest.product, why=f"{why}; delete {place}")
    for name, sha256 in manifest.files.items():
        if hashlib.sha256((place / name).read_bytes()).hexdigest() != sha256:
            raise BundleRefused(manifest.product, why=f"{name} was changed where it is laid out; delete {place}")


def _safe(product: str, contents: dict[str, bytes]) -> None:
    """Nothing of it runs code where it is loaded."""
    for name, content in contents.items():
        if why := danger(name, content):
            raise BundleRefused(product, why=f"{name} {why}")


def _name(product: Product, path: Path) -> str | None:
    """A file's name in the bundle, or None where it stays out."""
    inside = path.relative_to(product.folder)
    if any(part in LEFT_OUT for part in inside.parts) or inside.parts[0] == FOLDER or path.is_dir():
        return None
    if path.is_symlink() or not path.is_file():
        raise BundleRefused(product.name, why=f"{inside} is a link or no plain file")
    return inside.as_posix()


def _packed(contents: dict[str, bytes]) -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as writing:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            writing.addfile(entry, io.BytesIO(content))
    return tar.getvalue()


def _contents(bundle: bytes, name: str) -> dict[str, bytes]:
    """Every file of a bundle; what is no plain file below it is refused, and so is what grows too large."""
    contents: dict[str, bytes] = {}
    room = LARGEST
    try:
        with tarfile.open(fileobj=io.BytesIO(bundle), mode="r|") as reading:
            for entry in reading:
                parts = Path(entry.name).parts
                if not entry.isfile() or entry.name.startswith("/") or ".." in parts or entry.name in contents:
                    raise BundleRefused(name, why=f"{entry.name} is no plain file below it")
                room -= entry.size
                stream = reading.extractfile(entry)
                if room < 0 or stream is None:
                    raise BundleRefused(name, why="it is too large")
                contents[entry.name] = stream.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BundleRefused(name, why="it is no bundle") from error
    return contents


def _manifest(content: bytes, name: str) -> Manifest:
    try:
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BundleRefused(name, why="its manifest can't be read, or a part of its lineage is missing") from error
