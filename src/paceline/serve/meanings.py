"""What each field of a struct means, from the sentence under it: said once, for readers, machines and pages."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from itertools import pairwise
from textwrap import dedent

import msgspec


@cache
def meanings(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Field → the sentence under it, on one line; fields without one are left out.

    >>> from paceline.serve.problems import FieldError
    >>> meanings(FieldError)["field"]
    'A JSON pointer into the body (`#/start`), or the name of a parameter or header.'
    """
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if issubclass(base, msgspec.Struct) and base is not msgspec.Struct:
            found.update(_under(base))
    return found


def structs(kind: object) -> dict[str, type[msgspec.Struct]]:
    """The structs that a type is made of, by name.

    >>> from paceline.serve.problems import ProblemDetails
    >>> sorted(structs(ProblemDetails))
    ['FieldError', 'ProblemDetails']
    """
    found: dict[str, type[msgspec.Struct]] = {}
    waiting = [kind]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            if one.__name__ not in found:
                found[one.__name__] = one
                waiting += [field.type for field in msgspec.structs.fields(one)]
        else:
            waiting += list(getattr(one, "__args__", ()))
    return found


def _under(kind: type) -> dict[str, str]:
    (definition,) = ast.parse(dedent(inspect.getsource(kind))).body
    found = {}
    for one, following in pairwise(getattr(definition, "body", [])):
        told = following.value if isinstance(following, ast.Expr) else None
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(told, ast.Constant):
            found[one.target.id] = " ".join(str(told.value).split())
    return found
