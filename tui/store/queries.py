"""A person's own SQL: one statement that only reads, bounded in time, that can be stopped.

The connection is one that cannot write, and SQLite asks ``_Guard`` about every single thing that a statement is about
to do, so that what is refused is known by name. A statement runs in one read transaction of its own; while it runs the
write-ahead log cannot be cut back behind it, which is why time is bounded.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

from tui.errors import StoreError, UsageError
from tui.query import Row, Value
from tui.store.connection import connect_writer, explain, open_reader
from tui.store.log_rows import fetch_blob
from tui.store.query_errors import place_of, sentence_of
from tui.store.schema import up_to_date

ASKED_EACH = 100_000
"""Steps of SQLite's machine between two looks at the clock: a few milliseconds."""
LONGEST_VALUE = 256 * 1024 * 1024
"""Bytes of one value. Without it ``zeroblob(1e9)`` would take a gigabyte of memory."""
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_TELLING = frozenset({
    "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
    "database_list", "collation_list", "function_list", "module_list", "pragma_list", "compile_options", "data_version",
})  # fmt: skip
"""Pragmas that change nothing whatever they are given."""
_NUMBERS = frozenset({
    "user_version", "application_id", "page_count", "page_size", "freelist_count", "journal_mode", "encoding",
})  # fmt: skip
"""Pragmas that change nothing where they are given nothing."""
_DEEDS = {
    sqlite3.SQLITE_ATTACH: "ATTACH",
    sqlite3.SQLITE_DETACH: "DETACH",
    sqlite3.SQLITE_INSERT: "INSERT",
    sqlite3.SQLITE_UPDATE: "UPDATE",
    sqlite3.SQLITE_DELETE: "DELETE",
    sqlite3.SQLITE_PRAGMA: "PRAGMA",
    sqlite3.SQLITE_TRANSACTION: "BEGIN or COMMIT",
    sqlite3.SQLITE_SAVEPOINT: "SAVEPOINT",
    sqlite3.SQLITE_REINDEX: "REINDEX",
    sqlite3.SQLITE_ANALYZE: "ANALYZE",
    sqlite3.SQLITE_ALTER_TABLE: "ALTER TABLE",
    sqlite3.SQLITE_FUNCTION: "load_extension",
}


