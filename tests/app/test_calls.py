"""The list of all calls: opened, filtered, live before the disk has it, and flat however long it is."""

import asyncio
import gc
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from textual.widgets import Input

from bench.many_calls import write_calls
from tests.app.stage import Stage, opened_app
from tests.scripts import call, text
from tests.store.test_schema import whole_turn
from tui.app.history.calls_feed import WINDOW, CallsFeed
from tui.app.screens.calls import CallsScreen, Look
from tui.app.screens.inspector import InspectorScreen
from tui.calls import ORDERS, CallFilter, CallOrder, CallRow, read_filter
from tui.engine.log import Log
from tui.errors import StoreError
from tui.events import PartEnded, PartStarted, SessionOpened, StepStarted, ToolEnded, ToolOutcome, ToolStarted
from tui.messages import ToolCallPart
from tui.state import SessionState
from tui.store.store import Store, WriterLimits
from widgets.status_line import StatusLine

LOOKS = [call("read", {"path": "src/valve.py"}), call("list", {"path": "src"})], [text("Done.")]


async def opened_list(stage: Stage, *, rows: int = 0) -> CallsScreen:
    """F5, and the rows that there are."""
    await stage.press("f5")
    await stage.until(lambda: isinstance(stage.app.screen, CallsScreen))
    screen = stage.app.screen
    assert isinstance(screen, CallsScreen)
    await stage.until(lambda: not screen._searching and screen._feed.total >= rows)
    return screen


def listed(screen: CallsScreen) -> list[str]:
    rows = (screen._feed.row(index) for index in range(screen._feed.total))
    return [f"{row.tool} {row.line}" for row in rows if row is not None]


def line_of(screen: CallsScreen, which: str) -> str:
    return screen.query_one(which, StatusLine).render().plain  # type: ignore[union-attr]


async def test_f5_lists_the_calls_and_enter_opens_one(home: Path) -> None:
    async with opened_app(home, *LOOKS) as stage:
        await stage.send("Look")
        await stage.rested()
        screen = await opened_list(stage, rows=2)
        assert listed(screen) == ["list src", "read src/valve.py"]
        assert "Tool calls of all sessions" in line_of(screen, ".head") and "2 calls" in line_of(screen, ".head")
        await stage.press("j", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen))
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is screen)
        assert screen.table.cursor == 1
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_it_is_filtered_as_it_is_typed_and_says_what_is_no_filter(home: Path) -> None:
    async with opened_app(home, *LOOKS) as stage:
        await stage.send("Look")
        await stage.rested()
        screen = await opened_list(stage, rows=2)
        await stage.press("slash", *"tool", "colon", *"re")
        await stage.until(lambda: listed(screen) == ["read src/valve.py"])
        await stage.press(*"x")
        await stage.until(lambda: not listed(screen) and not screen._searching)
        assert "0 calls" in line_of(screen, ".head")
        screen.query_one(Input).value = "colour:red"
        await stage.until(lambda: "colour: is no filter" in line_of(screen, ".foot"))
        screen.query_one(Input).value = ""
        await stage.until(lambda: len(listed(screen)) == 2)
        assert "enter to the list" in line_of(screen, ".foot")
        await stage.press("down", "escape", "s")
        await stage.until(lambda: "slowest first" in line_of(screen, ".head"))
        await stage.press("S")
        await stage.until(lambda: "quickest first" in line_of(screen, ".head"))


async def test_a_command_opens_it_filtered_and_it_opens_again_as_it_was_left(home: Path) -> None:
    async with opened_app(home, *LOOKS) as stage:
        await stage.send("Look")
        await stage.rested()
        await stage.send("/calls tool:list")
        await stage.until(lambda: isinstance(stage.app.screen, CallsScreen))
        first = stage.app.screen
        assert isinstance(first, CallsScreen)
        await stage.until(lambda: listed(first) == ["list src"])
        await stage.press("f5")
        await stage.until(lambda: stage.app.screen is stage.main)
        again = await opened_list(stage, rows=1)
        assert listed(again) == ["list src"] and again.query_one(Input).value == "tool:list"


