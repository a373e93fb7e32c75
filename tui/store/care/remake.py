"""A store's file made new beside the old one: what salvage, redaction and pruning have in common.

Only what is true is put in it (``TRUE_TABLES``); everything else is made again from the log. No page of the new file
was ever written with anything else, so that what was left out is nowhere in it.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from tui.errors import StoreDamaged, StoreError
from tui.events import Entry, PartEnded, ToolEnded
from tui.store import codec, schema
from tui.store.log_rows import fetch_blob
from tui.store.projections import rebuild

TRUE_TABLES = ("entries", "scratch", "blobs", "ui", "slots", "redactions", "aside")
"""Not ``meta``, which is about the file itself, and no projection or index."""
_COLUMNS = "session_id, seq, at, kind, version, body"


@contextmanager
def new_file(path: Path) -> Iterator[sqlite3.Connection]:
    """An empty store at ``path``, open in one transaction; it is on the disk at the end, or gone after an error."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")  # a file that is half made is thrown away
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -64000")
            schema.migrate(connection)
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A store's file, to be read alone. Texts are bytes, as they stand."""
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.text_factory = bytes
        yield connection


def settle(path: Path) -> None:
    """Bring all of it into the one file, and that to this version. Only for who has the store alone.

    Raises:
        sqlite3.Error, StoreError: as the writer's connection does.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema.migrate(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    return [_text(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]


def shared_columns(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> list[str]:
    """Columns that both files have, with ``rowid`` first for the log: its order is that of arrival."""
    known = set(columns_of(new, table))
    found = [name for name in columns_of(old, table) if name in known]
    return ["rowid", *found] if table == "entries" and found else found


def put(new: sqlite3.Connection, table: str, columns: list[str], rows: Iterable[tuple[object, ...]]) -> None:
    marks = ",".join("CAST(? AS TEXT)" if name in _TEXTS else "?" for name in columns)
    new.executemany(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING", rows)


_TEXTS = {"session_id", "kind", "body", "owner", "hash", "encoding", "workspace", "key", "value", "why"}
"""Columns of true tables that hold text, which ``reading`` gives as bytes."""


def project_all(new: sqlite3.Connection) -> list[tuple[str, int, str]]:
    """Fill the projections from the log, and take away scratch that is superseded.

    Returns session, seq and why for each entry that cannot be read: it stays in the log and shows nowhere else.
    """
    unread: list[tuple[str, int, str]] = []
    rebuild(new, _readable(new, unread))
    return unread


def _readable(new: sqlite3.Connection, unread: list[tuple[str, int, str]]) -> Iterator[Entry]:
    rows = new.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY rowid")
    for session_id, seq, at, kind, version, body in rows:
        try:
            entry = Entry(session_id, seq, at, codec.decode(kind, version, body, lambda name: fetch_blob(new, name)))
        except StoreError as error:
            unread.append((session_id, seq, str(error)))
            continue
        event = entry.event
        if isinstance(event, PartEnded | ToolEnded):
            owner = event.part_id if isinstance(event, PartEnded) else event.call_id
            name = owner.encode("utf-8", "replace").decode()
            new.execute("DELETE FROM scratch WHERE session_id=? AND owner=?", (session_id, name))
        yield entry


def must_be_sound(path: Path) -> None:
    """Raises StoreDamaged for a file that SQLite finds anything wrong with."""
    with reading(path) as connection:
        found = [_text(line) for (line,) in connection.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise StoreDamaged(f"The new file {path} is not sound: {found[0]}.", hint="The old store was not touched.")


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
