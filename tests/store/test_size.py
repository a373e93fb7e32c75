"""What the store takes on the disk: outputs once, no scratch that is superseded, a write-ahead log with an end."""

import asyncio
import random
import sqlite3
from pathlib import Path

import pytest

from tests.store.conftest import OpenStore
from tests.store.keeping import grown, log, rows, session, turn
from tui.events import PartDelta, PartEnded, SessionOpened, ToolEnded, ToolOutcome, ToolOutput
from tui.messages import TextPart
from tui.store import connection
from tui.store.store import Store

STREAMS = 8
MOST_WAL = 6_000_000
"""Bytes: SQLite copies the log back into the file at 1,000 pages of 4 KB; a batch that is under way comes to that."""


def wal_bytes(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size


async def test_an_output_is_stored_once_however_many_sessions_have_it_and_compressed(open_store: OpenStore) -> None:
    store = await open_store()
    output = "a line of a long build\n" * 10_000
    for name in ("one", "two", "three"):
        for entry in session(name, 1)[:1] + log(name, list(turn(1, "said", output)), after=1):
            store.add(entry)
    kept = await store.keep(output.encode())
    await store.settle()
    (blob,) = rows(store.path, "blobs")
    name, size, _, data = blob
    assert (name, size) == (kept, len(output)) and len(data) < len(output) / 20
    assert store.path.stat().st_size + wal_bytes(store.path) < 3 * len(output)
    ends = [e.event for e in await store.load("three") if isinstance(e.event, ToolEnded)]
    assert [end.text for end in ends] == [output]


async def test_nobody_ever_sees_an_end_beside_the_scratch_that_it_supersedes(open_store: OpenStore) -> None:
    store = await open_store()
    store.add(log("s", [SessionOpened(workspace="/w", cwd="/w", title="t", model="m/m", slot=1)])[0])
    seen: list[tuple[int, int]] = []
    done = asyncio.Event()

    def ends_and_leftovers(reader: sqlite3.Connection) -> tuple[int, int]:
        ended = "SELECT json_extract(body, '$.part_id') FROM entries WHERE kind='PartEnded' UNION ALL"
        ended += " SELECT json_extract(body, '$.call_id') FROM entries WHERE kind='ToolEnded'"
        count = reader.execute("SELECT count(*) FROM entries").fetchone()[0]
        return count, reader.execute(f"SELECT count(*) FROM scratch WHERE owner IN ({ended})").fetchone()[0]

    async def look() -> None:
        while not done.is_set():
            seen.append(await store.read(ends_and_leftovers))

    looking = asyncio.create_task(look())
    for number in range(30):
        part, call, after = f"part{number}", f"call{number}", 1 + number * 6
        streamed = [PartDelta(part_id=part, text="one "), PartDelta(part_id=part, text="two")]
        put = [ToolOutput(call_id=call, text="out"), ToolOutput(call_id=call, text="put")]
        ends = [
            PartEnded(part_id=part, part=TextPart(text="one two")),
            ToolEnded(call_id=call, outcome=ToolOutcome.OK, text="output"),
        ]
        for entry in log("s", [*streamed, *put], after=after):
            store.add(entry)
        await store.settle()
        assert len(rows(store.path, "scratch")) == 4
        for entry in log("s", ends, after=after + 4):
            store.add(entry)
        await store.settle()
    done.set()
    await looking
    assert len({count for count, _ in seen}) > 2 and {left for _, left in seen} == {0}
    assert rows(store.path, "scratch") == []


async def test_the_log_of_eight_streams_stays_small_while_others_read(open_store: OpenStore) -> None:
    store = await open_store()
    chance, done, largest = random.Random(3), asyncio.Event(), 0

    async def look() -> None:
        nonlocal largest
        while not done.is_set():
            await store.read(lambda reader: reader.execute("SELECT max(seq) FROM entries").fetchall())
            largest = max(largest, wal_bytes(store.path))

    async def write(name: str) -> None:
        entries = session(name, 60, said=chance.randbytes(2_000).hex())
        for number, entry in enumerate(entries):
            store.add(entry)
            if number % 20 == 19:
                await store.settle()

    looking = asyncio.create_task(look())
    await asyncio.gather(*(write(f"s{number}") for number in range(STREAMS)))
    done.set()
    await looking
    written = sum(len(row[5]) for row in rows(store.path))
    assert written > MOST_WAL / 2 and largest < MOST_WAL, (written, largest)


async def test_a_reader_who_stays_for_long_costs_nothing_any_more_once_it_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connection.WAL_BYTES < 64_000_000
    monkeypatch.setattr(connection, "WAL_BYTES", 1_000_000)
    path = tmp_path / "penstock.db"
    await grown(path, session("s", 1))
    store = await Store.open(path)
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM entries").fetchone()
    for number in range(3):
        await store.keep(random.Random(number).randbytes(2_000_000))
    await store.settle()
    assert wal_bytes(path) > 6_000_000
    reader.close()
    for number in range(4):
        store.save_ui("/w", "draft", f"typed {number}")
        await store.settle()
    assert wal_bytes(path) <= connection.WAL_BYTES
    await store.close()
