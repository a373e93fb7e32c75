"""One prompt to several sessions: all of them get it or none, and one of them is promoted without a loss."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.repositories import git, repository
from tests.scripts import REFERENCE, Hold, ScriptedModels, call, eventually, fail, scripted, text
from tui.engine.changes.versions import Version, version_diff, versions
from tui.engine.groups import MOST, Fresh, broadcast, labels, promote
from tui.engine.session import Session
from tui.engine.workspace import Workspace
from tui.errors import ConfigError, EngineError, GitFailed, ServerFailed, SessionHeld, UsageError
from tui.providers.scripted import ScriptedProvider
from tui.state import fold
from tui.store.store import Store

Work = Callable[..., Awaitable[Workspace]]


def town(**scripts: list) -> ScriptedModels:
    """A provider for each name, and the one that every test has."""
    providers = {name: ScriptedProvider([script]) for name, script in scripts.items()}
    return ScriptedModels({"scripted": scripted([text("Here.")], repeat=True)[1], **providers})


async def test_three_fresh_sessions_on_three_models_answer_at_once(work: Work) -> None:
    holds = {name: Hold() for name in ("red", "green", "blue")}
    workspace = await work(town(**{name: [text(f"I am {name}", hold)] for name, hold in holds.items()}))
    fresh = [Fresh(model=f"{name}/one") for name in holds]
    sent = await broadcast(workspace, "Who are you?", fresh=fresh)
    for hold in holds.values():
        await hold.reached()  # all of them are in the middle of an answer
    assert [session.status for session in sent.sessions] == ["running"] * 3
    assert {session.state.group.group for session in sent.sessions if session.state.group} == {sent.group}
    for hold in holds.values():
        hold.release()
    for session, name in zip(sent.sessions, holds, strict=True):
        await session.rest()
        assert [part.text for part in session.state.parts.values()] == [f"I am {name}"]
        assert session.state.turns[0].outcome == "done"


async def test_a_busy_session_answers_after_its_turn(work: Work) -> None:
    hold = Hold()
    models, _ = scripted([text("First", hold)], [text("Second")])
    workspace = await work(models)
    busy = await workspace.new_session(REFERENCE)
    busy.submit("Begin")
    await hold.reached()
    sent = await broadcast(workspace, "And this", marked=[busy])
    assert sent.waiting == (busy,) and [prompt.text for prompt in busy.state.outbox] == ["And this"]
    hold.release()
    await busy.rest()
    assert len(busy.state.turns) == 2 and busy.state.group is not None
    assert busy.state.group.prompt_id == busy.state.turns[1].items[0].prompt_id  # type: ignore[union-attr]


async def test_a_session_that_left_memory_since_it_was_marked_is_opened_again(work: Work, store: Store) -> None:
    workspace = await work(town())
    marked = await workspace.new_session(REFERENCE)
    workspace.show(())
    workspace._cold.popitem()
    (sent,) = (await broadcast(workspace, "Go", marked=[marked])).sessions
    assert sent is workspace.session(marked.id) and sent is not marked
    await sent.rest()
    await store.settle()
    assert fold(sent.id, await store.load(sent.id)) == sent.state and len(sent.state.turns) == 1


async def test_a_marked_session_that_another_process_has_taken_takes_all_back(
    garden: Path, work: Work, store: Store
) -> None:
    workspace = await work(town())
    marked = await workspace.new_session(REFERENCE)
    await store.settle()
    workspace.show(())
    workspace._cold.popitem()
    elsewhere = await Store.open(store.path)
    try:
        elsewhere.claim(marked.id)
        with pytest.raises(SessionHeld):
            await broadcast(workspace, "Go", marked=[marked], fresh=[Fresh(model=REFERENCE, worktree=True)])
    finally:
        await elsewhere.close()
    assert git(garden, "worktree", "list").count("\n") == 0
    assert all(session.state.archived and not session.state.turns for session in workspace.sessions)


async def test_a_model_that_cannot_be_had_sends_nothing_to_anybody(work: Work) -> None:
    workspace = await work(town())
    marked = await workspace.new_session(REFERENCE)
    with pytest.raises(ConfigError):
        await broadcast(workspace, "Go", marked=[marked], fresh=[Fresh(model=REFERENCE), Fresh(model="nobody/x")])
    assert workspace.sessions == (marked,)
    assert not marked.state.turns and not marked.state.outbox and marked.state.group is None


@pytest.mark.parametrize(("words", "count"), [("Go", 0), ("Go", MOST + 1), (" \n", 2)])
async def test_no_prompt_nobody_and_too_many_are_refused(work: Work, words: str, count: int) -> None:
    workspace = await work(town())
    with pytest.raises(UsageError):
        await broadcast(workspace, words, fresh=[Fresh(model=REFERENCE)] * count)
    assert workspace.sessions == ()


async def test_one_that_fails_leaves_the_others_alone(work: Work) -> None:
    workspace = await work(town(bad=[fail(ServerFailed("down"))] * 9, good=[text("Fine.")]))
    bad, good = (await broadcast(workspace, "Go", fresh=[Fresh(model="bad/m"), Fresh(model="good/m")])).sessions
    await good.rest()
    assert (good.status, good.state.turns[0].outcome) == ("idle", "done")
    bad.interrupt()
    await bad.rest()
    assert bad.state.turns[0].outcome in ("failed", "interrupted")


async def test_effort_is_asked_of_the_model_that_it_was_chosen_for(work: Work) -> None:
    models = town()
    workspace = await work(models)
    fresh = [Fresh(model=REFERENCE, effort="high"), Fresh(model=REFERENCE, effort="low"), Fresh(model=REFERENCE)]
    for session in (await broadcast(workspace, "Go", fresh=fresh)).sessions:
        await session.rest()
    provider = models.providers["scripted"]
    assert isinstance(provider, ScriptedProvider)
    assert sorted(request.effort for request in provider.requests) == ["", "high", "low"]


async def test_the_promoted_one_goes_on_and_the_others_are_archived_whole(work: Work, store: Store) -> None:
    hold = Hold()
    workspace = await work(town(slow=[text("Well", hold)], quick=[text("Done.")]))
    slow, quick = (await broadcast(workspace, "Go", fresh=[Fresh(model="slow/m"), Fresh(model="quick/m")])).sessions
    await quick.rest()
    await hold.reached()
    await promote(workspace, quick.id, [slow.id, quick.id])
    await slow.rest()
    assert slow.state.archived and slow.state.turns[0].outcome == "interrupted"
    assert not quick.state.archived and quick.state.group is not None and quick.state.group.promoted
    await store.settle()
    kept = fold(slow.id, await store.load(slow.id))
    assert "".join(part.text for part in kept.parts.values()) == "Well"
    rows = {row.id: row for row in await store.sessions(workspace=str(workspace.root))}
    assert rows[slow.id].group == rows[quick.id].group == kept.group.group  # type: ignore[union-attr]
    assert [row.id for row in await store.sessions(archived=False)] == [quick.id]


async def test_the_group_is_what_the_rebuilt_rows_say_too(work: Work, store: Store) -> None:
    workspace = await work(town())
    sent = await broadcast(workspace, "Go", fresh=[Fresh(model=REFERENCE)] * 2)
    for session in sent.sessions:
        await session.rest()
    await store.settle()
    await store.rebuild()
    assert {row.group for row in await store.sessions()} == {sent.group}


def test_labels_are_short_and_tell_one_from_the_other() -> None:
    chosen = [("maker/sonnet", "high"), ("maker/sonnet", ""), ("maker/sonnet", ""), ("here/qwen/8b", "")]
    assert labels(chosen) == ["sonnet high", "sonnet #1", "sonnet #2", "8b"]


# --- what each of them made of files


async def test_each_sessions_own_version_of_a_file_is_found_although_the_other_wrote_it_last(
    work: Work, store: Store, tmp_path: Path
) -> None:
    def writes(hold: Hold, content: str) -> ScriptedProvider:
        look = [text("I", hold), call("read", {"path": "new.txt"})]
        return ScriptedProvider([look, [call("write", {"path": "new.txt", "content": content})], [text("Written.")]])

    holds = [Hold(), Hold()]
    workspace = await work(ScriptedModels({"one": writes(holds[0], "one\n"), "two": writes(holds[1], "two\n")}))
    one, two = (await broadcast(workspace, "Go", fresh=[Fresh(model="one/m"), Fresh(model="two/m")])).sessions
    for session, hold in ((one, holds[0]), (two, holds[1])):
        session.change_mode("accept-edits")
        hold.release()
        await eventually(lambda session=session: session.state.turns and session.state.turns[0].outcome == "done")
    assert (tmp_path / "project" / "new.txt").read_text() == "two\n"
    found = [
        await versions(session.state, [session.state.turns[0].turn_id], store, workspace.bridge)
        for session in (one, two)
    ]
    assert found[0] == {"new.txt": Version(before=None, after=b"one\n")}
    assert found[1] == {"new.txt": Version(before=b"one\n", after=b"two\n")}
    (tmp_path / "project" / "new.txt").write_text("somebody else\n")
    again = await versions(two.state, [two.state.turns[0].turn_id], store, workspace.bridge)
    assert "not kept" in again["new.txt"].lost and again["new.txt"].after is None


def test_versions_differ_as_text_as_bytes_or_not_at_all() -> None:
    assert version_diff("a.py", b"x\n", b"y\n") == "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y"
    assert "/dev/null" in version_diff("a.py", None, b"y\n")
    assert "3 bytes become 4" in version_diff("a.bin", b"\0ab", b"\0abc")
    assert version_diff("a.py", b"x", b"x") == "" == version_diff("a.py", None, None)


# --- each in a worktree of its own


@pytest.fixture
def garden(work: Work, tmp_path: Path) -> Path:
    """The workspace's folder is a repository with a file that no commit has."""
    folder = tmp_path / "project"
    repository(folder)
    (folder / "plan.txt").write_text("water\n")
    return folder


