"""Whether an event that was read from a file is one that the program could have written.

The codec trusts types, because the store holds what it wrote itself. A file may have been edited or damaged: there a
number may be a word, and a decision one that nobody knows, which would fail much later and far from here.
"""

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from math import isnan
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tui.events import SessionEvent


def fits(event: SessionEvent) -> bool:
    """Whether every field, at any depth, is of its type."""
    return _is(event, type(event))


@cache
def _hints(make: type) -> dict[str, Any]:
    return get_type_hints(make)


def _is(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return value in arguments
    if origin in (Union, UnionType):
        return any(_is(value, argument) for argument in arguments)
    if origin is tuple:
        return isinstance(value, tuple) and _are(value, arguments)
    if hint is NoneType:
        return value is None
    if hint is float:
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        return whole or (isinstance(value, float) and not isnan(value))
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, hint):
        return False
    if is_dataclass(value) and not isinstance(value, Enum):
        hints = _hints(type(value))
        return all(_is(getattr(value, field.name), hints[field.name]) for field in fields(value))
    return True


def _are(values: tuple[Any, ...], hints: tuple[Any, ...]) -> bool:
    if hints and hints[-1] is ...:
        return all(_is(value, hints[0]) for value in values)
    return len(values) == len(hints) and all(map(_is, values, hints))
