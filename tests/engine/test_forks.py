"""A fork goes on from any entry of another session: it is whole, the other is not touched, and nothing is copied."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.test_break import assert_taken
from tests.engine.test_killed import killed
from tests.scripts import REFERENCE, Hold, call, eventually, scripted, text, usage
from tests.store.histories import histories
from tui.engine.choice import ModelPlan
from tui.engine.forks import begin_fork, entries_up_to, fork_title
from tui.engine.log import Log
from tui.engine.session import Session
from tui.engine.window.context import history
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import UnknownSession, UsageError
from tui.events import SCRATCH, Entry, SessionForked, ToolOutcome
from tui.messages import TextPart
from tui.state import SessionState, fold
from tui.store.export import from_json_lines, to_json_lines, to_markdown
from tui.store.schema import PROJECTIONS
from tui.store.store import Store
from tui.tools.catalog import Catalog

LONG = os.environ.get("PENSTOCK_LONG") == "1"
OpenWork = Callable[..., Awaitable[Workspace]]


def fork_of(store: Store, parent: SessionState, entries: list[Entry], name: str, through: int | None) -> Log:
    """A fork as the workspace makes it, without one around it."""
    inherited = entries_up_to(entries, through)
    log = Log(fold(name, inherited), store, entries=inherited)
    begin_fork(log, parent, slot=2)
    return log


def lasting(entries: list[Entry]) -> list[Entry]:
    """Without scratch: up to a point inside a part the parent's may still be there."""
    return [entry for entry in entries if not isinstance(entry.event, SCRATCH)]


def assert_rests(state: SessionState) -> None:
    """Nothing is open, and what a model would be sent is sound."""
    assert state.turn is None
    assert not state.open_calls and not state.questions and not state.outbox
    assert [part for part in state.parts.values() if part.part is None] == []
    assert [step for step in state.steps.values() if step.ended is None] == []
    assert (state.cost, state.unpriced_steps, state.usage.input_tokens) == (0.0, 0, 0)
    assert state.status == "idle" or state.turns[-1].outcome == "failed"
    assert_taken(state)


async def rows(store: Store) -> dict[str, list[str]]:
    """All projections, without the ids that the tables number themselves by."""

    def read(connection: Any) -> dict[str, list[str]]:
        return {table: sorted(map(repr, connection.execute(f"SELECT * FROM {table}"))) for table in PROJECTIONS}

    return await store.read(read)


async def begun(work: OpenWork, *script: Any, **known: Any) -> tuple[Workspace, Session]:
    """A workspace with a new session in it."""
    workspace = await work(scripted(*script, **known)[0])
    return workspace, await workspace.new_session(REFERENCE)


async def own_rows(store: Store, session_id: str) -> dict[str, int]:
    def read(connection: Any) -> dict[str, int]:
        counts = {}
        for table in PROJECTIONS[1:]:
            sql = f"SELECT count(*) FROM {table} WHERE session_id=?"
            counts[table] = connection.execute(sql, (session_id,)).fetchone()[0]
        return counts

    return await store.read(read)


# --- anywhere


@settings(max_examples=300 if LONG else 40)
@given(entries=histories(), at=st.integers(1, 400), again=st.integers(1, 400))
def test_any_history_can_be_forked_at_any_entry_and_its_fork_too(entries: list[Entry], at: int, again: int) -> None:
    async def live(folder: Path) -> None:
        store = await Store.open(folder / "penstock.db")
        try:
            for entry in entries:
                store.add(entry)
            await store.settle()
            parent = fold("s1", entries)
            child = fork_of(store, parent, await store.load("s1"), "s2", at)
            grandchild = fork_of(store, child.state, child.since(0), "s3", again)
            for log in (child, grandchild):
                assert_rests(log.state)
                found = await store.load(log.state.session_id)
                assert fold(log.state.session_id, found) == log.state, "also before it is on disk"
            await store.settle()
            before = await rows(store)
            for log in (child, grandchild):
                found = await store.load(log.state.session_id)
                assert found == log.since(0)
                assert fold(log.state.session_id, found) == log.state
                seqs = [entry.seq for entry in found]
                assert seqs == sorted(set(seqs))
                middle = seqs[len(seqs) // 2]
                through = await store.load(log.state.session_id, through=middle)
                assert lasting(through) == lasting([e for e in found if e.seq <= middle])
                after = await store.load(log.state.session_id, after=middle)
                assert after == [e for e in found if e.seq > middle]
                assert list(from_json_lines(to_json_lines(found))) == found
                to_markdown(found)
            assert fold("s1", await store.load("s1")) == parent, "the parent is what it was"
            await store.rebuild()
            assert await rows(store) == before
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder)))


