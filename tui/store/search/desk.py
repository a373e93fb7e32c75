"""The search as the store offers it: ``await store.search.find(...)``. It knows where to read and who writes."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tui.events import Entry
from tui.searching import Found, SearchOrder, SearchQuery, SearchRow
from tui.store.batch import Item
from tui.store.readers import Readers
from tui.store.search.find import find, rows_of
from tui.store.search.indexer import Indexer
from tui.store.writer import Writer

AT_ONCE = 1_000
_TURN = 30.0
"""Seconds that a piece of the index waits for its turn at the writer."""


class Search:
    """One for a store."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._waiting: Callable[[], list[Item]] = writer.waiting
        self.indexer = Indexer(
            readers.run, lambda work: _write(writer, work), lambda: writer.health.failing_since is not None
        )

    async def find(
        self, query: SearchQuery, order: SearchOrder = "ranked", *, limit: int = AT_ONCE, before: int | None = None
    ) -> Found:
        """What matches, by ids; ``before``: of what is older than that id, newest first. See ``tui.store.search.find``.

        Raises:
            StoreError: it cannot be read, or this SQLite cannot search.
        """
        waiting = [item for item in self._waiting() if isinstance(item, Entry)]
        work = partial(find, query=query, order=order, waiting=waiting, limit=limit, before=before, now=time.time())
        return await self._readers.run(work)

    async def rows(self, ids: Sequence[int], query: SearchQuery) -> dict[int, SearchRow]:
        """A page of what was found, by id; what is gone since is not among them. Raises StoreError."""
        return await self._readers.run(partial(rows_of, ids=ids, query=query)) if ids else {}

    async def finish(self) -> None:
        """Index all that is on disk now. Raises StoreError."""
        await self.indexer.finish()

    async def again(self) -> None:
        """Make the index anew from the log, a piece at a time. Raises StoreError."""
        await self.indexer.again()


async def _write(writer: Writer, work: Callable[[sqlite3.Connection], Any]) -> Any:
    return await writer.run(work, _TURN)
