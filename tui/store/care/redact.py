"""A secret taken out of a store, so that no byte of it is left in the store's files.

The store is made again beside itself, with each row read through a ``Spelling``; projections and the index are made
from what is left. A text that came in pieces (streamed tokens, the stretches of a long output) is looked at whole. A
row of ``redactions`` says when, in which session, in how many places, and of how many characters; never what.

Only texts are covered. Digits of a time or a price that happen to be those of the secret, names of fields and of kept
texts are the log's own, and say nothing: without them it could not be read any more.
"""

import json
import os
import re
import sqlite3
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any
from zlib import compress, decompress
from zlib import error as ZlibError

from tui.errors import StoreDamaged, StoreError
from tui.store import codec
from tui.store.care import swap
from tui.store.care.remake import (
    TRUE_TABLES,
    must_be_sound,
    new_file,
    project_all,
    put,
    reading,
    settle,
    shared_columns,
)
from tui.store.care.spelling import Spelling, covered
from tui.store.presence import Presence
from tui.value import value

SCREEN = ""
"""In place of a session: layouts, drafts and what else the screen keeps."""
_PIECES = re.compile(rb'"pieces":\[(\{[^\]]*\})\]')
_BYTES = re.compile(rb'\{"\$bytes":"([A-Za-z0-9+/=]*)"\}')
_HASH = re.compile(rb"[0-9a-f]{64}")
_STRING = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?', re.DOTALL)
_EMPTY = codec.Blob.of(b"")
_MOST_AT_ONCE = 8 * 1024 * 1024
Row = tuple[Any, ...]
Span = tuple[int, int, bytes]


@value
class Found:
    """In how many places of which session the secret stands, under ``SCREEN`` for what is no session's."""

    places: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.places.values())


def look(path: Path, secret: str) -> Found:
    """What ``redact`` would cover. Raises StoreError, UsageError."""
    with reading(path) as old:
        pass_ = _Pass(Spelling(secret), old)
        for table in TRUE_TABLES:
            columns = _columns(old, table)
            for _ in pass_.rows(table, columns) if columns else ():
                pass
    return pass_.found()


def redact(path: Path, secret: str, *, at: float) -> Found:
    """Cover the secret everywhere in the store at ``path``; ``at`` is the time that is noted.

    Raises:
        StoreError: another process has the store open, it is damaged, or the new file cannot be written; the old one
            is as it was.
        UsageError: the secret is too short.
    """
    spelling = Spelling(secret)
    presence = Presence.alone(path)
    try:
        settle(path)
        found = _made(path, spelling, at)
        if found.total == 0:
            swap.making(path).unlink(missing_ok=True)
            return found
        must_be_sound(swap.making(path))
        _must_be_clean(swap.making(path), spelling)
        old = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            swap.decide(path)
            swap.finish(path)
            _wipe(old)
        finally:
            os.close(old)
        return found
    except (OSError, sqlite3.Error) as error:
        swap.making(path).unlink(missing_ok=True)
        raise StoreError(f"The store cannot be redacted: {error}.", hint="It is as it was.") from error
    finally:
        presence.leave()


def still_in(path: Path, spelling: Spelling) -> bool:
    """Whether a file of any kind has the secret among its bytes, uncompressed."""
    before = b""
    overlap = 64 * spelling.characters
    with path.open("rb") as file:
        while piece := file.read(_MOST_AT_ONCE):
            if spelling.spans(before + piece):
                return True
            before = piece[-overlap:]
    return False


def _made(path: Path, spelling: Spelling, at: float) -> Found:
    with reading(path) as old, new_file(swap.making(path)) as new:
        pass_ = _Pass(spelling, old)
        for table in TRUE_TABLES:
            columns = shared_columns(old, new, table)
            if columns:
                put(new, table, columns, pass_.rows(table, columns))
        found = pass_.found()
        for session_id, places in sorted(found.places.items()):
            new.execute(
                "INSERT INTO redactions (at, session_id, places, characters) VALUES (?,?,?,?)",
                (at, session_id, places, spelling.characters),
            )
        if found.total:
            project_all(new)
    return found


