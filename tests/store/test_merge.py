"""Work goes on in a new store while the sessions of the damaged one come into it, each whole or not yet."""

import asyncio
import contextlib
import random
import shutil
from pathlib import Path

import pytest

from tests.scripts import eventually
from tests.store.keeping import grown, log, rows, session, streaming, turn
from tests.store.test_store import tables
from tui.errors import StoreDamaged, StoreError
from tui.events import Entry, SessionRenamed
from tui.state import fold
from tui.store.care.merge import bring_over, make_room
from tui.store.care.swap import unread
from tui.store.store import Store


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "penstock.db"
    chance = random.Random(3)
    many = [session(f"s{number}", 20, said=chance.randbytes(40).hex()) for number in range(8)]
    long = log("s1", list(turn(99, "long", chance.randbytes(50_000).hex())), after=201)
    asyncio.run(grown(path, *many, long, streaming("s2", 201, ["half ", "an answer"])))
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    """The same with its head spoilt, so that SQLite does not know it."""
    path = tmp_path / "penstock.db"
    path.write_bytes(b"\0" * 100 + sound.read_bytes()[100:])
    return path


async def test_a_store_that_sqlite_does_not_know_is_set_aside_and_all_its_sessions_come_over(
    sound: Path, path: Path
) -> None:
    with pytest.raises(StoreDamaged):
        await Store.open(path)
    store = await make_room(path)
    assert await store.sessions() == []
    said: list[str] = []
    (kept,) = unread(path)
    await bring_over(store, kept, said.append)
    assert len(said) == 2 and "set aside" in said[0] and "8 sessions" in said[1]
    assert unread(path) == [] and any(".damaged-" in each.name for each in path.parent.iterdir())
    original = await Store.open(sound)
    for row in await original.sessions():
        assert await store.load(row.id) == await original.load(row.id)
    assert await store.read(tables) == await original.read(tables)
    assert await store.check() == []
    await original.close()
    await store.close()


async def test_appends_do_not_wait_and_no_session_is_ever_seen_half(path: Path) -> None:
    store = await make_room(path)
    store.add(session("new", 0)[0])
    (kept,) = unread(path)
    whole = {f"s{number}": 201 for number in range(8)} | {"s1": 211, "s2": 206}
    async with asyncio.TaskGroup() as group:
        task = group.create_task(bring_over(store, kept, lambda _: None))
        number = 1
        while not task.done():
            number += 1
            store.add(Entry("new", number, 1.0, SessionRenamed(title=f"title {number}")))
            await store.settle()
            for row in await store.sessions():
                if row.id != "new":
                    assert len(await store.load(row.id)) == whole[row.id]
    assert {row.id for row in await store.sessions()} == {*whole, "new"}
    assert number > len(whole), "each of these was on the disk between two pieces of what came over"
    assert [row[1] for row in rows(path) if row[0] == "new"] == list(range(1, number + 1))
    await store.close()


async def test_what_was_broken_off_goes_on_at_the_next_start(path: Path) -> None:
    store = await make_room(path)
    (kept,) = unread(path)
    with contextlib.suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(bring_over(store, kept, lambda _: None))
            await eventually(lambda: any(".sound" in each.name for each in path.parent.iterdir()) or task.done())
            task.cancel()
    await store.close()
    if not unread(path):
        return  # it was quicker
    store = await Store.open(path)
    await bring_over(store, kept, lambda _: None)
    rows_now = await store.sessions()
    assert len(rows_now) == 8
    for row in rows_now:
        fold(row.id, await store.load(row.id))
    await store.close()


async def test_slots_that_were_given_are_not_given_again(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    shutil.copy(sound, path)
    store = await Store.open(path)
    given = [await store.next_slot("/w") for _ in range(3)]
    await store.close()
    store = await make_room(path)
    assert await store.next_slot("/w") == given[-1] + 1
    await store.close()


async def test_a_store_that_another_process_has_open_is_not_set_aside(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    shutil.copy(sound, path)
    store = await Store.open(path)
    with pytest.raises(StoreError, match="open"):
        await make_room(path)
    assert len(await store.sessions()) == 8 and unread(path) == []
    await store.close()