async def test_this_session_or_all_of_them_and_from_a_row_to_its_place(home: Path) -> None:
    async with opened_app(home, *LOOKS, [text("Nothing to do.")]) as stage:
        await stage.send("Look")
        await stage.rested()
        first = stage.session
        await stage.press("ctrl+n")
        await stage.until(lambda: stage.session is not first)
        screen = await opened_list(stage, rows=2)
        await stage.press("a")
        await stage.until(lambda: not screen._searching and screen._feed.total == 0)
        assert f"{stage.session.state.slot} New session" in line_of(screen, ".head")
        await stage.press("a")
        await stage.until(lambda: screen._feed.total == 2)
        await stage.press("end", "o")
        await stage.until(lambda: stage.app.screen is stage.main and stage.session is first)
        transcript = stage.pane.transcript
        await stage.until(lambda: transcript.cursor is not None)
        assert "src/valve.py" in transcript.block(transcript.cursor or "").title and transcript.has_focus


async def test_a_call_that_asks_is_listed_at_once_and_follows_its_answer(home: Path) -> None:
    async with opened_app(home, [call("write", {"path": "new.txt", "content": "x"})], [text("Done.")]) as stage:
        await stage.send("Write")
        await stage.asking()
        screen = await opened_list(stage, rows=1)
        assert [row.state for row in screen._feed.pinned] == ["asking"]
        (asking,) = stage.session.state.asking()
        assert asking.approval is not None
        stage.session.decide(asking.approval.approval_id, "deny")
        await stage.until(lambda: not screen._feed.pinned and [row.state for row in screen._feed.rows] == ["denied"])
        assert screen._feed.total == 1


async def test_calls_of_another_process_come_in_and_open_without_being_claimed(home: Path) -> None:
    async with opened_app(home, *LOOKS) as stage:
        other = await Store.open(stage.store.path)
        screen = await opened_list(stage)
        assert listed(screen) == []
        other.claim("s1")
        for entry in whole_turn():
            other.add(entry)
        await other.settle()
        await stage.until(lambda: listed(screen) == ["shell "])
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen))
        assert stage.workspace.session("s1") is None
        other.release("s1")
        assert stage.store.holder("s1") is None
        await other.close()


async def test_whoever_reads_further_down_stays_there_when_calls_come(home: Path) -> None:
    async with opened_app(home, *LOOKS, size=(80, 24)) as stage:
        write_calls(stage.store.path, 300, workspace=str(home))
        screen = await opened_list(stage, rows=300)
        table = screen.table
        table.move_to(60)
        row = screen._feed.row(60)
        assert row is not None
        top = table.scroll_offset.y
        await stage.until(lambda: screen._mark)
        stage.session.submit("Look")
        await stage.until(lambda: screen._feed.total == 302 and not screen._feed.pinned)
        assert screen._feed.row(table.cursor) == row
        assert (table.cursor, table.scroll_offset.y) == (62, top + 2)
        await stage.press("home")
        await stage.until(lambda: table.at_top)
        assert listed(screen)[:2] == ["list src", "read src/valve.py"]


async def test_keys_that_come_before_the_list_is_drawn_do_no_harm(home: Path) -> None:
    async def nowhere(session_id: str, call_id: str) -> None: ...

    async with opened_app(home, [text("x")]) as stage:
        screen = CallsScreen(stage.app, list, stage.session.state, Look(), nowhere)
        stage.app.push_screen(screen)
        for action in ("calls_filter", "calls_sort", "calls_copy", "calls_jump"):
            assert not screen.check_action(action, ())
        screen.action_close()
        await stage.until(lambda: stage.app.screen is stage.main)


# --- the feed alone


@pytest.fixture
async def open_store(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Store]]]:
    stores: list[Store] = []

    async def opened(**limits: float) -> Store:
        stores.append(await Store.open(tmp_path / "penstock.db", limits=WriterLimits(**limits)))  # type: ignore[arg-type]
        return stores[-1]

    yield opened
    for store in stores:
        await store.close()


def running(log: Log, number: int) -> None:
    """A call that has begun."""
    step, name = f"step{number}", f"call{number}"
    log.emit(StepStarted(step_id=step, turn_id="t", model="m"))
    log.emit(PartStarted(part_id=name, step_id=step, kind="tool_call", name="shell"))
    part = ToolCallPart(call_id=name, name="shell", arguments=f'{{"command": "make {number}"}}')
    log.emit(PartEnded(part_id=name, part=part))
    log.emit(ToolStarted(call_id=name, turn_id="t", tool="shell", arguments=part.arguments))


