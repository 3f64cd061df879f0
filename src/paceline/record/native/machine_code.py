"""Machine code of kernels in files, and how it gets back into memory.

A file is trusted as numba's own cache is: whoever may write into the package or into a person's cache folder can run
code there anyway. Its checksum covers the code and all that the code was made from and for, so that a damaged or
outdated file is compiled anew.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ENTRY = "kernel"
"""The name of the one function in the machine code."""

ARRAY = {name: object.__basicsize__ + offset for name, offset in {"data": 0, "shape": 16, "strides": 24}.items()}
"""Where an array object has these pointers, in bytes: NumPy's `PyArrayObject`, part of its C interface."""

RETURNS = {b"-": "none", b"i": "int64", b"f": "float64", b"b": "bool"}
DIGEST = 32


@dataclass(frozen=True, slots=True)
class MachineCode:
    """What a kernel was compiled to, for arguments of certain kinds.

    Attributes:
        returns: "none", "int64", "float64" or "bool".
        content: an object file that needs no other; empty where there can be none, and numba has to run the kernel.
    """

    returns: str
    content: bytes


def stored(function: Callable[..., Any], kinds: object, *, also: Sequence[str] = ()) -> MachineCode | None:
    """What a file holds for exactly these sources, these kinds of arguments, these versions and this processor."""
    made_from = _made_from(function, kinds, also)
    for path in _places(function, made_from):
        try:
            held = path.read_bytes()
        except OSError:
            continue
        digest, body = held[:DIGEST], held[DIGEST:]
        if digest == _digest(made_from, body):
            return MachineCode(RETURNS[body[:1]], body[1:])
    return None


def store(function: Callable[..., Any], kinds: object, code: MachineCode, *, also: Sequence[str] = ()) -> None:
    """Keep the code in the first place that can be written to; where there is none, each process compiles."""
    made_from = _made_from(function, kinds, also)
    body = next(mark for mark, name in RETURNS.items() if name == code.returns) + code.content
    for path in _places(function, made_from):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, _digest(made_from, body) + body)
        except OSError:
            continue
        return


def loaded(code: MachineCode) -> tuple[Any, int]:
    """The address of the code's one function, and the engine without which it would not stay there."""
    from llvmlite import binding  # type: ignore[import-untyped]

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine(jit=True)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
    engine.add_object_file(binding.ObjectFileRef.from_data(code.content))
    engine.finalize_object()
    return engine, engine.get_function_address(ENTRY)


def processor() -> tuple[str, str]:
    """The name and the features of the processor that code is made for: this one, or what numba's settings say."""
    from llvmlite import binding

    name, features = (os.environ.get(f"NUMBA_CPU_{what}") for what in ("NAME", "FEATURES"))
    return (
        binding.get_host_cpu_name() if name is None else name,
        binding.get_host_cpu_features().flatten() if features is None else features,
    )


def _made_from(function: Callable[..., Any], kinds: object, also: Sequence[str]) -> str:
    """All that decides what the code is."""
    own, compiler = Path(function.__code__.co_filename), Path(__file__).with_name("compilation.py")
    sources = own, compiler, *map(Path, also)
    decisive = *map(_hash, sources), *_versions(), *processor(), function.__qualname__, repr(kinds), repr(ARRAY)
    return "\0".join(decisive)


def _versions() -> tuple[str, ...]:
    """Python's, llvmlite's, and numba's, which is read from its file since importing numba is what we avoid."""
    import llvmlite

    found = find_spec("numba")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("numba is needed for Paceline's compiled loops", name="numba")
    return sys.version, llvmlite.__version__, _hash(Path(found.origin).with_name("_version.py"))


@cache
def _hash(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes()).hexdigest()


def _digest(made_from: str, body: bytes) -> bytes:
    return hashlib.blake2b(made_from.encode() + b"\0" + body, digest_size=DIGEST).digest()


def _places(function: Callable[..., Any], made_from: str) -> Iterator[Path]:
    """Where numba says, or else beside the source and then in the person's cache folder."""
    source = Path(function.__code__.co_filename)
    name = f"{source.stem}.{function.__name__}-{hashlib.blake2b(made_from.encode(), digest_size=12).hexdigest()}.native"
    if "NUMBA_CACHE_DIR" in os.environ:
        yield Path(os.environ["NUMBA_CACHE_DIR"]) / name
        return
    yield source.parent / "__pycache__" / name
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111  # Path's own raises where nobody is at home
    if home.is_absolute():
        yield home / "paceline" / name


def _replace(path: Path, content: bytes) -> None:
    """Write so that other processes see the old file or the new one, and nothing between."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
