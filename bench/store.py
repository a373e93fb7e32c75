"""What the store costs: its rate beside bare SQLite, reads under full load, its size, its writes, opening a session.

The work is made up, and made as the engine makes it: turns with reasoning, calls whose outputs have the length of a
file, of a test run or (one in fifty) of a build, and answers; words are as unequally common as those of a language.
"""

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import aiosqlite
import pyte

from bench.figures import Figure, figure
from bench.history import Unsaved
from bench.terminal import Terminal, percentile, python
from bench.workspace import await_text
from tui.engine.log import Log
from tui.events import (
    Entry,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptQueued,
    PromptSubmitted,
    SessionOpened,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolOutput,
    ToolStarted,
    TurnEnded,
)
from tui.messages import Part, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage
from tui.state import SessionState
from tui.store import codec
from tui.store.store import Store

NAMES = (
    "store_rows",
    "store_read_p99",
    "store_size",
    "store_written",
    "store_wal",
    "open_50k",
    "open_50k_whole",
)
WRITERS, TURNS, BACKLOG = 8, 25, 1_000
LONG, SHORT = 2_950, 30
"""Turns of a session of 50,000 events on disk, and of one of 500."""
_CTRL_S, _ENTER = b"\x13", b"\r"
_CHUNK = 60


def measure(*, repeats: int = 3) -> dict[str, Figure]:
    """``store_rows``: events/s; ``store_size``, ``store_written``: bytes for a byte of text; ``open_*``: ms."""
    journals = [_made(number, TURNS) for number in range(WRITERS)]
    runs = [asyncio.run(load(journals)) for _ in range(repeats)]
    bare = [asyncio.run(_bare(journals)) for _ in range(repeats)]
    busy, quiet = (
        [1000 * percentile(each, 0.99) for each in took]
        for took in ([run.reads for run in runs], [run.quiet for run in runs])
    )
    text = sum(map(text_bytes, journals))
    long, short = ([opening(turns) for _ in range(repeats)] for turns in (LONG, SHORT))
    return {
        "store_rows": figure([run.rate for run in runs], "events/s", [run.rate for run in bare]),
        "store_read_p99": figure(busy, "ms", quiet),
        "store_size": figure(
            [run.size / text for run in runs], "bytes/byte of text", [run.size / text for run in bare]
        ),
        "store_written": figure(
            [run.written / text for run in runs], "bytes/byte of text", [run.written / text for run in bare]
        ),
        "store_wal": figure([run.wal / 1e6 for run in runs], "MB"),
        "open_50k": figure([opened.text for opened in long], "ms", [opened.text for opened in short]),
        "open_50k_whole": figure([opened.whole for opened in long], "ms", [opened.whole for opened in short]),
    }


class Run(NamedTuple):
    """Events a second until all are on disk, seconds of each read meanwhile and of each when nobody writes, and bytes:
    of the file with all that belongs to it, of what this process wrote, and of the write-ahead log at its largest."""

    rate: float
    reads: Sequence[float] = ()
    quiet: Sequence[float] = ()
    size: int = 0
    written: int = 0
    wal: int = 0


