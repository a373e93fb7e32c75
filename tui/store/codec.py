"""Events as text, and back: versioned, generic, lossless.

``encode`` gives ``(kind, version, compact JSON)``. The shape of every event is read from its dataclass once,
at import, so that a new event needs no code here. Three promises:

- Whatever text an event carries comes back as it was: NUL, control characters, lone surrogates (which UTF-8
  cannot hold: such a string becomes ``{"$bytes": base64}``).
- A string over 64 KB is kept once in the blob table and the event carries ``{"$blob": sha256}``.
- What a newer program wrote is refused by name, never half-read. When an event's fields change meaning, append
  a function to ``UPGRADES``: an event's version is one more than the number of its upgrades.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from json.encoder import encode_basestring
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints
from zlib import compress, decompress
from zlib import error as ZlibError

from tui.errors import StoreDamaged, StoreError
from tui.events import PartDelta, SessionEvent
from tui.value import value

BLOB_BYTES = 64 * 1024
"""A string of more UTF-8 bytes than this is stored as a blob."""
_SURELY_SHORT = BLOB_BYTES // 4  # so many characters fit, whatever they are

Plain = dict[str, Any]
UPGRADES: Mapping[str, tuple[Callable[[Plain], Plain], ...]] = {}
"""kind -> what makes version 2 of version 1, 3 of 2 and so on, working on the decoded JSON object."""


@value
class Blob:
    """A long string as it is stored. ``size`` in bytes before ``encoding`` (always ``zlib``) was applied."""

    hash: str
    size: int
    encoding: str
    data: bytes

    @classmethod
    def of(cls, raw: bytes) -> "Blob":
        """``raw`` as it is stored. Takes 20 ms a megabyte: for a thread."""
        return cls(hash=sha256(raw).hexdigest(), size=len(raw), encoding="zlib", data=compress(raw, 3))

    def text(self) -> str:
        """Raises StoreDamaged when the bytes are not what the hash says."""
        return self.raw().decode("utf-8", "surrogatepass")

    def raw(self) -> bytes:
        """Raises as ``text``."""
        try:
            raw = decompress(self.data)
        except ZlibError:
            raw = b""
        if sha256(raw).hexdigest() != self.hash:
            raise StoreDamaged(
                f"The stored text {self.hash[:12]} is damaged.", hint="penstock doctor says how much is."
            )
        return raw


class Encoded(NamedTuple):
    kind: str
    version: int
    body: str
    blobs: tuple[Blob, ...]


Fetch = Callable[[str], Blob]


def encode(event: SessionEvent) -> Encoded:
    """The event as it is stored. Never raises for an event whose fields have their types."""
    if type(event) is PartDelta and len(event.text) <= _SURELY_SHORT:
        body = f'{{"part_id":{encode_basestring(event.part_id)},"text":{encode_basestring(event.text)}}}'
        if _fits_utf8(body):
            return Encoded("PartDelta", _known_shape(event).version, body, ())
    shape = _known_shape(event)
    packer = _Packer(keep_long=False)
    body = _dump(shape.pack(event, packer))
    if not _fits_utf8(body):
        packer = _Packer(keep_long=False, escape=True)
        body = _dump(shape.pack(event, packer))
    return Encoded(shape.kind, shape.version, body, tuple(packer.blobs))


def decode(kind: str, version: int, body: str, fetch: Fetch) -> SessionEvent:
    """The event that ``encode`` was given. ``fetch`` finds a blob by its hash.

    Raises:
        StoreError: the kind or version is of a newer program.
        StoreDamaged: the text is not what ``encode`` writes.
    """
    try:
        plain = json.loads(body)
    except ValueError:
        raise StoreDamaged(f"An event of kind {kind} is not readable.", hint=_DOCTOR) from None
    return from_plain(kind, version, plain, fetch)


def to_plain(event: SessionEvent) -> tuple[str, int, Plain]:
    """``(kind, version, object)`` for JSON in UTF-8, with every string in full: for files, not for the store."""
    shape = _known_shape(event)
    return shape.kind, shape.version, shape.pack(event, _Packer(keep_long=True, escape=True))


def from_plain(kind: str, version: int, plain: Plain, fetch: Fetch | None = None) -> SessionEvent:
    """What ``to_plain`` or ``encode`` was given. Raises as ``decode`` does."""
    shape = _shape_of(kind)
    if shape is None or version > shape.version:
        raise StoreError(
            f"An event of kind {kind}, version {version}, is unknown to this Penstock.",
            hint="A newer Penstock wrote it: open the session with that one.",
        )
    try:
        for upgrade in UPGRADES.get(kind, ())[version - 1 :]:
            plain = upgrade(plain)
        return shape.unpack(plain, fetch)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreDamaged(f"An event of kind {kind} is not readable: {error}.", hint=_DOCTOR) from error


def weight(value: object) -> int:
    """About how many bytes of memory the strings of an event hold. Exact enough to bound a queue."""
    if type(value) is PartDelta:  # the hot path
        return 200 + value.text.__sizeof__()
    if isinstance(value, str):
        return value.__sizeof__()
    if isinstance(value, tuple):
        return sum(weight(item) for item in value)
    if is_dataclass(value):
        return 100 + sum(weight(getattr(value, name)) for name in value.__dataclass_fields__)
    return 0


# --- shapes, compiled at import


_DOCTOR = "penstock doctor says what else is damaged."
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Packer:
    """Collects the blobs of one event while it is packed."""

    __slots__ = ("_escape", "_keep_long", "blobs")

    def __init__(self, *, keep_long: bool, escape: bool = False) -> None:
        self.blobs: list[Blob] = []
        self._keep_long = keep_long
        self._escape = escape

    def text(self, value: str) -> object:
        if len(value) > _SURELY_SHORT and not self._keep_long:
            raw = value.encode("utf-8", "surrogatepass")
            if len(raw) > BLOB_BYTES:
                blob = Blob(hash=sha256(raw).hexdigest(), size=len(raw), encoding="zlib", data=compress(raw, 3))
                self.blobs.append(blob)
                return {"$blob": blob.hash, "size": blob.size}
        if self._escape and not _fits_utf8(value):
            return {"$bytes": b64encode(value.encode("utf-8", "surrogatepass")).decode()}
        return value


Pack = Callable[[Any, _Packer], Any]
Unpack = Callable[[Any, Fetch | None], Any]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How one dataclass becomes a JSON object and is made of one again."""

    kind: str
    version: int
    make: type
    packs: tuple[tuple[str, Pack | None], ...]
    unpacks: dict[str, Unpack | None]

    def pack(self, value: Any, packer: _Packer) -> Plain:
        return {
            name: getattr(value, name) if pack is None else pack(getattr(value, name), packer)
            for name, pack in self.packs
        }

    def unpack(self, plain: Any, fetch: Fetch | None) -> Any:
        """Of a long session most time is spent here: a plain text, which most values are, costs no call."""
        unpacks = self.unpacks
        return self.make(
            **{
                name: value
                if (unpack := unpacks[name]) is None or (unpack is _unpack_text and type(value) is str)
                else unpack(value, fetch)
                for name, value in plain.items()
            }
        )


