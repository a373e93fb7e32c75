"""The disk fails, is full, is locked, comes back, or the process dies: nothing that was added is lost or moved."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripts import eventually
from tests.store.conftest import IMPATIENT
from tests.store.dying import batches, long_outputs
from tests.store.histories import deltas, histories, opened
from tests.store.test_store import tables
from tui.errors import StoreError
from tui.events import SCRATCH, Entry, PartEnded, SessionRenamed
from tui.state import fold
from tui.store.store import Health, Store, WriterLimits

OpenStore = Callable[..., Awaitable[Store]]
HASTY = WriterLimits(quick_pause=1e-4, first_pause=2e-4, longest_pause=1e-3, sync=False)
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def begins(store: Store) -> list[float]:
    """Grows by a time for each transaction that the writer tries to begin."""
    tries: list[float] = []

    def traced(statement: str) -> None:
        if statement.startswith("BEGIN"):
            tries.append(time.monotonic())

    await store._connection.set_trace_callback(traced)
    return tries


async def pages(store: Store, most: int) -> None:
    """A disk with room for ``most`` pages; 0: for those that are there."""

    def work(connection: sqlite3.Connection) -> None:
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {most or now}").fetchone()

    await store._connection.run(work)


def rows(path: Path) -> list[int]:
    """The entries' numbers in the order in which they came to the disk, as another program reads them."""
    other = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = [seq for (seq,) in other.execute("SELECT seq FROM entries ORDER BY rowid")]
    other.close()
    return found


def renamed(*numbers: int) -> list[Entry]:
    return [Entry("s1", seq, float(seq), SessionRenamed(title=f"title {seq}")) for seq in numbers]


# --- kept, said, tried again


async def test_a_failing_write_is_tried_three_times_then_kept_and_said_until_it_is_there(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened())
    await store.settle()
    tries = await begins(store)
    told: list[tuple[int, Health]] = []
    store.on_health = lambda health: told.append((len(tries), health))
    before = time.time()
    with locked(store.path):
        for entry in renamed(2, 3, 4):
            store.add(entry)
        await eventually(lambda: told)
        at, health = told[0]
        assert (at, health.behind_events) == (3, 3)
        assert health.behind_bytes > 0
        assert "locked" in health.error
        assert health.failing_since is not None
        assert before <= health.failing_since <= time.time()
        store.add(renamed(5)[0])
        await eventually(lambda: len(told) >= 3)
        assert (store.health.behind_events, store.health.failing_since) == (4, health.failing_since)
    await store.settle()
    await eventually(lambda: told[-1][1].failing_since is None)
    assert store.health == Health()
    assert rows(store.path) == [1, 2, 3, 4, 5]
    assert await store.load("s1") == [opened(), *renamed(2, 3, 4, 5)]


async def test_the_pauses_between_tries_grow_to_a_bound(open_store: OpenStore) -> None:
    limits = replace(IMPATIENT, first_pause=0.02, longest_pause=0.04)
    store = await open_store(limits=limits)
    await store._connection.run(lambda connection: connection.execute("PRAGMA busy_timeout = 0").fetchall())
    tries = await begins(store)
    with locked(store.path):
        store.add(opened())
        await eventually(lambda: len(tries) >= 14)  # without a bound the last pause would be 20 s
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert all(gap >= 0.01 for gap in gaps[2:])
    assert all(gap >= 0.02 for gap in gaps[3:])


async def test_readers_see_all_while_the_writer_cannot_write(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened(title="Here"))
    await store.settle()
    with locked(store.path):
        for entry in renamed(2, 3):
            store.add(entry)
        store.save_ui("/w", "draft", "typed meanwhile")
        await eventually(lambda: store.health.failing_since)
        assert await store.load("s1") == [opened(title="Here"), *renamed(2, 3)], "what waits is loaded too"
        assert [row.title for row in await store.sessions()] == ["Here"], "the list says what is on disk"
        assert await store.load_ui("/w", "draft") == "typed meanwhile"
        assert rows(store.path) == [1]
    await store.settle()
    assert [row.title for row in await store.sessions()] == ["title 3"]


async def test_drain_waits_above_the_bound_and_not_below(open_store: OpenStore) -> None:
    store = await open_store(limits=replace(IMPATIENT, pending_bytes=2_000))
    with locked(store.path):
        store.add(opened())
        await eventually(lambda: store.health.failing_since)
        await asyncio.wait_for(store.drain(), 1)
        for entry in deltas(100):
            store.add(entry)
        draining = asyncio.create_task(store.drain())
        failures: list[Health] = []
        store.on_health = failures.append
        await eventually(lambda: len(failures) >= 2)
        assert not draining.done()
        assert store.health.behind_bytes > 2_000
    await asyncio.wait_for(draining, 5)
    assert store.health.behind_bytes <= 2_000