class _Pass:
    """One way through a store's rows. Blobs are looked at first: a changed one has another hash, which rows name."""

    def __init__(self, spelling: Spelling, old: sqlite3.Connection) -> None:
        self._spelling = spelling
        self._old = old
        self.places: Counter[str] = Counter()
        self._blobs: dict[bytes, codec.Blob] = {}
        self._named: set[bytes] = set()
        self._across: dict[bytes, list[Span]] = {}
        self._names = {name for (name,) in old.execute("SELECT hash FROM blobs")} if _columns(old, "blobs") else set()
        self.left = False
        """Something of the log's own is spelled as the secret is."""
        self._pieces()
        self._change_blobs()

    def found(self) -> Found:
        """Once all rows were read. A long text counts where it is named, and one that nothing names for itself."""
        unnamed = len(self._blobs.keys() - self._named)
        return Found(places={**self.places, **({SCREEN: self.places[SCREEN] + unnamed} if unnamed else {})})

    def rows(self, table: str, columns: list[str]) -> Iterator[Row]:
        """The table's rows, covered."""
        select = f"SELECT {', '.join(columns)} FROM {table}"
        if table == "blobs":
            yield from self._blob_rows(select)
        elif table == "scratch":
            yield from self._scratch_rows(select, columns)
        elif table in ("redactions", "slots"):
            for row in self._old.execute(select):
                yield tuple(_clean(self._spelling, value) for value in row)
        else:
            of = columns.index("session_id") if "session_id" in columns else None
            order = " ORDER BY rowid" if columns[0] == "rowid" else ""
            for row in self._old.execute(select + order):
                yield self._covered(row, columns, SCREEN if of is None else _text(row[of]))

    def _covered(self, row: Row, columns: list[str], session_id: str) -> Row:
        found = tuple(
            self._value(value, name, session_id) if isinstance(value, bytes) else value
            for value, name in zip(row, columns, strict=True)
        )
        if found != row and "kind" in columns:
            _must_stay_readable(dict(zip(columns, row, strict=True)), dict(zip(columns, found, strict=True)))
        return found

    def _value(self, value: bytes, column: str, session_id: str) -> bytes:
        if column == "kind":
            self.left = self.left or bool(self._spelling.spans(value))
            return value
        if column == "body" or _is_json(value):
            found, places = self._in_strings(value, names=column != "body")
        else:
            found, places = self._spelling.cover(value)
        found, hidden = self._in_bytes(found)
        found, named = self._renamed(found)
        if places + hidden + named:
            self.places[session_id] += places + hidden + named
        return found

    def _in_strings(self, value: bytes, *, names: bool) -> tuple[bytes, int]:
        """What stands in the strings of a JSON text; ``names``: also of its fields."""
        everywhere = len(self._spelling.spans(value))
        if not everywhere:
            return value, 0
        spans: list[Span] = []
        for found in _STRING.finditer(value):
            if (names or not found[2]) and found[1] not in self._names:
                at = found.start(1)
                spans += [(at + start, at + end, cover) for start, end, cover in self._spelling.spans(found[1])]
        self.left = self.left or everywhere > len(spans)
        return covered(value, spans), len(spans)

    def _in_bytes(self, value: bytes) -> tuple[bytes, int]:
        """What stands in texts that are kept as base64, since UTF-8 cannot hold them."""
        if b'"$bytes"' not in value:
            return value, 0
        places = 0

        def cover(match: re.Match[bytes]) -> bytes:
            nonlocal places
            raw, count = self._spelling.cover(b64decode(match[1]))
            places += count
            return b'{"$bytes":"' + b64encode(raw) + b'"}' if count else match[0]

        return _BYTES.sub(cover, value), places

    def _renamed(self, value: bytes) -> tuple[bytes, int]:
        """The new names of blobs that were changed."""
        if not self._blobs:
            return value, 0
        named = 0

        def rename(match: re.Match[bytes]) -> bytes:
            nonlocal named
            blob = self._blobs.get(match[0])
            if blob is not None:
                named += 1
                self._named.add(match[0])
            return blob.hash.encode() if blob is not None else match[0]

        return _HASH.sub(rename, value), named

    # --- blobs

    def _pieces(self) -> None:
        """The secret may begin in one stretch of a long output and end in the next."""
        for (body,) in self._old.execute("SELECT body FROM entries WHERE kind = 'ToolEnded'"):
            for found in _PIECES.findall(body):
                names = [piece["hash"].encode() for piece in json.loads(b"[" + found + b"]")]
                if len(names) > 1:
                    self._join(names)

    def _join(self, names: list[bytes]) -> None:
        texts = [self._raw(name) for name in names]
        for number, start, end, cover in _shares(texts, self._spelling.spans(b"".join(texts))):
            if start == 0 or end == len(texts[number]):  # else whole inside of one, and found there
                self._across.setdefault(names[number], []).append((start, end, cover))

    def _raw(self, name: bytes) -> bytes:
        row = self._old.execute("SELECT size, encoding, data FROM blobs WHERE hash=?", (name.decode(),)).fetchone()
        if row is None:
            return b""
        try:
            return codec.Blob(hash=name.decode(), size=row[0], encoding="zlib", data=row[2]).raw()
        except StoreDamaged:
            return b""

    def _change_blobs(self) -> None:
        for (name,) in self._old.execute("SELECT hash FROM blobs").fetchall():
            raw = self._raw(name)
            spans = sorted({*self._spelling.spans(raw), *self._across.get(name, ())})
            if spans:
                raw = covered(raw, spans)
                self._blobs[name] = codec.Blob(
                    hash=sha256(raw).hexdigest(), size=len(raw), encoding="zlib", data=compress(raw)
                )

    def _blob_rows(self, select: str) -> Iterator[Row]:
        for row in self._old.execute(select):
            blob = self._blobs.get(row[0])
            if blob is None:
                yield row
            else:
                yield blob.hash.encode(), blob.size, blob.encoding.encode(), blob.data

    # --- scratch

    def _scratch_rows(self, select: str, columns: list[str]) -> Iterator[Row]:
        """Pieces of one part together: a secret may be spelled over several."""
        owner, session, body = (columns.index(name) for name in ("owner", "session_id", "body"))
        rows = self._old.execute(f"{select} ORDER BY session_id, owner, seq")
        for _, group in groupby(rows, key=lambda row: (row[session], row[owner])):
            pieces = [list(row) for row in group]
            plain = [json.loads(row[body]) for row in pieces]
            texts = [piece["text"].encode() if isinstance(piece.get("text"), str) else b"" for piece in plain]
            spans = self._spelling.spans(b"".join(texts))
            if spans:
                self.places[_text(pieces[0][session])] += len(spans)
            changed: dict[int, bytes] = {}
            for number, start, end, cover in _shares(texts, spans):
                changed[number] = covered(changed.get(number, texts[number]), [(start, end, cover)])
            for number, text in changed.items():
                plain[number]["text"] = text.decode("utf-8", "replace")
                pieces[number][body] = json.dumps(plain[number], ensure_ascii=False, separators=(",", ":")).encode()
            yield from (self._covered(tuple(row), columns, _text(row[session])) for row in pieces)


