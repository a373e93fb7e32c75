"""Sub-agents: sessions of their own that a call waits for, whatever becomes of either."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.engine.test_break import assert_whole
from tests.scripts import (
    REFERENCE,
    AuthFailed,
    Hold,
    ScriptedModels,
    ScriptedProvider,
    call,
    eventually,
    fail,
    reasoning,
    scripted,
    text,
)
from tui.engine.calls import delegation
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import AlreadyDecided
from tui.events import GrantAdded, ModeChanged, ToolEnded, ToolOutcome, ToolOutput
from tui.messages import TextPart, ToolResultPart
from tui.providers.base import Request
from tui.state import fold
from tui.store.export import to_markdown
from tui.store.store import Store
from tui.tools.catalog import Catalog
from tui.tools.task import LONGEST_ANSWER

Work = Callable[..., Awaitable[Workspace]]
TASK = call("task", {"prompt": "Count the files.", "title": "Counting", "model": "child/m"})
MAKE = call("shell", {"command": "echo hi > made"})


def pair(parent: list, child: list, **more: list) -> ScriptedModels:
    """A parent's and a child's steps, from providers of their own; ``more`` by name."""
    scripts = {"scripted": parent, "child": child, **more}
    return ScriptedModels({name: ScriptedProvider(steps) for name, steps in scripts.items()})


async def start(workspace: Workspace) -> Session:
    parent = await workspace.new_session(REFERENCE)
    parent.submit("Go")
    return parent


async def children(workspace: Workspace, parent: Session, count: int = 1) -> list[Session]:
    """The sub-agents of a session, when there are so many."""

    def found() -> list[Session]:
        return [s for s in workspace.sessions if s.state.parent_call and s.state.parent_call[0] == parent.id]

    await eventually(lambda: len(found()) >= count)
    return found()


def results(models: ScriptedModels, name: str = "scripted") -> list[ToolResultPart]:
    """What the last request of a provider says of calls."""
    provider = models.providers[name]
    assert isinstance(provider, ScriptedProvider)
    return [part for part in provider.requests[-1].messages[-1].parts if isinstance(part, ToolResultPart)]


async def approval(session: Session) -> str:
    await eventually(session.state.asking)
    found = session.state.asking()[0].approval
    assert found is not None
    return found.approval_id


async def assert_all_whole(store: Store, *sessions: Session) -> None:
    await store.settle()
    for session in sessions:
        entries = await store.load(session.id)
        assert_whole(entries)
        assert fold(session.id, entries) == session.state


# --- the ordinary way


async def test_the_last_answer_comes_back_and_says_where_the_rest_is(work: Work, store: Store) -> None:
    models = pair([[TASK], [text("Two.")]], [[text("I look."), call("list", {})], [text("There is one file.")]])
    workspace = await work(models)
    parent = await start(workspace)
    (child,) = await children(workspace, parent)
    await parent.rest()
    (result,) = results(models)
    assert result.text == f"There is one file.\n\n[sub-agent's session: {child.id}]"
    assert not result.is_error
    (asked,) = parent.state.calls
    assert child.state.parent_call == (parent.id, asked)
    assert (child.state.title, child.state.cwd, child.state.model) == ("Counting", parent.state.cwd, "child/m")
    assert child.status == parent.status == "idle"
    assert f"Sub-agent of: `{parent.id}`" in to_markdown(child.log.since(0))
    await assert_all_whole(store, parent, child)


async def test_a_sub_agent_knows_what_it_is_and_only_what_it_was_told(work: Work) -> None:
    models = pair([[TASK], [text("Two.")]], [[text("One.")]])
    workspace = await work(models)
    await (await start(workspace)).rest()
    child, parent = models.providers["child"], models.providers["scripted"]
    assert isinstance(child, ScriptedProvider) and isinstance(parent, ScriptedProvider)
    (request,) = child.requests
    assert [message.parts for message in request.messages] == [(TextPart(text="Count the files."),)]
    assert "You are a sub-agent" in request.system
    assert "You are a sub-agent" not in parent.requests[0].system
    assert request.tools == parent.requests[0].tools


async def test_without_a_model_of_its_own_it_uses_its_parents(work: Work) -> None:
    task = call("task", {"prompt": "Count."})
    models, provider = scripted([task], [text("One.")], [text("Two.")])
    workspace = await work(models)
    parent = await start(workspace)
    await parent.rest()
    (child,) = await children(workspace, parent)
    assert child.state.model == REFERENCE
    assert child.state.title == "Count."
    assert len(provider.requests) == 3


async def test_the_parents_row_shows_what_the_child_does(work: Work) -> None:
    hold = Hold()
    models = pair([[TASK], [text("Two.")]], [[call("list", {"path": "."})], [text("Hm.\nWell."), reasoning("", hold)]])
    workspace = await work(models)
    parent = await start(workspace)
    (child,) = await children(workspace, parent)

    def shown() -> str:
        return "".join(entry.event.text for entry in parent.log.since(0) if isinstance(entry.event, ToolOutput))

    await hold.reached()
    await eventually(lambda: "Hm. Well." in shown())
    assert shown().splitlines() == [f"session {child.id}", 'list {"path": "."}', "Hm. Well."]
    hold.release()
    await parent.rest()


async def test_two_tasks_of_one_step_work_at_the_same_time(work: Work, store: Store) -> None:
    holds = {"one": Hold(), "two": Hold()}

    def step(request: Request) -> list:
        part = request.messages[0].parts[0]
        assert isinstance(part, TextPart)
        return [text(f"{part.text} ", holds[part.text], "done")]

    tasks = [call("task", {"prompt": name, "model": "child/m"}) for name in holds]
    models = pair([tasks, [text("Both.")]], [step, step])
    workspace = await work(models)
    parent = await start(workspace)
    await asyncio.gather(*(hold.reached() for hold in holds.values()))
    titled = {session.state.title: session for session in await children(workspace, parent, 2)}
    first, second = titled["one"], titled["two"]
    holds["two"].release()
    await second.rest()
    assert first.running and parent.running
    holds["one"].release()
    await parent.rest()
    assert [result.text.partition("\n")[0] for result in results(models)] == ["one done", "two done"]
    await assert_all_whole(store, parent, first, second)


async def test_more_than_there_are_places_for_wait_their_turn(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delegation, "AT_ONCE", 2)
    holds = [Hold() for _ in range(4)]
    models = pair([[TASK] * 4, [text("All.")]], [[text("one ", hold)] for hold in holds])
    workspace = await work(models)
    parent = await start(workspace)
    await asyncio.gather(holds[0].reached(), holds[1].reached())
    waiting = [c for c in parent.state.open_calls.values()]
    await eventually(lambda: sum("waits for a place" in "".join(c.output) for c in waiting) == 2)
    assert len(await children(workspace, parent)) == 2
    holds[1].release()
    await holds[2].reached()
    assert len(await children(workspace, parent)) == 3
    for hold in holds:
        hold.release()
    await parent.rest()
    assert len(await children(workspace, parent)) == 4
    assert not any(result.is_error for result in results(models))


async def test_a_very_long_answer_is_told_by_its_ends(work: Work) -> None:
    models = pair([[TASK], [text("Two.")]], [[text("a" * LONGEST_ANSWER + "b" * LONGEST_ANSWER)]])
    await (await start(await work(models))).rest()
    (result,) = results(models)
    assert result.text.startswith("aaa") and "bbb\n\n[sub-agent" in result.text
    assert "40,000 characters are only in its session" in result.text


# --- what it inherits


async def test_it_begins_in_its_parents_mode_and_without_its_grants(work: Work) -> None:
    hold = Hold()
    models = pair([[text("", hold), TASK], [text("Two.")]], [[MAKE], [text("One.")]])
    workspace = await work(models)
    parent = await start(workspace)
    await hold.reached()
    parent.log.emit(ModeChanged(mode="accept-edits"))
    parent.log.emit(GrantAdded(grant_id="g", tool="shell", pattern="echo hi > made", scope="session"))
    hold.release()
    (child,) = await children(workspace, parent)
    assert child.state.mode == "accept-edits"
    child.decide(await approval(child), "deny")
    await parent.rest()


async def test_a_sub_agent_of_a_sub_agent_has_none(work: Work, store: Store) -> None:
    deeper = call("task", {"prompt": "Deeper.", "model": "grandchild/m"})
    models = pair(
        [[TASK], [text("Two.")]],
        [[deeper], [text("One.")]],
        grandchild=[[call("task", {"prompt": "Deepest."})], [text("Alone.")]],
    )
    workspace = await work(models)
    parent = await start(workspace)
    await parent.rest()
    assert "cannot have one yourself" in results(models, "grandchild")[0].text
    assert results(models, "child")[0].text.startswith("Alone.")
    assert len(workspace.sessions) == 3
    await assert_all_whole(store, *workspace.sessions)


async def test_the_depth_is_known_when_its_ancestors_have_left_memory(store: Store, tmp_path: Path) -> None:
    def opening(models: ScriptedModels):
        return open_workspace(store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path)

    deeper = call("task", {"prompt": "Deeper.", "model": "grandchild/m"})
    first = pair([[TASK], [text("Two.")]], [[deeper], [text("One.")]], grandchild=[[text("Alone.")]])
    async with opening(first) as workspace:
        await (await start(workspace)).rest()
        (youngest,) = [s for s in workspace.sessions if s.state.model == "grandchild/m"]
    second = pair([], [], grandchild=[[call("task", {"prompt": "Deepest."})], [text("Alone.")]])
    async with opening(second) as workspace:
        again = await workspace.open_session(youngest.id)
        again.submit("Once more")
        await again.rest()
        assert "cannot have one yourself" in results(second, "grandchild")[0].text
        assert workspace.sessions == (again,)


async def test_a_model_that_cannot_be_used_opens_no_session(work: Work) -> None:
    models = pair([[call("task", {"prompt": "Count.", "model": "nobody/m"})], [text("Then I do.")]], [])
    workspace = await work(models)
    parent = await start(workspace)
    await parent.rest()
    (result,) = results(models)
    assert result.is_error
    assert "'nobody/m' cannot be used" in result.text
    assert workspace.sessions == (parent,)


# --- seen and steered


async def test_it_is_told_of_as_soon_as_it_exists_and_neither_goes_cold(work: Work) -> None:
    hold = Hold()
    models = pair([[TASK], [text("Two.")]], [[text("One ", hold, "file.")]])
    workspace = await work(models)
    told: list[tuple[str, bool]] = []

    def opened(session: Session) -> None:
        told.append((session.id, session.running))
        workspace.show([])  # what a screen may do at any time

    workspace.opened = opened
    parent = await start(workspace)
    await hold.reached()
    (child,) = await children(workspace, parent)
    assert told == [(child.id, True)]
    workspace.show([])
    assert {parent.id, child.id} <= workspace._live.keys()
    hold.release()
    await parent.rest()
    workspace.show([])
    assert not workspace._live
    assert not workspace.watchers


async def test_it_can_be_steered_and_its_parent_waits_for_its_rest(work: Work) -> None:
    hold = Hold()
    models = pair([[TASK], [text("Two.")]], [[text("", hold), call("list", {})], [text("One.")], [text("And two.")]])
    workspace = await work(models)
    parent = await start(workspace)
    (child,) = await children(workspace, parent)
    await hold.reached()
    child.steer("Count the folders too.")
    child.submit("Now the links.")
    hold.release()
    await parent.rest()
    asked = models.providers["child"]
    assert isinstance(asked, ScriptedProvider)
    assert "Count the folders too." in str(asked.requests[1].messages)
    assert len(child.state.turns) == 2
    assert results(models)[0].text.startswith("And two.")


# --- whatever happens


async def test_a_sub_agent_that_fails_is_a_failed_call_and_its_parent_goes_on(work: Work, store: Store) -> None:
    models = pair([[TASK], [text("I see.")]], [[text("I begin. "), fail(AuthFailed("The key is wrong."))]])
    workspace = await work(models)
    parent = await start(workspace)
    (child,) = await children(workspace, parent)
    await parent.rest()
    (result,) = results(models)
    assert result.is_error
    assert "The sub-agent failed: The key is wrong." in result.text
    assert "I begin." in result.text and child.id in result.text
    assert parent.state.turns[-1].outcome == "done"
    await assert_all_whole(store, parent, child)


async def test_the_person_may_interrupt_it_alone(work: Work, store: Store) -> None:
    hold = Hold()
    models = pair([[TASK], [text("I see.")]], [[text("Half a ", hold)]])
    workspace = await work(models)
    parent = await start(workspace)
    (child,) = await children(workspace, parent)
    await hold.reached()
    child.interrupt()
    await parent.rest()
    (result,) = results(models)
    assert result.is_error
    assert "The person interrupted the sub-agent." in result.text and "Half a" in result.text
    assert (child.state.turns[-1].outcome, parent.state.turns[-1].outcome) == ("interrupted", "done")
    await assert_all_whole(store, parent, child)


async def test_interrupting_the_parent_while_the_child_asks_closes_both(work: Work, store: Store) -> None:
    models = pair([[TASK]], [[MAKE, call("ask_user", {"question": "Which?"})]])
    workspace = await work(models)
    parent = await start(workspace)
    (child,) = await children(workspace, parent)
    asked = await approval(child)
    await eventually(lambda: child.state.questions)
    question = next(iter(child.state.questions))
    assert (parent.status, child.status) == ("running", "asking")
    parent.interrupt()
    await parent.rest()
    await child.rest()
    assert (child.state.turns[-1].outcome, parent.state.turns[-1].outcome) == ("interrupted", "interrupted")
    for late in (lambda: child.decide(asked, "allow"), lambda: child.answer(question, "this")):
        with pytest.raises(AlreadyDecided):
            late()
    assert not (workspace.root / "made").exists()
    await assert_all_whole(store, parent, child)


async def test_cancelling_the_call_alone_interrupts_the_child_and_the_parent_goes_on(work: Work, store: Store) -> None:
    hold = Hold()
    models = pair([[TASK], [text("I see.")]], [[text("Half a ", hold)]])
    workspace = await work(models)
    parent = await start(workspace)
    (child,) = await children(workspace, parent)
    await hold.reached()
    assert parent.cancel_call(next(iter(parent.state.calls)))
    await parent.rest()
    await child.rest()
    assert (child.state.turns[-1].outcome, parent.state.turns[-1].outcome) == ("interrupted", "done")
    await assert_all_whole(store, parent, child)


@pytest.mark.parametrize("left", range(2, 26, 3))
async def test_wherever_the_parent_is_interrupted_nothing_is_left_open(work: Work, store: Store, left: int) -> None:
    models = pair([[TASK], [text("I see.")]], [[text("I look."), call("list", {})], [text("One.")]])
    workspace = await work(models)
    parent = await workspace.new_session(REFERENCE)
    seen = 0

    def count(session_id: str) -> None:
        nonlocal seen
        seen += 1
        if seen == left:
            parent.interrupt()

    workspace.changed = count
    parent.submit("Go")
    await eventually(lambda: not any(session.running for session in workspace.sessions))
    assert seen > left
    await assert_all_whole(store, *workspace.sessions)
    for session in workspace.sessions:
        assert not session.state.open_calls and session.state.turn is None


async def test_closing_the_program_ends_parent_and_child(store: Store, tmp_path: Path) -> None:
    hold = Hold()
    models = pair([[TASK]], [[text("Half a ", hold)]])
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path) as workspace:
        parent = await start(workspace)
        (child,) = await children(workspace, parent)
        await hold.reached()
    assert [s.state.turns[-1].outcome for s in (parent, child)] == ["interrupted", "interrupted"]
    await assert_all_whole(store, parent, child)
    assert store.holder(parent.id) is store.holder(child.id) is None


def killed_with_a_child_running(path: Path, folder: Path) -> list[str]:
    """The ids of a parent and its child whose process was killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.delegating", str(path), str(folder)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    ids = process.stdout.readline().split()
    process.kill()
    process.wait()
    process.stdout.close()
    return ids


async def test_a_killed_process_leaves_a_parent_and_a_child_that_open_whole(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    path = tmp_path / "penstock.db"
    ids = await asyncio.to_thread(killed_with_a_child_running, path, folder)
    store = await Store.open(path)
    try:
        rows = {row.id: row for row in await store.sessions()}
        assert all(rows[session_id].left_open for session_id in ids)
        assert rows[ids[1]].parent_session == ids[0]
        models = pair([[text("On I go.")]], [[text("I go on.")]])
        async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
            parent, child = [await workspace.open_session(session_id) for session_id in ids]
            (ended,) = [entry.event for entry in parent.log.since(0) if isinstance(entry.event, ToolEnded)]
            assert ended.outcome is ToolOutcome.UNKNOWN
            assert [s.state.turns[-1].outcome for s in (parent, child)] == ["interrupted", "interrupted"]
            for session in (parent, child):  # each goes on for itself
                session.carry_on()
                await session.rest()
                assert session.state.turns[-1].outcome == "done"
            await assert_all_whole(store, parent, child)
    finally:
        await store.close()