async def load(journals: Sequence[Sequence[Entry]]) -> Run:
    """All of it at once through the store, as fast as it takes it, while somebody reads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "penstock.db"
        store = await Store.open(path)
        await asyncio.gather(*(_page(store, number) for number in range(WRITERS)))  # all readers are open
        before, done, reads, wal = _written(), asyncio.Event(), list[float](), [0]
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(_read(store, path, done, reads, wal))
            async with asyncio.TaskGroup() as writers:
                for journal in journals:
                    writers.create_task(_write(store, journal))
            await store.settle()
            took = time.perf_counter() - began
            done.set()
            await reader
        await store.search.finish()
        quiet = [await _page(store, number) for number in range(len(reads))]
        await store.close()
        written = _written() - before
        return Run(sum(map(len, journals)) / took, reads, quiet, _size(path), written, wal[0])


async def _write(store: Store, journal: Sequence[Entry]) -> None:
    """The writer always has two batches before it, and the loop has time for others."""
    for number, entry in enumerate(journal):
        store.add(entry)
        if number % 10 == 9:
            await asyncio.sleep(0)
            while store.health.behind_events > BACKLOG:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.001)


async def _page(store: Store, number: int) -> float:
    """A page of a session's entries and the list of sessions; how long it took from asking to having them."""

    def page(connection: sqlite3.Connection) -> None:
        sql = "SELECT seq, body FROM entries WHERE session_id=? ORDER BY seq DESC LIMIT 50"
        connection.execute(sql, (_name(number % WRITERS),)).fetchall()
        connection.execute("SELECT id, title, changed_at FROM p_sessions ORDER BY changed_at DESC LIMIT 50").fetchall()

    began = time.perf_counter()
    await store.read(page)
    return time.perf_counter() - began


async def _read(store: Store, path: Path, done: asyncio.Event, took: list[float], wal: list[int]) -> None:
    """A page after the other until it is done."""
    log = path.with_name(path.name + "-wal")
    while not done.is_set():
        took.append(await _page(store, len(took)))
        wal[0] = max(wal[0], log.stat().st_size)
        await asyncio.sleep(0.002)


async def _bare(journals: Sequence[Sequence[Entry]]) -> Run:
    """The bytes of the same events into one table, by aiosqlite's executemany, as many to a commit as the store."""
    rows = [
        (entry.session_id, entry.seq, entry.at, *codec.encode(entry.event)[:3])
        for journal in journals
        for entry in journal
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bare.db"
        async with aiosqlite.connect(path, isolation_level=None) as connection:
            await connection.execute("PRAGMA journal_mode = WAL")
            await connection.execute("PRAGMA synchronous = NORMAL")
            await connection.execute(
                "CREATE TABLE entries (session_id TEXT, seq INTEGER, at REAL, kind TEXT, version INTEGER, body TEXT,"
                " PRIMARY KEY (session_id, seq))"
            )
            before, began = _written(), time.perf_counter()
            for at in range(0, len(rows), 500):
                await connection.execute("BEGIN IMMEDIATE")
                await connection.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?)", rows[at : at + 500])
                await connection.execute("COMMIT")
            took = time.perf_counter() - began
        return Run(len(rows) / took, size=_size(path), written=_written() - before)


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*") if not file.name.endswith("-shm"))


def _written() -> int:
    """Bytes that this process gave to write calls so far."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


# --- the work


def _name(number: int) -> str:
    return f"session{number:04}"


def _made(number: int, turns: int) -> list[Entry]:
    """A session's entries, streamed pieces among them."""
    journal = Unsaved()
    worker = Worker(Log(SessionState(_name(number)), journal), Random(number))
    for turn in range(turns):
        worker.turn(turn)
    return journal.entries


def text_bytes(entries: Sequence[Entry]) -> int:
    """Bytes of what was said and what came out, each once: prompts, parts, arguments, outputs."""
    total = 0
    for entry in entries:
        match entry.event:
            case PromptSubmitted(text=text) | ToolEnded(text=text):
                total += len(text.encode())
            case PartEnded(part=ToolCallPart(arguments=text) | TextPart(text=text) | ReasoningPart(text=text)):
                total += len(text.encode())
            case _:
                pass
    return total


