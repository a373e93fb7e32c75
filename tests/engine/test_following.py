"""A session that another process runs grows here as it does there, is only read, and passes over when that is gone.

Two stores on one file stand for two processes: the lock of a session is kept by the kernel for each of them.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.scripts import REFERENCE, Hold, ScriptedProvider, call, eventually, scripted, text
from tui.engine import following
from tui.engine.following import FollowedSession
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import SessionHeld
from tui.events import Entry
from tui.store.store import Store
from tui.tools.catalog import Catalog


@dataclass(slots=True)
class Program:
    """A process's part of it."""

    store: Store
    workspace: Workspace
    provider: ScriptedProvider


Start = Callable[..., Awaitable[Program]]


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """``await start(*script)`` opens one more program on the same store."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "notes.txt").write_text("one\n")
    async with AsyncExitStack() as stack:

        async def start_(*script: Any) -> Program:
            store = await Store.open(tmp_path / "data" / "penstock.db")
            stack.push_async_callback(store.close)
            models, provider = scripted(*script)
            opening = open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder)
            return Program(store, await stack.enter_async_context(opening), provider)

        yield start_


async def begun(program: Program) -> Session:
    """A session with a turn in its middle."""
    session = await program.workspace.new_session(REFERENCE)
    session.submit("Go")
    return session


async def followed(program: Program, session_id: str) -> FollowedSession:
    """As a screen shows it."""
    with pytest.raises(SessionHeld):
        await program.workspace.open_session(session_id)
    session = await program.workspace.following.follow(session_id)
    program.workspace.show([session_id])
    return session


async def test_what_streams_elsewhere_is_seen_here_as_it_comes(start: Start) -> None:
    first_part, more, end = Hold(), Hold(), Hold()
    script = [text("The gate"), first_part, text(" opens"), more, text(" and shuts."), end]
    one, other = await start(script), await start()
    mine = await begun(one)
    await first_part.reached()
    await mine.log.settle()
    theirs = await followed(other, mine.id)
    seen: list[str] = []
    other.workspace.changed = seen.append
    assert theirs.held_by is not None
    for hold, reached in ((first_part, more), (more, end)):
        hold.release()
        await reached.reached()
        await mine.log.settle()
        await eventually(lambda: theirs.state.seq == mine.state.seq)
        assert [part.text for part in theirs.state.parts.values()] == [p.text for p in mine.state.parts.values()]
    end.release()
    await mine.rest()
    await mine.log.settle()
    await eventually(lambda: theirs.state == mine.state)
    assert theirs.state.turns[-1].outcome == "done" and set(seen) == {mine.id}
    assert theirs.log.since(0) == await one.store.load(mine.id), "what was superseded there is superseded here"


async def test_an_output_that_grows_elsewhere_is_seen_here_and_a_question_too(start: Start) -> None:
    one = await start([call("shell", {"command": "echo begun; read x < gate; echo over"})], [text("Done.")])
    other = await start()
    gate = other.workspace.root / "gate"
    os.mkfifo(gate)
    mine = await begun(one)
    await eventually(mine.state.asking)
    await mine.log.settle()
    theirs = await followed(other, mine.id)
    assert theirs.status == "asking"
    (asking,) = mine.state.asking()
    assert asking.approval is not None
    mine.decide(asking.approval.approval_id, "allow")
    await eventually(lambda: "begun" in "".join(theirs.state.calls[asking.call_id].output))
    gate.write_text("go\n")
    await mine.rest()
    await mine.log.settle()
    await eventually(lambda: theirs.state == mine.state)


VERBS: dict[str, Callable[[Session], Any]] = {
    "submit": lambda session: session.submit("Me too"),
    "steer": lambda session: session.steer("Me too"),
    "edit": lambda session: session.edit_queued(session.state.outbox[0].prompt_id, "Other"),
    "move": lambda session: session.move_queued(session.state.outbox[0].prompt_id, None),
    "steer queued": lambda session: session.steer_queued(session.state.outbox[0].prompt_id, True),
    "withdraw": lambda session: session.withdraw(session.state.outbox[0].prompt_id),
    "send queue": lambda session: session.resume_queue(),
    "carry on": lambda session: session.carry_on(),
    "run again": lambda session: session.rerun(next(iter(session.state.calls))),
    "shell": lambda session: session.run_own("touch made"),
    "cancel call": lambda session: session.cancel_call(next(iter(session.state.calls))),
    "decide": lambda session: session.decide(approval_of(session), "allow"),
    "always": lambda session: session.allow_always(approval_of(session)),
    "answer": lambda session: session.answer("q", "yes"),
    "compact": lambda session: session.compact(),
    "system": lambda session: session.change_system("Be brief."),
    "undo": lambda session: session.undo(session.state.turns[0].turn_id),
    "redo": lambda session: session.redo(session.state.turns[0].turn_id),
    "retry": lambda session: session.retry_now(),
    "rename": lambda session: session.rename("Mine"),
    "archive": lambda session: session.archive(),
    "model": lambda session: session.change_model("scripted/other"),
    "effort": lambda session: session.change_effort("high"),
    "budget": lambda session: session.change_budget(5.0),
    "mode": lambda session: session.change_mode("autonomous"),
}


def approval_of(session: Session) -> str:
    approval = session.state.asking()[0].approval
    assert approval is not None
    return approval.approval_id


async def test_nothing_that_a_person_may_try_changes_a_session_that_runs_elsewhere(start: Start) -> None:
    one = await start(
        [call("read", {"path": "notes.txt"})], [call("shell", {"command": "touch made"})], [text("Ok.")], [text("Ok.")]
    )
    other = await start()
    mine = await begun(one)
    await eventually(mine.state.asking)
    mine.submit("Waits")
    await mine.log.settle()
    theirs = await followed(other, mine.id)
    before = await one.store.load(mine.id)
    for name, verb in VERBS.items():
        with pytest.raises(SessionHeld, match=r"run by process \d+") as caught:
            done = verb(theirs)
            if hasattr(done, "__await__"):
                await done
        assert caught.value.hint, name
    assert not theirs.interrupt() and not theirs.cancel_own()
    await theirs.read_instructions()
    theirs.stop()
    await theirs.rest()
    other.workspace.close_session(theirs)
    await other.store.settle()
    assert await one.store.load(mine.id) == before == theirs.log.since(0)
    assert other.provider.requests == [] and not (other.workspace.root / "made").exists()
    mine.decide(approval_of(mine), "deny")
    await mine.rest()
    assert mine.state.turns[-1].outcome == "done"


async def test_a_fork_of_a_session_that_runs_elsewhere_is_ours(start: Start) -> None:
    hold = Hold()
    one, other = await start([text("Half"), hold, text(" of it.")]), await start([text("The other half.")])
    mine = await begun(one)
    await hold.reached()
    await mine.log.settle()
    theirs = await followed(other, mine.id)
    child = await other.workspace.fork(theirs.id)
    assert child.held_by is None
    child.submit("Go on")
    await child.rest()
    assert child.state.turns[-1].outcome == "done"
    hold.release()
    await mine.rest()


async def test_nothing_looks_for_news_while_no_such_session_is_on_screen(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "EVERY", 0.001)
    hold = Hold()
    one, other = await start([text("Half"), hold, text(" of it.")]), await start()
    looked: list[object] = []
    real = other.store.arrived

    async def arrived(after: Any) -> list[Entry]:
        looked.append(dict(after))
        return await real(after)

    monkeypatch.setattr(other.store, "arrived", arrived)
    mine = await begun(one)
    await hold.reached()
    await mine.log.settle()
    assert not other.workspace.following.running
    theirs = await followed(other, mine.id)
    await eventually(lambda: looked)
    other.workspace.show([])
    await eventually(lambda: not other.workspace.following.running)
    so_far = len(looked)
    hold.release()
    await mine.rest()
    await mine.log.settle()
    assert len(looked) == so_far and other.workspace.session(mine.id) is None
    again = await followed(other, mine.id)
    assert again is not theirs and again.state == mine.state, "it comes from the disk, as it is now"
    (other_turn,) = again.state.turns
    assert other_turn.outcome == "done"


async def test_a_session_whose_owner_is_gone_is_told_of_once_and_nothing_of_it_runs_by_itself(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "EVERY", 0.005)
    hold = Hold()
    one, other = await start([text("Half"), hold]), await start([text("And the rest.")])
    mine = await begun(one)
    await hold.reached()
    mine.submit("Waits")
    await mine.log.settle()
    theirs = await followed(other, mine.id)
    freed: list[str] = []
    other.workspace.following.freed = freed.append
    looked: list[object] = []
    real = other.store.holder

    def holder(session_id: str) -> int | None:
        looked.append(session_id)
        return real(session_id)

    monkeypatch.setattr(other.store, "holder", holder)
    await eventually(lambda: len(looked) > 2)
    assert freed == []
    monkeypatch.setattr(one.store, "add", lambda entry: None)  # it is dead: it writes no more,
    one.store._owner.release_all()  # and the kernel lets go of its locks
    await eventually(lambda: freed)
    looked.clear()
    await eventually(lambda: len(looked) > 2)
    assert freed == [mine.id]
    ours = await other.workspace.open_session(mine.id)
    assert ours.held_by is None and other.workspace.session(mine.id) is ours
    assert [turn.outcome for turn in ours.state.turns] == ["interrupted"]
    assert [waiting.text for waiting in ours.state.outbox] == ["Waits"] and other.provider.requests == []
    await eventually(lambda: not other.workspace.following.running)
    ours.carry_on()
    await ours.rest()
    assert theirs.state.turns[-1].outcome is None, "what was followed is no longer fed"
    assert [turn.outcome for turn in ours.state.turns][:2] == ["interrupted", "done"]
