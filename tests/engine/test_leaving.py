"""What must not be stopped half way has a while to end when the program is left, and is then stopped all the same."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.engine.repositories import commit, git, made, repository
from tests.scripts import eventually, scripted
from tui.engine import workspace as workspaces
from tui.engine.workspace import Workspace, open_workspace
from tui.engine.worktrees.life import Worktrees
from tui.store.store import Store
from tui.tools.catalog import Catalog


def opened(store: Store, folder: Path) -> AbstractAsyncContextManager[Workspace]:
    models, _ = scripted()
    return open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder)


async def test_what_must_be_whole_is_waited_for(store: Store, tmp_path: Path) -> None:
    deeds: list[str] = []
    leaving = asyncio.Event()

    async def write() -> None:
        await leaving.wait()
        await asyncio.sleep(0)
        deeds.append("whole")

    async with opened(store, tmp_path) as workspace:
        workspace.spawn_whole(write(), name="the merge of a worktree")
        assert workspace.unfinished == ["the merge of a worktree"]
        leaving.set()
    assert (deeds, workspace.cut_off, workspace.unfinished) == (["whole"], [], [])


async def test_a_git_that_hangs_is_ended_and_said_and_what_it_wrote_is_taken_back(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspaces, "WHOLE_SECONDS", 0.05)
    root = repository(tmp_path / "garden")
    commit(root, _gitattributes="*.stop filter=stop\n")
    git(root, "config", "filter.stop.clean", "cat")
    git(root, "config", "filter.stop.smudge", f"sh -c ': > {tmp_path}/began; sleep 100'")
    trees = Worktrees(root, tmp_path / "kept")
    event, path = await made(trees)
    commit(path, a_txt="side\n", z_stop="z\n")

    async def merge() -> None:
        await trees.merge(event.path)

    async with opened(store, root) as workspace:
        workspace.spawn_whole(merge(), name="the merge of a worktree")
        await eventually((tmp_path / "began").exists)
    assert workspace.cut_off == ["the merge of a worktree"]
    assert git(root, "status", "--porcelain") == ""
