"""A turn may be broken anywhere: by the person, by an error, by the death of the process. What is left is whole."""

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.scripts import REFERENCE, ScriptedModels, call, eventually, reasoning, scripted, text
from tui.engine.session import Session
from tui.engine.window.context import history
from tui.engine.workspace import open_workspace
from tui.events import (
    ApprovalDecided,
    Entry,
    PartEnded,
    PartStarted,
    SideCall,
    StepEnded,
    StepStarted,
    ToolEnded,
    TurnEnded,
)
from tui.messages import ToolCallPart, ToolResultPart
from tui.providers import anthropic, openai, openai_chat
from tui.providers.base import Request
from tui.state import SessionState, fold
from tui.store.store import Store
from tui.tools.catalog import Catalog

LONG = os.environ.get("PENSTOCK_LONG") == "1"
SCRIPT = [
    [reasoning("Look first."), text("I will look."), call("list", {}), call("shell", {"command": "echo made > made"})],
    [text("The folder holds "), call("read", {"path": "notes.txt"})],
    [text("All done.")],
]


def models() -> ScriptedModels:
    return scripted(*SCRIPT)[0]


class Breaker:
    """Lets ``left`` events pass, answers questions with yes, then breaks the turn."""

    def __init__(self, session: Session, left: int, how: Callable[[], None]) -> None:
        self._session = session
        self._left = left
        self._how = how
        self._emit = session.log.emit
        self.events = 0
        self.broken = False
        session.log.emit = self.emit  # type: ignore[method-assign]

    def emit(self, event) -> Entry:
        entry = self._emit(event)
        self.events += 1
        for asking in self._session.state.asking():
            if asking.approval is not None:
                asyncio.get_running_loop().call_soon(self._allow, asking.approval.approval_id)
        if isinstance(event, (ApprovalDecided, TurnEnded)):  # the person's own call, and the end: nothing left to break
            return entry
        if not self.broken and 0 < self._left <= self.events:
            self.broken = True
            self._how()
        return entry

    def _allow(self, approval_id: str) -> None:
        if any(c.approval and c.approval.approval_id == approval_id for c in self._session.state.asking()):
            self._session.decide(approval_id, "allow")


async def whole_turn(session: Session) -> int:
    """Run the turn to its end and count its events."""
    breaker = Breaker(session, -1, lambda: None)
    session.submit("Go")
    await session.rest()
    assert session.state.turns[-1].outcome == "done"
    return breaker.events


def assert_whole(entries: list[Entry]) -> None:
    """Every part, step, call and turn that began has exactly one end, and every wire format takes the history."""
    events = [entry.event for entry in entries]
    started = Counter(e.part_id for e in events if isinstance(e, PartStarted))
    assert started == Counter(e.part_id for e in events if isinstance(e, PartEnded))
    assert Counter(e.step_id for e in events if isinstance(e, StepStarted)) == Counter(
        e.step_id for e in events if isinstance(e, StepEnded)
    )
    calls = [e.part for e in events if isinstance(e, PartEnded) and isinstance(e.part, ToolCallPart) and not e.cut]
    sides = [e.call_id for e in events if isinstance(e, SideCall)]
    ends = Counter(e.call_id for e in events if isinstance(e, ToolEnded))
    assert Counter([*(c.call_id for c in calls), *sides]) == ends
    state = fold(entries[0].session_id, entries)
    assert Counter(turn.turn_id for turn in state.turns) == Counter(
        e.turn_id for e in events if isinstance(e, TurnEnded)
    )
    assert [entry.seq for entry in entries] == sorted({entry.seq for entry in entries})
    assert_taken(state)
    messages = history(state)
    assert not {part.call_id for m in messages for part in m.parts if isinstance(part, ToolCallPart)} & {*sides}


def assert_taken(state: SessionState) -> None:
    """Each call in the history has its result, and every wire format takes it."""
    messages = history(state)
    for at, message in enumerate(messages):
        wanted = [part.call_id for part in message.parts if isinstance(part, ToolCallPart)]
        if wanted:
            answered = [part.call_id for part in messages[at + 1].parts if isinstance(part, ToolResultPart)]
            assert answered == wanted
    request = Request(model="m", messages=messages)
    roles = [message["role"] for message in anthropic.body(request, "anthropic")["messages"]]
    assert all(one != other for one, other in pairwise(roles))
    assert openai.body(request, "openai")["input"] is not None
    assert openai_chat.body(request, "openai", at_openai=True)["messages"]


async def test_a_turn_that_nothing_breaks_is_whole(session: Callable[..., Awaitable[Session]], store: Store) -> None:
    opened = await session(models())
    assert await whole_turn(opened) > 20
    await store.settle()
    entries = await store.load(opened.id)
    assert_whole(entries)
    assert fold(opened.id, entries) == opened.state


@pytest.mark.parametrize("how", ["interrupt", "error"])
async def test_a_turn_broken_at_any_event_is_whole(store: Store, tmp_path: Path, how: str) -> None:
    for left in range(1, 60):
        folder = tmp_path / f"{how}-{left}"
        folder.mkdir()
        (folder / "notes.txt").write_text("one\n")
        async with open_workspace(
            store=store, models=models(), toolbox=Catalog(), root=folder, cwd=folder
        ) as workspace:
            opened = await workspace.new_session(REFERENCE)

            def interrupt(opened: Session = opened) -> None:
                opened.interrupt()

            def error() -> None:
                raise RuntimeError("broken on purpose")

            breaker = Breaker(opened, left, interrupt if how == "interrupt" else error)
            try:
                opened.submit("Go")
            except RuntimeError:  # the prompt's own events: nothing runs yet
                assert left <= 2
                opened.submit("Go")
            await eventually(lambda opened=opened: not opened.running and opened.state.turns)
            await store.settle()
            entries = await store.load(opened.id)
            assert_whole(entries)
            assert fold(opened.id, entries) == opened.state
            if not breaker.broken:
                assert left > 20
                return
    raise AssertionError("the turn had more events than were broken")


@pytest.mark.parametrize("seed", range(200 if LONG else 12))
async def test_a_killed_process_leaves_a_session_that_opens_whole(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "notes.txt").write_text("one\n")
    lines = random.Random(seed).randrange(1, 120)
    child = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs on this loop while it is read
        [sys.executable, "-m", "tests.victim", str(tmp_path / "penstock.db"), str(folder)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert child.stdout is not None
    settled, session_id = 0, ""
    for number, line in enumerate(child.stdout):
        session_id, settled = line.split()[0], int(line.split()[1])
        if number >= lines:
            break
    child.kill()
    child.wait()
    store = await Store.open(tmp_path / "penstock.db")
    try:
        async with open_workspace(
            store=store, models=models(), toolbox=Catalog(), root=folder, cwd=folder
        ) as workspace:
            kept = await store.load(session_id)
            assert kept[-1].seq >= settled
            opened = await workspace.open_session(session_id)
            await store.settle()
            entries = await store.load(session_id)
            assert_whole(entries)
            assert fold(session_id, entries) == opened.state
            assert opened.status in ("idle", "queued")
            assert await store.check() == []
    finally:
        await store.close()