def _shares(texts: list[bytes], spans: list[Span]) -> Iterator[tuple[int, int, int, bytes]]:
    """For spans of ``texts`` put together: number, from, to and cover of each text's share of one."""
    base = 0
    for number, text in enumerate(texts):
        for start, end, cover in spans:
            first, last = max(start, base), min(end, base + len(text))
            if first < last:
                yield number, first - base, last - base, cover[first - start : last - start]
        base += len(text)


def _columns(old: sqlite3.Connection, table: str) -> list[str]:
    found = [_text(row[1]) for row in old.execute(f"PRAGMA table_info({table})")]
    return ["rowid", *found] if table == "entries" and found else found


def _clean(spelling: Spelling, value: Any) -> Any:
    return spelling.cover(value)[0] if isinstance(value, bytes) else value


def _must_be_clean(path: Path, spelling: Spelling) -> None:
    """Look at the bytes themselves, and into what is compressed. Raises StoreError where the secret is still found.

    Where the log's own numbers and names are spelled so, it is each text that is looked at.
    """
    with reading(path) as new:
        dirty = any(spelling.spans(_unpacked(data)) for (data,) in new.execute("SELECT data FROM blobs"))
        again = _Pass(spelling, new)
        for table in TRUE_TABLES:
            for _ in again.rows(table, _columns(new, table)):
                pass
    dirty = dirty or bool(again.found().total) or (not again.left and still_in(path, spelling))
    if dirty:
        raise StoreError("The secret would still be in the new file.", hint="Nothing was changed; please report this.")


def _must_stay_readable(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Raises StoreError where a word that the log needs would be covered."""
    if _is_readable(old) and not _is_readable(new):
        raise StoreError(
            "What should be taken out is a word that the log itself is written in.",
            hint="Nothing was changed. Give a longer stretch of what surrounds it.",
        )


def _is_readable(row: dict[str, Any]) -> bool:
    try:
        codec.decode(_text(row["kind"]), row["version"], _text(row["body"]), lambda _: _EMPTY)
    except StoreError:
        return False
    return True


def _is_json(value: bytes) -> bool:
    try:
        return value[:1] in (b"{", b"[") and bool(json.loads(value))
    except (ValueError, RecursionError):
        return False


def _unpacked(data: bytes) -> bytes:
    try:
        return decompress(data)
    except ZlibError:
        return data


def _wipe(descriptor: int) -> None:
    """Nobody can open the old file any more; its bytes go as well, where the disk writes in place."""
    left, zeros = os.fstat(descriptor).st_size, bytes(1024 * 1024)
    at = 0
    while at < left:
        at += os.pwrite(descriptor, zeros[: left - at], at)
    os.fsync(descriptor)


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