async def test_a_turn_that_runs_goes_on_while_it_is_forked_mid_answer(work: OpenWork, store: Store) -> None:
    hold = Hold()
    models, provider = scripted([text("The first half", hold, " and the second.")], [text("Another end.")])
    workspace = await work(models)
    parent = await workspace.new_session(REFERENCE)
    parent.submit("Tell me.")
    await eventually(lambda: any(part.text == "The first half" for part in parent.state.parts.values()))
    child = await workspace.fork(parent.id)
    assert parent.state.turn is not None
    assert_rests(child.state)
    (part,) = child.state.parts.values()
    assert (part.part, part.cut) == (TextPart(text="The first half"), True)
    hold.release()
    await parent.rest()
    child.submit("And then?")
    await child.rest()
    assert [item.text for item in parent.state.parts.values()] == ["The first half and the second."]
    said = [p.text for m in provider.requests[1].messages for p in m.parts if isinstance(p, TextPart)]
    assert said == ["Tell me.", "The first half", "And then?"]
    await store.settle()
    for session in (parent, child):
        found = await store.load(session.id)
        assert fold(session.id, found) == session.state
        assert found == session.log.since(0), "the parent's scratch is pruned, and its fork lost no letter by it"


async def test_a_call_that_asks_is_not_answered_by_the_fork(work: OpenWork, store: Store) -> None:
    workspace, parent = await begun(work, [call("shell", {"command": "touch seen"})], [text("Done.")])
    parent.submit("Go")
    await eventually(parent.state.asking)
    child = await workspace.fork(parent.id)
    assert_rests(child.state)
    (call_id,) = child.state.calls
    ended = child.state.calls[call_id].ended
    assert ended is not None and ended.outcome is ToolOutcome.CANCELLED and "not run here" in ended.text
    (asking,) = parent.state.asking()
    assert asking.approval is not None
    parent.decide(asking.approval.approval_id, "allow")
    await parent.rest()
    assert parent.state.calls[call_id].phase == "ok"
    await store.settle()
    assert set((await own_rows(store, child.id)).values()) == {0}, "inherited rows are the parent's alone"
    assert child.state.calls[call_id].phase == "cancelled"


async def test_a_call_that_runs_is_unknown_in_the_fork_and_ends_in_the_parent(work: OpenWork) -> None:
    wait = "echo begun; while [ ! -e go ]; do sleep 0.02; done; echo ended"
    workspace, parent = await begun(work, [call("shell", {"command": wait})], [text("Done.")])
    parent.submit("Go")
    await eventually(parent.state.asking)
    approval = parent.state.asking()[0].approval
    assert approval is not None
    parent.decide(approval.approval_id, "allow")
    await eventually(lambda: any("begun" in "".join(c.output) for c in parent.state.calls.values()))
    child = await workspace.fork(parent.id)
    (forked,) = child.state.calls.values()
    assert forked.ended is not None and forked.ended.outcome is ToolOutcome.UNKNOWN
    assert "forked while this call ran" in forked.ended.text and "begun" in forked.ended.text
    (workspace.cwd / "go").touch()
    await parent.rest()
    (own,) = parent.state.calls.values()
    assert own.phase == "ok" and own.ended is not None and "ended" in own.ended.text


