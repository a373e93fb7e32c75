"""Files go back to a point over several turns, the newest first; what others made of them stays, unless one insists."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scripts import REFERENCE, Hold, call, eventually, scripted, text
from tui.engine.changes.restoring import Plan, plan_restore, restore
from tui.engine.session import Session
from tui.engine.workspace import Workspace
from tui.errors import SessionBusy, SessionHeld

OpenWork = Callable[..., Awaitable[Workspace]]


def writes(**contents: str) -> list[Any]:
    """A step that writes these files; ``a`` stands for a.txt."""
    return [call("write", {"path": f"{name}.txt", "content": content}) for name, content in contents.items()]


async def at_work(work: OpenWork, *turns: list[Any]) -> tuple[Workspace, Session, Path]:
    """A session that ran these turns, a step each, in a mode that asks nothing."""
    script = [step for turn in turns for step in (turn, [text("Done.")])]
    workspace = await work(scripted(*script)[0])
    session = await workspace.new_session(REFERENCE)
    session.change_mode("accept-edits")
    return workspace, session, workspace.cwd


async def run(session: Session, count: int = 1) -> None:
    for _ in range(count):
        session.submit("Go")
        await session.rest()
        assert all(one.phase == "ok" for one in session.state.calls.values())


async def plan(workspace: Workspace, session: Session, turns: int) -> Plan:
    """To before the turn at that place."""
    return await plan_restore(session, session.state.turns[turns].seq - 1, workspace.open_session)


def contents(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted(folder.glob("?.txt"))}


async def test_files_go_back_over_several_turns(work: OpenWork) -> None:
    turns = writes(a="1"), writes(a="2", b="2"), writes(a="3", c="3")
    workspace, session, folder = await at_work(work, *turns)
    await run(session, 3)
    assert contents(folder) == {"a": "3", "b": "2", "c": "3"}
    to_second = await plan(workspace, session, 1)
    assert [Path(file.path).stem for file in to_second.files] == ["a", "b", "c"]
    assert [len(file.spans) for file in to_second.files] == [2, 1, 1]
    assert "-1" in to_second.files[0].diff.diff and "+3" in to_second.files[0].diff.diff
    ended = await restore(to_second)
    assert [(one.done, one.told) for one in ended] == [(True, "It is as it was then.")] * 3
    assert contents(folder) == {"a": "1"}
    assert (await plan(workspace, session, 1)).files == ()
    await restore(await plan(workspace, session, 0))
    assert contents(folder) == {}


async def test_what_others_changed_stays_until_the_person_insists(work: OpenWork) -> None:
    workspace, session, folder = await at_work(work, writes(a="1", b="1"), writes(a="2", b="2"))
    await run(session, 2)
    (folder / "a.txt").write_text("mine")
    to_first = await plan(workspace, session, 0)
    assert [(file.refusal, file.forced) for file in to_first.files] == [
        ("Somebody else has changed it since.", True),
        ("", False),
    ]
    ended = await restore(to_first)
    assert [one.done for one in ended] == [False, True]
    assert contents(folder) == {"a": "mine"}
    ended = await restore(to_first, [to_first.files[0].path])
    assert [one.done for one in ended] == [True, True]
    assert contents(folder) == {}
    for turn in session.state.turns:
        await session.redo(turn.turn_id)
    assert contents(folder)["a"] == "mine", "what others made of it is kept"


async def test_what_others_changed_between_two_turns_is_seen(work: OpenWork) -> None:
    workspace, session, folder = await at_work(work, writes(a="1"), [call("read", {"path": "a.txt"})], writes(a="2"))
    await run(session)
    (folder / "a.txt").write_text("mine")
    await run(session, 2)
    to_first = await plan(workspace, session, 0)
    assert "between these turns" in to_first.files[0].refusal
    assert [one.done for one in await restore(to_first)] == [False]
    assert contents(folder) == {"a": "2"}
    assert [one.done for one in await restore(await plan(workspace, session, 2))] == [True]
    assert contents(folder) == {"a": "mine"}


async def test_a_file_that_was_put_back_by_hand_counts_as_back(work: OpenWork) -> None:
    workspace, session, folder = await at_work(work, writes(a="1"), writes(a="2", b="2"))
    await run(session, 2)
    (folder / "a.txt").write_text("1")
    ended = await restore(await plan(workspace, session, 1))
    assert [(Path(one.path).stem, one.done) for one in ended] == [("b", True)]
    assert contents(folder) == {"a": "1"}


async def test_nothing_is_put_back_under_a_turn_that_runs(work: OpenWork) -> None:
    hold = Hold()
    workspace = await work(scripted(writes(a="1"), [text("Done.")], writes(a="2"), [hold])[0])
    session = await workspace.new_session(REFERENCE)
    session.change_mode("accept-edits")
    await run(session)
    session.submit("Go")
    await eventually(lambda: len(session.state.steps) == 4)
    with pytest.raises(SessionBusy, match="Session 1 is at work"):
        await plan(workspace, session, 0)
    session.interrupt()
    await session.rest()
    assert [one.done for one in await restore(await plan(workspace, session, 0))] == [True]


async def test_in_a_fork_what_its_parent_changed_after_the_fork_goes_back_too(work: OpenWork) -> None:
    turns = writes(a="1"), writes(a="2"), [call("read", {"path": "a.txt"})], writes(a="3", b="3")
    workspace, parent, folder = await at_work(work, *turns)
    await run(parent)
    child = await workspace.fork(parent.id)
    at = child.state.seq
    await run(parent)
    await run(child, 2)
    assert contents(folder) == {"a": "3", "b": "3"}
    ended = await restore(await plan_restore(child, at - 1, workspace.open_session))
    assert [one.done for one in ended] == [True, True], "the fork's own turn"
    assert contents(folder) == {"a": "2"}
    fork = child.state.forked_from
    assert fork is not None
    ended = await restore(await plan_restore(child, fork[1], workspace.open_session))
    assert contents(folder) == {"a": "1"}
    await restore(await plan_restore(child, 1, workspace.open_session))
    assert contents(folder) == {}


async def test_what_a_parent_that_is_elsewhere_changed_stays_and_is_told(work: OpenWork) -> None:
    workspace, parent, folder = await at_work(work, writes(a="1"), writes(b="2"))
    child = await workspace.fork(parent.id)
    await run(parent)
    child.change_mode("accept-edits")
    await run(child)

    async def held(session_id: str) -> Session:
        raise SessionHeld(f"Session {session_id} is run by process 7.")

    to_begin = await plan_restore(child, 1, held)
    assert [Path(file.path).name for file in to_begin.files] == ["b.txt"]
    assert "is run by process 7" in to_begin.missing[0]
    await restore(to_begin)
    assert contents(folder) == {"a": "1"}
