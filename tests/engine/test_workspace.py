"""All that is open: sessions come and go, eight run at once, and closing leaves nothing behind."""

import asyncio
import os
import random
import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.engine.test_break import assert_whole
from tests.scripts import (
    REFERENCE,
    Hold,
    ScriptedModels,
    ScriptedProvider,
    call,
    eventually,
    reasoning,
    scripted,
    text,
)
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import UnknownSession
from tui.events import ToolEnded, ToolOutcome, TurnEnded
from tui.messages import TextPart
from tui.state import fold
from tui.store.store import Store
from tui.tools.catalog import Catalog

LONG = os.environ.get("PENSTOCK_LONG") == "1"
Work = Callable[..., Awaitable[Workspace]]


async def turn(workspace: Workspace, model: str = REFERENCE) -> Session:
    """A new session with one turn behind it."""
    opened = await workspace.new_session(model)
    opened.submit("Go")
    await opened.rest()
    return opened


def alive(group: int) -> bool:
    """Whether a process of the group still runs; one that nobody has reaped yet does not."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False


# --- in and out of memory


async def test_many_who_open_a_session_at_once_get_the_same_one(work: Work, store: Store) -> None:
    workspace = await work(scripted([text("Hello.")])[0])
    gone = await turn(workspace)
    workspace._live.clear()
    loads: list[str] = []
    load = store.load

    async def counted(session_id: str) -> list:
        loads.append(session_id)
        return await load(session_id)

    store.load = counted  # type: ignore[method-assign]
    first, *others = await asyncio.gather(*(workspace.open_session(gone.id) for _ in range(6)))
    assert all(other is first for other in others)
    assert first is not gone
    assert first.state == gone.state
    assert first.log.since(0) == gone.log.since(0)
    assert loads == [gone.id]


async def test_a_session_that_does_not_exist_is_not_made_by_opening_it(work: Work, store: Store) -> None:
    workspace = await work(scripted()[0])
    for _ in range(2):
        with pytest.raises(UnknownSession):
            await workspace.open_session("nobody")
    assert store.holder("nobody") is None
    assert await store.sessions() == []
    assert workspace.sessions == ()


async def test_a_session_that_left_memory_may_be_had_by_others_and_comes_back_whole(
    work: Work, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.engine.workspace.COLD_SESSIONS", 1)
    script = [reasoning("Hm."), call("read", {"path": "notes.txt"}), call("list", {})], [text("Done.")]
    workspace = await work(scripted(*script, repeat=True)[0])
    first, second = await turn(workspace), await turn(workspace)
    workspace.show([])
    assert workspace.session(first.id) is None
    assert workspace.session(second.id) is second
    await eventually(lambda: store.holder(first.id) is None)
    again = await workspace.open_session(first.id)
    assert again.state == first.state
    assert again.log.since(0) == first.log.since(0)
    assert store.holder(first.id) == os.getpid()
    again.submit("And on")
    await again.rest()
    assert [done.outcome for done in again.state.turns] == ["done", "done"]
    await store.settle()
    assert_whole(await store.load(first.id))


async def test_a_session_that_grew_too_cold_and_was_opened_again_stays_ours(
    work: Work, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.engine.workspace.COLD_SECONDS", 0.0)
    workspace = await work(scripted([text("Hello.")], repeat=True)[0])
    session = await turn(workspace)
    workspace.show([])
    assert workspace.session(session.id) is None
    again = await workspace.open_session(session.id)
    workspace.show([again.id])
    await store.settle()
    assert store.holder(again.id) == os.getpid()
    assert workspace.session(again.id) is again
    other = await turn(workspace)
    workspace.show([again.id])
    workspace.show([again.id])
    await eventually(lambda: store.holder(other.id) is None)


async def test_a_closed_session_runs_on_and_is_not_forgotten_before_it_rests(work: Work) -> None:
    hold = Hold()
    workspace = await work(scripted([text("one ", hold, "two")])[0])
    session = await workspace.new_session(REFERENCE)
    session.submit("Go")
    await hold.reached()
    workspace.close_session(session)
    assert workspace.session(session.id) is session
    hold.release()
    await session.rest()
    assert session.state.turns[-1].outcome == "done"
    workspace.show([])
    assert session.id not in workspace._live


# --- many at once


@pytest.mark.parametrize("seed", range(20 if LONG else 2))
async def test_eight_that_stream_at_once_keep_to_themselves(work: Work, store: Store, seed: int) -> None:
    chance = random.Random(seed)
    names = [f"p{number}" for number in range(8)]

    def steps(name: str) -> list:
        said = [f"{name}:{chance.random()} " for _ in range(40)]
        return [
            [reasoning(*said[:9]), text(*said), call("read", {"path": f"{name}.txt"}), call("list", {"path": "."})],
            [text(*said[9:])],
        ]

    providers = {name: ScriptedProvider(steps(name) * 2, rate=chance.choice([None, 2000, 8000])) for name in names}
    workspace = await work(ScriptedModels(dict(providers)))
    sessions = [await workspace.new_session(f"{name}/{name}-model") for name in names]
    for session, name in zip(sessions, names, strict=True):
        (workspace.root / f"{name}.txt").write_text(f"{name}:file")
        session.submit(f"{name}:first")
        session.submit(f"{name}:second")
    await asyncio.gather(*(session.rest() for session in sessions))
    await store.settle()
    for session, name in zip(sessions, names, strict=True):
        entries = await store.load(session.id)
        assert fold(session.id, entries) == session.state
        assert_whole(entries)
        assert [done.outcome for done in session.state.turns] == ["done", "done"]
        assert f"{name}:file" in str(entries)
        assert len(providers[name].requests) == 4
        for whole in (entries, *providers[name].requests):
            assert set(re.findall(r"p\d(?=:)", str(whole))) == {name}


# --- closing


@pytest.mark.parametrize("command", ["sleep 60", "trap '' TERM; sleep 60 & sleep 60"])
async def test_closing_interrupts_a_turn_ends_its_processes_and_says_so_in_the_log(
    store: Store, tmp_path: Path, command: str
) -> None:
    shell = call("shell", {"command": f"echo $$ > pid; echo begun; {command}"})
    models, provider = scripted([text("I run it."), shell], [text("Never.")])
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path) as workspace:
        session = await workspace.new_session(REFERENCE)
        session.submit("Go")
        await eventually(session.state.asking)
        approval = session.state.asking()[0].approval
        assert approval is not None
        session.decide(approval.approval_id, "allow")
        await eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
        group = int((tmp_path / "pid").read_text())
        assert alive(group)
    await eventually(lambda: not alive(group))
    await store.settle()
    entries = await store.load(session.id)
    assert_whole(entries)
    assert isinstance(entries[-1].event, TurnEnded)
    assert entries[-1].event.outcome == "interrupted"
    (ended,) = [entry.event for entry in entries if isinstance(entry.event, ToolEnded)]
    assert ended.outcome is ToolOutcome.CANCELLED
    assert len(provider.requests) == 1
    assert store.holder(session.id) is None


async def test_whatever_ends_the_block_turns_are_closed_and_the_error_is_its_own(store: Store, tmp_path: Path) -> None:
    hold, sessions = Hold(), list[Session]()
    models, provider = scripted([text("one ", hold)])
    with pytest.raises(ZeroDivisionError):
        async with open_workspace(
            store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path
        ) as workspace:
            sessions.append(await workspace.new_session(REFERENCE))
            sessions[0].submit("Go")
            await hold.reached()
            raise ZeroDivisionError
    assert provider.endings == ["closed"]
    await store.settle()
    assert_whole(await store.load(sessions[0].id))
    assert sessions[0].state.turns[-1].outcome == "interrupted"


async def test_a_queued_prompt_survives_a_restart_and_waits_to_be_sent(tmp_path: Path) -> None:
    hold = Hold()
    models, provider = scripted([text("one ", hold)], [text("two")])
    opening = partial(open_workspace, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path)
    store = await Store.open(tmp_path / "penstock.db")
    async with opening(store=store) as workspace:
        session = await workspace.new_session(REFERENCE)
        session.submit("First")
        await hold.reached()
        session.submit("Second")
        session.submit("Third")
        session.withdraw(session.state.outbox[1].prompt_id)
    await store.close()
    store = await Store.open(tmp_path / "penstock.db")
    async with opening(store=store) as workspace:
        again = await workspace.open_session(session.id)
        assert again.state == session.state
        assert (again.status, [waiting.text for waiting in again.state.outbox]) == ("queued", ["Second"])
        await asyncio.sleep(0)
        assert not again.running, "nothing is sent before the person says so"
        again.resume_queue()
        await again.rest()
        assert provider.requests[1].messages[-1].parts == (TextPart(text="Second"),)
        assert not again.state.outbox
    await store.close()


async def test_a_tool_does_not_run_while_its_start_cannot_be_recorded(
    work: Work, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, provider = scripted([call("shell", {"command": "echo hi > made"})], [text("I see.")])
    workspace = await work(models)
    session = await workspace.new_session(REFERENCE)
    await store.settle()
    monkeypatch.setattr(store, "settle", partial(store.settle, 0.2))
    session.submit("Go")
    await eventually(session.state.asking)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    approval = session.state.asking()[0].approval
    assert approval is not None
    session.decide(approval.approval_id, "allow")
    await session.rest()
    other.execute("ROLLBACK")
    other.close()
    (ended,) = [entry.event for entry in session.log.since(0) if isinstance(entry.event, ToolEnded)]
    assert ended.outcome is ToolOutcome.ERROR
    assert "events wait in memory" in ended.text
    assert "events wait in memory" in str(provider.requests[1].messages[-1])
    assert not (workspace.root / "made").exists()
    monkeypatch.undo()
    await store.settle()
    assert await store.load(session.id) == session.log.since(0)
