"""Sessions of a damaged store come into the one that took its place, while people already work in that.

The damaged file is read into a sound one first, in a thread. From that its rows come over in pieces so small that an
event of a running agent hardly waits for them, and a session shows in no list before the last of its rows is there:
nobody opens half of one. Broken off, it begins again at the next start, and what is there already stays as it is.
"""

import asyncio
import fcntl
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

from tui.errors import StoreError
from tui.events import Entry
from tui.store import codec
from tui.store.care.remake import reading, shared_columns
from tui.store.care.repair import set_aside, was_read
from tui.store.care.salvage import salvage
from tui.store.log_rows import fetch_blob
from tui.store.projections import Statement, project, touch
from tui.store.schema import PROJECTIONS
from tui.store.store import Store

ROWS, BYTES = 100, 200_000
"""Of one piece, at the most, unless a single row is longer."""
_BEHIND = ("blobs", "scratch", "redactions", "aside", "ui")
_LISTED = re.compile(rf"(?:INSERT INTO|UPDATE) {PROJECTIONS[0]}\b")
_ENTRY = ("session_id", "seq", "at", "kind", "version", "body")
Row = tuple[Any, ...]
Say = Callable[[str], None]


async def make_room(path: Path) -> Store:
    """Set a damaged store aside and open a new one. Slots that were given are not given again.

    Raises:
        StoreError: another process has it open, or nothing can be written there.
    """
    kept = await asyncio.to_thread(set_aside, path)
    store = await Store.open(path)
    slots = await asyncio.to_thread(_slots, kept)
    await store.change(lambda new: new.executemany("INSERT OR IGNORE INTO slots VALUES (?,?)", slots).rowcount)
    return store


async def bring_over(store: Store, kept: Path, say: Say) -> None:
    """All that can be read of a store that was set aside; ``say`` is told when it begins and how it ended."""
    try:
        mark = os.open(kept, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return  # another process has read it
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        say(_BEGUN)
        await _bring_over(store, kept, say)
    except BlockingIOError:
        pass  # another process reads it now
    finally:
        os.close(mark)


_BEGUN = (
    "The store was damaged and has been set aside. Its sessions are being read, and will be in the list of sessions."
)


async def _bring_over(store: Store, kept: Path, say: Say) -> None:
    for left in kept.parent.glob(f"{kept.name}.sound-*"):
        left.unlink(missing_ok=True)
    stop = Event()
    sound = kept.with_name(f"{kept.name}.sound-{os.getpid()}-{id(stop)}")  # a thread that was left may have its own
    try:
        found = await asyncio.to_thread(salvage, kept, sound, stop)
        known = await store.read(_known)
        for table in ("blobs", "entries", *_BEHIND[1:]):
            await _copy(store, sound, table, known)
        for session_id in await asyncio.to_thread(_ids, sound):
            if session_id not in known:
                await _list(store, sound, session_id)
        named = await asyncio.to_thread(was_read, kept)
    except (StoreError, OSError, sqlite3.Error) as error:
        say(f"The damaged store {kept} could not be read to its end: {error}. The next start tries again.")
    else:
        say(f"Of the damaged store {found.sentence()} It is kept beside the store as {named.name}.")
    finally:
        stop.set()
        sound.unlink(missing_ok=True)


async def _copy(store: Store, sound: Path, table: str, known: set[str]) -> None:
    after = 0
    while True:
        columns, rows, after = await asyncio.to_thread(_piece, sound, table, after)
        if not rows:
            return
        if "session_id" in columns:
            at = columns.index("session_id")
            rows = [row for row in rows if row[at] not in known]
        marks = ",".join("?" * len(columns))
        sql = f"INSERT OR IGNORE INTO {table} ({','.join(columns)}) VALUES ({marks})"
        await store.change(lambda new, sql=sql, rows=rows: new.executemany(sql, rows).rowcount)


def _piece(sound: Path, table: str, after: int) -> tuple[list[str], list[Row], int]:
    """Columns and the rows behind ``after``, by rowid or, in a table without, by their order."""
    with reading(sound) as old:
        old.text_factory = str
        columns = [name for name in shared_columns(old, old, table) if name not in ("rowid", "id")]
        numbered = table not in ("scratch", "ui")
        where = "WHERE rowid > ? ORDER BY rowid LIMIT ?" if numbered else "ORDER BY 2, 3, 4 LIMIT ?2 OFFSET ?1"
        first = "rowid" if numbered else "0"
        rows: list[Row] = []
        size = 0
        for number, *row in old.execute(f"SELECT {first}, {', '.join(columns)} FROM {table} {where}", (after, ROWS)):
            if rows and (size := size + sum(len(v) for v in row if isinstance(v, str | bytes))) > BYTES:
                break
            rows.append(tuple(row))
            after = number if numbered else after + 1
    return columns, rows, after


async def _list(store: Store, sound: Path, session_id: str) -> None:
    """The session's projections in pieces, and in the end, at once, what makes it appear."""
    shown: list[Statement] = []
    last: Entry | None = None
    for piece in await asyncio.to_thread(lambda: list(_pieces(sound, session_id))):
        statements = [statement for entry in piece for statement in project(entry)]
        shown += [each for each in statements if _LISTED.match(each[0])]
        rest = [each for each in statements if not _LISTED.match(each[0])]
        await store.change(lambda new, rest=rest: _execute(new, rest))
        last = piece[-1]
    if last is not None:
        shown.append(touch(last))
        await store.change(lambda new: _execute(new, shown))


def _pieces(sound: Path, session_id: str) -> Iterator[list[Entry]]:
    """Its entries as far as they can be read, some at a time."""
    with reading(sound) as old:
        old.text_factory = str
        piece: list[Entry] = []
        rows = old.execute(f"SELECT {', '.join(_ENTRY)} FROM entries WHERE session_id=? ORDER BY seq", (session_id,))
        for sid, seq, at, kind, version, body in rows:
            try:
                event = codec.decode(kind, version, body, lambda name: fetch_blob(old, name))
            except StoreError:
                continue
            piece.append(Entry(sid, seq, at, event))
            if len(piece) == ROWS:
                yield piece
                piece = []
        if piece:
            yield piece


def _execute(new: sqlite3.Connection, statements: list[Statement]) -> None:
    for sql, values in statements:
        new.execute(sql, values)


def _known(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute(f"SELECT id FROM {PROJECTIONS[0]}")}


def _ids(sound: Path) -> list[str]:
    with reading(sound) as old:
        old.text_factory = str
        return [sid for (sid,) in old.execute("SELECT session_id FROM entries GROUP BY session_id ORDER BY min(rowid)")]


def _slots(kept: Path) -> list[Row]:
    """The last slot of each workspace, as far as the damaged file still says."""
    try:
        with reading(kept) as old:
            old.text_factory = str
            return old.execute("SELECT workspace, last FROM slots").fetchall()
    except sqlite3.Error:
        return []
