"""Runs an analyst's Python in a process of its own: a JSON request a line in, a JSON answer a line out.
Each line begins with eight letters that name the request.

Started by path, with the interpreter of the product's own environment, so nothing but the standard library is imported
here. What the code prints goes to the log, since descriptor 1 is the log: answers have a pipe of their own.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import io
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> None:
    """Serve requests until the pipe of requests is closed."""
    reading, writing, file, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    sys.path[0] = str(Path(file).resolve().parent)  # as `python file.py` would have it
    requests, answers = os.fdopen(reading, "rb"), os.fdopen(writing, "wb", buffering=0)
    try:
        calls = loaded(file, name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the analyst's code may raise anything
        traceback.print_exc()
        _send(answers, {"failed": _kind(error, file)})
        return
    _send(answers, {"ready": sorted(calls)})
    encode = json.JSONEncoder(default=plain, allow_nan=False, separators=(",", ":")).encode  # made once: it is dear
    for line in requests:
        mark, asked = line[:8], json.loads(line[8:])
        try:
            text = encode({"answer": calls[asked["call"]](asked["request"])})
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the analyst's code may raise anything
            traceback.print_exc()
            text = json.dumps({"error": _kind(error, file)})
        sys.stdout.flush()
        sys.stderr.flush()
        _write(answers, mark, text)


def loaded(file: str, name: str) -> dict[str, Callable[[Any], Any]]:
    """What can be called: the function that predicts, and `explain` beside it; or the script, once a request."""
    if not name:
        return {"predict": script(file)}
    specification = importlib.util.spec_from_file_location("product_code", file)
    if specification is None or specification.loader is None:
        raise ImportError(file)
    module = importlib.util.module_from_spec(specification)
    sys.modules["product_code"] = module  # dataclasses and typing look their module up there
    specification.loader.exec_module(module)
    return functions(module, name)


def functions(module: Any, name: str) -> dict[str, Callable[[Any], Any]]:
    """The function of that name, and `explain` where the module has one, each taking a whole request."""
    calls = {"predict": spread(getattr(module, name))}
    if hasattr(module, "explain"):
        calls["explain"] = spread(module.explain)
    return calls


def spread(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """A function of a request: its properties are the arguments; what is not an object is the only argument."""
    return lambda request: function(**request) if isinstance(request, dict) else function(request)


def script(file: str) -> Callable[[Any], Any]:
    """A script that reads JSON from standard input and writes JSON to standard output, run anew for each request."""
    code = compile(Path(file).read_bytes(), file, "exec")

    def run(request: Any) -> Any:
        before = sys.stdin, sys.stdout
        sys.stdin, sys.stdout = io.StringIO(json.dumps(request)), io.StringIO()
        try:
            try:
                exec(code, {"__name__": "__main__", "__file__": file})  # noqa: S102 - the product's own code
            except SystemExit as left:
                if left.code not in (None, 0):
                    raise
            return json.loads(sys.stdout.getvalue())
        finally:
            sys.stdin, sys.stdout = before

    return run


def plain(value: Any) -> Any:
    """JSON's own types for what analysts return: NumPy's scalars and arrays, dataclasses, dates."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    for method in ("tolist", "to_dict", "isoformat"):
        if hasattr(value, method):
            return getattr(value, method)()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _kind(error: BaseException, file: str) -> dict[str, str]:
    """What went wrong and where in the product's own files: never the text, which may hold values."""
    here = Path(file).resolve().parent
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).resolve().is_relative_to(here)
    ]
    where = f"{Path(frames[-1].filename).resolve().relative_to(here)}, line {frames[-1].lineno}" if frames else ""
    return {"kind": type(error).__name__, "where": where}


def _send(answers: io.RawIOBase, answer: Any) -> None:
    _write(answers, b"0" * 8, json.dumps(answer))


def _write(answers: io.RawIOBase, mark: bytes, text: str) -> None:
    """All of a line: a pipe takes no more than 64 kB at once."""
    line = memoryview(mark + text.encode() + b"\n")
    while line:
        line = line[answers.write(line) or 0 :]


if __name__ == "__main__":
    main()