async def test_fresh_sessions_in_worktrees_of_their_own_do_not_collide(garden: Path, work: Work, store: Store) -> None:
    def writes(content: str) -> ScriptedProvider:
        look = [call("read", {"path": "plan.txt"})]
        return ScriptedProvider([look, [call("write", {"path": "plan.txt", "content": content})], [text("Written.")]])

    workspace = await work(ScriptedModels({"one": writes("one\n"), "two": writes("two\n")}))
    fresh = [Fresh(model="one/m", worktree=True), Fresh(model="two/m", worktree=True)]
    sessions = (await broadcast(workspace, "Write the plan", fresh=fresh)).sessions
    for session in sessions:
        session.change_mode("accept-edits")
    for session in sessions:
        await session.rest()
    assert len({session.state.cwd for session in sessions}) == 2
    assert [session.state.worktree.branch for session in sessions if session.state.worktree] == [
        "penstock/1-m-1",
        "penstock/2-m-2",
    ]
    assert (garden / "plan.txt").read_text() == "water\n"
    found = [
        await versions(session.state, [session.state.turns[0].turn_id], store, workspace.bridge) for session in sessions
    ]
    assert found[0] == {"plan.txt": Version(before=b"water\n", after=b"one\n")}
    assert found[1] == {"plan.txt": Version(before=b"water\n", after=b"two\n")}


async def test_where_one_worktree_cannot_be_made_none_is_left_and_nothing_is_sent(
    garden: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await work(town())
    give = workspace.worktrees.give

    def branches() -> list[str]:
        return git(garden, "branch", "--list", "penstock/*").split()

    async def once(session: Session, *args: Any, **named: Any) -> object:
        if branches():
            raise GitFailed("The disk is full.")
        return await give(session, *args, **named)

    monkeypatch.setattr(workspace.worktrees, "give", once)
    with pytest.raises(GitFailed):
        await broadcast(workspace, "Go", fresh=[Fresh(model=REFERENCE, worktree=True)] * 2)
    assert git(garden, "worktree", "list").count("\n") == 0 and branches() == []
    assert all(session.state.archived and not session.state.turns for session in workspace.sessions)


async def test_without_a_repository_a_worktree_is_refused_before_anything_is_opened(work: Work) -> None:
    workspace = await work(town())
    with pytest.raises(EngineError):
        await broadcast(workspace, "Go", fresh=[Fresh(model=REFERENCE, worktree=True)])
    assert workspace.sessions == ()
