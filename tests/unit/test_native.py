"""Machine code that runs without numba: the same results, damage survived, and what numba and NumPy must keep."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pytest
from llvmlite import binding

from paceline.record import export
from paceline.record.native import before_compiling, callee, compilation, kernel, machine_code
from paceline.simulate.ride import simulate_ride

OUT_OF_BOUNDS = """
import numpy as np
from paceline.record.native import kernel

@kernel()
def filled(cells, count):
    for k in range(count):
        cells[k] = 1.0

filled(np.empty(3), 4)
"""

DOUBLED = """
import sys
from paceline.record.native import callee, kernel

@callee()
def twice(number):
    return 2 * number

@kernel()
def doubled(number):
    return twice(number)

print(doubled(21), 'numba' in sys.modules)
"""

EVERY_METRIC = """
import sys
from paceline.measure.report.document import document
from paceline.measure.sessions import read
found = document(read(sys.argv[1]))
print(len(str(found)) > 1000, 'mean_max' in str(found), 'numba' in sys.modules)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """What is compiled here is kept in a folder of each test's own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    for check in ("NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT"):
        monkeypatch.delenv(check, raising=False)
    return tmp_path / "kept"


def run(script: Path, *arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def mixed(floats, table, bytes_, count, weight, flag):
    """Something of every kind of argument."""
    total = 0.0
    for row in range(table.shape[0]):
        for column in range(table.shape[1]):
            total += table[row, column] * (row + 1) * (10.0 if flag else 1.0)
    for k in range(count):
        floats[k] = floats[k] * weight + bytes_[k]
    return total + floats.size


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize(
    "table",
    [
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(60, dtype=np.uint16).reshape(6, 10)[::-2, 1::3],
        np.empty((0, 3)),
    ],
)
def test_machine_code_gives_what_the_python_function_gives(table, flag):
    native = kernel()(mixed)
    content = np.frombuffer(bytes(range(250, 256)), np.uint8)
    ours, theirs = np.arange(10.0)[::2], np.arange(10.0)[::2]
    assert native(ours, table, content, 3, 0.5, flag) == mixed(theirs, table, content.astype(float), 3, 0.5, flag)
    np.testing.assert_array_equal(ours, theirs)
    assert type(next(iter(native.variants.values()))).__name__ == "_Native"


@pytest.mark.parametrize(
    ("function", "argument", "returned"),
    [
        (lambda n: n - 1, -(2**62), -(2**62) - 1),
        (lambda x: x / 2.0, 3.0, 1.5),
        (lambda n: n > 3, 4, True),
        (lambda flag: not flag, True, False),
        (lambda n: None, 4, None),
    ],
)
def test_numbers_go_in_and_out(function, argument, returned):
    assert kernel()(function)(argument) is returned or kernel()(function)(argument) == returned


def test_a_kernel_calls_its_callees_under_their_own_error_model():
    @callee(error_model="numpy")
    def quotient(a, b):
        return a / b

    @kernel(error_model="numpy")
    def infinite(b):
        return quotient(1.0, b)

    assert infinite(0.0) == np.inf


def test_what_a_kernel_raises_is_a_mistake_of_ours():
    @kernel()
    def divided(b):
        return 1 // b

    assert divided(1) == 1
    with pytest.raises(RuntimeError, match="divided raised an exception"):
        divided(0)


@pytest.mark.parametrize("argument", [None, "1", np.float32(1), [1.0]])
def test_anything_but_arrays_and_pythons_numbers_is_refused(argument):
    with pytest.raises(TypeError, match="A kernel takes"):
        kernel()(lambda x: x)(argument)


def test_a_kernel_that_needs_numba_to_run_is_run_by_it(folder):
    def drawn(low):
        return low + np.random.random()  # noqa: NPY002  # needs the state that numba keeps

    for native in (kernel()(drawn), kernel()(drawn)):
        assert 1.0 <= native(1.0) < 2.0
    (kept,) = folder.glob("*.native")
    assert len(kept.read_bytes()) == machine_code.DIGEST + 1


def test_a_second_process_needs_no_numba_and_a_change_of_the_source_is_seen(tmp_path):
    script = written(tmp_path / "script.py", DOUBLED)
    assert [run(script).stdout for _ in range(2)] == ["42 True\n", "42 False\n"]
    written(script, DOUBLED.replace("2 * number", "3 * number"))
    assert [run(script).stdout for _ in range(2)] == ["63 True\n", "63 False\n"]


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "another's"])
def test_a_damaged_file_is_compiled_anew(folder, damage):
    native = kernel()(mixed)
    arguments = np.ones(3), np.ones((1, 1)), np.ones(3), 3, 1.0, True
    expected = native(*[np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments])
    (path,) = folder.glob("*.native")
    whole = path.read_bytes()
    middle = len(whole) // 2
    other = machine_code._digest("made from something else", whole[machine_code.DIGEST :])
    path.write_bytes(
        {
            "empty": b"",
            "cut": whole[:-1],
            "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "another's": other + whole[machine_code.DIGEST :],
        }[damage]
    )
    kinds = next(iter(native.variants))
    assert machine_code.stored(mixed, kinds) is None
    assert kernel()(mixed)(*arguments) == expected
    assert machine_code.stored(mixed, kinds) is not None
    assert [found.name for found in folder.iterdir()] == [path.name]


def test_where_nothing_can_be_kept_it_is_compiled_each_time(tmp_path, monkeypatch):
    occupied = written(tmp_path / "a file, no folder", "")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(occupied))
    assert kernel()(lambda n: n + 1)(1) == 2
    assert occupied.read_text() == ""


def test_beside_the_source_comes_before_the_persons_cache_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    places = list(machine_code._places(mixed, "made from"))
    assert [place.parent for place in places] == [Path(__file__).parent / "__pycache__", tmp_path / "paceline"]


def test_threads_that_call_a_new_kernel_at_once_share_its_code():
    native = kernel()(mixed)

    def call(_: int) -> float:
        return native(np.ones(3), np.ones((1, 1)), np.ones(3), 3, 1.0, True)

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(call, range(40))) == {13.0}
    assert len(native.variants) == 1


def test_what_takes_seconds_is_announced_once():
    said = []
    before_compiling(lambda: said.append("compiling"))
    kernel()(lambda n: n + 1)(1)
    kernel()(lambda n: n + 2)(1)
    assert said == ["compiling"]


def test_a_write_out_of_bounds_is_caught_where_numba_is_told_to_check(tmp_path, folder):
    done = run(written(tmp_path / "script.py", OUT_OF_BOUNDS), NUMBA_BOUNDSCHECK="1")
    assert "IndexError" in done.stderr
    assert not folder.exists()


def test_code_that_was_kept_is_not_run_where_numba_is_told_to_check(tmp_path):
    script = written(tmp_path / "script.py", DOUBLED)
    assert run(script).stdout == "42 True\n"
    assert run(script, NUMBA_BOUNDSCHECK="1").stdout == "42 True\n"
    assert run(script).stdout == "42 False\n"


def test_a_warm_process_reads_a_ride_and_computes_its_metrics_without_numba(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR")  # all our kernels: where they are kept for everybody they are compiled once
    export.write(simulate_ride(1, duration=900).recording, tmp_path / "ride.fit")
    script = written(tmp_path / "script.py", EVERY_METRIC)
    first, second = (run(script, tmp_path / "ride.fit") for _ in range(2))
    assert first.stdout.startswith("True True "), first.stderr
    assert second.stdout == "True True False\n", second.stderr


def test_numpy_lays_arrays_out_as_the_machine_code_reads_them():
    array = np.zeros((7, 9), np.int16)[1::2, 2::3]

    def pointer(name: str) -> int:
        return ctypes.c_void_p.from_address(id(array) + machine_code.ARRAY[name]).value or 0

    assert pointer("data") == array.ctypes.data
    for name in ("shape", "strides"):
        assert tuple((ctypes.c_ssize_t * 2).from_address(pointer(name))) == getattr(array, name)


def test_numbas_version_is_told_without_importing_it():
    text = Path(numba.__file__).with_name("_version.py").read_text(encoding="utf-8")
    assert f'"{numba.__version__}"' in text


def test_numba_passes_arguments_as_the_machine_code_does():
    kinds = [*(((np.dtype(float), n, "A", True, True)) for n in (1, 2, 1)), "int64", "float64", "bool"]
    signature = tuple(map(compilation._numba_type, kinds))
    made = numba.njit(_nrt=False)(mixed)
    made.compile(signature)
    name = made.overloads[signature].fndesc.llvm_func_name
    module = binding.parse_assembly(made.inspect_llvm(signature))
    one, two = (["ptr", "ptr", "i64", "i64", "ptr", *["i64"] * (2 * n)] for n in (1, 2))
    passed = [str(argument.type) for argument in module.get_function(name).arguments]
    assert passed == ["ptr", "ptr", *one, *two, *one, "i64", "double", "i8"]


def test_code_is_made_anew_when_a_file_that_it_also_came_from_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    physics = tmp_path / "physics.py"
    physics.write_text("FACTOR = 2\n")

    def twice(cells):
        cells[0] = 2.0 * cells[0]

    kinds = ((np.dtype(np.float64), 1, "C", True, True),)
    machine_code.store(twice, kinds, machine_code.MachineCode("none", b"code"), also=(str(physics),))
    assert machine_code.stored(twice, kinds, also=(str(physics),)) is not None
    assert machine_code.stored(twice, kinds) is None
    physics.write_text("FACTOR = 3\n")
    machine_code._hash.cache_clear()  # as in another process
    assert machine_code.stored(twice, kinds, also=(str(physics),)) is None
