"""Build the pages into the package, with this machine's Node or, where it has none, one from a Python wheel.

    python3 tools/web.py          build where something changed
    python3 tools/web.py --check  types, style and layout of the TypeScript

Works with the standard library alone. Without Node and without a way to get it, it says what is missing and what
works all the same, and is no failure: everything but the pages runs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB, OURS = ROOT / "web", ROOT / ".venv-node"
BUILT = ROOT / "src" / "paceline" / "serve" / "assets" / "dist"
INSTALLED = WEB / "node_modules" / ".installed"
OLDEST = 20
SOURCES = ("index.html", "vite.config.ts", "tsconfig.json", "package.json", "package-lock.json")


def main() -> int:
    """Do what the arguments ask for; the exit status says whether it worked."""
    checking = "--check" in sys.argv
    if not checking and _newer(BUILT / "index.html", _sources()):
        return 0
    folder = _machines() or _wheels()
    if folder is None:
        return _without("Node 20 or later, with npm, is not on this machine, and could not be fetched as a wheel")
    if not _newer(INSTALLED, [WEB / "package-lock.json"]):
        print("Installing web/package-lock.json into web/node_modules …", flush=True)
        if _run(folder, "npm", "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"):
            return _without("npm could not fetch what web/package-lock.json names; its reason stands above")
        INSTALLED.touch()
    if checking:
        return _run(folder, "npm", "run", "--silent", "check")
    print("Building the pages …", flush=True)
    return _run(folder, "npm", "run", "--silent", "build", "--", "--logLevel=warn")


def _sources() -> list[Path]:
    return [*(path for path in (WEB / "src").rglob("*") if path.is_file()), *(WEB / name for name in SOURCES)]


def _newer(made: Path, sources: list[Path]) -> bool:
    """Whether it is there, and as new as everything it was made from."""
    return made.exists() and made.stat().st_mtime >= max(source.stat().st_mtime for source in sources)


def _machines() -> str | None:
    """The folder of this machine's Node, if it is one that will do."""
    node = shutil.which("node")
    return str(Path(node).parent) if node and shutil.which("npm") and _version(node) >= OLDEST else None


def _wheels() -> str | None:
    """The folder of the Node that comes as a wheel, in an environment of its own; None where that can't be had."""
    node = OURS / "bin" / "node"
    if not (node.exists() and _version(str(node)) >= OLDEST):
        print("This machine has no Node 20: installing web/node.lock into .venv-node …", flush=True)
        if not (OURS / "bin" / "python").exists() and subprocess.call([sys.executable, "-m", "venv", str(OURS)]):
            return None
        pip = [str(OURS / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check",
               "--require-hashes", "--only-binary", ":all:", "-r", str(WEB / "node.lock")]  # fmt: skip
        if subprocess.call(pip) or not node.exists():
            return None
    return str(OURS / "bin")


def _version(node: str) -> int:
    """The first number of a Node's version; 0 where it does not run."""
    try:
        told = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    except OSError:
        return 0
    found = re.match(r"v(\d+)\.", told)
    return int(found[1]) if found else 0


def _run(folder: str, *command: str) -> int:
    """A command of Node's own folder, in `web/`; npm itself looks for node on the path."""
    path = os.pathsep.join([folder, os.environ.get("PATH", "")])
    program = shutil.which(command[0], path=path) or command[0]
    return subprocess.call([program, *command[1:]], cwd=WEB, env={**os.environ, "PATH": path})


def _without(reason: str) -> int:
    print(
        f"The pages were not built: {reason}.\n"
        "Everything else works; `paceline serve` answers programs, and says in a browser that its pages are missing.\n"
        "Install Node 20 or later (Debian, Ubuntu: apt-get install nodejs npm), then run `make setup` again.",
        file=sys.stderr,
    )
    return 1 if "--check" in sys.argv and "CI" in os.environ else 0


if __name__ == "__main__":
    sys.exit(main())
