"""What is added is there: in order, once, for every reader, and as the fold says."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripts import eventually
from tests.store.histories import deltas, histories, opened
from tui.errors import StoreError, UnknownSession
from tui.events import SCRATCH, Entry, PartDelta, PartEnded, SessionArchived, SessionRenamed, ToolEnded, ToolOutcome
from tui.messages import TextPart
from tui.state import fold
from tui.store.schema import PROJECTIONS
from tui.store.search import indexer
from tui.store.store import Store, WriterLimits

OpenStore = Callable[..., Awaitable[Store]]


def tables(connection: sqlite3.Connection, names: tuple[str, ...] = PROJECTIONS) -> dict[str, list[tuple[object, ...]]]:
    """All rows but the rowids, which a rebuild may give anew."""
    found = {}
    for name in names:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})") if (name, row[1]) not in _ROWIDS]
        found[name] = sorted(connection.execute(f"SELECT {', '.join(columns)} FROM {name}"), key=repr)
    return found


_ROWIDS = {("p_messages", "id"), ("p_tool_calls", "id")}


@given(history=histories(), cuts=st.sets(st.integers(0, 200), max_size=8))
def test_the_fold_of_what_is_loaded_is_the_live_state(history: list[Entry], cuts: set[int]) -> None:
    live = fold("s1", history)

    async def main() -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = await Store.open(Path(folder) / "penstock.db")
            store.claim("s1")  # the process that runs it lives
            for number, entry in enumerate(history):
                store.add(entry)
                if number in cuts:
                    await store.settle()
            assert fold("s1", await store.load("s1")) == live, "with what still waits in memory"
            await store.settle()
            loaded = await store.load("s1")
            assert fold("s1", loaded) == live
            (row,) = await store.sessions()
            assert (row.status, row.turns) == (live.status, len(live.turns))
            assert (row.archived, row.closed, row.slot) == (live.archived, live.closed, live.slot)
            assert row.cost == pytest.approx(live.cost)
            assert (row.unpriced, row.input_tokens) == (live.unpriced_steps, live.usage.input_tokens)
            before = await store.read(tables)
            await store.rebuild()
            assert await store.read(tables) == before, "rebuilt from the log"
            await store.close()

    asyncio.run(main())


async def test_entries_come_back_in_order_and_between_bounds(open_store: OpenStore) -> None:
    store = await open_store()
    entries = [opened(), *deltas(300)]
    for entry in entries:
        store.add(entry)
    assert await store.load("s1") == entries
    await store.settle()
    assert await store.load("s1") == entries
    assert await store.load("s1", after=10, through=20) == entries[10:20]
    assert await store.load("s2") == []


async def test_scratch_goes_in_the_transaction_of_what_supersedes_it(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in (opened(), *deltas(20), *deltas(3, part_id="part_2", after=21)):
        store.add(entry)
    await store.settle()
    store.add(Entry("s1", 30, 30.0, PartEnded(part_id="part_1", part=TextPart(text="all"))))
    await store.settle()
    kept = await store.load("s1")
    assert [entry.seq for entry in kept] == [1, 22, 23, 24, 30]


async def test_scratch_of_a_killed_process_is_pruned_by_the_next(open_store: OpenStore) -> None:
    first = await open_store()
    for entry in (opened(), *deltas(20)):
        first.add(entry)
    await first.close()
    second = await open_store()
    second.add(Entry("s1", 22, 22.0, PartEnded(part_id="part_1", part=TextPart(text="x"), cut=True)))
    await second.settle()
    assert [entry.seq for entry in await second.load("s1")] == [1, 22]


async def test_a_long_text_is_stored_once_and_comes_back(open_store: OpenStore) -> None:
    store = await open_store()
    ended = ToolEnded(call_id="c", outcome=ToolOutcome.OK, text="line\n" * 100_000)
    entries = [opened(), Entry("s1", 2, 2.0, ended), Entry("s1", 3, 3.0, replace(ended, call_id="d"))]
    for entry in entries:
        store.add(entry)
    await store.settle()
    assert await store.load("s1") == entries
    assert await store.read(lambda db: db.execute("SELECT count(*), max(size) FROM blobs").fetchone()) == (1, 500_000)
    assert store.path.with_name("penstock.db-wal").stat().st_size < 300_000


async def test_an_entry_that_cannot_be_read_is_named(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened())
    await store.settle()
    with sqlite3.connect(store.path) as other:
        other.execute("INSERT INTO entries VALUES ('s1', 2, 2.0, 'PartSung', 1, '{}')")
    other.close()
    with pytest.raises(StoreError, match="Session s1, entry 2: An event of kind PartSung, version 1"):
        await store.load("s1")


async def test_an_event_that_no_column_can_hold_does_not_stop_the_store(open_store: OpenStore) -> None:
    store = await open_store()
    odd = Entry("s1", 2, 2.0, ToolEnded(call_id="\ud800", outcome=ToolOutcome.OK, text="\x00", output_bytes=10**30))
    scratch = Entry("s1", 3, 3.0, PartDelta(part_id="\udfff", text="\ud800\x00"))
    for entry in (opened(title="\ud800"), odd, scratch):
        store.add(entry)
    await store.settle()
    assert (await store.load("s1"))[1:] == [odd, scratch]


# --- the list of sessions


async def test_sessions_are_listed_newest_first_and_found_by_words(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened("aa1", at=1.0, title="Fix the parser", workspace="/x"))
    store.add(opened("aa2", at=2.0, title="Über das Wetter"))
    store.add(opened("b3", at=3.0, title="Parser again"))
    store.add(Entry("aa1", 2, 9.0, SessionRenamed(title="Fix the Parser")))
    store.add(Entry("b3", 2, 4.0, SessionArchived(archived=True)))
    await store.settle()
    ids = [row.id for row in await store.sessions()]
    assert ids == ["aa1", "b3", "aa2"]
    assert [row.id for row in await store.sessions(text="parser")] == ["aa1", "b3"]
    assert [row.id for row in await store.sessions(text="ÜBER wetter")] == ["aa2"]
    assert [row.id for row in await store.sessions(archived=False)] == ["aa1", "aa2"]
    assert [row.id for row in await store.sessions(workspace="/x")] == ["aa1"]


async def test_a_session_is_found_by_any_prefix_that_is_its_own(open_store: OpenStore) -> None:
    store = await open_store()
    for session_id in ("ab1", "ab2", "ab"):
        store.add(opened(session_id))
    await store.settle()
    assert (await store.find_session("ab1")).id == "ab1"
    assert (await store.find_session("ab")).id == "ab"
    with pytest.raises(UnknownSession, match="Several"):
        await store.find_session("a")
    for prefix in ("x", "", "%", "ab_"):
        with pytest.raises(UnknownSession, match="No session"):
            await store.find_session(prefix)


async def test_a_slot_is_never_given_twice(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened(slot=7))
    await store.settle()
    assert [await store.next_slot("/w"), await store.next_slot("/w"), await store.next_slot("/v")] == [8, 9, 1]
    await store.close()
    assert await (await open_store()).next_slot("/w") == 10


# --- the screen's values


async def test_what_the_screen_saved_is_read_at_once_and_after_a_restart(open_store: OpenStore) -> None:
    store = await open_store()
    for value in ("one", "two"):
        store.save_ui("/w", "draft", value)
    store.save_ui("/v", "draft", "other")
    assert await store.load_ui("/w", "draft") == "two"
    await store.close()
    again = await open_store()
    assert await again.ui_values("/w") == {"draft": "two"}
    assert await again.load_ui("/w", "nothing") is None


# --- counts that must not grow


async def test_a_batch_of_tokens_is_one_statement_a_token_and_three(open_store: OpenStore) -> None:
    store = await open_store(limits=WriterLimits())
    store.add(opened())
    await store.settle()
    statements: list[str] = []
    await store._connection.set_trace_callback(statements.append)
    for entry in deltas(50):
        store.add(entry)
    await store.settle()
    verbs = [statement.split()[0] for statement in statements]
    assert verbs == ["PRAGMA", "BEGIN", *["INSERT"] * 50, "COMMIT"]


async def test_tokens_that_their_own_batch_supersedes_are_never_written(open_store: OpenStore) -> None:
    store = await open_store(limits=WriterLimits())
    store.add(opened())
    await store.settle()
    statements: list[str] = []
    await store._connection.set_trace_callback(statements.append)
    for entry in deltas(400):
        store.add(entry)
    store.add(Entry("s1", 999, 9.0, PartEnded(part_id="part_1", part=TextPart(text="all"))))
    await store.settle()
    assert not [statement for statement in statements if "INTO scratch" in statement]
    assert len(statements) <= 10


async def test_an_idle_store_has_no_timer(open_store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexer, "FIRST", 0.01)
    monkeypatch.setattr(indexer, "QUIET", 0.01)
    store = await open_store()
    store.add(opened())
    await store.settle()
    await store.load("s1")
    await eventually(lambda: store.search.indexer.idle)
    timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    assert [timer for timer in timers if not timer.cancelled()] == []


async def test_nothing_is_taken_after_the_store_is_closed(open_store: OpenStore) -> None:
    store = await open_store()
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        store.add(opened())
    with pytest.raises(StoreError, match="closed"):
        await store.next_slot("/w")
    with pytest.raises(StoreError, match="closed"):
        await store.load("s1")


def test_scratch_has_its_own_table() -> None:
    assert {kind.__name__ for kind in SCRATCH} == {"PartDelta", "ToolOutput"}, "tui.store.batch knows these two"
