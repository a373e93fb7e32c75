"""The list of all calls: what the log says of each, pages without gaps, and old stores that learn it."""

import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.many_calls import write_calls
from tests.store.histories import histories, opened
from tests.store.test_schema import whole_turn
from tests.store.test_store import tables
from tui.calls import ORDERS, STATES, CallFilter, CallOrder, CallQuery, CallRow, read_filter
from tui.events import (
    Entry,
    PartEnded,
    PartStarted,
    SessionEvent,
    SideCall,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
)
from tui.lines import deed, named_paths
from tui.messages import StopReason, ToolCallPart
from tui.state import fold
from tui.store import codec
from tui.store.calls import count_calls, list_calls
from tui.store.projections import rebuild, storable
from tui.store.schema import MIGRATIONS, PROJECTIONS, migrate
from tui.store.store import Store

OpenStore = Callable[..., Awaitable[Store]]
WORDS = ("src", "Valve", "é", "make test", "%", "_", "a\x00b", "")


def empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    return connection


def everything(connection: sqlite3.Connection, query: CallQuery | None = None) -> list[CallRow]:
    return list_calls(connection, query or CallQuery(), limit=1_000_000)


# --- what the log says


@given(history=histories())
def test_a_row_says_of_its_call_what_the_fold_says(history: list[Entry]) -> None:
    state = fold("s1", history)
    with closing(empty()) as connection:
        rebuild(connection, history)
        rows = {row.call_id: row for row in everything(connection)}
    assert rows.keys() == state.calls.keys()
    for call_id, call in state.calls.items():
        row = rows[call_id]
        assert (row.tool, row.state, row.original) == (call.tool, call.phase, call.original)
        said = deed(call.tool, call.arguments), named_paths(call.arguments)
        assert (row.line, row.path) == tuple(map(storable, said))
        assert (row.requested_at, row.started_at, row.ended_at) == (call.requested_at, call.started_at, call.ended_at)
        assert (row.title, row.slot) == (storable(state.title), state.slot)


def priced(*calls: str, price: float | None) -> list[Entry]:
    events: list[SessionEvent] = [StepStarted(step_id="step", turn_id="t", model="m")]
    for call_id in calls:
        part = ToolCallPart(call_id=call_id, name="read", arguments='{"path": "src/a.py"}')
        events += [
            PartStarted(part_id=f"part_{call_id}", step_id="step", kind="tool_call", name="read"),
            PartEnded(part_id=f"part_{call_id}", part=part),
        ]
    events.append(StepEnded(step_id="step", stop=StopReason.TOOL_USE, price=price))
    return [opened(), *(Entry("s1", seq, float(seq), event) for seq, event in enumerate(events, 2))]


@pytest.mark.parametrize(("price", "share"), [(0.3, 0.1), (None, None), (0.0, 0.0)])
async def test_the_calls_of_a_step_share_its_price(open_store: OpenStore, price: float | None, share: float) -> None:
    store = await open_store()
    for entry in priced("a", "b", "c", price=price):
        store.add(entry)
    store.add(Entry("s1", 90, 90.0, SideCall(call_id="d", original="a", tool="read", arguments="{}")))
    await store.settle()
    assert {row.call_id: row.price for row in await store.calls(CallQuery())} == {
        "d": None,
        "a": pytest.approx(share) if share is not None else None,
        "b": pytest.approx(share) if share is not None else None,
        "c": pytest.approx(share) if share is not None else None,
    }


async def test_what_ran_is_listed_and_not_what_was_asked_for(open_store: OpenStore) -> None:
    store = await open_store()
    entries = priced("a", price=None)
    edited = '{"path": "src/b.py"}'
    entries.append(Entry("s1", 20, 20.0, ToolStarted(call_id="a", turn_id="t", tool="read", arguments=edited)))
    ended = ToolEnded(call_id="a", outcome=ToolOutcome.OK, text="", paths=("/w/z", "/w/b", "/w/z"), output_bytes=9)
    entries.append(Entry("s1", 21, 21.0, ended))
    for entry in entries:
        store.add(entry)
    await store.settle()
    (row,) = await store.calls(CallQuery())
    assert (row.line, row.path, row.touched, row.bytes) == ("src/b.py", "src/b.py", "/w/b\n/w/z", 9)


# --- a store that was made before


