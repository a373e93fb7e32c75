"""The session log holds every durable entry of a session once and in order, and never stands in anybody's way."""

import asyncio
import gzip
import json
import os
import resource
import signal
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LONG
from tests.scripts import eventually
from tests.store.keeping import log, session, streaming, turn
from tui.events import Entry, TurnEnded
from tui.secrets import Masks
from tui.store import mirror, mirror_file
from tui.store.export import from_json_lines
from tui.store.mirror import Mirror
from tui.store.store import Store


class Writes:
    """Counts what reaches files, on its real way there."""

    def __init__(self) -> None:
        self.made: list[bytes] = []

    def __call__(self, number: int, data: bytes) -> int:
        self.made.append(bytes(data))
        return os.write(number, data)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Writes:
    counting = Writes()
    monkeypatch.setattr(mirror_file, "write", counting)
    return counting


@asynccontextmanager
async def mirrored(folder: Path, *, said: list[str] | None = None, **options: Any) -> AsyncIterator[Store]:
    store = await Store.open(folder / "penstock.db")
    mask = Masks().mask
    told = said if said is not None else []
    store.mirror = Mirror(store.path, folder / "log", mask=mask, say=told.append, **options)
    try:
        yield store
    finally:
        await store.close()


def put(store: Store, entries: list[Entry]) -> None:
    for entry in entries:
        store.add(entry)


def lines(folder: Path, name: str = "s") -> list[str]:
    """All of a session's files, in order; every one ends with a whole line."""
    packed = [gzip.decompress(file.read_bytes()) for file in sorted((folder / "log").glob(f"{name}.*.gz"))]
    live = folder / "log" / f"{name}.jsonl"
    whole = b"".join([*packed, live.read_bytes() if live.exists() else b""])
    assert whole.endswith(b"\n") or not whole
    return whole.decode().splitlines()


def seqs(folder: Path, name: str = "s") -> list[int]:
    return [json.loads(line)["seq"] for line in lines(folder, name)]


async def test_ten_quick_turns_are_one_or_two_writes_and_nothing_is_lost(tmp_path: Path, writes: Writes) -> None:
    entries = session("s", 10)
    async with mirrored(tmp_path) as store:
        for entry in entries:
            store.add(entry)
            if isinstance(entry.event, TurnEnded):
                await store.settle()
        await eventually(lambda: (tmp_path / "log" / "s.jsonl").exists())
    assert 1 <= len(writes.made) <= 2
    assert all(data.endswith(b"\n") for data in writes.made)
    assert list(from_json_lines(lines(tmp_path))) == entries


async def test_streamed_pieces_are_left_to_the_part_that_has_all_of_them(tmp_path: Path) -> None:
    entries = streaming("s", 0, ["one ", "two "])
    async with mirrored(tmp_path) as store:
        put(store, entries)
    assert seqs(tmp_path) == [1, 2, 3]


async def test_files_are_the_owners_alone_and_secrets_are_masked(tmp_path: Path) -> None:
    secret = "sk-ant-" + "api03-" + "aB3" * 30
    async with mirrored(tmp_path) as store:
        put(store, session("s", 1, said=f"The key is {secret}."))
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "log" / "s.jsonl").stat().st_mode) == 0o600
    text = "".join(lines(tmp_path))
    assert secret not in text and "[masked" in text


async def test_an_interrupted_turn_is_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "PAUSE", 600.0)
    async with mirrored(tmp_path) as store:
        put(store, log("s", [TurnEnded(turn_id="t", outcome="done")]))
        await store.settle()
        put(store, log("s", [TurnEnded(turn_id="t", outcome="interrupted")], after=1))
        await eventually(lambda: (tmp_path / "log" / "s.jsonl").exists() and seqs(tmp_path) == [1, 2])


async def test_the_end_of_the_program_waits_for_no_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "PAUSE", 600.0)
    async with mirrored(tmp_path) as store:
        put(store, session("s", 3))
        put(store, session("other", 2))
    assert len(seqs(tmp_path)) == len(session("s", 3))
    assert len(seqs(tmp_path, "other")) == len(session("other", 2))


async def test_who_writes_nothing_starts_no_thread_and_makes_no_folder(tmp_path: Path) -> None:
    async with mirrored(tmp_path) as store:
        store.save_ui("/w", "draft", "typed")
        await store.settle()
        assert store.mirror is not None and store.mirror._thread is None
    assert not (tmp_path / "log").exists()


async def test_a_large_file_is_compressed_and_a_new_one_goes_on(tmp_path: Path) -> None:
    entries = session("s", 3)
    for start, end in ((0, 10), (10, 20), (20, len(entries))):
        async with mirrored(tmp_path, most_bytes=1_000) as store:
            put(store, entries[start:end])
    names = sorted(file.name for file in (tmp_path / "log").iterdir())
    assert names == [f"s.{seq:010}.jsonl.gz" for seq in (10, 20, len(entries))]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in (tmp_path / "log").iterdir())
    assert list(from_json_lines(lines(tmp_path))) == entries