async def test_settle_gives_up_after_its_limit_and_what_waits_is_kept(open_store: OpenStore) -> None:
    store = await open_store()
    with locked(store.path):
        for entry in (opened(), *renamed(2, 3)):
            store.add(entry)
        await eventually(lambda: store.health.failing_since)
        with pytest.raises(StoreError, match=r"locked.* 3 events wait in memory") as caught:
            await store.settle(0.1)
        assert caught.value.hint
        assert store._writer._settlers == []
    await store.settle()
    assert rows(store.path) == [1, 2, 3]


async def test_a_number_that_the_disk_could_not_reserve_is_not_used_up(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store()
    monkeypatch.setattr("tui.store.store._SETTLE_SECONDS", 0.3)
    with locked(store.path):
        store.add(opened(slot=0))
        await eventually(lambda: store.health.failing_since)
        with pytest.raises(StoreError, match="locked"):
            await store.next_slot("/w")
    monkeypatch.undo()
    assert await store.next_slot("/w") == 1


async def test_a_listener_that_fails_does_not_end_the_writer(open_store: OpenStore) -> None:
    store = await open_store()
    fell: list[Exception] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: fell.append(context["exception"]))

    def fail(health: Health) -> None:
        raise RuntimeError("a screen that is gone")

    store.on_health = fail
    with locked(store.path):
        store.add(opened())
        await eventually(lambda: fell)
    await store.settle()
    assert rows(store.path) == [1]
    assert {type(error) for error in fell} == {RuntimeError}


# --- full, moved away, odd


async def test_a_full_disk_is_named_and_what_waited_is_written_when_there_is_room(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened())
    await store.settle()
    await pages(store, 0)
    outputs = long_outputs(4, after=1)
    for entry in outputs:
        store.add(entry)
    await eventually(lambda: store.health.failing_since)
    with pytest.raises(StoreError, match=r"disk is full.* 4 events wait in memory"):
        await store.settle(0.1)
    assert "Free some space" in store.health.error
    assert await store.load("s1") == [opened(), *outputs]
    await pages(store, 1_000_000)
    await store.settle()
    assert await store.load("s1") == [opened(), *outputs]
    assert (await store.check(), store.health) == ([], Health())


def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    run = child("full", str(tmp_path / "penstock.db"))
    assert run.returncode == 0, run.stderr
    facts = json.loads(run.stdout)
    assert "events wait in memory" in facts.pop("said")
    assert 0 < facts.pop("behind") <= 8
    assert facts == {"read": True, "kept": True, "well": True, "wrong": []}
    assert rows(tmp_path / "penstock.db") == list(range(1, 10))


async def test_a_file_that_cannot_be_opened_is_said_and_read_again_when_it_is_back(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened())
    await store.settle()
    away = store.path.with_name("away")
    store.path.rename(away)
    with pytest.raises(StoreError, match=r"penstock\.db cannot be opened") as caught:
        await store.load("s1")
    assert caught.value.hint
    away.rename(store.path)
    store.add(renamed(2)[0])
    await store.settle()
    assert await store.load("s1") == [opened(), *renamed(2)]


class Moody:
    """A connection whose nth statements fail, and whose nth commits happen while their answer gets lost."""

    def __init__(self, connection: sqlite3.Connection, refused: set[int], lost: set[int]) -> None:
        self._connection = connection
        self._refused = refused
        self._lost = lost
        self._statements = 0
        self._commits = 0

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._maybe_refuse()
        cursor = self._connection.execute(sql, *values)
        self._commits += sql == "COMMIT"
        if sql == "COMMIT" and self._commits in self._lost:
            raise sqlite3.OperationalError("disk I/O error")
        return cursor

    def executemany(self, sql: str, values: Any) -> sqlite3.Cursor:
        self._maybe_refuse()
        return self._connection.executemany(sql, values)

    def _maybe_refuse(self) -> None:
        self._statements += 1
        if self._statements in self._refused:
            raise sqlite3.OperationalError("disk I/O error")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@given(
    history=histories(),
    refused=st.sets(st.integers(1, 80), max_size=8),
    lost=st.sets(st.integers(1, 6), max_size=6),
    cuts=st.sets(st.integers(0, 60), max_size=4),
)
def test_whatever_fails_all_is_written_once_and_in_order(
    history: list[Entry], refused: set[int], lost: set[int], cuts: set[int]
) -> None:
    live = fold("s1", history)

    async def main(path: Path) -> None:
        store = await Store.open(path, limits=HASTY)
        store._connection._connection = Moody(store._connection._conn, refused, lost)  # type: ignore[assignment]
        for number, entry in enumerate(history):
            store.add(entry)
            if number in cuts:
                await store.settle()
        assert fold("s1", await store.load("s1")) == live
        await store.settle()
        assert fold("s1", await store.load("s1")) == live
        assert rows(path) == [entry.seq for entry in history if not isinstance(entry.event, SCRATCH)]
        written = await store.read(tables)
        await store.close()
        store = await Store.open(path)
        await store.rebuild()
        assert await store.read(tables) == written
        await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(folder) / "penstock.db"))


