"""What any released Penstock wrote opens for ever: one log for each format, written by the code of its time."""

import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.test_break import assert_whole
from tests.scripts import scripted, text
from tests.store.log_writer import LOGS, PLACE
from tests.store.test_store import tables
from tui.calls import CallQuery
from tui.engine.workspace import open_workspace
from tui.state import Prompt, fold
from tui.store.schema import VERSION
from tui.store.store import Store
from tui.tools.catalog import Catalog

OpenStore = Callable[..., Awaitable[Store]]
FORMATS = sorted(int(path.stem.partition("-")[2]) for path in LOGS.glob("format-*.sql"))


def released(number: int, path: Path) -> Path:
    """A store as that release left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as made:
        made.executescript((LOGS / f"format-{number}.sql").read_text("utf-8"))
    return path


@pytest_asyncio.fixture(params=FORMATS)
async def old(request: pytest.FixtureRequest, open_store: OpenStore, tmp_path: Path) -> AsyncIterator[Store]:
    yield await open_store(released(request.param, tmp_path / "data" / "penstock.db"))


def test_every_format_that_was_released_has_a_log() -> None:
    assert {1, 2, 3} <= set(FORMATS) <= set(range(1, VERSION + 1))
    for number in FORMATS:
        assert re.search(
            rf"^PRAGMA user_version = {number};$", (LOGS / f"format-{number}.sql").read_text(), re.MULTILINE
        )


async def test_all_that_was_said_is_there(old: Store) -> None:
    assert await old.check() == []
    rows = {row.title: row for row in await old.sessions()}
    assert len(rows) in (2, 3) and {row.model for row in rows.values()} == {"scripted/script"}
    said = {}
    for title, row in rows.items():
        entries = await old.load(row.id)
        state = fold(row.id, entries)
        prompts = [item.text for turn in state.turns for item in turn.items if isinstance(item, Prompt)]
        said[title] = [*prompts, *(part.text for part in state.parts.values() if part.kind == "text")]
        assert state.title == title and state.cwd.startswith(PLACE)
    whole = [
        "Oil the gate, please: é 水",
        "Now write a valve.",
        "I will look at the notes.",
        "The gate is oiled.\n\n```python\nprint('é, 水, 🔧')\n```",
        "Written.",
    ]
    assert said["Oil the gate, please: é 水"] == said.get("A branch of it", whole) == whole  # there were no forks once
    asked, streamed = said["Say something long"]
    assert asked == "Say something long" and len(streamed) > 200 and set(streamed.split()) <= {"water", "wat", "wa"}
    gate = rows["Oil the gate, please: é 水"]
    assert (gate.turns, gate.status, gate.cost, gate.unpriced) == (2, "idle", pytest.approx(0.05), 0)
    assert rows["Say something long"].left_open


async def test_its_calls_are_listed_and_its_rows_are_what_the_log_says(old: Store) -> None:
    calls = await old.calls(CallQuery(order="time", descending=False))
    assert [(row.tool, row.state) for row in calls] == [
        ("read", "ok"),
        ("shell", "ok"),
        ("write", "ok"),
        ("read", "ok"),
    ]
    assert [row.line for row in calls][:2] == ["notes.txt", "echo oiled > gate.txt"]
    before = await old.read(tables)
    await old.rebuild()
    assert await old.read(tables) == before


async def test_it_goes_on(old: Store, tmp_path: Path) -> None:
    models, _ = scripted([text("It is open.")], repeat=True)
    async with open_workspace(store=old, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path) as workspace:
        for row in await old.sessions():
            session = await workspace.open_session(row.id)
            waiting = [prompt.text for prompt in session.state.outbox]
            assert waiting == (["This waits in the outbox"] if row.left_open else [])
            session.submit("And now?")
            await session.rest()
            assert session.state.turns[-1].outcome == "done"
            await old.settle()
            entries = await old.load(row.id)
            assert fold(row.id, entries) == session.state
            assert_whole(entries)
