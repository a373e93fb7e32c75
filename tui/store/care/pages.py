"""The rows of a damaged store, read from its pages without SQLite.

SQLite finds a row by the pages above it: one damaged page hides all that hang from it, and a damaged first page hides
everything. The log makes another way safe. Its rows never change, so any page that looks like a leaf may be read,
current or stale, from the file or from its write-ahead log: the worst that comes of it is a row twice. A row is
taken by its shape (the number and types of its columns, a kind's name, a body that is JSON), never by its place.
Layout: https://www.sqlite.org/fileformat2.html
"""

import json
import mmap
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

Value = int | float | bytes | None
USUAL_SIZE = 4096
_MAGIC = b"SQLite format 3\0"
_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR = 0x0D, 0x0A, 0x02
_KIND = re.compile(rb"[A-Z][A-Za-z]{3,40}")
_HASH = re.compile(rb"[0-9a-f]{64}")
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
_MOST_PAYLOAD = 1 << 30


class LogRow(NamedTuple):
    """A row of ``entries`` (``owner`` None) or of ``scratch`` (``rowid`` 0)."""

    rowid: int
    session_id: str
    owner: str | None
    seq: int
    at: float
    kind: str
    version: int
    body: str


class BlobRow(NamedTuple):
    hash: str
    size: int
    encoding: str
    data: bytes


class Pages:
    """The pages of a store and of its write-ahead log. A context manager; ``rows`` may be called once."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._data: mmap.mmap | bytes = b""
        if path.stat().st_size:
            self._data = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        head = bytes(self._data[:24])
        size = int.from_bytes(head[16:18], "big") if head.startswith(_MAGIC) else 0
        size = 65536 if size == 1 else size
        self.size = size if size in (512 << n for n in range(8)) else USUAL_SIZE
        self._usable = self.size - (head[20] if head.startswith(_MAGIC) and head[20] < 64 else 0)
        self.count = -(-len(self._data) // self.size)
        log = path.with_name(f"{path.name}-wal")
        self._log = log.read_bytes() if log.is_file() else b""
        self._frames = dict(self._logged())  # the last one of a page counts
        self.unread = 0
        """Pages of the file that hold neither rows nor what a store is otherwise made of."""

    def __enter__(self) -> "Pages":
        return self

    def __exit__(self, *_: object) -> None:
        if isinstance(self._data, mmap.mmap):
            self._data.close()
        self._file.close()

    def rows(self) -> Iterator[LogRow | BlobRow]:
        """Every row of the log and every blob that stands whole on any page, some more than once."""
        for number in range(1, self.count + 1):
            page = self._page(number)
            self.unread += not _sane(page, number)
            yield from self._rows_of(page, number)
        for _, start in self._logged():
            yield from self._rows_of(self._log[start : start + self.size], 0)

    def _logged(self) -> Iterator[tuple[int, int]]:
        """Page number, and where its content begins in the write-ahead log."""
        for at in range(32, len(self._log) - 24 - self.size + 1, 24 + self.size):
            yield int.from_bytes(self._log[at : at + 4], "big"), at + 24

    def _page(self, number: int) -> bytes:
        return bytes(self._data[(number - 1) * self.size : number * self.size])

    def _newest(self, number: int) -> bytes:
        start = self._frames.get(number)
        return self._page(number) if start is None else self._log[start : start + self.size]

    def _rows_of(self, page: bytes, number: int) -> Iterator[LogRow | BlobRow]:
        base = 100 if page.startswith(_MAGIC) else 0
        if len(page) < self.size or page[base] not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR):
            return
        kind, count = page[base], int.from_bytes(page[base + 3 : base + 5], "big")
        first = base + (12 if kind == _INDEX_INTERIOR else 8)
        for at in range(first, min(first + 2 * count, len(page) - 1), 2):
            try:
                row = self._row(page, int.from_bytes(page[at : at + 2], "big"), kind)
            except (IndexError, ValueError, struct.error, OverflowError, RecursionError):
                continue
            if row is not None:
                yield row

    def _row(self, page: bytes, at: int, kind: int) -> LogRow | BlobRow | None:
        if kind == _INDEX_INTERIOR:
            at += 4  # the page to its left
        length, at = _varint(page, at)
        rowid = 0
        if kind == _TABLE_LEAF:
            rowid, at = _varint(page, at)
        if not 4 < length < _MOST_PAYLOAD:
            return None
        most = self._usable - 35 if kind == _TABLE_LEAF else (self._usable - 12) * 64 // 255 - 23
        head_end, types_at = _varint(page, at)
        types = _types(page, types_at, at + head_end)
        if len(types) < (4 if kind == _TABLE_LEAF else 7):
            return None
        payload = self._payload(page, at, length, most)
        values = list(_values(payload, types, head_end))
        if kind != _TABLE_LEAF:
            return _scratch(values)
        return _blob(values) if len(values) == 4 else _entry(rowid, values)

    def _payload(self, page: bytes, at: int, length: int, most: int) -> bytes:
        if length <= most:
            return page[at : at + length]
        least = (self._usable - 12) * 32 // 255 - 23
        here = least + (length - least) % (self._usable - 4)
        here = here if here <= most else least
        pieces, left = [page[at : at + here]], length - here
        following = int.from_bytes(page[at + here : at + here + 4], "big")
        while left > 0:
            over = self._newest(following)
            if following < 1 or len(over) < self.size:
                raise ValueError("the chain of a long row is broken")
            pieces.append(over[4 : min(self._usable, 4 + left)])
            left -= len(pieces[-1])
            following = int.from_bytes(over[:4], "big")
        return b"".join(pieces)


def _sane(page: bytes, number: int) -> bool:
    """Whether it may be a page of any kind: of a tree by its first byte, or the beginning of a long row's or list."""
    if number == 1:
        return page.startswith(_MAGIC)
    kind = page[0]
    if kind in (0x02, 0x05, 0x0A, 0x0D):
        count = int.from_bytes(page[3:5], "big")
        return 8 + 2 * count <= len(page)
    return kind == 0  # a page number below 16 million begins so


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for step in range(8):
        byte = data[at + step]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    return value << 8 | data[at + 8], at + 9


