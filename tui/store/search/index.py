"""The index of words: its tables, how far it reaches, and what may be done to it.

It is contentless: texts stay in their events, once, and the index holds words and places alone, at about half the size
of what it was made of. ``indexed_through`` says up to which entry it reaches, in the order of their arrival, and is
written in the transaction of what it speaks of. A row is the rowid of its entry; should SQLite number those anew (a
vacuum may), the mark no longer fits its entry, and the index is made again from the beginning.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tui.events import Entry
from tui.store.projections import storable
from tui.store.search.tables import add_search_index, has_index
from tui.store.search.texts import KINDS_OF_ENTRIES, Block, Origins, Text, block_of, read_event, text_of

MARK = "indexed_through"
PIECE_CHARS = 64_000
"""Characters of texts that are indexed in one transaction: about 10 ms of the writer's time."""
PIECE_ENTRIES = 1_000
WORTH_IT = 200
"""Entries without a text for which alone the mark is not moved."""
INDEXABLE = f"kind IN ({', '.join(repr(kind) for kind in KINDS_OF_ENTRIES)})"
INSERT = "INSERT INTO search_index (rowid, text, tags) VALUES (?,?,?)"
_DELETE = "INSERT INTO search_index (search_index, rowid, text, tags) VALUES ('delete',?,?,?)"


class Mark(NamedTuple):
    """The last entry that is in the index, or (0, "", 0)."""

    rowid: int
    session_id: str
    seq: int


class Piece(NamedTuple):
    """Some entries as rows of the index, and the marks before and after them."""

    before: Mark
    after: Mark
    blocks: Sequence[tuple[int, Block]]


NOTHING = Mark(0, "", 0)


def clear(connection: sqlite3.Connection) -> None:
    """Take everything out of the index, its bytes too: it is made again from the log. In the caller's transaction."""
    connection.execute("DROP TABLE IF EXISTS search_index")
    connection.execute("DROP TABLE IF EXISTS search_names")
    connection.execute("DELETE FROM meta WHERE key = ?", (MARK,))
    add_search_index(connection)


def forget(connection: sqlite3.Connection, rowids: Iterable[int]) -> None:
    """Take entries (by the rowids of ``entries``) out of the index, in the caller's transaction.

    It must be called before the entries are changed or deleted: their texts say which words go. What a deleted word
    leaves in the file goes with ``clear`` alone.
    """
    if not has_index(connection):
        return
    mark, gone = read_mark(connection), set(rowids)
    origins = Origins(connection)
    for rowid in sorted(gone):
        found = _entry(connection, rowid)
        text = None if found is None or rowid > mark.rowid else text_of(connection, found, origins)
        if found is not None and text is not None:
            block = block_of(found, text, origins)
            connection.execute(_DELETE, (rowid, block.text, block.tags))
    if mark.rowid in gone:
        _step_back(connection, mark, gone)


def read_mark(connection: sqlite3.Connection) -> Mark:
    """How far the index reaches."""
    found = connection.execute("SELECT value FROM meta WHERE key = ?", (MARK,)).fetchone()
    return NOTHING if found is None else Mark(*json.loads(found[0]))


def fits(connection: sqlite3.Connection, mark: Mark) -> bool:
    """Whether the mark still names the entry that it was set at."""
    if mark == NOTHING:
        return True
    found = connection.execute("SELECT session_id, seq FROM entries WHERE rowid = ?", (mark.rowid,)).fetchone()
    return found == (mark.session_id, mark.seq)


def next_piece(connection: sqlite3.Connection) -> Piece | None:
    """What is to be indexed next, None where there is nothing. Reads only."""
    if not has_index(connection):
        return None
    mark = read_mark(connection)
    rows = connection.execute(
        f"SELECT rowid, session_id, seq, at, kind, version, CASE WHEN {INDEXABLE} THEN body END FROM entries"
        " WHERE rowid > ? ORDER BY rowid LIMIT ?",
        (mark.rowid, PIECE_ENTRIES),
    )
    origins, blocks, size, after = Origins(connection), list[tuple[int, Block]](), 0, mark
    for rowid, session_id, seq, at, kind, version, body in rows:
        after = Mark(rowid, session_id, seq)
        found = _made(connection, (session_id, seq, at, kind, version, body), origins)
        if found is not None:
            blocks.append((rowid, block_of(*found, origins)))
            size += len(blocks[-1][1].text)
            if size >= PIECE_CHARS:
                break
    return Piece(mark, after, blocks) if blocks or after.rowid - mark.rowid >= WORTH_IT else None


def write_piece(connection: sqlite3.Connection, piece: Piece) -> bool:
    """Put it into the index; False where another process was quicker. In the caller's transaction."""
    if read_mark(connection) != piece.before:
        return False
    connection.executemany(INSERT, [(rowid, block.text, block.tags) for rowid, block in piece.blocks])
    names = {(kind, name) for _, block in piece.blocks for kind, name in names_of(block)}
    connection.executemany("INSERT INTO search_names VALUES (?,?) ON CONFLICT DO NOTHING", sorted(names))
    set_mark(connection, piece.after)
    return True


def names_of(block: Block) -> list[tuple[str, str]]:
    """Of which kind (``model`` or ``tool``) which names a block has."""
    return [(kind, name) for kind, name in (("model", block.model), ("tool", block.tool)) if name]


def _made(
    connection: sqlite3.Connection, row: tuple[str, int, float, str, int, str | None], origins: Origins
) -> tuple[Entry, Text] | None:
    session_id, seq, at, kind, version, body = row
    event = None if body is None else read_event(connection, kind, version, body)
    if event is None:
        return None
    entry = Entry(session_id, seq, at, event)
    text = text_of(connection, entry, origins)
    return None if text is None else (entry, text)


def _entry(connection: sqlite3.Connection, rowid: int) -> Entry | None:
    found = connection.execute(
        f"SELECT session_id, seq, at, kind, version, body FROM entries WHERE rowid = ? AND {INDEXABLE}", (rowid,)
    ).fetchone()
    if found is None:
        return None
    session_id, seq, at, *stored = found
    event = read_event(connection, *stored)
    return None if event is None else Entry(session_id, seq, at, event)


def set_mark(connection: sqlite3.Connection, mark: Mark) -> None:
    connection.execute(
        "INSERT INTO meta VALUES (?,?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (MARK, json.dumps([mark.rowid, storable(mark.session_id), mark.seq])),
    )


def _step_back(connection: sqlite3.Connection, mark: Mark, gone: set[int]) -> None:
    """The mark's entry goes: the one before it that stays carries it."""
    rows = connection.execute(
        "SELECT rowid, session_id, seq FROM entries WHERE rowid < ? ORDER BY rowid DESC", (mark.rowid,)
    )
    set_mark(connection, next((Mark(*row) for row in rows if row[0] not in gone), NOTHING))
