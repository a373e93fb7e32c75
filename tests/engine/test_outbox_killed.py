"""kill -9 on the outbox's way: every prompt waits or is in one turn, never both, never none, and is sent once."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.engine.outbox_victim import PLACES, WITHDRAWN, places
from tests.engine.test_break import assert_whole
from tests.scripts import scripted, text
from tui.engine.workspace import open_workspace
from tui.events import PromptQueued, PromptSubmitted, PromptWithdrawn
from tui.messages import TextPart
from tui.state import SessionState, fold
from tui.store.store import Store
from tui.tools.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
STATEMENTS = range(3, 146, 1 if os.environ.get("PENSTOCK_LONG") else 18)


def victim(path: Path, folder: Path, statement: int) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    argv = [sys.executable, "-m", "tests.engine.outbox_victim", str(path), str(folder), str(statement)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.parametrize("place", PLACES)
async def test_what_was_done_to_the_outbox_survives_a_kill(tmp_path: Path, place: str) -> None:
    process = victim(tmp_path / "penstock.db", tmp_path / "project", 0)
    assert process.stdin is not None and process.stdout is not None
    said: dict[str, Any] = {}
    while said.get("place") != place:
        if said:
            process.stdin.write("\n")
            process.stdin.flush()
        said = json.loads(process.stdout.readline())
    process.kill()
    process.communicate()
    state = await checked(tmp_path, said)
    assert places(state) == said["prompts"], "all that was acknowledged, and nothing else"


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_kill_in_the_middle_of_a_write_tears_no_prompt_from_its_turn(tmp_path: Path, statement: int) -> None:
    process = victim(tmp_path / "penstock.db", tmp_path / "project", statement)
    out, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL
    lines = [json.loads(line) for line in out.splitlines()]
    await checked(tmp_path, lines[-1] if lines else None)


async def checked(folder: Path, said: dict[str, Any] | None) -> SessionState:
    """The session as the kill left it, checked; then its queue is sent, and each prompt has gone out once."""
    path = folder / "penstock.db"
    with closing(sqlite3.connect(path)) as connection:
        found = [row[0] for row in connection.execute("SELECT id FROM sessions")]
    assert said is None or found == [said["session"]]
    if not found:
        return SessionState("")
    store = await Store.open(path)
    try:
        entries = await store.load(found[0])
        state = fold(found[0], entries)
        queued = {entry.event.prompt_id for entry in entries if isinstance(entry.event, PromptQueued)}
        withdrawn = {entry.event.prompt_id for entry in entries if isinstance(entry.event, PromptWithdrawn)}
        where = places(state)
        assert {prompt_id: len(found) for prompt_id, found in where.items()} == dict.fromkeys(queued - withdrawn, 1)
        if said is not None:
            for prompt_id, known in said["prompts"].items():
                assert prompt_id in queued
                assert known == ["outbox"] or where[prompt_id] == known, "what had left does not come back"
        begun = [entry.event for entry in entries if isinstance(entry.event, PromptSubmitted)]
        assert_rows_agree(path, state, withdrawn, begun)
        await assert_each_is_sent_once(folder, store, state)
        return state
    finally:
        await store.close()


def assert_rows_agree(path: Path, state: SessionState, withdrawn: set[str], begun: list[PromptSubmitted]) -> None:
    """The tables that were written in the same transaction say the same."""
    with closing(sqlite3.connect(path)) as connection:
        rows = {row[0]: row[1:] for row in connection.execute("SELECT prompt_id, state, turn_id, steer FROM prompts")}
        turns = {row[0] for row in connection.execute("SELECT turn_id FROM turns")}
        messages = {row for row in connection.execute("SELECT message_id, turn_id FROM messages WHERE role='user'")}
    waiting = {waiting.prompt_id: int(waiting.steer) for waiting in state.outbox}
    assert {key: row[2] for key, row in rows.items() if row[0] == "queued"} == waiting
    assert {key for key, row in rows.items() if row[0] == "withdrawn"} == withdrawn
    assert {(key, row[1]) for key, row in rows.items() if row[0] == "sent"} == {
        (event.prompt_id, event.turn_id) for event in begun
    }
    assert {event.turn_id for event in begun} == turns
    assert {(event.prompt_id, event.turn_id) for event in begun} == messages


async def assert_each_is_sent_once(folder: Path, store: Store, before: SessionState) -> None:
    """Opened again, what waits is held until it is sent, in its order."""
    waiting = [prompt.text for prompt in before.outbox]
    models, provider = scripted([text("Yes.")], repeat=True)
    root = folder / "project"
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=root, cwd=root) as workspace:
        session = await workspace.open_session(before.session_id)
        assert [prompt.text for prompt in session.state.outbox] == waiting and not session.running
        assert not any(prompt.steer for prompt in session.state.outbox), "the turn that they were to join has ended"
        if waiting:
            session.resume_queue()
            await session.rest()
        assert not session.state.outbox
        assert all(len(found) == 1 for found in places(session.state).values())
        await store.settle()
        entries = await store.load(session.id)
        assert_whole(entries)
        assert fold(session.id, entries) == session.state
    said = [part.text for message in provider.requests[-1].messages for part in message.parts
            if isinstance(part, TextPart)] if provider.requests else []  # fmt: skip
    for prompt in waiting:
        assert said.count(prompt) == 1
    taken_back = before.session_id and not any(prompt.text == WITHDRAWN for prompt in before.outbox)
    assert not (taken_back and WITHDRAWN in said)
