"""A damaged store gives back every row of the log that stands on a sound page, and what it gives back opens."""

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import LONG
from tests.store.keeping import grown, log, rows, session, turn
from tui.errors import StoreDamaged, StoreError
from tui.state import fold
from tui.store.care import swap
from tui.store.care.pages import LogRow, Pages
from tui.store.care.remake import TRUE_TABLES
from tui.store.care.repair import repair
from tui.store.care.salvage import Salvaged, salvage
from tui.store.presence import Presence
from tui.store.schema import PROJECTIONS
from tui.store.store import Store

SEEDS = range(400 if LONG else 24)
Key = tuple[str, int]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "penstock.db"
    asyncio.run(grown(path))
    return path


@pytest.fixture(scope="module")
def placed(sound: Path) -> dict[int, set[Key]]:
    """The log's short rows by the page that they stand on."""
    with Pages(sound) as pages:
        return {
            number: {
                (row.session_id, row.seq)
                for row in pages._rows_of(pages._page(number), number)
                if isinstance(row, LogRow) and len(row.body) < 400
            }
            for number in range(1, pages.count + 1)
        }


def keys(path: Path, *tables: str) -> set[Key]:
    connection = sqlite3.connect(path)
    found = {key for table in tables for key in connection.execute(f"SELECT session_id, seq FROM {table}")}
    connection.close()
    return found


async def all_open(path: Path) -> None:
    """Every session that is listed loads and folds."""
    store = await Store.open(path)
    try:
        assert await store.check() == []
        for row in await store.sessions():
            fold(row.id, await store.load(row.id))
    finally:
        await store.close()


def test_a_sound_store_comes_back_whole(sound: Path, tmp_path: Path) -> None:
    found = salvage(sound, tmp_path / "new.db")
    assert (found.lost, found.aside, found.texts, found.unread_pages) == (0, 0, 0, 0)
    assert found.sentence().endswith("nothing is lost.")
    for table in ("entries", "scratch", "blobs", "ui", "slots"):
        assert rows(tmp_path / "new.db", table) == rows(sound, table), table
    assert len(rows(sound, "scratch")) == 40 and len(rows(sound, "blobs")) == 1


def test_what_waits_in_the_write_ahead_log_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"

    async def killed() -> None:
        store = await Store.open(path)
        for entry in session("s1", 3):
            store.add(entry)
        await store.settle()
        for end in swap.BESIDE:
            shutil.copy(path.with_name(path.name + end), tmp_path / f"copy.db{end}")
        await store.close()

    asyncio.run(killed())
    assert (tmp_path / "copy.db-wal").stat().st_size > 4096
    assert salvage(tmp_path / "copy.db", tmp_path / "new.db").entries == 31


def _noise(chance: random.Random, size: int) -> bytes:
    return chance.randbytes(size)


def _ones(chance: random.Random, size: int) -> bytes:
    return b"\xff" * size


def _zeros(chance: random.Random, size: int) -> bytes:
    return bytes(size)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_row_of_an_undamaged_page_comes_back_and_every_session_opens(
    seed: int, sound: Path, placed: dict[int, set[Key]], tmp_path: Path
) -> None:
    chance = random.Random(seed)
    path = tmp_path / "penstock.db"
    body = bytearray(sound.read_bytes())
    hit = set(chance.sample(sorted(placed), chance.choice([1, 1, 2, 5, 20])))
    damage: Callable[[random.Random, int], bytes] = chance.choice([_noise, _ones, _zeros])
    for number in hit:
        body[(number - 1) * 4096 : number * 4096] = damage(chance, 4096)
    path.write_bytes(body)
    found, kept = repair(path)
    assert kept.read_bytes() == bytes(body), "the damaged file is kept as it was"
    wanted = {key for number, there in placed.items() if number not in hit for key in there}
    back = keys(path, "entries", "scratch", "aside")
    assert wanted - back == set(), f"of pages other than {sorted(hit)}"
    assert found.entries == len(rows(path)) and isinstance(found, Salvaged)
    asyncio.run(all_open(path))


def test_the_loss_is_counted_and_said_and_a_session_that_lost_its_beginning_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    asyncio.run(grown(path, session("s1", 8, said="Well. " * 5), session("s2", 1)))
    with Pages(path) as pages:
        first = next(
            number
            for number in range(1, pages.count + 1)
            for row in pages._rows_of(pages._page(number), number)
            if isinstance(row, LogRow) and row.owner is None and row.seq == 1
        )
    body = bytearray(path.read_bytes())
    body[(first - 1) * 4096 : first * 4096] = b"\xaa" * 4096
    path.write_bytes(body)
    found, _ = repair(path)
    assert found.lost and found.aside and f"{found.lost} entries are lost" in found.sentence()
    assert found.lost + found.entries + found.aside - 1 == 92, "one beginning was told again"
    asyncio.run(all_open(path))
    assert ("s1", "Title s1") in {row[:1] + row[3:4] for row in rows(path, PROJECTIONS[0])}


def test_a_long_text_that_is_lost_is_said_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    asyncio.run(grown(path, session("s1", 1), log("s1", list(turn(9, "x", "y" * 100_000)), after=11)))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE blobs SET data = zeroblob(40)")
    connection.commit()
    connection.close()
    assert salvage(path, tmp_path / "new.db").texts == 1
    (ended,) = [row for row in rows(tmp_path / "new.db") if row[1] == 20]
    assert "[100000 bytes of text were lost]" in ended[-1]
    asyncio.run(all_open(tmp_path / "new.db"))


def test_nothing_is_replaced_while_somebody_has_the_store_open(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"

    async def main() -> None:
        store = await Store.open(path)
        with pytest.raises(StoreError, match="open"):
            repair(path)
        await store.close()

    asyncio.run(main())
    assert [found.name for found in tmp_path.iterdir() if "damaged" in found.name] == []


def test_nobody_opens_a_store_that_is_being_replaced(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    asyncio.run(grown(path, session("s1", 1)))
    alone = Presence.alone(path)
    with pytest.raises(StoreError, match="being repaired"):
        asyncio.run(all_open(path))
    alone.leave()
    asyncio.run(all_open(path))


def test_what_was_decided_before_a_crash_is_gone_through_with_at_the_next_start(tmp_path: Path) -> None:
    path, other = tmp_path / "a" / "penstock.db", tmp_path / "b" / "penstock.db"
    asyncio.run(grown(path, session("old", 1)))
    asyncio.run(grown(other, session("new", 1)))
    other.rename(swap.ready(path))
    path.with_name("penstock.db-wal").write_bytes(b"of the old one")
    asyncio.run(all_open(path))
    assert {row[0] for row in rows(path)} == {"new"} and not swap.ready(path).exists()


def test_garbage_from_end_to_end_gives_an_empty_store(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    path.write_bytes(random.Random(1).randbytes(300_000))
    with pytest.raises(StoreDamaged):
        asyncio.run(all_open(path))
    found, kept = repair(path)
    assert (found.entries, found.lost) == (0, None) and kept.stat().st_size == 300_000
    asyncio.run(all_open(path))


def test_every_table_is_kept_by_care_or_made_again_from_what_is_kept(sound: Path) -> None:
    """A new table with truth of its own belongs into TRUE_TABLES; one that is made from others, here."""
    connection = sqlite3.connect(sound)
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    made = {"meta", "p_contract", *(name for name in there if name.startswith("search_")), *PROJECTIONS}
    assert there == {*TRUE_TABLES, *made}
