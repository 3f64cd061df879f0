"""The FIT files under `PACELINE_DATA`, and other readers' results on them: what the FIT benchmarks share."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("PACELINE_DATA", ROOT.parent / "shared" / "data"))
PEERS = ROOT / ".venv-peers" / "bin" / "python"


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(archive.namelist()[0])
    return data


def fit_files(folders: Sequence[str] = ("",), *, least: int = 0) -> list[Path]:
    """Every file that begins like a FIT file, whatever its name says; only those of at least so many bytes unpacked."""
    found = sorted(path for folder in folders for path in (DATA / folder).rglob("*") if path.is_file())
    named = [path for path in found if ".fit" in path.name.lower()]
    return [path for path in named if (data := content(path))[8:12] == b".FIT" and len(data) >= least]


def peer(action: str, name: str, option: str, paths: Sequence[Path]) -> dict[Path, dict[str, Any]]:
    """What `peers_fit.py` found: path → its results."""
    command = [str(PEERS), str(ROOT / "benchmarks" / "peers_fit.py"), action, name, option, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {Path(path): result for path, result in json.loads(done.stdout.strip().splitlines()[-1]).items()}