@cache
def _shape(make: type) -> _Shape:
    hints = get_type_hints(make)
    both = {field.name: _converters(hints[field.name]) for field in fields(make)}
    return _Shape(
        kind=make.__name__,
        version=1 + len(UPGRADES.get(make.__name__, ())),
        make=make,
        packs=tuple((name, pack) for name, (pack, _) in both.items()),
        unpacks={name: unpack for name, (_, unpack) in both.items()},
    )


def _converters(hint: Any) -> tuple[Pack | None, Unpack | None]:
    """How a value of type ``hint`` is packed and unpacked; None where JSON has the type already."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is str:
        return _pack_text, _unpack_text
    if hint in (int, float, bool, NoneType) or origin is Literal:
        return None, None
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return None, lambda value, fetch: hint(value)
    if is_dataclass(hint) and isinstance(hint, type):
        shape = _shape(hint)
        return shape.pack, shape.unpack
    if origin is tuple:
        return _tuple_converters(arguments)
    if origin in (Union, UnionType):
        return _union_converters(arguments)
    raise TypeError(f"The codec knows no way to keep a {hint}.")


def _tuple_converters(arguments: tuple[Any, ...]) -> tuple[Pack, Unpack]:
    pack, unpack = _converters(arguments[0])
    if any(argument is not ... and argument != arguments[0] for argument in arguments):
        raise TypeError("The codec keeps tuples of one type only.")
    return (
        lambda value, packer: [item if pack is None else pack(item, packer) for item in value],
        lambda value, fetch: tuple(item if unpack is None else unpack(item, fetch) for item in value),
    )


def _union_converters(arguments: tuple[Any, ...]) -> tuple[Pack | None, Unpack | None]:
    """Of values and None, or of dataclasses, which get a ``type`` beside their fields."""
    members = [argument for argument in arguments if argument is not NoneType]
    if len(members) == 1:
        pack, unpack = _converters(members[0])
        return (
            pack and (lambda value, packer: None if value is None else pack(value, packer)),
            unpack and (lambda value, fetch: None if value is None else unpack(value, fetch)),
        )
    shapes = {member.__name__: _shape(member) for member in members}

    def pack_member(value: Any, packer: _Packer) -> Plain:
        kind = type(value).__name__
        return {"type": kind, **shapes[kind].pack(value, packer)}

    def unpack_member(plain: Plain, fetch: Fetch | None) -> Any:
        rest = {name: value for name, value in plain.items() if name != "type"}
        return shapes[plain["type"]].unpack(rest, fetch)

    return pack_member, unpack_member


def _pack_text(value: str, packer: _Packer) -> object:
    return packer.text(value) if len(value) > _SURELY_SHORT or not value.isascii() else value


def _unpack_text(value: Any, fetch: Fetch | None) -> str:
    if isinstance(value, str):
        return value
    if "$bytes" in value:
        return b64decode(value["$bytes"]).decode("utf-8", "surrogatepass")
    if fetch is None:
        raise KeyError("a text that is kept elsewhere")
    return fetch(value["$blob"]).text()


def _fits_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_EVENTS = {make.__name__: make for make in get_args(SessionEvent)}


@cache
def _shape_of(kind: str) -> _Shape | None:
    """An event's shape, worked out when its kind first comes by; None for a kind that is none of ours."""
    make = _EVENTS.get(kind)
    return None if make is None else _shape(make)


def _known_shape(event: SessionEvent) -> _Shape:
    shape = _shape_of(type(event).__name__)
    assert shape is not None
    return shape
