"""``@value``: a frozen, slotted, keyword-only dataclass that costs a fifth to define.

The program defines some hundred of them before its first frame, and the standard decorator compiles six methods for
each: a tenth of the whole start. Here only ``__init__`` is compiled; comparing, hashing and printing read the fields by
``attrgetter``. ``dataclasses.fields``, ``replace``, ``asdict`` and pattern matching work as for any dataclass.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

_T = TypeVar("_T")
_define = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value(cls: type[_T]) -> type[_T]:
    """Make ``cls`` a value. Its annotations are its fields."""
    made: Any = _define(cls)
    known = fields(made)
    read = _reader([one.name for one in known])

    def same(self: Any, other: Any) -> bool:
        return read(self) == read(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(read(self))

    made.__init__ = _initializer(known)
    made.__eq__, made.__hash__, made.__repr__ = same, hashed, _shown
    made.__setattr__, made.__delattr__ = _refuse, _refuse
    made.__getstate__, made.__setstate__ = lambda self: read(self), _restore
    return made


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """All fields as a tuple. ``attrgetter`` of a single name gives the bare value, and takes no fewer."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda it: tuple(getattr(it, name) for name in names)


def _initializer(known: tuple[Field[Any], ...]) -> Callable[..., None]:
    scope: dict[str, Any] = {"_set": object.__setattr__}
    parameters, body = [], []
    for number, one in enumerate(known):
        given = one.name
        if one.default_factory is not MISSING:
            scope[f"_make{number}"], scope["_missing"] = one.default_factory, MISSING
            parameters.append(f"{one.name}=_missing")
            given = f"_make{number}() if {one.name} is _missing else {one.name}"
        elif one.default is not MISSING:
            scope[f"_default{number}"] = one.default
            parameters.append(f"{one.name}=_default{number}")
        else:
            parameters.append(one.name)
        body.append(f"\n _set(self, {one.name!r}, {given})")
    exec(f"def __init__(self{', *, ' if known else ''}{', '.join(parameters)}):{''.join(body) or ' pass'}", scope)
    return scope["__init__"]


def _shown(self: Any) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{one.name}={getattr(self, one.name)!r}' for one in fields(self))})"


def _refuse(self: Any, name: str, *_: Any) -> None:
    raise FrozenInstanceError(f"cannot change field {name!r}")


def _restore(self: Any, state: tuple[Any, ...]) -> None:
    for one, kept in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, kept)
