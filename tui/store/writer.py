"""The writer's task: the only one that ever touches the writing connection.

Items wait in memory until 50 of them, 100 ms or somebody who settles make a batch due. A batch that cannot be
written is tried three times quickly, and is then kept and tried with growing pauses while ``health`` says how
far the disk is behind: nothing is dropped, and order never changes. An idle writer has no timer and does not wake.
"""

import asyncio
import random
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from tui.errors import StoreError
from tui.store.batch import Batch, Item, transact
from tui.store.connection import Connection, explain
from tui.value import value

T = TypeVar("T")


@value
class WriterLimits:
    """When a batch is due, how much may wait, and the pauses after failures (seconds).

    ``batch_events`` make a batch due; one that is due takes what waits up to ``most_events``, so that a
    backlog costs few commits. ``sync``: what somebody settled also survives a power cut.
    """

    batch_events: int = 50
    batch_seconds: float = 0.1
    most_events: int = 500
    pending_bytes: int = 64 * 1024 * 1024
    quick_tries: int = 3
    quick_pause: float = 0.03
    first_pause: float = 0.25
    longest_pause: float = 5.0
    sync: bool = True


@value
class Health:
    """How far the disk is behind. ``failing_since`` is UTC epoch seconds, None while all is well."""

    behind_events: int = 0
    behind_bytes: int = 0
    failing_since: float | None = None
    error: str = ""


_FAILURES = (sqlite3.Error, OSError, StoreError, ValueError, TypeError)
"""What a batch may fail with. ValueError is aiosqlite's word for a closed connection."""