async def test_what_waits_runs_or_was_allowed_in_the_parent_stays_there(work: OpenWork) -> None:
    hold = Hold()
    command = {"command": "sleep 600", "background": True}
    workspace, parent = await begun(work, [call("shell", command)], [text("Running."), hold])
    parent.submit("Go")
    await eventually(parent.state.asking)
    approval = parent.state.asking()[0].approval
    assert approval is not None
    parent.decide(approval.approval_id, "allow", scope="session")
    await eventually(lambda: parent.state.jobs and len(parent.state.steps) == 2)
    parent.submit("Later")
    (call_id,) = parent.state.calls
    side = parent.rerun(call_id)
    assert side in parent.state.open_calls
    child = await workspace.fork(parent.id)
    assert_rests(child.state)
    assert not child.state.jobs and not child.state.grants and side not in child.state.calls
    assert not child.busy
    assert parent.jobs.running and parent.state.outbox and parent.state.grants
    hold.release()
    parent.stop()


# --- what it takes over


async def test_a_fork_is_a_session_of_its_own_with_its_own_slot_and_cost(work: OpenWork, store: Store) -> None:
    script = [text("One."), usage(input_tokens=10, output_tokens=2)], [text("Two.")]
    workspace, parent = await begun(work, *script, price=0.5)
    parent.submit("First")
    await parent.rest()
    child = await workspace.fork(parent.id)
    assert (child.state.title, child.state.slot, child.state.cost) == ("First (fork)", 2, 0.0)
    assert child.state.forked_from == (parent.id, parent.state.seq)
    child.submit("Second")
    await child.rest()
    assert (parent.state.cost, child.state.cost) == (0.5, 0.5)
    await store.settle()
    listed = {row.id: row for row in await store.sessions()}
    assert listed[child.id].forked_from == parent.id
    assert (listed[parent.id].cost, listed[child.id].cost) == (0.5, 0.5)
    assert listed[child.id].status == child.status == "idle"
    exported = to_markdown(await store.load(child.id))
    assert exported.startswith("# First (fork)") and f"Forked from: `{parent.id}`" in exported
    assert exported.index("One.") < exported.index("Two.")


async def test_a_fork_takes_the_settings_of_now_and_not_those_of_then(work: OpenWork) -> None:
    workspace, parent = await begun(work, [text("One.")], [text("Two.")])
    parent.change_mode("autonomous")
    parent.submit("First")
    await parent.rest()
    then = parent.state.seq
    parent.change_mode("read-only")
    parent.change_model("other/model")
    child = await workspace.fork(parent.id, then)
    assert (child.mode, child.state.model) == ("read-only", "other/model")


async def test_a_limit_on_what_it_may_cost_holds_for_what_goes_on_from_there(work: OpenWork) -> None:
    workspace = await work(scripted([text("One.")])[0], plan=ModelPlan(budget=3.0))
    parent = await workspace.new_session(REFERENCE)
    parent.change_budget(1.5)
    assert (await workspace.fork(parent.id)).state.budget == 1.5
    parent.change_budget(None)
    assert (await workspace.fork(parent.id)).state.budget == 3.0, "what all sessions begin with"


async def test_a_prompt_can_be_said_again_in_another_way(work: OpenWork) -> None:
    models, provider = scripted([text("One.")], [text("Two.")], [text("Another two.")])
    workspace = await work(models)
    parent = await workspace.new_session(REFERENCE)
    for words in ("First", "Second"):
        parent.submit(words)
        await parent.rest()
    prompt = parent.state.turns[1].items[0]
    child = await workspace.fork(parent.id, prompt.seq - 1)  # type: ignore[union-attr]
    assert len(child.state.turns) == 1
    child.submit("Second, in other words")
    await child.rest()
    said = [p.text for m in provider.requests[2].messages for p in m.parts if isinstance(p, TextPart)]
    assert said == ["First", "One.", "Second, in other words"]
    assert [len(turn.items) for turn in parent.state.turns] == [2, 2]


async def test_a_call_of_the_parent_can_be_run_again_in_the_fork(work: OpenWork, store: Store) -> None:
    workspace, parent = await begun(work, [call("read", {"path": "notes.txt"})], [text("Done.")])
    parent.submit("Go")
    await parent.rest()
    (call_id,) = parent.state.calls
    child = await workspace.fork(parent.id)
    side = child.rerun(call_id)
    await child.side_calls.rest()
    assert (child.state.calls[side].phase, child.state.calls[side].original) == ("ok", call_id)
    assert side not in parent.state.calls
    await store.settle()
    assert (await own_rows(store, child.id))["p_tool_calls"] == 1
    assert fold(child.id, await store.load(child.id)) == child.state