class Watch:
    """Says when a query has to end: a time limit, or somebody who called ``stop``, from any thread."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds if seconds > 0 else float("inf")
        self._stopped = Event()
        self._interrupt: Callable[[], None] = lambda: None

    def stop(self) -> None:
        """Also inside what SQLite does in one step, such as a long sort."""
        self._stopped.set()
        self._interrupt()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    @property
    def late(self) -> bool:
        return time.monotonic() > self._until

    @contextmanager
    def over(self, connection: sqlite3.Connection) -> Iterator[None]:
        self._interrupt = connection.interrupt
        connection.set_progress_handler(lambda: self.stopped or self.late, ASKED_EACH)
        try:
            yield
        finally:
            connection.set_progress_handler(None, 0)
            self._interrupt = lambda: None


class QueryStopped(StoreError):
    """Somebody stopped it."""


class QueryConnection:
    """A connection for queries. All of it is used in the thread that made it."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError, SchemaTooNew, StoreDamaged: the store cannot be read."""
        self._path = path
        try:
            self._connection = open_reader(path)
        except sqlite3.Error as error:
            raise explain(error, path) from error
        self._guard = _Guard()
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        self._connection.text_factory = _readable
        self._connection.create_function("blob_text", 1, self._blob_text)
        self._connection.set_authorizer(self._guard)

    def __enter__(self) -> "QueryConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextmanager
    def run(self, sql: str, watch: Watch) -> Iterator[tuple[tuple[str, ...], Iterator[Row]]]:
        """The names of the columns, and the rows as they come.

        Raises:
            UsageError: it is no statement that reads; the sentence says where.
            QueryStopped: ``watch.stop`` was called.
            StoreError: it took too long, or SQLite could not read. From the rows as well.
        """
        self._guard.refused = ""
        with watch.over(self._connection):
            with self._told(sql, watch):
                cursor = self._connection.execute(sql)
            try:
                if cursor.description is None:
                    raise UsageError("There is no query in that.", hint="Such as: SELECT * FROM sessions LIMIT 10")
                yield tuple(name for name, *_ in cursor.description), self._rows(cursor, sql, watch)
            finally:
                cursor.close()

    def _rows(self, cursor: sqlite3.Cursor, sql: str, watch: Watch) -> Iterator[Row]:
        with self._told(sql, watch):
            for row in cursor:  # one by one: many at once of long ones would be more than there is memory
                yield row
                if watch.stopped or watch.late:  # rows may come faster than SQLite looks at the clock
                    raise sqlite3.OperationalError("interrupted")

    @contextmanager
    def _told(self, sql: str, watch: Watch) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._explained(error, sql, watch) from error
        except ValueError as error:  # NUL or half a character in the statement
            raise UsageError(f"That is no SQL: {error}.") from error

    def _explained(self, error: Exception, sql: str, watch: Watch) -> StoreError | UsageError:
        if watch.stopped:
            return QueryStopped("The query was stopped.")
        if watch.late:
            return StoreError(
                f"The query took longer than {watch.seconds:g} s.", hint="Ask for less, or allow it more time."
            )
        if self._guard.refused:
            return UsageError(f"Queries only read: {self._guard.refused} is refused.", hint="Nothing was changed.")
        name = getattr(error, "sqlite_errorname", None)
        if name not in (None, "SQLITE_ERROR", "SQLITE_AUTH", "SQLITE_RANGE", "SQLITE_MISMATCH", "SQLITE_TOOBIG"):
            return explain(error, self._path)
        sentence, hint = sentence_of(error, sql, place_of(self._connection, sql, str(error)))
        return UsageError(sentence, hint=hint)

    def _blob_text(self, name: Value) -> str | None:
        """``blob_text(HASH)``: the whole text, for queries that are made here. None for a hash that has none."""
        try:
            return None if name is None else fetch_blob(self._connection, str(name)).raw().decode("utf-8", "replace")
        except StoreError:
            return None


def bring_up_to_date(path: Path) -> None:
    """A store that an older Penstock wrote gets the tables and views of this one. Must not run on an event loop.

    Raises:
        StoreError: there is none, or it cannot be written. SchemaTooNew, StoreDamaged: as a store's opening.
    """
    if not path.exists():
        raise StoreError(f"There is no store at {path} yet.", hint="`penstock` makes one.")
    try:
        with closing(open_reader(path)) as connection:
            if up_to_date(connection):
                return
    except sqlite3.Error as error:
        raise explain(error, path) from error
    asyncio.run(_open_once(path))


async def _open_once(path: Path) -> None:
    await (await connect_writer(path)).close()


class _Guard:
    """Called by SQLite for everything that a statement would do. Remembers what it refused."""

    def __init__(self) -> None:
        self.refused = ""

    def __call__(self, deed: int, first: str | None, second: str | None, *_: str | None) -> int:
        allowed = deed in _READING and not (deed == sqlite3.SQLITE_FUNCTION and second == "load_extension")
        if deed == sqlite3.SQLITE_UPDATE and first == "sqlite_master":
            allowed = True  # a table-valued function is being declared; for a person's UPDATE SQLite says no itself
        if deed == sqlite3.SQLITE_PRAGMA:
            name = (first or "").lower()
            allowed = name in _TELLING or (name in _NUMBERS and second is None)
        if allowed:
            return sqlite3.SQLITE_OK
        self.refused = self.refused or _name_of(deed, first)
        return sqlite3.SQLITE_DENY


def _name_of(deed: int, first: str | None) -> str:
    if deed in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_DELETE) and (first or "").startswith("sqlite_"):
        return "CREATE or DROP"  # the row of the schema's own table comes first
    if deed == sqlite3.SQLITE_PRAGMA:
        return f"PRAGMA {first}"
    return _DEEDS.get(deed, "CREATE or DROP")


def _readable(raw: bytes) -> str:
    """A text that is no UTF-8 (``CAST`` makes some) must not end the query."""
    return raw.decode("utf-8", "replace")
