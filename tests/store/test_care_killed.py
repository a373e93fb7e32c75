"""Whoever looks after a store may be killed at any moment: what stands there then is the old or the new, whole."""

import asyncio
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LONG
from tests.store.keeping import SECRET, dies, grown, rows, session
from tui.state import fold
from tui.store.care.backup import backup
from tui.store.care.prune import Terms, kept, prune
from tui.store.care.redact import look, redact
from tui.store.care.repair import repair, set_aside
from tui.store.care.swap import unread
from tui.store.store import Store

STRIDE = 1 if LONG else 5

DEEDS: dict[str, Callable[[Path], Any]] = {
    "repair": repair,
    "redact": lambda path: redact(path, SECRET, at=2e9),
    "prune": lambda path: prune(path, Terms(before=1.5e9), at=2e9),
    "backup": lambda path: backup(path, path.with_name("copy.db")),
    "set aside": set_aside,
}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "penstock.db"
    asyncio.run(grown(path, session("s1", 1, said=SECRET), session("s2", 1, archived=True)))
    return path


async def opened(path: Path) -> set[str]:
    """The sessions, each of which loads and folds, of a store that is sound."""
    store = await Store.open(path)
    try:
        assert await store.check() == []
        names = {row.id for row in await store.sessions()}
        for name in names:
            fold(name, await store.load(name))
        return names
    finally:
        await store.close()


def all_there(what: str, path: Path, before: list[Any]) -> None:
    names = asyncio.run(opened(path))
    match what:
        case "prune":
            moved = kept(path)
            assert names == {"s1", "s2"} or (names == {"s1"} and {row[0] for row in rows(moved[-1])} == {"s2"})
        case "redact":
            assert names == {"s1", "s2"} and (rows(path) == before or look(path, SECRET).total == 0)
        case "set aside":
            assert rows(path) == before or any(rows(each) == before for each in unread(path))
        case "backup":
            assert rows(path) == before
            copy = path.with_name("copy.db")
            assert not copy.exists() or rows(copy) == before
        case _:
            assert rows(path) == before


@pytest.mark.parametrize("what", DEEDS)
def test_wherever_it_is_killed_no_entry_is_lost_and_the_next_try_ends_well(
    what: str, old: Path, tmp_path: Path
) -> None:
    before = rows(old)
    killed = 0
    for number in count(1, STRIDE):
        path = tmp_path / str(number) / "penstock.db"
        path.parent.mkdir()
        shutil.copy(old, path)
        died = dies(lambda path=path: DEEDS[what](path), number)
        killed += died
        all_there(what, path, before)
        if not died:
            break
        if what != "set aside" and (LONG or killed % 3 == 1):
            path.with_name("copy.db").unlink(missing_ok=True)
            DEEDS[what](path)
            all_there(what, path, before)
    assert killed >= (3 if LONG else 1)
