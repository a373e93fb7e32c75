"""Reading a session's log back: rows to entries, with long texts put in again."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from tui.errors import StoreDamaged, StoreError
from tui.events import Entry
from tui.store import codec

_COLUMNS = "session_id, seq, at, kind, version, body"
_MOST = 2**63 - 1
_AT_ONCE = 100


def read_log(
    connection: sqlite3.Connection, session_id: str, *, after: int = 0, through: int | None = None
) -> list[Entry]:
    """Entries of one session in order, scratch among them.

    Raises:
        StoreError, StoreDamaged: an entry cannot be read; the sentence names it.
    """
    span = (session_id, after, _MOST if through is None else through)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM entries WHERE session_id=? AND seq>? AND seq<=? UNION ALL"
        f" SELECT {_COLUMNS} FROM scratch WHERE session_id=? AND seq>? AND seq<=? ORDER BY seq",
        span * 2,
    )
    return list(_entries(connection, rows))


def first_entries(connection: sqlite3.Connection, session_id: str, most: int, *, after: int = 0) -> list[Entry]:
    """The entries that a session's own rows begin with after a seq. Raises as ``read_log``."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM entries WHERE session_id=? AND seq>? ORDER BY seq LIMIT ?", (session_id, after, most)
    )
    return list(_entries(connection, rows))


def read_all(connection: sqlite3.Connection) -> Iterator[Entry]:
    """Every entry of every session but scratch, in the order in which they arrived. Raises as ``read_log``."""
    yield from _entries(connection, connection.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY rowid"))


def fetch_blob(connection: sqlite3.Connection, name: str) -> codec.Blob:
    """Raises StoreDamaged when it is missing."""
    found = connection.execute("SELECT size, encoding, data FROM blobs WHERE hash=?", (name,)).fetchone()
    if found is None:
        raise StoreDamaged(f"The stored text {name[:12]} is missing.", hint="penstock doctor says how much is.")
    return codec.Blob(hash=name, size=found[0], encoding=found[1], data=found[2])


def _entries(connection: sqlite3.Connection, rows: sqlite3.Cursor) -> Iterator[Entry]:
    def fetch(name: str) -> codec.Blob:
        return fetch_blob(connection, name)

    while chunk := rows.fetchmany(_AT_ONCE):
        plains = _parsed([row[5] for row in chunk])
        for place, (session_id, seq, at, kind, version, body) in enumerate(chunk):
            try:
                if plains is None:
                    event = codec.decode(kind, version, body, fetch)
                else:
                    event = codec.from_plain(kind, version, plains[place], fetch)
                yield Entry(session_id, seq, at, event)
            except StoreError as error:
                raise type(error)(f"Session {session_id}, entry {seq}: {error}", hint=error.hint) from error


def _parsed(bodies: list[str]) -> list[Any] | None:
    """All of them in one go, which takes a third of the time; None where one is none of ours, to be found by itself."""
    try:
        plains = json.loads(f"[{','.join(bodies)}]")
    except (ValueError, TypeError, RecursionError):
        return None
    return plains if len(plains) == len(bodies) else None