# --- closing


async def test_closing_writes_all_that_waits(open_store: OpenStore) -> None:
    store = await open_store(limits=WriterLimits())
    for entry in (opened(), *renamed(*range(2, 3_000))):
        store.add(entry)
    await store.close()
    assert rows(store.path) == list(range(1, 3_000))


async def test_closing_says_how_much_the_disk_did_not_take_and_lets_all_else_go(open_store: OpenStore) -> None:
    store = await open_store()
    store.claim("s1")
    store.add(opened())
    await store.settle()
    with locked(store.path):
        for entry in renamed(2, 3):
            store.add(entry)
        with pytest.raises(StoreError, match=r"2 events could not be written\..*locked"):
            await store.close()
    again = await open_store()
    again.claim("s1")
    assert await again.load("s1") == [opened()]


async def test_closing_tries_again_while_the_lock_may_go(open_store: OpenStore) -> None:
    store = await open_store(limits=replace(IMPATIENT, quick_pause=0.1))
    tries = await begins(store)
    with locked(store.path):
        store.add(opened())
        closing = asyncio.create_task(store.close())
        await eventually(lambda: tries)
    await closing
    assert rows(store.path) == [1]


async def test_closing_does_not_wait_out_a_long_pause(open_store: OpenStore) -> None:
    store = await open_store(limits=replace(IMPATIENT, first_pause=600, longest_pause=600))
    with locked(store.path):
        store.add(opened())
        await eventually(lambda: store.health.failing_since)
    await asyncio.wait_for(store.close(), 5)
    assert rows(store.path) == [1]


async def test_who_waits_for_room_is_told_when_the_store_closes(open_store: OpenStore) -> None:
    store = await open_store(limits=replace(IMPATIENT, pending_bytes=100))
    with locked(store.path):
        for entry in deltas(10):
            store.add(entry)
        draining = asyncio.create_task(store.drain())
        settling = asyncio.create_task(store.settle())
        await eventually(lambda: store.health.failing_since)
        with pytest.raises(StoreError):
            await store.close()
    for waiting in (draining, settling):
        with pytest.raises(StoreError):
            await asyncio.wait_for(waiting, 5)


async def test_a_read_that_opens_its_connection_while_the_store_closes_leaves_no_thread(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened())
    await store.settle()
    reading = asyncio.create_task(store.load("s1"))
    await asyncio.sleep(0)
    await store.close()
    try:
        assert await reading == [opened()]
    except StoreError as error:
        assert "closed" in str(error)
    assert not [connection for connection in store._readers._open if connection._thread.is_alive()]


# --- the process dies


def child(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "tests.store.dying", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("kill", ["BEGIN 4", "INSERT 20", "INSERT 70", "DELETE 2", "UPDATE 3", "COMMIT 5", "PRAGMA 9"])
async def test_a_process_killed_in_mid_batch_leaves_whole_batches_and_all_that_was_settled(
    open_store: OpenStore, tmp_path: Path, kill: str
) -> None:
    path = tmp_path / "penstock.db"
    run = child("killed", str(path), *kill.split())
    assert run.returncode == -signal.SIGKILL, run.stderr
    settled = len(run.stdout.split())
    assert settled >= 2
    expected = [entry for batch in islice(batches(), settled) for entry in batch]
    ended = {entry.event.part_id for entry in expected if isinstance(entry.event, PartEnded)}
    left = [e for e in expected if not isinstance(e.event, SCRATCH) or getattr(e.event, "part_id", "") not in ended]
    store = await open_store(path)
    assert await store.load("s1") == left
    assert await store.check() == []
    following = Entry("s1", left[-1].seq + 1, 1.0, SessionRenamed(title="It goes on"))
    store.add(following)
    await store.settle()
    assert await store.load("s1") == [*left, following]