def _types(data: bytes, at: int, end: int) -> list[int]:
    types: list[int] = []
    while at < end and len(types) < 40:
        kind, at = _varint(data, at)
        types.append(kind)
    return types


def _values(payload: bytes, types: list[int], at: int) -> Iterator[Value]:
    for kind in types:
        size = (kind - 12) // 2 if kind >= 12 else _SIZES[kind]
        piece = payload[at : at + size]
        if len(piece) < size:
            raise ValueError("a row ends before its last column")
        at += size
        if kind == 0:
            yield None
        elif kind == 7:
            yield struct.unpack(">d", piece)[0]
        elif kind in (8, 9):
            yield kind - 8
        else:
            yield piece if kind >= 12 else int.from_bytes(piece, "big", signed=True)


def _entry(rowid: int, values: list[Value]) -> LogRow | None:
    match values:
        case [bytes(session), int(seq), int() | float() as at, bytes(kind), int(version), bytes(body), *_]:
            return _log_row(rowid, session, None, seq, at, kind, version, body)
        case _:
            return None


def _scratch(values: list[Value]) -> LogRow | None:
    match values:
        case [
            bytes(session),
            bytes(owner),
            int(seq),
            int() | float() as at,
            bytes(kind),
            int(version),
            bytes(body),
            *_,
        ]:
            return _log_row(0, session, owner, seq, at, kind, version, body)
        case _:
            return None


def _log_row(
    rowid: int, session: bytes, owner: bytes | None, seq: int, at: float, kind: bytes, version: int, body: bytes
) -> LogRow | None:
    if not _KIND.fullmatch(kind) or not body.startswith(b"{") or not 1 <= version < 1000 or seq < 1 or not session:
        return None
    text = body.decode()
    if not isinstance(json.loads(text), dict):
        return None
    name = None if owner is None else owner.decode()
    return LogRow(rowid, session.decode(), name, seq, float(at), kind.decode(), version, text)


def _blob(values: list[Value]) -> BlobRow | None:
    match values:
        case [bytes(name), int(size), bytes(encoding), bytes(data)] if _HASH.fullmatch(name) and encoding == b"zlib":
            return BlobRow(name.decode(), size, "zlib", data)
        case _:
            return None