def as_the_first_schema_had_it(now: sqlite3.Connection, old: sqlite3.Connection) -> None:
    """Bring what ``now`` holds into the tables of the first schema."""
    MIGRATIONS[0](old)
    old.execute("PRAGMA user_version = 1")
    for today in ("entries", "blobs", *PROJECTIONS):
        name = today.removeprefix("p_")
        names = [row[1] for row in old.execute(f"PRAGMA table_info({name})")]
        found = now.execute(f"SELECT {', '.join(names)} FROM {today}").fetchall()
        old.executemany(f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})", found)


@given(history=histories())
def test_an_old_store_learns_what_its_log_says(history: list[Entry]) -> None:
    with closing(empty()) as now, closing(sqlite3.connect(":memory:", isolation_level=None)) as old:
        rebuild(now, history)
        _write_log(now, history)
        as_the_first_schema_had_it(now, old)
        assert "line" not in [row[1] for row in old.execute("PRAGMA table_info(tool_calls)")]
        migrate(old)
        assert tables(old) == tables(now)


def _write_log(connection: sqlite3.Connection, history: list[Entry]) -> None:
    for entry in history:
        kind, version, body, blobs = codec.encode(entry.event)
        row = (entry.session_id, entry.seq, entry.at, kind, version, body)
        connection.execute("INSERT INTO entries VALUES (?,?,?,?,?,?)", row)
        for blob in blobs:
            connection.execute("INSERT INTO blobs VALUES (?,?,?,?)", (blob.hash, blob.size, blob.encoding, blob.data))


async def test_a_file_of_the_first_schema_is_brought_over_when_it_is_opened(
    open_store: OpenStore, tmp_path: Path
) -> None:
    long = json.dumps({"path": "src/long.py", "text": "x" * 100_000})  # kept as a blob
    store, old = await open_store(), tmp_path / "old.db"
    side = SideCall(call_id="d", original="c", tool="write", arguments=long)
    for entry in [*whole_turn(), Entry("s1", 50, 50.0, side)]:
        store.add(entry)
    await store.settle()
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        with closing(sqlite3.connect(store.path)) as now:
            as_the_first_schema_had_it(now, connection)
        connection.execute("UPDATE entries SET body = 'no' WHERE kind = 'ToolStarted'")  # damaged since
    side_row, row = await (await open_store(old)).calls(CallQuery())
    assert (row.tool, row.line, row.state, row.touched, row.price) == ("shell", "", "ok", "/w/a", 0.5)
    assert (side_row.path, side_row.state, side_row.original) == ("src/long.py", "waiting", "c")


# --- filters and pages, against the plain way


@st.composite
def rows(draw: st.DrawFn) -> tuple[object, ...]:
    word = st.sampled_from(WORDS)
    started, ended = draw(st.sampled_from([(None, None), (5.0, None), (5.0, 6.0)]))
    took = None if ended is None else draw(st.sampled_from([0.0, 0.5, 7.5]))
    size, price = draw(st.sampled_from([None, 0, 700, 9_000])), draw(st.sampled_from([None, 0.0, 0.25]))
    session, at = draw(st.sampled_from(["s1", "s2", "s3"])), draw(st.sampled_from([1.0, 2.0, 3.5]))
    texts = draw(word) + draw(word), draw(word), draw(word)
    tool, state = draw(st.sampled_from(["shell", "Read", "web_search"])), draw(st.sampled_from(STATES))
    return (session, tool, state, at, started, ended, took, size, price, *texts)


def filled(made: list[tuple[object, ...]]) -> sqlite3.Connection:
    connection = empty()
    session = "INSERT INTO p_sessions (id, workspace, cwd, title, model, slot, opened_at, changed_at, seq)"
    for number, title in enumerate(("Api", "Canal é", "3 gates"), 1):
        connection.execute(f"{session} VALUES (?, '/w', '/w', ?, 'm', ?, 1, 1, 1)", (f"s{number}", title, number))
    connection.executemany(
        "INSERT INTO p_tool_calls (call_id, seq, session_id, tool, state, requested_at, started_at, ended_at, duration,"
        " output_bytes, price, line, path, touched) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [(f"call{number}", number, *row) for number, row in enumerate(made)],
    )
    return connection


_TYPED = st.lists(
    st.sampled_from(
        ["tool:shell", "tool:web", "state:ok", "state:open", "state:err", "slower:1s", "slower:20s", "bigger:1kb",
         "path:src", "path:val", "session:3", "session:canal", "session:api", "session:s2", "after:8s", "before:8s",
         "valve", "é", "make", '"make test"', "%", "_", "sh"]
    ), max_size=3,
).map(" ".join)  # fmt: skip
_NOW = 10.0


def query_of(text: str, order: CallOrder, descending: bool) -> CallQuery:
    return CallQuery(filter=read_filter(text, _NOW).filter, order=order, descending=descending, now=_NOW)


