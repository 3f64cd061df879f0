"""What is needed once on a machine: numba compiles a kernel, and its machine code is taken out. Imports numba."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any, Literal

import numba
from llvmlite import binding  # type: ignore[import-untyped]
from numba import njit
from numba.extending import register_jitable

from paceline.record.compiled import compiled
from paceline.record.native.machine_code import ARRAY, ENTRY, RETURNS, MachineCode, processor, store

ErrorModel = Literal["python", "numpy"]
NUMBERS = {"int64": numba.int64, "float64": numba.float64, "bool": numba.boolean}


def register(callees: MutableMapping[Callable[..., Any], ErrorModel]) -> None:
    """Let kernels call these functions, each with its error model; they are taken out of `callees`."""
    while callees:
        function, error_model = callees.popitem()
        register_jitable(error_model=error_model, _nrt=False)(function)


def dispatcher(function: Callable[..., Any], *, error_model: ErrorModel, cache: bool) -> Any:
    """The function as numba itself runs it, with numba's own cache if that is asked for."""
    return compiled(function, error_model=error_model) if cache else njit(nogil=True, error_model=error_model)(function)


def machine_code(
    function: Callable[..., Any], kinds: Sequence[Any], *, error_model: ErrorModel, also: Sequence[str] = ()
) -> MachineCode:
    """What numba makes of a kernel, without what ties it to numba; it is stored for the next process, too."""
    # Without numba's runtime, which allocates and counts references, nothing of numba is needed to run the kernel.
    made: Any = njit(nogil=True, error_model=error_model, _nrt=False)(function)  # type: ignore[call-overload]
    signature = tuple(map(_numba_type, kinds))
    made.compile(signature)
    overload = made.overloads[signature]
    returns, content = str(overload.signature.return_type), b""
    if returns in RETURNS.values():
        content = _object(made.inspect_llvm(signature), overload.fndesc.llvm_func_name, kinds)
    code = MachineCode(returns if content else "none", content)
    store(function, kinds, code, also=also)
    return code


def _numba_type(kind: Any) -> Any:
    if isinstance(kind, str):
        return NUMBERS[kind]
    dtype, dimensions, layout, writable, aligned = kind
    return numba.types.Array(numba.from_dtype(dtype), dimensions, layout, readonly=not writable, aligned=aligned)


def _object(assembly: str, name: str, kinds: Sequence[Any]) -> bytes:
    """An object file with one function, `ENTRY`; empty where it would need something from elsewhere.

    The module holds wrappers for Python beside the function `name`, which call into numba: made internal, they are
    dead code.
    """
    module = binding.parse_assembly(assembly)
    module = binding.parse_assembly(assembly + _entry(module.get_function(name), kinds))
    for value in (*module.functions, *module.global_variables):
        if not value.is_declaration and value.name != ENTRY:
            value.linkage = "internal"
    machine = _machine()
    passes = binding.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, binding.create_pass_builder(machine, binding.create_pipeline_tuning_options()))
    needed = [value.name for value in (*module.functions, *module.global_variables) if value.is_declaration]
    return machine.emit_object(module) if all(name.startswith("llvm.") for name in needed) else b""


def _entry(function: Any, kinds: Sequence[Any]) -> str:
    """A function of a place for the result, and then of a number or a pointer to an array object for each argument.

    It passes on what numba's convention wants: a place for the result, one for an error, numbers, and of an array owner
    and parent (none here), size, bytes of an element, data, shape and strides. What the processor wants of so many
    arguments is left to LLVM.
    """
    types = [str(argument.type) for argument in function.arguments]
    taken, lines, passed = ["ptr %result"], ["%error = alloca ptr"], ["%result", "%error"]
    for k, kind in enumerate(kinds):
        if not isinstance(kind, str):
            dtype, dimensions = kind[:2]
            taken.append(f"ptr %argument{k}")
            lines += _array(k, dimensions)
            passed += ["null", "null", f"%size{k}.{dimensions}", str(dtype.itemsize), f"%data{k}"]
            passed += [f"%{name}{k}.{axis}" for name in ("shape", "strides") for axis in range(dimensions)]
        elif kind == "bool":
            taken.append(f"i64 %argument{k}")
            lines.append(f"%flag{k} = trunc i64 %argument{k} to {types[len(passed)]}")
            passed.append(f"%flag{k}")
        else:
            taken.append(f"{types[len(passed)]} %argument{k}")
            passed.append(f"%argument{k}")
    arguments = ", ".join(f"{kind} {value}" for kind, value in zip(types, passed, strict=True))
    lines += [f'%status = call i32 @"{function.name}"({arguments})', "ret i32 %status"]
    return "\n".join(["", f"define i32 @{ENTRY}({', '.join(taken)}) {{", *lines, "}", ""])


def _array(k: int, dimensions: int) -> Iterator[str]:
    """Read data, shape and strides of an array object, and multiply its size."""
    for name, offset in ARRAY.items():
        yield f"%{name}_at{k} = getelementptr i8, ptr %argument{k}, i64 {offset}"
        yield f"%{name}{k} = load ptr, ptr %{name}_at{k}"
    yield f"%size{k}.0 = add i64 1, 0"
    for axis in range(dimensions):
        for name in ("shape", "strides"):
            yield f"%{name}_at{k}.{axis} = getelementptr i64, ptr %{name}{k}, i64 {axis}"
            yield f"%{name}{k}.{axis} = load i64, ptr %{name}_at{k}.{axis}"
        yield f"%size{k}.{axis + 1} = mul i64 %size{k}.{axis}, %shape{k}.{axis}"


def _machine() -> Any:
    """As numba sets it up for code that runs where it is made."""
    target = binding.Target.from_default_triple()
    cpu, features = processor()
    reloc = "static" if target.name.startswith("x86") else "default"
    return target.create_target_machine(
        cpu=cpu, features=features, opt=3, reloc=reloc, codemodel="jitdefault", jit=True
    )
