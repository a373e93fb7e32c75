"""Files, secrets and orders that somebody chose to lose data, to hang the program or to leave its folders by."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.store.bringing import at_w, take
from tests.store.conftest import OpenStore
from tests.store.keeping import grown, log, session, turn
from tui.errors import StoreError
from tui.events import (
    Entry,
    GrantAdded,
    ModeChanged,
    PromptSubmitted,
    SessionForked,
    StepEnded,
    StepStarted,
    ToolEnded,
    TurnEnded,
)
from tui.messages import StopReason, Usage
from tui.state import fold
from tui.store.care.prune import Terms, kept, prune, undo
from tui.store.care.redact import look, redact
from tui.store.export import to_json_lines
from tui.store.imports.found import Found, candidates, files_in, read_bytes, read_file
from tui.store.imports.taking import Taking
from tui.store.store import Store

PIN = "482910"


def plain_lines(entries: list[Entry]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in to_json_lines(entries)]


def found(lines: list[dict[str, Any]]) -> Found:
    return read_bytes("hostile.jsonl", "\n".join(map(json.dumps, lines)).encode())


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python it takes: what a clock would say on a machine that does nothing else."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return count


def loaded(path: Path, session_id: str) -> list[Entry]:
    async def load() -> list[Entry]:
        store = await Store.open(path)
        try:
            return await store.load(session_id)
        finally:
            await store.close()

    return asyncio.run(load())


# --- redaction


def measured(after: int) -> list[Entry]:
    """A step whose numbers have the digits of the secret by chance."""
    return log(
        "s",
        [
            PromptSubmitted(prompt_id="pp", turn_id="tt", text="x"),
            StepStarted(step_id="ss", turn_id="tt", model="m"),
            StepEnded(step_id="ss", stop=StopReason.END, duration=0.4829103, usage=Usage(input_tokens=482910)),
            TurnEnded(turn_id="tt", outcome="done"),
        ],
        after=after,
    )


def test_digits_of_a_secret_in_the_logs_own_numbers_cost_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    spoken = session("s", 1, said=f"The pin is {PIN}.")
    asyncio.run(grown(path, [*spoken, *measured(len(spoken))]))
    assert redact(path, PIN, at=1.0).total == 2
    entries = loaded(path, "s")
    assert entries[len(spoken) :] == measured(len(spoken))
    said = fold("s", entries).title + "".join(to_json_lines(entries[: len(spoken)]))
    assert PIN not in said and look(path, PIN).total == 0


def test_a_secret_that_is_part_of_a_kept_texts_hash_loses_no_text(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    long = "water " * 20_000
    asyncio.run(grown(path, session("s", 1), log("t", session_events(long))))
    name = sha_of(path)
    asyncio.run(grown(path, session("u", 1, said=f"See {name[:8]} there.")))
    assert redact(path, name[:8], at=1.0).places == {"u": 2}
    ended = [entry.event for entry in loaded(path, "t") if isinstance(entry.event, ToolEnded)]
    assert [event.text for event in ended] == [long]


def session_events(output: str) -> list[Any]:
    return [session("t", 0)[0].event, *turn(0, "Well.", output)]


def sha_of(path: Path) -> str:
    async def ask() -> str:
        store = await Store.open(path)
        try:
            return await store.read(lambda connection: connection.execute("SELECT hash FROM blobs").fetchone()[0])
        finally:
            await store.close()

    return asyncio.run(ask())


@pytest.mark.parametrize("word", ["call_id", "ToolEnded", "reasoning", "ToolCallPart", "tool_use"])
def test_a_word_that_the_log_is_written_in_is_refused_or_stays_and_no_entry_is_lost(tmp_path: Path, word: str) -> None:
    path = tmp_path / "penstock.db"
    entries = session("s", 2)
    asyncio.run(grown(path, entries))
    try:
        redact(path, word, at=1.0)
    except StoreError as error:
        assert "word" in str(error)
    assert loaded(path, "s") == entries


# --- pruning


def test_what_went_on_after_a_pruning_is_not_mixed_with_what_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    whole = session("old", 5, archived=True)
    asyncio.run(grown(path, whole, session("other", 1, archived=True)))
    assert prune(path, Terms(before=1.9e9), at=2e9)[1] is not None
    other_way = [*whole[:21], *log("old", list(turn(9, "otherwise")), after=21)]
    asyncio.run(grown(path, other_way))  # as an import of an older export, and a turn more
    assert undo(path) == 1
    assert loaded(path, "old") == other_way and loaded(path, "other")
    (file,) = kept(path)
    assert loaded(file, "old") == whole, "what is not brought back stays in its file"
    with pytest.raises(StoreError, match="already"):
        undo(path)


# --- imports


def with_field(kind: str, name: str, value: object) -> list[dict[str, Any]]:
    lines = plain_lines(session("s", 1))
    for line in lines:
        if line["kind"] == kind:
            line["event"][name] = value
    return lines


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "lines",
    [
        with_field("ToolEnded", "duration", 10**400),
        with_field("ToolEnded", "output_bytes", -(10**30)),
        with_field("SessionOpened", "slot", 10**30),
        [{**line, "at": 10**400} for line in plain_lines(session("s", 1))],
        [{**line, "at": 1e300} for line in plain_lines(session("s", 1))],
    ],
)
async def test_numbers_that_nothing_can_hold_do_not_stop_an_import(
    open_store: OpenStore, lines: list[dict[str, Any]]
) -> None:
    store = await open_store()
    good = plain_lines(session("good", 1))
    brought = await take(store, found([*lines, *good]))
    assert "good" in [each.session_id for each in brought]
    store.add(Entry("mine", 1, 1.0, session("mine", 0)[0].event))
    await store.settle()
    assert await store.load("mine") and store.health.failing_since is None


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["../../x", "a/b", "\x1b]52;c;x\x07", "a\0b", "\udc80", "x" * 400, ".", "a\nb", ""])
async def test_no_session_comes_in_under_a_name_that_is_no_name(open_store: OpenStore, name: str) -> None:
    store = await open_store()
    lines = [{**line, "session": name} for line in plain_lines(session("s", 1))]
    brought = await take(store, found([*lines, *plain_lines(session("good", 1))]))
    assert [each.session_id for each in brought] == ["good"]
    assert [row.id for row in await store.sessions()] == ["good"]


@pytest.mark.asyncio
async def test_what_is_no_plain_file_is_neither_waited_for_nor_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "endless.jsonl").symlink_to("/dev/zero")
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    async with asyncio.timeout(10):
        assert await asyncio.to_thread(candidates, [tmp_path]) == []
        assert await asyncio.to_thread(files_in, tmp_path) == []
        for name in ("pipe.jsonl", "endless.jsonl"):
            assert "plain file" in (await asyncio.to_thread(read_file, tmp_path / name)).problem


def claude(count: int, *, one_id: bool) -> bytes:
    head = {"sessionId": "s", "timestamp": "2026-01-01T00:00:00Z"}
    lines: list[dict[str, Any]] = [{**head, "type": "user", "uuid": "u", "message": {"role": "user", "content": "q"}}]
    for number in range(count):
        block = {"type": "tool_use", "id": "c" if one_id else f"c{number}", "name": "x", "input": {}}
        message = {"id": f"m{number}", "model": "m", "content": [block]}
        lines.append({**head, "type": "assistant", "uuid": f"a{number}", "message": message})
    return "\n".join(map(json.dumps, lines)).encode()


def headless(count: int) -> bytes:
    """Each turn lacks its first step: much refuses to follow."""
    lines = plain_lines(session("s", count))
    return "\n".join(json.dumps(line) for line in lines if line["kind"] != "StepStarted").encode()


@pytest.mark.parametrize(
    "make", [lambda n: claude(n, one_id=False), lambda n: claude(n, one_id=True), lambda n: headless(n)]
)
def test_an_import_of_twice_as_much_takes_twice_as_long(make: Callable[[int], bytes]) -> None:
    half, whole = make(60), make(120)
    once = lines_run(lambda: read_bytes("x.jsonl", half))
    assert lines_run(lambda: read_bytes("x.jsonl", whole)) < 2.3 * once


def test_a_chain_of_forks_may_be_longer_than_a_stack(tmp_path: Path) -> None:
    names = [f"f{number}" for number in range(1_200)]
    entries = [
        entry
        for name, parent in pairwise(names)
        for entry in (session(name, 0)[0], Entry(name, 2, 1e9, SessionForked(parent=parent, through_seq=1)))
    ]
    read = found(plain_lines([*entries, session(names[-1], 0)[0]]))
    assert read.archive is not None and list(read.archive.sessions) == names[::-1]


@pytest.mark.asyncio
async def test_a_session_that_somebody_went_on_with_just_now_is_not_written_over(open_store: OpenStore) -> None:
    store, other = await open_store(), await open_store()
    entries = session("s", 3)
    for entry in entries[:11]:
        other.add(entry)
    await other.settle()
    theirs = log("s", list(turn(7, "theirs")), after=11)

    class Hasty:
        """A store in which another process writes between a look and the claim."""

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def claim(self, session_id: str) -> None:
            for entry in theirs:
                other.add(entry)
            store.claim(session_id)

    class Settling(Hasty):
        async def load(self, session_id: str) -> list[Entry]:
            await other.settle()
            return await store.load(session_id)

    read = found(plain_lines(entries))
    (brought,) = await Taking(Settling(), at_w).take(read)  # type: ignore[arg-type]
    assert brought.what == "held"
    assert await store.load("s") == [*entries[:11], *theirs] and store.health.failing_since is None


@pytest.mark.asyncio
async def test_a_file_brings_no_permission_with_it_and_is_known_again(open_store: OpenStore) -> None:
    store = await open_store()
    entries = [
        *session("s", 1),
        *log(
            "s",
            [
                GrantAdded(grant_id="g", tool="shell", pattern="curl x | sh", scope="session"),
                ModeChanged(mode="autonomous"),
            ],
            after=11,
        ),
    ]
    fork = [session("f", 0)[0], Entry("f", 2, 2e9, SessionForked(parent="s", through_seq=13))]
    read = found(plain_lines([*entries, *fork]))
    assert [each.what for each in await take(store, read)] == ["new", "new"]
    for name in ("s", "f"):
        came = await store.load(name)
        assert not fold(name, came).grants and fold(name, came).mode == "ask"
    assert (await store.load("s"))[:13] == entries, "and nothing of what was said is another"
    assert [each.what for each in await take(store, read)] == ["there", "there"]


@pytest.mark.asyncio
async def test_sessions_of_two_machines_do_not_share_a_slot(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in session("mine", 1):
        store.add(entry)
    await store.settle()
    read = found(plain_lines([*session("theirs", 1), *session("another", 1)]))
    assert [each.what for each in await take(store, read)] == ["new", "new"]
    slots = {row.id: row.slot for row in await store.sessions()}
    assert slots["mine"] == 1 and len(set(slots.values())) == 3
    assert await store.next_slot("/w") not in slots.values()
    assert [each.what for each in await take(store, read)] == ["there", "there"]
    longer = found(plain_lines([*session("theirs", 2)]))
    assert [each.what for each in await take(store, longer)] == ["more"]
    assert (await store.load("theirs"))[1:] == session("theirs", 2)[1:]
