"""Set up a checkout with nothing but Python: an environment, the pinned packages, the compiled kernels.

    python3 tools/setup.py            .venv for work
    python3 tools/setup.py --peers    .venv-peers and .venv-servers for the benchmarks
    python3 tools/setup.py --lock     resolve the locks anew

Works with the standard library alone, on every supported Python. Installs by hash; records no address.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
COMPILE = ["uv", "pip", "compile", "-q", "--universal", "--generate-hashes", "--no-emit-index-url",
           "--no-emit-find-links", "--fork-strategy", "fewest", "--python-version", "3.11"]  # fmt: skip


def main() -> int:
    """Do what the arguments ask for; the exit status says whether it worked."""
    if sys.version_info < OLDEST:
        return _refuse(f"Python {OLDEST[0]}.{OLDEST[1]} or later is needed, this is {sys.version.split()[0]}.")
    os.chdir(ROOT)
    if "--lock" in sys.argv:
        return _lock()
    if "--peers" in sys.argv:
        folders = {".venv-peers": "benchmarks/peers.lock", ".venv-servers": "benchmarks/servers.lock"}
        return next(filter(None, (_environment(Path(folder), lock) for folder, lock in folders.items())), 0)
    if failed := _environment(Path(".venv"), "requirements.lock"):
        return failed
    uv = [".venv/bin/uv", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--editable", "."]
    return _run(uv, ".venv") or _run([".venv/bin/paceline", "compile"], ".venv")


def _environment(folder: Path, lock: str) -> int:
    """A virtual environment that holds exactly what the lock names, and uv."""
    if failed := _create(folder):
        return failed
    python = str(folder / "bin" / "python")
    print(f"Installing {lock} into {folder} …", flush=True)
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes",
           "--only-binary", ":all:", "-r", "bootstrap.lock"]  # fmt: skip
    uv = [str(folder / "bin" / "uv"), "pip", "install", "-q", "--require-hashes", "--no-build",
          "--compile-bytecode", "-r", lock]  # fmt: skip
    return _run(pip, str(folder)) or _run(uv, str(folder))


def _create(folder: Path) -> int:
    if (folder / "bin" / "python").exists():
        return 0
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], check=False, capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)  # half an environment would be taken for a whole one
        return _refuse(f"{made.stderr or made.stdout}\nOn Debian and Ubuntu: apt-get install python3-venv")
    return 0


def _run(command: list[str], environment: str) -> int:
    settings = {**os.environ, "VIRTUAL_ENV": str(ROOT / environment), "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run(command, check=False, env=settings)
    if done.returncode:
        print(f"This failed: {' '.join(command)}", file=sys.stderr)
    return done.returncode


def _lock() -> int:
    sources = {
        "requirements.lock": ["--group", "dev", "--extra", "all", "pyproject.toml"],
        "bootstrap.lock": ["bootstrap.in"],
        "benchmarks/peers.lock": ["benchmarks/peers.in"],
        "benchmarks/servers.lock": ["benchmarks/servers.in"],
    }
    for lock, source in sources.items():
        Path(lock).unlink(missing_ok=True)
        if failed := _run([".venv/bin/" + COMPILE[0], *COMPILE[1:], *source, "-o", lock], ".venv"):
            return failed
    return 0


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
