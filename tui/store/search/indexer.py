"""The task that feeds the index, behind what is written and in pieces that nobody waits for.

It sleeps until something was committed, lets a second's worth come together, reads and splits the texts in a reader's
thread, and gives the writer rows that it puts in between two batches. Between pieces it rests as long as one took.
While the disk fails it does nothing: the next commit wakes it.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from tui.errors import StoreError
from tui.store.search.index import clear, fits, next_piece, read_mark, write_piece
from tui.store.search.tables import has_index

QUIET = 1.0
"""Seconds for which news come together. A search finds them meanwhile: it looks through what is not indexed."""
FIRST = 3.0
"""Seconds after the opening until what an earlier run left is looked at: the first frame comes before."""


class Run(Protocol):
    """Work in a reader's thread, or in the writer's between two batches."""

    def __call__(self, work: Callable[[sqlite3.Connection], Any], /) -> Awaitable[Any]: ...


class Indexer:
    """``start`` it on the running loop and ``close`` it there."""

    def __init__(self, read: Run, write: Run, failing: Callable[[], bool]) -> None:
        self._read = read
        self._write = write
        self._failing = failing
        self._news = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.idle = False
        """All that was committed is indexed, and nothing more was."""

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="store indexer")

    def nudge(self) -> None:
        """Something was committed."""
        self.idle = False
        self._news.set()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def finish(self) -> None:
        """Index all that is on disk now.

        Raises:
            StoreError: it cannot be read or written.
        """
        more = True
        while more:
            more = await self._step()

    async def again(self) -> None:
        """Make the whole index anew, from the log. What was found before is found less and less until it is done.

        Raises:
            StoreError: it cannot be read or written.
        """
        await self._write(clear)
        await self.finish()

    async def _run(self) -> None:
        await asyncio.sleep(FIRST)
        while True:
            self._news.clear()
            with suppress(StoreError):
                await self._catch_up()
            self.idle = not self._news.is_set()
            await self._news.wait()
            await asyncio.sleep(QUIET)

    async def _catch_up(self) -> None:
        while not self._failing():
            began = time.monotonic()
            if not await self._step():
                return
            await asyncio.sleep(time.monotonic() - began)

    async def _step(self) -> bool:
        """One piece; False where there is none."""
        async with self._one_at_a_time:
            if not await self._read(_is_sound):
                await self._write(_renew)
            piece = await self._read(next_piece)
            if piece is None:
                return False
            await self._write(partial(write_piece, piece=piece))
            return True


def _is_sound(connection: sqlite3.Connection) -> bool:
    return not has_index(connection) or fits(connection, read_mark(connection))


def _renew(connection: sqlite3.Connection) -> None:
    """Unless another process was quicker."""
    if not _is_sound(connection):
        clear(connection)
