"""Queries of a person's own while the program runs: in a thread that nothing else uses.

The store's five readers stay free, however heavy the query is. The connection is opened for each query and closed after
it: it holds nothing back in between, and a store that was replaced by a repaired one is found.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar

from tui.errors import UsageError
from tui.query import Answer, Form, Row
from tui.store.queries import QueryConnection, Watch
from tui.store.result_text import Mask, written

T = TypeVar("T")

MOST_ROWS = 10_000
MOST_BYTES = 32 * 1024 * 1024
"""What an answer may hold in memory."""
SECONDS = 300.0


class QueryDesk:
    """One query at a time. To be closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "query")
        self._watch: Watch | None = None

    async def ask(self, sql: str, *, rows: int = MOST_ROWS, seconds: float = SECONDS) -> Answer:
        """Raises UsageError, QueryStopped, StoreError: as ``QueryConnection.run``."""
        return await self._run(partial(_ask, self._path, sql, rows), seconds)

    async def write(self, sql: str, path: Path, form: Form, mask: Mask, *, seconds: float = SECONDS) -> int:
        """All rows of the query into a new file; how many they were. What was half written is removed again.

        Raises:
            UsageError: also where the file is there already, or cannot be written.
            QueryStopped, StoreError: as ``ask``.
        """
        return await self._run(partial(_write, self._path, sql, path, form, mask), seconds)

    def stop(self) -> bool:
        """End the query that runs; whether there was one."""
        if self._watch is None:
            return False
        self._watch.stop()
        return True

    def close(self) -> None:
        self.stop()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[Watch], T], seconds: float) -> T:
        watch = self._watch = Watch(seconds)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, watch)
        except asyncio.CancelledError:
            watch.stop()
            raise
        finally:
            if self._watch is watch:
                self._watch = None


def _ask(path: Path, sql: str, most: int, watch: Watch) -> Answer:
    began = monotonic()
    with QueryConnection(path) as connection, connection.run(sql, watch) as (columns, rows):
        kept: list[Row] = []
        size, cut = 0, ""
        for row in rows:
            if len(kept) == most:
                cut = f"only the first {most:,} rows"
                break
            kept.append(row)
            size += sum(len(value) for value in row if isinstance(value, str | bytes))
            if size > MOST_BYTES:
                cut = f"only the first {len(kept):,} rows: they are very long"
                break
        return Answer(columns=columns, rows=tuple(kept), cut=cut, seconds=monotonic() - began)


def _write(path: Path, sql: str, target: Path, form: Form, mask: Mask, watch: Watch) -> int:
    with QueryConnection(path) as connection, connection.run(sql, watch) as (columns, rows):
        counted = _Counted(rows)
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with open(descriptor, "w", encoding="utf-8", newline="") as file:
                    file.writelines(written(form, columns, counted, mask))
            except BaseException:
                target.unlink(missing_ok=True)
                raise
        except FileExistsError:
            raise UsageError(f"{target} is there already.", hint="Name another file.") from None
        except OSError as error:
            raise UsageError(f"Cannot write {target}: {error.strerror}.") from error
        return counted.number


class _Counted:
    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.number += 1
            yield row
