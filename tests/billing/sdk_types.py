"""Compares requests and answers with the types that Stripe's SDK declares, at run time.

The SDK's classes name their fields in annotations, many of them as text that only a type checker
resolves; `_names` gives that text the imports it was written beside.
"""

import ast
import importlib
import sys
import types
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

import typing_extensions as te
from stripe import ListObject, StripeObject
from stripe._stripe_object import UntypedStripeObject

OPTIONS = set(importlib.import_module("stripe").RequestOptions.__annotations__)


@cache
def _names(module: str) -> dict[str, Any]:
    """What the names in a module mean, those imported for type checkers alone too."""
    found = dict(vars(sys.modules[module]))
    for node in ast.walk(ast.parse(Path(sys.modules[module].__file__ or "").read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stripe"):
            source = importlib.import_module(node.module)
            for name in node.names:
                found[name.asname or name.name] = getattr(source, name.name)
    return found


def _meaning(kind: Any, module: str) -> Any:
    while isinstance(kind, str | ForwardRef):
        text = kind if isinstance(kind, str) else kind.__forward_arg__
        kind = eval(text, {**vars(types), **_names(module)})  # noqa: S307 (the SDK's own text)
    return kind


def faults(value: Any, kind: Any, module: str = "stripe", path: str = "") -> list[str]:
    """How a decoded JSON value differs from a type of the SDK; empty: not at all."""
    kind = _meaning(kind, module)
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return []
    if origin in (te.NotRequired, te.Required, te.Annotated):
        return faults(value, arguments[0], module, path)
    if origin in (Union, types.UnionType):
        tried = [faults(value, one, module, path) for one in arguments]
        return min(tried, key=len) if all(tried) else []
    if origin in (Literal, te.Literal):
        return [] if value in arguments else [f"{path}: {value!r} is none of {arguments}"]
    if origin is ListObject or kind is ListObject:
        return _faults_of_list(value, arguments, module, path)
    if origin in (UntypedStripeObject, dict) or kind is UntypedStripeObject:
        return [] if isinstance(value, dict) else [f"{path}: {value!r} is no object"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{path}: {value!r} is no list"]
        return [
            fault
            for number, one in enumerate(value)
            for fault in faults(one, arguments[0], module, f"{path}[{number}]")
        ]
    if isinstance(kind, type) and issubclass(kind, StripeObject):
        return _faults_of_object(value, kind, path)
    if te.is_typeddict(kind):
        return _faults_of_params(value, kind, path)
    return _faults_of_plain(value, kind, path)


def _faults_of_plain(value: Any, kind: Any, path: str) -> list[str]:
    if kind is Decimal:  # in JSON a decimal is text
        fits = isinstance(value, str) and Decimal(value).is_finite()
    elif kind is float:
        fits = isinstance(value, int | float)
    else:
        fits = type(value) is kind or (kind is type(None) and value is None)
    return [] if fits else [f"{path}: {value!r} is no {kind.__name__}"]


def _faults_of_list(value: Any, arguments: Any, module: str, path: str) -> list[str]:
    if not isinstance(value, dict) or value.keys() != {"object", "data", "has_more", "url"}:
        return [f"{path}: is no list of Stripe's"]
    return faults(value["data"], list[arguments[0]], module, f"{path}.data")


def _faults_of_object(value: Any, kind: type[StripeObject], path: str) -> list[str]:
    """Every field is known, fits, and is there unless it may be null."""
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no {kind.__name__}"]
    fields = {name: one for name, one in kind.__annotations__.items() if "ClassVar" not in str(one)}
    found = [f"{path}.{name}: no such field" for name in value.keys() - fields.keys()]
    for name, one in fields.items():
        if name in value:
            found += faults(value[name], one, kind.__module__, f"{path}.{name}")
        elif faults(None, one, kind.__module__):
            found.append(f"{path}.{name}: is missing")
    return found


def _faults_of_params(value: Any, kind: Any, path: str) -> list[str]:
    """Every parameter is known and fits, and none that must be given is left out."""
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no {kind.__name__}"]
    known = {name: one for name, one in _inherited(kind).items() if name not in OPTIONS}
    found = [f"{path}.{name}: no such parameter" for name in value.keys() - known.keys()]
    for name, (one, module) in known.items():
        if name in value:
            found += faults(value[name], one, module, f"{path}.{name}")
        elif get_origin(_meaning(one, module)) is not te.NotRequired:
            found.append(f"{path}.{name}: is missing")
    return found


def _inherited(kind: Any) -> dict[str, tuple[Any, str]]:
    return {
        name: (one, kind.__module__)
        for name, one in kind.__annotations__.items()
        if name not in OPTIONS
    }