async def test_a_call_is_listed_once_before_its_batch_is_on_disk_while_it_is_and_after(
    open_store: Callable[..., Awaitable[Store]],
) -> None:
    store = await open_store(batch_seconds=60.0, batch_events=1_000)
    log = Log(SessionState("s1"), store)
    feed = CallsFeed(store, lambda: [log.state], lambda: 1e12)
    log.emit(SessionOpened(workspace="/w", cwd="/w", title="t", model="m", slot=1))
    running(log, 1)
    await feed.begin(CallFilter(), "time", True)

    def shown() -> list[tuple[str, str]]:
        return [(row.call_id, row.state) for row in (*feed.pinned, *feed.rows)]

    assert shown() == [("call1", "running")]
    await store.settle()
    running(log, 2)
    await feed.refresh()
    assert shown() == [("call2", "running"), ("call1", "running")]
    log.emit(ToolEnded(call_id="call1", outcome=ToolOutcome.ERROR, text="no"))
    assert feed.look()
    await feed.refresh()  # its end is not on disk yet
    assert shown() == [("call2", "running"), ("call1", "error")]
    await store.settle()
    await feed.refresh()
    assert shown() == [("call2", "running"), ("call1", "error")]
    assert [row.call_id for row in feed.rows] == ["call1"] and feed.total == 2
    await feed.begin(read_filter("slower:5s", 0.0).filter, "duration", True)
    assert [row.call_id for row in feed.pinned] == ["call2"] and feed.rows == []


@pytest.mark.parametrize("order", ORDERS)
async def test_a_window_is_held_wherever_the_reader_goes_and_it_is_the_right_one(
    open_store: Callable[..., Awaitable[Store]], order: CallOrder
) -> None:
    count = 5_000 if order != "time" else 100_000
    store = await open_store()
    write_calls(store.path, count, workspace="/w")
    feed = CallsFeed(store, list, lambda: 2e9)
    await feed.begin(CallFilter(), order, True)
    await feed.count()
    assert feed.total == count
    seen: list[CallRow | None] = []
    for top in _journey(count):
        await feed.reach(top, top + 40)
        seen = [feed.row(index) for index in range(top, min(top + 41, count))]
        assert None not in seen and len(feed.rows) <= WINDOW
        expected = await store.calls(feed._query, offset=top, limit=len(seen))
        assert seen == expected
    gc.collect()
    held = sum(isinstance(thing, CallRow) for thing in gc.get_objects())
    assert held <= WINDOW + 2 * len(seen) + 10


async def test_a_list_that_became_shorter_behind_it_is_read_again_from_its_end(
    open_store: Callable[..., Awaitable[Store]],
) -> None:
    store = await open_store()
    write_calls(store.path, 2_000, workspace="/w")
    feed = CallsFeed(store, list, lambda: 2e9)
    for left, top in ((1_000, 1_500), (100, 700), (0, 90)):
        await feed.begin(CallFilter(), "time", True)
        await feed.count()
        with closing(sqlite3.connect(store.path)) as connection, connection:
            connection.execute("DELETE FROM p_tool_calls WHERE id > ?", (left,))
        while await feed.reach(top, top + 40):
            top = max(0, min(top, feed.total - 41))  # as a table is, that hears of a new end
        assert [row for index in range(top, feed.total) if (row := feed.row(index)) is None] == []
        await feed.refresh()
        assert feed.total == left


def _journey(count: int) -> Iterator[int]:
    """Down in pages, to the end, up in pages, far jumps, and back."""
    yield from range(0, 2_000, 40)
    yield from range(count - 41, count - 1_500, -40)
    yield from (count // 2, count // 2 + 300, count // 2 - 300, 10, count - 41, 0)


async def test_a_list_that_is_cancelled_or_cannot_be_read_leaves_the_one_before(
    open_store: Callable[..., Awaitable[Store]],
) -> None:
    store = await open_store()
    write_calls(store.path, 2_000, workspace="/w")
    feed = CallsFeed(store, list, lambda: 2e9)
    await feed.begin(read_filter("state:error", 0.0).filter, "time", True)
    before = (feed.rows, feed._query)
    assert [row.state for row in feed.rows] == ["error"] * 20 and feed.counted
    searching = asyncio.create_task(feed.begin(read_filter("nothing like it", 0.0).filter, "bytes", True))
    await asyncio.sleep(0)
    searching.cancel()
    await asyncio.wait([searching])
    assert searching.cancelled() and (feed.rows, feed._query) == before
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await feed.begin(read_filter("valve", 0.0).filter, "time", True)
    assert (feed.rows, feed._query) == before
