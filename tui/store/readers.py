"""Five read-only connections, opened when they are first needed.

Under WAL a reader sees the store as it was when its transaction began, and neither waits for the writer nor
makes it wait. A read that is cancelled is interrupted inside SQLite, and its connection is used again.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TypeVar

from tui.errors import StoreError
from tui.store.connection import Connection, connect_reader, explain

T = TypeVar("T")

READERS = 5
ASKED_EACH = 20_000
"""Steps of SQLite's machine between two looks at whether a read is still wanted: about a millisecond."""


class Readers:
    """The pool. ``run`` waits for a free connection when all five read."""

    def __init__(self, path: Path, *, most: int = READERS) -> None:
        self._path = path
        self._free: list[Connection] = []
        self._most = most
        self._seats = asyncio.Semaphore(most)
        self._open: list[Connection] = []
        self._closed = False

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """``work`` in a connection's thread, inside one read transaction.

        Raises:
            StoreError: SQLite could not read, or the store is closed.
        """
        stop = Event()
        async with self._seats:
            if self._closed:
                raise StoreError("The store is closed.")
            connection = self._free.pop() if self._free else await self._connect()
            try:
                return await connection.run(lambda raw: _read(raw, work, stop.is_set))
            except asyncio.CancelledError:
                stop.set()
                raise
            except sqlite3.Error as error:
                raise explain(error, self._path) from error
            finally:
                self._free.append(connection)

    async def close(self) -> None:
        """Close all connections, after the reads that run now, one that still opens its connection among them."""
        self._closed = True
        for _ in range(self._most):
            await self._seats.acquire()
        for connection in self._open:
            await connection.close()
        self._open.clear()
        self._free.clear()
        for _ in range(self._most):
            self._seats.release()

    async def _connect(self) -> Connection:
        connection = await connect_reader(self._path)
        self._open.append(connection)
        return connection


def _read(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T], stop: Callable[[], bool]) -> T:
    """SQLite asks ``stop`` now and then: to interrupt it instead would miss a statement that is about to begin."""
    connection.set_progress_handler(stop, ASKED_EACH)
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
