"""The file: made private, brought up to date, refused unharmed when it is newer, foreign or damaged."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.scripts import eventually
from tests.store.histories import deltas, opened
from tests.store.test_store import tables
from tui.errors import SchemaTooNew, StoreDamaged, StoreError
from tui.events import (
    Entry,
    PartEnded,
    PartStarted,
    PromptQueued,
    PromptSubmitted,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
)
from tui.messages import StopReason, TextPart, ToolCallPart, Usage
from tui.store import schema
from tui.store.readers import READERS
from tui.store.schema import MIGRATIONS, PROJECTIONS, VERSION
from tui.store.store import Store

OpenStore = Callable[..., Awaitable[Store]]


def whole_turn() -> list[Entry]:
    call = ToolCallPart(call_id="c", name="shell", arguments="{}")
    events = [
        PromptQueued(prompt_id="p", text="Go"),
        PromptSubmitted(prompt_id="p", turn_id="t", text="Go"),
        StepStarted(step_id="step", turn_id="t", model="m"),
        PartStarted(part_id="part", step_id="step", kind="text"),
        PartEnded(part_id="part", part=TextPart(text="I look.")),
        PartStarted(part_id="part2", step_id="step", kind="tool_call", name="shell"),
        PartEnded(part_id="part2", part=call),
        StepEnded(step_id="step", stop=StopReason.TOOL_USE, usage=Usage(input_tokens=7, output_tokens=3), price=0.5),
        ToolStarted(call_id="c", turn_id="t", tool="shell", arguments="{}"),
        ToolEnded(call_id="c", outcome=ToolOutcome.OK, text="out", paths=("/w/a",)),
        TurnEnded(turn_id="t", outcome="done"),
    ]
    return [opened(), *(Entry("s1", seq, float(seq), event) for seq, event in enumerate(events, 2))]


def made_by(version: int, path: Path) -> None:
    """The file as a program of that version left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    for migration in MIGRATIONS[:version]:
        migration(connection)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def shape(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return [*found, ("version", str(version))]


def place(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "penstock.db"
    path.parent.mkdir()
    return path


# --- versions


@pytest.mark.parametrize("version", range(VERSION + 1))
async def test_a_file_of_any_earlier_version_becomes_the_newest(
    open_store: OpenStore, tmp_path: Path, version: int
) -> None:
    old = tmp_path / "old" / "penstock.db"
    made_by(version, old)
    store, fresh = await open_store(old), await open_store()
    assert shape(old) == shape(fresh.path)
    assert shape(old)[-1] == ("version", str(VERSION))
    for entry in whole_turn():
        store.add(entry)
    await store.settle()
    assert await store.load("s1") == whole_turn()


async def test_a_further_migration_keeps_what_is_there(open_store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await open_store()
    for entry in whole_turn():
        store.add(entry)
    await store.close()

    def further(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE p_turns ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")

    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, further))
    monkeypatch.setattr(schema, "VERSION", VERSION + 1)
    again = await open_store()
    assert await again.load("s1") == whole_turn()
    assert await again.read(lambda db: db.execute("SELECT mood FROM p_turns").fetchall()) == [("calm",)]


async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store()
    store.add(opened())
    await store.close()
    before = shape(store.path)

    def fine(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE p_turns")

    def halfway(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE p_usage")
        connection.execute("DROP TABLE nothing")

    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, fine, halfway))
    monkeypatch.setattr(schema, "VERSION", VERSION + 2)
    with pytest.raises(StoreError, match="nothing"):
        await open_store()
    assert shape(store.path) == before
    monkeypatch.undo()
    assert await (await open_store()).load("s1") == [opened()]


async def test_many_programs_that_make_the_file_at_once_make_it_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "penstock.db"
    stores = await asyncio.gather(*(Store.open(path) for _ in range(5)))
    slots = await asyncio.gather(*(store.next_slot("/w") for store in stores))
    assert sorted(slots) == [1, 2, 3, 4, 5]
    for store in stores:
        await store.close()


# --- refused, unharmed


async def test_a_file_of_a_newer_program_is_refused_and_not_touched(open_store: OpenStore, tmp_path: Path) -> None:
    store = await open_store()
    store.add(opened())
    await store.close()
    connection = sqlite3.connect(store.path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = store.path.read_bytes()
    with pytest.raises(SchemaTooNew, match=f"format {VERSION + 1}.* up to {VERSION}") as caught:
        await open_store()
    assert "Nothing was changed" in caught.value.hint
    assert store.path.read_bytes() == before


async def test_the_database_of_another_program_is_refused_and_not_touched(
    open_store: OpenStore, tmp_path: Path
) -> None:
    path = place(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program") as caught:
        await open_store()
    assert caught.value.hint
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [b"hello, I am a text\n" * 100, b"SQLite format 3\x00" + b"\xff" * 4096])
async def test_what_is_no_database_is_damaged_and_not_touched(
    open_store: OpenStore, tmp_path: Path, content: bytes
) -> None:
    path = place(tmp_path)
    path.write_bytes(content)
    with pytest.raises(StoreDamaged) as caught:
        await open_store()
    assert "doctor" in caught.value.hint
    assert path.read_bytes() == content


async def test_a_damaged_page_is_found_and_named(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in (opened(), *deltas(3_000)):
        store.add(entry)
    await store.close()
    with store.path.open("r+b") as file:
        file.seek(-4096, 2)
        file.write(b"\xaa" * 4096)
    again = await open_store()
    assert "malformed" in " ".join(await again.check())
    with pytest.raises(StoreDamaged):
        await again.load("s1")


# --- private


async def test_the_files_are_the_persons_alone(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened())
    await store.settle()
    files = {path.name: path.stat().st_mode & 0o777 for path in store.path.parent.iterdir() if path.is_file()}
    assert files == dict.fromkeys(("penstock.db", "penstock.db-wal", "penstock.db-shm"), 0o600)
    assert store.path.parent.stat().st_mode & 0o777 == 0o700


async def test_a_file_that_others_could_read_is_closed_to_them(open_store: OpenStore) -> None:
    store = await open_store()
    await store.close()
    store.path.chmod(0o644)
    again = await open_store()
    again.add(opened())
    await again.settle()
    assert {path.stat().st_mode & 0o777 for path in store.path.parent.glob("penstock.db*")} == {0o600}


@pytest.mark.parametrize("there", [True, False])
async def test_a_link_is_not_followed(open_store: OpenStore, tmp_path: Path, there: bool) -> None:
    path, target = place(tmp_path), tmp_path / "elsewhere.db"
    if there:
        target.touch()
    path.symlink_to(target)
    with pytest.raises(StoreError, match="not a plain file"):
        await open_store()
    assert target.exists() == there
    assert not there or target.read_bytes() == b""


async def test_a_folder_in_the_files_place_is_refused(open_store: OpenStore, tmp_path: Path) -> None:
    place(tmp_path).mkdir()
    with pytest.raises(StoreError, match="not a plain file"):
        await open_store()


# --- readers


async def test_nothing_can_be_written_through_a_reader(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(opened())
    await store.settle()
    for statement in (
        "DELETE FROM entries",
        "INSERT INTO meta VALUES ('x', 1)",
        "CREATE TABLE mine (x)",
        "PRAGMA user_version = 9",
        "PRAGMA query_only = OFF; DELETE FROM entries",
    ):
        with pytest.raises(StoreError, match="read-only"):
            await store.read(lambda db, script=statement: [db.execute(part) for part in script.split(";")])
    assert await store.load("s1") == [opened()]


async def test_five_read_at_once_a_sixth_waits_and_only_the_writer_checkpoints(open_store: OpenStore) -> None:
    store = await open_store()
    gate, inside = threading.Event(), []

    def work(connection: sqlite3.Connection) -> tuple[int, ...]:
        inside.append(1)
        gate.wait(10)
        return connection.execute("PRAGMA wal_autocheckpoint").fetchone()

    reading = [asyncio.create_task(store.read(work)) for _ in range(READERS + 3)]
    await eventually(lambda: len(inside) == READERS)
    store.add(opened())
    await store.settle()  # readers in mid-read do not make the writer wait
    assert (READERS, len(inside)) == (5, 5)
    gate.set()
    assert await asyncio.gather(*reading) == [(0,)] * (READERS + 3)
    assert len(store._readers._open) == READERS
    (pages,) = await store._connection.run(lambda db: db.execute("PRAGMA wal_autocheckpoint").fetchone())
    assert pages > 0


async def test_a_read_that_is_cancelled_stops_and_its_connection_reads_again(open_store: OpenStore) -> None:
    store = await open_store()
    endless = "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    begun = threading.Event()

    def work(connection: sqlite3.Connection) -> None:
        begun.set()
        connection.execute(endless).fetchone()

    reading = [asyncio.create_task(store.read(work)) for _ in range(READERS)]
    await eventually(lambda: begun.is_set() and len(store._readers._open) == READERS and not store._readers._free)
    await asyncio.sleep(0)
    for task in reading:
        task.cancel()
    await asyncio.wait(reading)
    assert await asyncio.wait_for(store.sessions(), 10) == []


# --- projections


async def test_tables_that_were_spoilt_are_made_again_from_the_log(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in whole_turn():
        store.add(entry)
    await store.settle()
    right = await store.read(tables)
    assert all(right[name] for name in ("p_sessions", "prompts", "p_turns", "p_usage", "p_messages", "p_tool_calls"))

    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE p_usage SET price = 1000000")
        connection.execute("INSERT INTO p_turns (session_id, turn_id, seq, started_at) VALUES ('s9', 't', 1, 1)")
        connection.execute("DELETE FROM p_messages")

    await store._writer.run(spoil, 10)
    assert await store.read(tables) != right
    await store.rebuild()
    assert await store.read(tables) == right


async def test_a_rebuild_that_cannot_read_the_log_changes_nothing(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in whole_turn():
        store.add(entry)
    await store.settle()
    right = await store.read(tables)
    await store._writer.run(lambda db: db.execute("UPDATE entries SET body = 'no' WHERE seq = 9").rowcount, 10)
    with pytest.raises(StoreDamaged, match="Session s1, entry 9"):
        await store.rebuild()
    assert await store.read(tables) == right
    assert set(right) == set(PROJECTIONS)
