"""A connection to the store's file: aiosqlite's thread, one hop for a whole transaction.

aiosqlite sends each statement to its thread and waits for the answer on the event loop. A transaction of
several statements would then hold SQLite's write lock across as many turns of a busy loop, and could be
cancelled in its middle. ``Connection.run`` sends a function instead: it runs in the thread from begin to
commit, and nothing on the loop can come between.
"""

import asyncio
import os
import random
import sqlite3
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import aiosqlite

from tui.errors import StoreDamaged, StoreError
from tui.store import schema

T = TypeVar("T")

BUSY_MS = 1000
"""How long one attempt waits for another process's write lock, inside SQLite. Longer waits are the writer's."""
WAL_BYTES = 16 * 1024 * 1024
"""The write-ahead log is cut back to this after a checkpoint."""
READER_KB = 512
"""What each reader keeps of the file in memory, of its pages: five of them at SQLite's own 2 MB are memory that grows
for an hour and is hardly ever read again, since the system has the file in its cache."""
OPENING_MS = 30_000
"""How long a program that has to make or to renew the tables waits for others that do just that, or write."""
_WAL_TRIES = 500


class Connection(aiosqlite.Connection):
    """Made by ``connect_writer`` or ``connect_reader``; awaited to open."""

    def __init__(self, path: Path, *, write: bool) -> None:
        self._stopping: asyncio.Future[None] | None = None
        super().__init__(lambda: _open_writer(path) if write else open_reader(path), 64)
        self._thread.daemon = True  # a second ctrl+c can break off the closing: the process ends all the same

    def stop(self) -> asyncio.Future[None] | None:
        """See aiosqlite, which stops a connection that could not be opened and does not wait for it."""
        self._stopping = super().stop()
        return self._stopping

    async def stopped(self) -> None:
        """The thread has given its last answer, so that the loop may close."""
        if self._stopping is not None:
            await self._stopping

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """``work`` in the connection's thread. When the caller is cancelled, ``work`` still runs to its end."""
        return await self._execute(lambda: work(self._conn))


async def connect_writer(path: Path) -> Connection:
    """Open for writing, and bring the schema up to date.

    Raises:
        StoreError, SchemaTooNew, StoreDamaged: with a sentence and a hint.
    """
    return await _connect(path, write=True)


async def connect_reader(path: Path) -> Connection:
    """Open for reading only: no statement on it can change the file. Raises as ``connect_writer``."""
    return await _connect(path, write=False)


async def _connect(path: Path, *, write: bool) -> Connection:
    connection = Connection(path, write=write)
    try:
        return await connection  # type: ignore[return-value]
    except BaseException as error:
        await connection.stopped()
        if isinstance(error, sqlite3.Error):
            raise explain(error, path) from error
        raise


def create_file(path: Path) -> None:
    """Make the folder (0700) and an empty file (0600) unless they are there, and close them to others.

    SQLite gives its ``-wal`` and ``-shm`` files the permissions of the database.

    Raises:
        StoreError: the folder or file cannot be made, or is no plain file.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder {path.parent} cannot be made: {error.strerror}.", hint=_ELSEWHERE) from error
    try:
        # A file that exists is never opened here: closing any descriptor of it would drop the POSIX
        # locks that SQLite holds on it elsewhere in this process.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        _check_file(path)
    except OSError as error:
        raise StoreError(f"The file {path} cannot be made: {error.strerror}.", hint=_ELSEWHERE) from error


def explain(error: BaseException, path: Path | None = None) -> StoreError:
    """The error as a sentence for a person."""
    name, text = getattr(error, "sqlite_errorname", "") or "", str(error)
    where = f" {path}" if path else ""
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreDamaged(f"The store{where} is damaged, or is not a database.", hint=_DAMAGED)
    for prefix, sentence, hint in _SENTENCES:
        if name.startswith(prefix):
            return StoreError(sentence.format(where=where), hint=hint)
    return StoreError(f"The store{where} failed: {text}.", hint="penstock doctor says more.")


_ELSEWHERE = "Make it writable, or name another folder for the store."
_DAMAGED = "Keep the file, and run penstock doctor on it."
_SENTENCES = (
    ("SQLITE_FULL", "The disk is full: the store{where} cannot grow.", "Free some space; writing goes on by itself."),
    ("SQLITE_BUSY", "Another program holds the store{where} locked.", "Writing goes on when it lets go."),
    ("SQLITE_LOCKED", "Another program holds the store{where} locked.", "Writing goes on when it lets go."),
    ("SQLITE_READONLY", "The store{where} is read-only.", _ELSEWHERE),
    ("SQLITE_CANTOPEN", "The store{where} cannot be opened.", _ELSEWHERE),
    ("SQLITE_PERM", "The store{where} may not be opened.", _ELSEWHERE),
    ("SQLITE_IOERR", "The disk fails under the store{where}.", "Look at the system's log; writing is tried again."),
)


def _check_file(path: Path) -> None:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise StoreError(f"{path} is not a plain file.", hint="Move it away, or name another folder for the store.")
        if status.st_mode & 0o077 and status.st_uid == os.geteuid():
            path.chmod(0o600)
    except OSError as error:
        raise StoreError(f"The file {path} cannot be checked: {error.strerror}.", hint=_ELSEWHERE) from error


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"


def open_reader(path: Path) -> sqlite3.Connection:
    """For the thread that calls. Raises sqlite3.Error, and as ``schema.check``."""
    connection = sqlite3.connect(_uri(path, "ro"), uri=True, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        connection.execute(f"PRAGMA cache_size = -{READER_KB}")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        schema.check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _open_writer(path: Path) -> sqlite3.Connection:
    open_reader(path).close()  # a file that is not ours, or is newer, is refused before anything could write to it
    connection = sqlite3.connect(_uri(path, "rw"), uri=True, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        _turn_wal_on(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute(f"PRAGMA busy_timeout = {OPENING_MS}")
        schema.migrate(connection)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        _try_to_write(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _try_to_write(connection: sqlite3.Connection) -> None:
    """A file that cannot be written says so now. One that another program writes at this moment surely can be."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'settled'")
    connection.execute("COMMIT")


def _turn_wal_on(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for the lock that this needs, so two programs that create a store at once take turns."""
    for tries_left in reversed(range(_WAL_TRIES)):
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if not tries_left or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(random.uniform(0.01, 0.05))
            continue
        if mode != "wal":
            raise StoreError(
                f"The store's folder allows no write-ahead log (SQLite offers {mode}).",
                hint="Keep the store on a local disk.",
            )
        return