# --- whose the parent is


async def test_a_session_that_another_process_runs_or_that_is_archived_can_be_forked(
    store: Store, tmp_path: Path
) -> None:
    models, _ = scripted([text("One.")], [text("Two.")])
    elsewhere = await Store.open(store.path)
    places: dict[str, Any] = {"models": models, "toolbox": Catalog(), "root": tmp_path, "cwd": tmp_path}
    try:
        async with open_workspace(store=elsewhere, **places) as theirs, open_workspace(store=store, **places) as ours:
            parent = await theirs.new_session(REFERENCE)
            parent.submit("First")
            await parent.rest()
            parent.archive()
            await elsewhere.settle()
            child = await ours.fork(parent.id)
            assert not child.state.archived
            child.submit("Second")
            await child.rest()
            assert [turn.outcome for turn in child.state.turns] == ["done", "done"]
            assert len(parent.state.turns) == 1
            assert store.holder(parent.id) is not None
    finally:
        await elsewhere.close()


async def test_a_fork_opens_again_whole_after_a_restart_also_before_its_parent(store: Store, tmp_path: Path) -> None:
    models, _ = scripted([text("One.")], [text("Two.")], [text("Three.")])
    places: dict[str, Any] = {"models": models, "toolbox": Catalog(), "root": tmp_path, "cwd": tmp_path}
    async with open_workspace(store=store, **places) as workspace:
        parent = await workspace.new_session(REFERENCE)
        parent.submit("First")
        await parent.rest()
        child = await workspace.fork(parent.id)
        grandchild = await workspace.fork(child.id, 3)
        before = {session.id: session.state for session in (child, grandchild)}
        assert grandchild.state.title == "First (fork 2)" and not grandchild.state.turns
    async with open_workspace(store=store, **places) as workspace:
        for session_id, state in before.items():
            again = await workspace.open_session(session_id)
            assert again.state == state
            assert await workspace.parent_call(session_id) is None
        assert workspace.session(parent.id) is None


async def test_what_is_not_there_or_empty_is_not_forked(work: OpenWork) -> None:
    workspace = await work(scripted([text("One.")])[0])
    with pytest.raises(UnknownSession):
        await workspace.fork("s_nobody")
    session = await workspace.new_session(REFERENCE)
    with pytest.raises(UsageError):
        await workspace.fork(session.id, 0)


@pytest.mark.parametrize("place", ["slot", "added", "settled", "turn"])
async def test_a_fork_whose_process_was_killed_is_whole_or_not_there(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    parent_id = await killed("tests.engine.fork_victim", place, tmp_path / "penstock.db", folder)
    store = await Store.open(tmp_path / "penstock.db")
    models, _ = scripted([text("On.")])
    try:
        async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
            forks = [row.id for row in await store.sessions() if row.id != parent_id]
            assert len(forks) == (0 if place == "slot" else 1) or place == "added"
            for session_id in forks:
                kinds = [type(entry.event) for entry in await store.load(session_id) if entry.session_id == session_id]
                assert SessionForked in kinds, "its first entries reach the disk together"
                child = await workspace.open_session(session_id)
                assert "Half an answer" in {part.text for part in child.state.parts.values()}
                assert_rests(child.state) if place != "turn" else assert_taken(child.state)
                await store.settle()
                assert fold(session_id, await store.load(session_id)) == child.state
            parent = await workspace.open_session(parent_id)
            assert [turn.outcome for turn in parent.state.turns] == ["interrupted"]
            assert history(parent.state)
    finally:
        await store.close()


def test_forks_of_forks_are_numbered() -> None:
    assert [fork_title(title) for title in ("A", "A (fork)", "A (fork 9)", "(fork)")] == [
        "A (fork)",
        "A (fork 2)",
        "A (fork 10)",
        "(fork) (fork)",
    ]
