"""Pruning takes archived sessions alone, says before what it would take, and gives all of it back."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.store.keeping import grown, log, rows, session, streaming, turn
from tui.errors import StoreError
from tui.events import Entry, SessionArchived, SessionForked, SessionOpened
from tui.state import fold
from tui.store.care.prune import DAYS_KEPT, Terms, kept, preview, prune, undo
from tui.store.schema import PROJECTIONS
from tui.store.store import Store

DAY = 86_400.0
NOW = 2e9
ALL = Terms(before=1.9e9)


def put_away(session_id: str, at: float, turns: int = 2) -> list[Entry]:
    return session(session_id, turns, archived=True, at=at)


def opened(session_id: str, *, after: int = 0, **facts: object) -> list[Entry]:
    given = {"workspace": "/w", "cwd": "/w", "title": session_id, "model": "here/m", "slot": 9, **facts}
    return log(session_id, [SessionOpened(**given)], after=after)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("aged") / "penstock.db"
    asyncio.run(
        grown(
            path,
            put_away("old", 1e9),
            [*opened("agent", parent_call=("old", "call_1"))],
            put_away("older", 0.9e9),
            put_away("young", 1.95e9),
            session("unarchived", 2, at=1e9),
            [*put_away("running", 1e9), *streaming("running", 22, ["half"])],
            [*put_away("parent", 1e9)],
            [*opened("fork", after=21), *log("fork", [SessionForked(parent="parent", through_seq=21)], after=22)],
            [
                *log("big", [SessionOpened(workspace="/w", cwd="/w", title="big", model="here/m", slot=1)], at=1.1e9),
                *log("big", [*turn(1, "x", "big output " * 9_000), SessionArchived(archived=True)], at=1.1e9, after=1),
            ],
        )
    )
    return path


@pytest.fixture
def path(aged: Path, tmp_path: Path) -> Path:
    shutil.copy(aged, tmp_path / "penstock.db")
    return tmp_path / "penstock.db"


def ids(path: Path) -> set[str]:
    return {row[0] for row in rows(path)}


EVERY = {"old", "agent", "older", "young", "unarchived", "running", "parent", "fork", "big"}
GOES = {"old", "agent", "older", "big"}


def test_only_archived_sessions_at_rest_are_chosen_with_their_sub_agents_and_no_parent_of_a_fork(path: Path) -> None:
    going = preview(path, ALL)
    assert {each.id for each in going} == GOES
    assert [each.id for each in going if each.id != "agent"] == ["older", "old", "big"], "the oldest first"
    assert preview(path, Terms()) == [] and Terms().off
    assert ids(path) == EVERY


def test_what_is_moved_is_whole_in_a_store_of_its_own_and_gone_from_this_one(path: Path) -> None:
    before = {table: rows(path, table) for table in ("entries", "scratch", "blobs", "ui", "slots")}
    going, moved = prune(path, ALL, at=NOW)
    assert moved is not None and {each.id for each in going} == GOES
    assert ids(path) == EVERY - GOES and ids(moved) == GOES
    assert sorted([*rows(path), *rows(moved)]) == sorted(before["entries"])
    assert rows(path, "scratch") == before["scratch"] and rows(path, "ui") == before["ui"]
    assert rows(path, "blobs") == [] and rows(moved, "blobs") == before["blobs"] != []
    assert moved.stat().st_mode & 0o777 == 0o600 and moved.parent.stat().st_mode & 0o777 == 0o700

    async def look(where: Path, names: set[str]) -> None:
        store = await Store.open(where)
        assert await store.check() == [] and {row.id for row in await store.sessions()} == names
        for name in names:
            fold(name, await store.load(name))
        await store.close()

    asyncio.run(look(path, EVERY - GOES))
    asyncio.run(look(moved, GOES))


def test_undo_gives_back_what_was_there(path: Path) -> None:
    before = {name: sorted(rows(path, name), key=repr) for name in ("entries", "blobs", PROJECTIONS[0])}
    _, moved = prune(path, ALL, at=NOW)
    assert undo(path) == len(GOES)
    assert {name: sorted(rows(path, name), key=repr) for name in before} == before
    assert moved is not None and not moved.exists()
    with pytest.raises(StoreError, match="Nothing was pruned"):
        undo(path)


def test_by_size_the_oldest_go_until_it_fits(path: Path) -> None:
    weights = {each.id: each.bytes for each in preview(path, ALL)}
    everything = preview(path, Terms(bytes=1))
    assert {each.id for each in everything} == {*GOES, "young"}
    total = sum(len(row[-1]) for row in rows(path)) + sum(len(row[-1]) for row in rows(path, "blobs"))
    assert {each.id for each in preview(path, Terms(bytes=total - 1))} == {"older"}
    assert {each.id for each in preview(path, Terms(bytes=total))} == set()
    assert weights["older"] > 0


def test_what_was_pruned_stays_for_thirty_days(path: Path) -> None:
    _, first = prune(path, Terms(before=0.95e9), at=NOW)
    _, second = prune(path, Terms(before=1.05e9), at=NOW + (DAYS_KEPT - 1) * DAY)
    assert kept(path) == [first, second]
    _, third = prune(path, ALL, at=NOW + (DAYS_KEPT + 1) * DAY)
    assert kept(path) == [second, third]


def test_nothing_is_pruned_while_the_store_is_open(path: Path) -> None:
    async def main() -> None:
        store = await Store.open(path)
        with pytest.raises(StoreError, match="open"):
            prune(path, ALL, at=NOW)
        await store.close()

    asyncio.run(main())
    assert ids(path) == EVERY
