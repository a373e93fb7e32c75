"""What the person runs again: beside the conversation, by the way of any call, with one end whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.engine.test_break import assert_whole
from tests.scripts import REFERENCE, Hold, ScriptedModels, call, eventually, scripted, text
from tui.engine.session import Session
from tui.engine.window.context import history
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import SessionBusy, UsageError
from tui.events import ApprovalDecided, Entry, SideCall, ToolEnded, ToolStarted
from tui.state import CallState, fold
from tui.store.export import to_markdown
from tui.store.store import Store
from tui.tools.catalog import Catalog

OpenSession = Callable[..., Awaitable[Session]]
OpenWork = Callable[..., Awaitable[Workspace]]
SLOW = {"command": "echo begun; sleep 60; touch end"}


def read_then_rest() -> ScriptedModels:
    return scripted([call("read", {"path": "notes.txt"})], [text("Done.")], [text("Again.")])[0]


async def turn(opened: Session) -> CallState:
    """Run a turn to its end, saying yes to what is asked; its first call."""
    opened.submit("Go")
    await eventually(lambda: allow(opened) and not opened.running)
    return next(iter(opened.state.calls.values()))


def allow(opened: Session) -> bool:
    """Say yes to all that is asked. True where nothing was."""
    asking = opened.state.asking()
    for asked in asking:
        if asked.approval is not None:
            opened.decide(asked.approval.approval_id, "allow")
    return not asking


async def runs(opened: Session, call_id: str) -> None:
    """The call runs, and has said something."""
    await eventually(lambda: allow(opened) and opened.state.calls[call_id].output)


async def ended(opened: Session, call_id: str) -> ToolEnded:
    await eventually(lambda: allow(opened) and opened.state.calls[call_id].ended)
    await eventually(lambda: not opened.side_calls.running)
    found = opened.state.calls[call_id].ended
    assert found is not None
    return found


async def test_a_call_runs_again_and_no_model_is_told(session: OpenSession, tmp_path: Path) -> None:
    opened = await session(read_then_rest())
    first = await turn(opened)
    before = history(opened.state)
    (tmp_path / "project" / "notes.txt").write_text("changed\n")
    side = opened.rerun(first.call_id)
    assert opened.busy and not opened.running and not opened.interrupt()
    result = await ended(opened, side)
    assert "changed" in result.text and result.outcome == "ok"
    assert opened.state.calls[side].original == first.call_id
    assert history(opened.state) == before
    assert "### Run again by the person: read, ok" in to_markdown(opened.log.since(0))


async def test_other_arguments_are_judged_like_any(session: OpenSession) -> None:
    opened = await session(read_then_rest())
    first = await turn(opened)
    wrong = await ended(opened, opened.rerun(first.call_id, '{"path": '))
    assert wrong.outcome == "error" and "not JSON" in wrong.text
    outside = opened.rerun(first.call_id, '{"path": "/etc/hostname"}')
    await eventually(opened.state.asking)
    asked = opened.state.asking()[0]
    assert asked.call_id == outside and asked.approval is not None
    opened.decide(asked.approval.approval_id, "deny", reason="not there")
    refused = await ended(opened, outside)
    assert refused.outcome == "denied" and "not there" in refused.text


async def test_a_side_call_of_a_side_call_is_linked_to_the_models_own_call(session: OpenSession) -> None:
    opened = await session(read_then_rest())
    first = await turn(opened)
    one = opened.rerun(first.call_id)
    await ended(opened, one)
    two = opened.rerun(one)
    await ended(opened, two)
    assert opened.state.calls[two].original == first.call_id


async def test_only_calls_that_have_ended_run_again(session: OpenSession) -> None:
    opened = await session(scripted([call("shell", SLOW)])[0])
    opened.submit("Go")
    await eventually(lambda: allow(opened) and any(c.output for c in opened.state.calls.values()))
    running = next(iter(opened.state.calls))
    with pytest.raises(SessionBusy):
        opened.rerun(running)
    with pytest.raises(UsageError):
        opened.rerun("nowhere")
    opened.interrupt()
    await opened.rest()


async def test_a_turn_and_a_side_call_do_not_end_each_other(
    session: OpenSession,
) -> None:
    hold = Hold()
    opened = await session(scripted([call("shell", {"command": "echo one"})], [text("Done.")], [text("a"), hold])[0])
    first = await turn(opened)
    side = opened.rerun(first.call_id, '{"command": "echo begun; sleep 60; touch end"}')
    await runs(opened, side)
    opened.submit("More")
    await hold.reached()
    assert opened.interrupt()
    await opened.rest()
    assert opened.state.turns[-1].outcome == "interrupted"
    assert opened.state.calls[side].phase == "running"
    assert opened.cancel_call(side)
    result = await ended(opened, side)
    assert result.outcome == "cancelled" and "The person cancelled this call" in result.text
    assert not opened.cancel_call(side)


async def test_one_call_is_cancelled_and_its_turn_goes_on(session: OpenSession) -> None:
    models, provider = scripted([call("shell", SLOW), call("read", {"path": "notes.txt"})], [text("Fine.")])
    opened = await session(models)
    opened.submit("Go")
    await eventually(lambda: allow(opened) and any(c.output for c in opened.state.calls.values()))
    running = next(c for c in opened.state.calls.values() if c.tool == "shell")
    assert opened.cancel_call(running.call_id)
    await opened.rest()
    assert opened.state.turns[-1].outcome == "done"
    assert running.ended is not None and running.ended.outcome == "cancelled"
    assert "The person cancelled this call" in running.ended.text and "begun" in running.ended.text
    assert len(provider.requests) == 2


async def test_a_call_that_is_asked_about_can_be_cancelled(session: OpenSession) -> None:
    opened = await session(scripted([call("shell", SLOW)], [text("Fine.")])[0])
    opened.submit("Go")
    await eventually(opened.state.asking)
    asked = opened.state.asking()[0]
    assert opened.cancel_call(asked.call_id)
    await opened.rest()
    assert asked.phase == "cancelled" and asked.decision is not None and asked.decision.by == "engine"
    assert opened.state.turns[-1].outcome == "done"


async def test_what_a_side_call_reads_and_writes_the_model_has_not_seen(session: OpenSession, tmp_path: Path) -> None:
    write = {"path": "notes.txt", "old": "one", "new": "two"}
    models, _ = scripted(
        [call("read", {"path": "notes.txt"})],
        [text("Done.")],
        [call("edit", write)],
        [text("It moved on.")],
    )
    opened = await session(models)
    first = await turn(opened)
    (tmp_path / "project" / "notes.txt").write_text("one more line\n")
    await ended(opened, opened.rerun(first.call_id))
    opened.submit("Edit")
    await eventually(lambda: allow(opened) and not opened.running)
    edited = next(c for c in opened.state.calls.values() if c.tool == "edit")
    assert edited.ended is not None and edited.ended.outcome == "error"
    assert (tmp_path / "project" / "notes.txt").read_text() == "one more line\n"


async def test_a_session_with_a_side_call_does_not_go_cold(work: OpenWork) -> None:
    workspace = await work(scripted([call("shell", {"command": "echo one"})], [text("Done.")])[0])
    opened = await workspace.new_session(REFERENCE)
    first = await turn(opened)
    side = opened.rerun(first.call_id, '{"command": "echo begun; sleep 60; touch end"}')
    await runs(opened, side)
    workspace.show([])
    assert opened.id in workspace._live
    opened.cancel_call(side)
    await ended(opened, side)
    workspace.show([])
    assert opened.id not in workspace._live


@pytest.mark.parametrize("when", ["at once", "asked", "running"])
async def test_closing_the_workspace_ends_side_calls(store: Store, tmp_path: Path, when: str) -> None:
    models = scripted([call("shell", {"command": "echo one"})], [text("Done.")])[0]
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path) as workspace:
        opened = await workspace.new_session(REFERENCE)
        first = await turn(opened)
        side = opened.rerun(first.call_id, '{"command": "echo begun; sleep 60; touch end"}')
        if when != "at once":
            await eventually(opened.state.asking)
        if when == "running":
            await runs(opened, side)
    result = opened.state.calls[side].ended
    assert result is not None and result.outcome == "cancelled"
    await store.settle()
    entries = await store.load(opened.id)
    assert_whole(entries)
    assert fold(opened.id, entries) == opened.state


@pytest.mark.parametrize("kind", [SideCall, ToolStarted])
async def test_a_side_call_that_a_crash_left_open_is_closed_when_its_session_is_opened(
    store: Store, tmp_path: Path, kind: type
) -> None:
    """The process dies behind the event: what it would have written after is not there."""
    models = scripted([call("read", {"path": "n"})], [text("Done.")])[0]
    (tmp_path / "n").write_text("n\n")
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path) as workspace:
        opened = await workspace.new_session(REFERENCE)
        first = await turn(opened)
        side = opened.rerun(first.call_id)
        await ended(opened, side)
        await store.settle()
        entries = await store.load(opened.id)
    last = max(
        n for n, e in enumerate(entries) if isinstance(e.event, kind) and getattr(e.event, "call_id", "") == side
    )
    dead = await Store.open(tmp_path / "dead.db")
    try:
        for entry in entries[: last + 1]:
            dead.add(entry)
        async with open_workspace(
            store=dead, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path
        ) as workspace:
            again = await workspace.open_session(opened.id)
            result = again.state.calls[side].ended
            assert result is not None and result.outcome == ("unknown" if kind is ToolStarted else "cancelled")
            await dead.settle()
            kept = await dead.load(opened.id)
            assert_whole(kept)
            assert fold(opened.id, kept) == again.state
    finally:
        await dead.close()


class Breaker:
    """Lets ``left`` events pass and allows what is asked, then does ``how``."""

    def __init__(self, opened: Session, left: int, how: Callable[[], object]) -> None:
        self._opened, self._left, self._how = opened, left, how
        self._emit = opened.log.emit
        self.broken = False
        opened.log.emit = self.emit  # type: ignore[method-assign]

    def emit(self, event) -> Entry:
        entry = self._emit(event)
        if self._opened.state.asking():
            asyncio.get_running_loop().call_soon(allow, self._opened)
        if not isinstance(event, (ApprovalDecided, ToolEnded)) and not self.broken:
            self._left -= 1
            if self._left == 0:
                self.broken = True
                self._how()
        return entry


@pytest.mark.parametrize("how", ["cancel", "interrupt", "stop"])
async def test_a_side_call_beside_a_turn_may_be_broken_at_any_event(store: Store, tmp_path: Path, how: str) -> None:
    for left in range(1, 60):
        models = scripted(
            [call("shell", {"command": "echo one"})], [text("Done.")], [call("list", {}), text("x")], [text("End.")]
        )[0]
        async with open_workspace(
            store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path
        ) as workspace:
            opened = await workspace.new_session(REFERENCE)
            first = await turn(opened)
            side: list[str] = []

            def cancel(opened: Session = opened, side: list[str] = side) -> None:
                if side:
                    opened.cancel_call(side[0])

            ways = {"cancel": cancel, "interrupt": opened.interrupt, "stop": opened.stop}
            breaker = Breaker(opened, left, ways[how])
            opened.submit("Go")
            side.append(opened.rerun(first.call_id))
            await eventually(lambda opened=opened: not opened.busy)
            await store.settle()
            entries = await store.load(opened.id)
            assert_whole(entries)
            assert fold(opened.id, entries) == opened.state
            assert opened.state.calls[side[0]].ended is not None and not opened.state.open_calls
            if not breaker.broken:
                assert left > 8
                return
    raise AssertionError("there were more events than were broken")