class Writer:
    """One for a store. ``start`` it on the running loop and ``close`` it there."""

    def __init__(
        self,
        connection: Connection,
        limits: WriterLimits,
        on_health: Callable[[Health], None],
        on_commit: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._on_health = on_health
        self._on_commit = on_commit
        self._queue: deque[tuple[Item, int]] = deque()
        self._batch: list[tuple[Item, int]] = []
        self._bytes = 0
        self._added = self._written = self._synced = 0
        self._settlers: list[tuple[int, asyncio.Future[None]]] = []
        self._jobs: deque[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]] = deque()
        self._wake, self._due, self._room, self._closing = (asyncio.Event() for _ in range(4))
        self._failing_since: float | None = None
        self._error: StoreError | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="store writer")
        self._task.add_done_callback(self._ended)

    @property
    def health(self) -> Health:
        return Health(
            behind_events=self._added - self._written,
            behind_bytes=self._bytes,
            failing_since=self._failing_since,
            error=self._error.sentence() if self._error is not None else "",
        )

    def waiting(self) -> list[Item]:
        """What was added and is not committed yet, in order."""
        return [item for item, _ in (*self._batch, *self._queue)]

    def add(self, item: Item, weight: int) -> None:
        """Take an item of about ``weight`` bytes.

        Raises:
            StoreError: the store was closed; nobody would write it.
        """
        if self._closing.is_set():
            raise StoreError("The store is closed.")
        self._queue.append((item, weight))
        self._added += 1
        self._bytes += weight
        waiting = len(self._queue)
        if waiting == 1:
            self._wake.set()
        if waiting >= self._limits.batch_events:
            self._due.set()

    async def drain(self) -> None:
        """Wait while more than ``pending_bytes`` wait.

        Raises:
            StoreError: the store was closed before there was room.
        """
        while self._bytes > self._limits.pending_bytes:
            if self._task is None or self._task.done():
                raise self._error or StoreError("The store is closed.")
            self._room.clear()
            await self._room.wait()

    async def settle(self, timeout: float) -> None:
        """Wait until all that was added before is on disk.

        Raises:
            StoreError: it is not, after ``timeout`` seconds. It is kept, and still tried.
        """
        if self._synced >= self._added:
            return
        settled = asyncio.get_running_loop().create_future()
        self._settlers.append((self._added, settled))
        try:
            await self._answer(settled, timeout)
        finally:
            self._settlers = [pair for pair in self._settlers if pair[1] is not settled]

    async def run(self, work: Callable[[sqlite3.Connection], T], timeout: float) -> T:
        """``work`` in a transaction of its own, between two batches.

        Raises:
            StoreError: it failed (and nothing of it was kept), or did not get its turn within ``timeout`` seconds.
        """
        if self._closing.is_set():
            raise StoreError("The store is closed.")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append((work, answer))
        return await self._answer(answer, timeout)

    async def close(self) -> int:
        """Write what waits and end the task. Returns how many items could not be written; ``waiting`` has them."""
        self._closing.set()
        self._wake.set()
        self._due.set()
        if self._task is not None:
            await asyncio.wait([self._task])
            if self._task.cancelled():  # somebody ended the loop's tasks before the store was closed
                await self._run()
        for _, answer in (*self._jobs, *self._settlers):
            if not answer.done():
                answer.set_exception(self._error or StoreError("The store is closed."))
        return len(self._batch) + len(self._queue)

    # --- the task

    async def _run(self) -> None:
        while True:
            if self._idle():
                if self._closing.is_set():
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._until_due()
            while self._jobs:
                await self._do(*self._jobs.popleft())
            if not self._idle() and not await self._write():
                return

    def _idle(self) -> bool:
        return not (self._queue or self._batch or self._jobs or self._settlers)

    async def _until_due(self) -> None:
        if len(self._queue) >= self._limits.batch_events or self._batch or self._settlers or self._jobs:
            return
        self._due.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.batch_seconds):
                if not self._closing.is_set():
                    await self._due.wait()

    async def _write(self) -> bool:
        """One batch, however often it takes. False when the store is closing and it could not be written."""
        most = self._limits.most_events - len(self._batch)
        self._batch += [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
        batch = Batch([item for item, _ in self._batch])
        target, durable = self._written + len(self._batch), bool(self._settlers) and self._limits.sync
        tries = 0
        while True:
            try:
                await self._connection.run(lambda connection: batch.write(connection, durable=durable))
            except _FAILURES as error:
                tries += 1
                if tries >= self._limits.quick_tries:
                    self._fail(error)
                    if self._closing.is_set():
                        return False
                await self._pause(tries)
            else:
                self._commit(target, durable)
                return True

    def _commit(self, target: int, durable: bool) -> None:
        self._bytes -= sum(weight for _, weight in self._batch)
        self._batch = []
        self._written = target
        asyncio.get_running_loop().call_soon(self._on_commit)  # as in _tell
        if durable or not self._limits.sync:
            self._synced = target
        if self._bytes <= self._limits.pending_bytes:
            self._room.set()
        for wanted, settled in self._settlers:
            if wanted <= self._synced and not settled.done():
                settled.set_result(None)
        self._settlers = [pair for pair in self._settlers if not pair[1].done()]
        if self._failing_since is not None:
            self._failing_since = self._error = None
            self._tell()

    def _fail(self, error: BaseException) -> None:
        self._error = _explained(error)
        self._failing_since = self._failing_since or time.time()
        self._tell()

    def _tell(self) -> None:
        """From the loop and not from this task: a listener that fails must not end the writer."""
        asyncio.get_running_loop().call_soon(self._on_health, self.health)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nothing should end the task but ``close``. If something does, it is said, and what waits is kept."""
        self._room.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    async def _pause(self, tries: int) -> None:
        """Wait before the next try. Closing does not wait out a long pause."""
        limits = self._limits
        slow = tries - limits.quick_tries
        base = limits.quick_pause * 2**tries
        if slow >= 0:
            base = min(limits.first_pause * 2 ** min(slow, 16), limits.longest_pause)
        seconds = base * random.uniform(0.5, 1.0)
        if slow < 0:
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def _do(self, work: Callable[[sqlite3.Connection], Any], answer: asyncio.Future[Any]) -> None:
        for tries in range(1, self._limits.quick_tries + 1):
            if answer.done():
                return
            try:
                result = await self._connection.run(lambda connection: transact(connection, work))
            except _FAILURES as error:
                if tries == self._limits.quick_tries and not answer.done():
                    answer.set_exception(_explained(error))
                elif tries < self._limits.quick_tries:
                    await self._pause(tries)
            else:
                if not answer.done():
                    answer.set_result(result)
                return

    async def _answer(self, answer: asyncio.Future[T], timeout: float) -> T:
        self._wake.set()
        self._due.set()
        try:
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError:
            reason = self._error or StoreError("The disk does not answer.")
            raise StoreError(
                f"{reason} {self._added - self._written} events wait in memory.", hint=reason.hint
            ) from None


def _explained(error: BaseException) -> StoreError:
    return error if isinstance(error, StoreError) else explain(error)