class Worker:
    """Writes turns of an agent at work to one session's log."""

    def __init__(self, log: Log, random: Random) -> None:
        self._log, self._random = log, random
        words = ["".join(random.choices("etaoinshrdlucmfwypvbgkqjxz_", k=random.randint(2, 11))) for _ in range(4_000)]
        self._words = random.choices(words, weights=[1 / (n + 3) for n in range(len(words))], k=50_000)
        log.emit(SessionOpened(workspace="/work", cwd="/work", title="The gate", model="m/m", slot=1))

    def turn(self, number: int) -> None:
        """A prompt, three steps with a call each (to read, to edit, to test), and an answer."""
        turn, emit = f"turn_{number:08}", self._log.emit
        asked = self._text(200)
        emit(PromptQueued(prompt_id=f"prompt_{number:08}", text=asked))
        emit(PromptSubmitted(prompt_id=f"prompt_{number:08}", turn_id=turn, text=asked))
        for tool, said, output in (("read", 30, 6_000), ("edit", 1_200, 150), ("shell", 60, 2_500), ("", 0, 0)):
            step = f"step_{number:08}{tool}"
            emit(StepStarted(step_id=step, turn_id=turn, model="m/m"))
            self._part(f"{step}r", step, "reasoning", ReasoningPart(text=self._text(400)))
            if tool:
                self._call(f"call_{number:08}{tool}", step, turn, tool, self._text(said), self._output(output))
            else:
                self._part(f"{step}t", step, "text", TextPart(text=self._text(self._random.randint(300, 2_500))))
            stop = StopReason.TOOL_USE if tool else StopReason.END
            usage = Usage(input_tokens=40_000, output_tokens=300, cache_read_tokens=38_000)
            emit(StepEnded(step_id=step, stop=stop, usage=usage, first_token=0.4, duration=3.1, price=0.012))
        emit(TurnEnded(turn_id=turn, outcome="done"))

    def _part(self, part_id: str, step: str, kind: str, part: Part) -> None:
        self._log.emit(PartStarted(part_id=part_id, step_id=step, kind=kind))  # type: ignore[arg-type]
        text = getattr(part, "text", "")
        for at in range(0, len(text), _CHUNK):
            self._log.emit(PartDelta(part_id=part_id, text=text[at : at + _CHUNK]))
        self._log.emit(PartEnded(part_id=part_id, part=part))

    def _call(self, call: str, step: str, turn: str, tool: str, said: str, output: str) -> None:
        arguments = json.dumps({"path": "src/gate.py", "text": said})
        self._part(f"{call}p", step, "tool_call", ToolCallPart(call_id=call, name=tool, arguments=arguments))
        self._log.emit(ToolStarted(call_id=call, turn_id=turn, tool=tool, arguments=arguments))
        if tool == "shell":
            for at in range(0, len(output), 1_000):
                self._log.emit(ToolOutput(call_id=call, text=output[at : at + 1_000]))
        size = len(output)
        self._log.emit(ToolEnded(call_id=call, outcome=ToolOutcome.OK, text=output, duration=0.4, output_bytes=size))

    def _output(self, usual: int) -> str:
        size = 120_000 if self._random.random() < 0.02 else self._random.randint(usual // 3, 2 * usual)
        return self._text(size, end="\n")

    def _text(self, size: int, *, end: str = ".") -> str:
        start, count = self._random.randrange(len(self._words)), size // 6 + 1
        words = [self._words[(start + n) % len(self._words)] for n in range(count)]
        for at in range(9, count, 10):
            words[at] += end
        return " ".join(words)


# --- opening


class Opened(NamedTuple):
    """Milliseconds from the key until the session's text stands on screen, and until nothing more is drawn."""

    text: float
    whole: float


def opening(turns: int) -> Opened:
    """A session of so many turns, stored and in no tab, opened from the list of sessions."""
    terminal = Terminal(python("-m", "bench.app", "--rate", "0", "--turns", "1", "--aside", str(turns)))
    screen = pyte.Screen(120, 40)
    stream = pyte.ByteStream(screen)
    try:
        terminal.wait_for(b"Session 1", within=240)
        stream.feed(terminal.seen)
        await_text(terminal, _CTRL_S, screen, stream)
        await_text(terminal, b"aside", screen, stream)
        opened = Opened(*await_text(terminal, _ENTER, screen, stream))
        assert "Aside" in screen.display[0], screen.display
        return opened
    finally:
        terminal.close()


if __name__ == "__main__":
    print(json.dumps(measure(repeats=1), indent=2))