async def test_a_session_from_before_the_log_was_wanted_is_all_there(tmp_path: Path, writes: Writes) -> None:
    store = await Store.open(tmp_path / "penstock.db")
    entries = session("s", 60)
    put(store, entries)
    await store.close()
    more = log("s", list(turn(61, "more")), after=len(entries))
    async with mirrored(tmp_path) as store:
        put(store, more)
    assert list(from_json_lines(lines(tmp_path))) == [*entries, *more]
    assert len(writes.made) == -(-len([*entries, *more]) // mirror.PIECE)


@pytest.mark.parametrize("left", ["half a line", "no file", "all but half a line", "compressed, and still there"])
async def test_after_a_crash_no_line_is_missing_and_none_stands_twice(tmp_path: Path, left: str) -> None:
    entries = session("s", 4)
    async with mirrored(tmp_path) as store:
        put(store, entries[:20])
    file = tmp_path / "log" / "s.jsonl"
    whole = file.read_bytes()
    match left:
        case "half a line":
            file.write_bytes(whole + whole[:40])
        case "no file":
            file.unlink()
        case "all but half a line":
            file.write_bytes(whole[:40])
        case _:
            file.with_name("s.0000000020.jsonl.gz").write_bytes(gzip.compress(whole))
            file.with_name("s.part").write_bytes(b"half of it")
    async with mirrored(tmp_path) as store:
        put(store, entries[20:])
    assert list(from_json_lines(lines(tmp_path))) == entries


async def test_what_another_program_wrote_meanwhile_is_not_written_again(tmp_path: Path) -> None:
    entries = session("s", 3)
    async with mirrored(tmp_path) as mine:
        put(mine, entries[:10])
        await eventually(lambda: (tmp_path / "log" / "s.jsonl").exists() and len(seqs(tmp_path)) == 10)
        async with mirrored(tmp_path) as other:
            put(other, entries[10:20])
        put(mine, entries[20:])
    assert list(from_json_lines(lines(tmp_path))) == entries


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """No file of this process grows beyond it, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_write_that_comes_to_half_leaves_whole_lines(tmp_path: Path) -> None:
    assert mirror_file.append(tmp_path, "s", b"x" * 99 + b"\n", 0)
    with file_limit(150), pytest.raises(OSError, match="File too large"):
        mirror_file.append(tmp_path, "s", b"y" * 99 + b"\n", 100)
    assert (tmp_path / "s.jsonl").read_bytes() == b"x" * 99 + b"\n"


async def test_a_folder_that_takes_nothing_is_said_once_and_caught_up_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PAUSE", 0.0)
    monkeypatch.setattr(mirror, "REST", 0.0)
    entries, said = session("s", 4), list[str]()
    blocked = tmp_path / "log"
    blocked.write_text("a file stands in its place")
    async with mirrored(tmp_path, said=said) as store:
        for entry in entries[:20]:
            store.add(entry)
            await store.settle()
        await eventually(lambda: said)
        assert await store.load("s") == entries[:20]
        blocked.unlink()
        put(store, entries[20:])
        await eventually(lambda: (blocked / "s.jsonl").exists() and len(seqs(tmp_path)) == len(entries))
        await eventually(lambda: len(said) == 2)
    assert said == [
        f"The session log in {blocked} is not written: Not a directory. It is tried again.",
        f"The session log in {blocked} is written again.",
    ]
    assert list(from_json_lines(lines(tmp_path))) == entries


async def test_a_log_that_hangs_holds_up_neither_the_sessions_nor_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "LAST_WORDS", 0.05)
    monkeypatch.setattr(mirror, "PAUSE", 0.0)
    (tmp_path / "log").mkdir()
    os.mkfifo(tmp_path / "log" / "s.jsonl")  # to open it waits for a reader who never comes
    entries = session("s", 2)
    async with mirrored(tmp_path) as store:
        put(store, entries)
        async with asyncio.timeout(10):
            await store.settle()
            assert await store.load("s") == entries
            await store.close()
    os.close(os.open(tmp_path / "log" / "s.jsonl", os.O_RDWR | os.O_NONBLOCK))


@pytest.mark.parametrize("cut", range(0, 4_000, 40 if LONG else 400))
async def test_wherever_a_file_was_cut_it_goes_on_whole(tmp_path: Path, cut: int) -> None:
    entries = session("s", 2)
    async with mirrored(tmp_path) as store:
        put(store, entries[:-1])
    file = tmp_path / "log" / "s.jsonl"
    os.truncate(file, min(cut, file.stat().st_size))
    async with mirrored(tmp_path) as store:
        put(store, entries[-1:])
    assert list(from_json_lines(lines(tmp_path))) == entries