@given(made=st.lists(rows(), max_size=30), text=_TYPED, order=st.sampled_from(ORDERS), descending=st.booleans())
def test_the_store_finds_what_the_filter_says_in_the_order_that_is_asked_for(
    made: list[tuple[object, ...]], text: str, order: CallOrder, descending: bool
) -> None:
    query = query_of(text, order, descending)
    with closing(filled(made)) as connection:
        wanted = [row for row in everything(connection) if query.filter.matches(row, _NOW)]
        wanted.sort(key=query.key, reverse=descending)
        assert everything(connection, query) == wanted
        assert count_calls(connection, query) == len(wanted)


@given(
    made=st.lists(rows(), min_size=1, max_size=30),
    text=st.just("") | _TYPED,
    order=st.sampled_from(ORDERS),
    descending=st.booleans(),
    limit=st.integers(1, 7),
)
def test_pages_have_no_gaps_and_no_doubles_also_among_equals(
    made: list[tuple[object, ...]], text: str, order: CallOrder, descending: bool, limit: int
) -> None:
    query = query_of(text, order, descending)
    with closing(filled(made)) as connection:
        whole = everything(connection, query)
        assert [row for page in _forwards(connection, query, limit) for row in page] == whole
        assert [row for page in reversed([*_backwards(connection, query, limit)]) for row in page] == whole
        for place, row in enumerate(whole):
            assert count_calls(connection, query, before=query.key(row)) == place
            assert list_calls(connection, query, offset=place, limit=limit) == whole[place : place + limit]
        left_out = replace(query, without=tuple(row.key for row in whole[:2]))
        assert everything(connection, left_out) == whole[2:]


def _forwards(connection: sqlite3.Connection, query: CallQuery, limit: int) -> Iterator[list[CallRow]]:
    page = list_calls(connection, query, limit=limit)
    while page:
        yield page
        page = list_calls(connection, query, after=query.key(page[-1]), limit=limit)


def _backwards(connection: sqlite3.Connection, query: CallQuery, limit: int) -> Iterator[list[CallRow]]:
    page = list_calls(connection, query, offset=-1, limit=limit)
    while page:
        yield page
        page = list_calls(connection, query, before=query.key(page[0]), limit=limit)


# --- at size


@pytest.mark.parametrize("order", ORDERS)
async def test_a_page_is_read_from_an_index_wherever_it_is(open_store: OpenStore, order: CallOrder) -> None:
    store = await open_store()
    write_calls(store.path, 2_000, workspace="/w")
    query = CallQuery(order=order)
    rows = await store.calls(query, limit=2_000)
    assert all(query.key(a) > query.key(b) for a, b in pairwise(rows))

    def plans(connection: sqlite3.Connection) -> list[str]:
        seen: list[str] = []
        connection.set_trace_callback(seen.append)
        list_calls(connection, query, limit=50)
        list_calls(connection, query, after=query.key(rows[1_500]), limit=50)
        list_calls(connection, query, before=query.key(rows[1_500]), limit=50)
        connection.set_trace_callback(None)
        return [str(connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()) for sql in seen]

    first, after, before = await store.read(plans)
    assert "SCAN c USING" in first and "INDEX calls_by_" in first
    for deep in (after, before):
        assert "SEARCH c USING" in deep and "INDEX calls_by_" in deep, deep


async def test_the_mark_changes_with_every_event_of_any_process(open_store: OpenStore) -> None:
    here, there = await open_store(), await open_store()
    marks = [await here.calls_mark()]
    for entry in whole_turn():
        there.add(entry)
        await there.settle()
        marks.append(await here.calls_mark())
    assert len({*marks}) == len(marks)
    assert await here.calls_mark() == marks[-1]


async def test_ended_calls_are_told_from_open_ones(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in [*priced("a", "b", price=None), Entry("s1", 30, 30.0, _ended("a"))]:
        store.add(entry)
    await store.settle()
    assert await store.ended_calls([("s1", "a"), ("s1", "b"), ("s2", "a")]) == {("s1", "a")}
    assert await store.ended_calls([]) == set()


def _ended(call_id: str) -> ToolEnded:
    return ToolEnded(call_id=call_id, outcome=ToolOutcome.OK, text="")


def test_an_empty_filter_matches_every_row() -> None:
    with closing(filled([("s1", "shell", "ok", 1.0, None, None, None, None, None, "", "", "")])) as connection:
        (row,) = everything(connection)
    assert CallFilter().matches(row, _NOW)
