"""How fast a session's log reaches the disk, with eight sessions that write at once.

The events are those of ordinary turns, through `Log.emit` and the real store. The yardstick, on the same disk and
with rows of the same sizes: one connection behind a lock, eight threads, a commit for each row; every program
that saves a message by itself does that.
"""

import asyncio
import sqlite3
import tempfile
import threading
import time
from pathlib import Path
from random import Random

from bench.figures import Figure, figure
from bench.history import Scribe, Unsaved
from bench.terminal import percentile
from tui.engine.log import Log
from tui.events import Entry
from tui.state import SessionState
from tui.store import codec
from tui.store.store import Store

NAMES = ("append", "append_emit_p99", "append_durable_p99")
WRITERS = 8
TURNS = 60
"""A writer's turns, of some 35 events each."""
ROWS = 150
"""Rows of each thread of the yardstick, which is slower by far."""


class _Timed:
    """A store as a log's journal, which notes how long each ``add`` took."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.took: list[float] = []

    def add(self, entry: Entry) -> None:
        began = time.perf_counter()
        self._store.add(entry)
        self.took.append(time.perf_counter() - began)

    async def drain(self) -> None:
        await self._store.drain()

    async def settle(self) -> None:
        await self._store.settle()


def measure(*, repeats: int = 3) -> dict[str, Figure]:
    """Events a second until all are on disk; ms of an add, and from an add to the disk."""
    ours = [asyncio.run(_through_the_store()) for _ in range(repeats)]
    sizes = _row_sizes()
    theirs = [_one_commit_a_row(sizes) for _ in range(repeats)]
    waits = [1000 * percentile(waited, 0.99) for _, waited in theirs]
    return {
        "append": figure([rate for rate, _, _ in ours], "events/s", [rate for rate, _ in theirs]),
        "append_emit_p99": figure([1000 * percentile(adds, 0.99) for _, adds, _ in ours], "ms", waits),
        "append_durable_p99": figure([1000 * percentile(settles, 0.99) for _, _, settles in ours], "ms", waits),
    }


async def _through_the_store() -> tuple[float, list[float], list[float]]:
    """Events a second, seconds of each add, seconds of each wait for the disk."""
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(Path(folder) / "penstock.db")
        journal, settles = _Timed(store), list[float]()
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(WRITERS):
                group.create_task(_writer(number, store, journal, settles))
        await store.settle()
        took = time.perf_counter() - began
        await store.close()
        return len(journal.took) / took, journal.took, settles


async def _writer(number: int, store: Store, journal: _Timed, settles: list[float]) -> None:
    scribe = Scribe(Log(SessionState(f"session{number}"), journal), Random(number))
    scribe.open(workspace="/work", title="t", model="m/m", slot=number + 1)
    for turn in range(TURNS):
        scribe.turn()
        await store.drain()
        await asyncio.sleep(0)
        if turn % 4 == number % 4:
            began = time.perf_counter()
            await store.settle()
            settles.append(time.perf_counter() - began)


def _row_sizes() -> list[int]:
    """Bytes of the bodies of a writer's events."""
    journal = Unsaved()
    scribe = Scribe(Log(SessionState("session"), journal), Random(0))
    scribe.open(workspace="/work", title="t", model="m/m", slot=1)
    while len(journal.entries) < ROWS:
        scribe.turn()
    return [len(codec.encode(entry.event).body) for entry in journal.entries[:ROWS]]


def _one_commit_a_row(sizes: list[int]) -> tuple[float, list[float]]:
    """Rows a second, and seconds that each took from its thread's asking to its commit."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "peer.db", check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE entries (session TEXT, seq INTEGER, at REAL, kind TEXT, body TEXT)")
        lock, waited = threading.Lock(), list[float]()

        def write(thread: int) -> None:
            for number, size in enumerate(sizes):
                began = time.perf_counter()
                with lock:
                    connection.execute("BEGIN IMMEDIATE")
                    row = (f"session{thread}", number, time.time(), "event", "x" * size)
                    connection.execute("INSERT INTO entries VALUES (?,?,?,?,?)", row)
                    connection.execute("COMMIT")
                waited.append(time.perf_counter() - began)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        connection.close()
        return len(waited) / took, waited


if __name__ == "__main__":
    import json

    print(json.dumps(measure(repeats=1), indent=2))
