"""Pictures of worktrees: the list, a diff, and what is asked before one is made or removed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import OptionList

from tests.app.stage import Clock, Stage, opened_app, project
from tests.app.test_worktrees import begun, listed, said
from tests.engine.repositories import commit, git, repository, write
from tui.app.screens.worktree_asks import CommitMessage, ConfirmRemoval
from tui.app.screens.worktree_diff import WorktreeDiff
from tui.engine.worktrees.life import Worktrees
from widgets.diff_view import DiffView
from widgets.picker import Picker

Snap = Callable[..., bool]
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
LOOKS = [("80x24", "penstock-dark"), ("120x40", "penstock-light")]
OLD = "def open_valve(litres: float) -> None:\n    print('open', litres)\n    flow = litres\n"
NEW = OLD.replace("flow = litres", "flow = min(litres, 40.0)  # what the pipe carries")


@pytest.fixture(autouse=True)
def garden(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose commits have the same names on every machine."""
    Clock().freeze(monkeypatch)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_DATE", "2027-01-15T12:00:00+00:00")
    monkeypatch.setattr(Worktrees, "_new_folder", new_folder)
    return repository(project(home))


def new_folder(trees: Worktrees, branch: str, top: Path) -> Path:
    """Under the branch's name alone: the real one has a hash of where the repository is."""
    folder = trees.folder / branch.replace("/", "-")
    folder.mkdir(parents=True)
    return folder


async def some(stage: Stage, root: Path, home: Path) -> Path:
    """Four worktrees that have come to different points; the one of the session in front."""
    git(root, "worktree", "add", "-q", "-b", "try/landlock", str(home / "landlock"))
    git(root, "worktree", "lock", "--reason", "on a stick", str(home / "landlock"))
    first = await begun(stage, "/worktree docs")
    stage.session.rename("Write the pages on valves")
    commit(first, "Pages", pages_md="# Pages\n")
    git(root, "merge", "-q", "--ff-only", "docs")
    path = await begun(stage, "/worktree Bound the flow at both ends")
    (path / "src" / "valve.py").write_text(NEW)
    commit(path, "Bound the flow")
    write(path, notes_md="what is left\n", a_txt="one\n")
    return path


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_the_list(home: Path, garden: Path, snap: Snap, size: str, theme: str) -> None:
    async with opened_app(home, size=SIZES[size], theme=theme) as stage:
        await some(stage, garden, home)
        await listed(stage)
        await stage.press("g", "j", "m")
        await stage.until(lambda: "nothing to merge" in said(stage))
        await stage.until(lambda: not stage.app.screen._busy)  # type: ignore[attr-defined]
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_what_one_changed(home: Path, garden: Path, snap: Snap, size: str, theme: str) -> None:
    async with opened_app(home, size=SIZES[size], theme=theme) as stage:
        await some(stage, garden, home)
        await listed(stage)
        await stage.press("g", "j", "j", "d")
        await stage.until(lambda: isinstance(stage.app.screen, WorktreeDiff))
        await stage.until(lambda: stage.app.screen.query_one(OptionList).option_count == 3)
        await stage.press("G")
        await stage.until(lambda: "+    flow" in stage.app.screen.query_one(DiffView).source)
        await stage.drawn()
        assert snap(stage.app)


async def test_before_one_is_made_beside_changes(home: Path, garden: Path, snap: Snap) -> None:
    async with opened_app(home, size=(80, 24)) as stage:
        write(garden, a_txt="edited\n", loose_txt="new\n")
        await stage.send("/worktree")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.drawn()
        assert snap(stage.app)


async def test_before_one_is_committed_and_before_one_is_removed(home: Path, garden: Path, snap: Snap) -> None:
    async with opened_app(home, size=(80, 24)) as stage:
        await some(stage, garden, home)
        await listed(stage)
        await stage.press("g", "j", "j", "c")
        await stage.until(lambda: isinstance(stage.app.screen, CommitMessage))
        await stage.drawn()
        assert snap(stage.app, "commit")
        await stage.press("escape")
        await stage.until(lambda: not getattr(stage.app.screen, "_busy", True))
        await stage.press("x")
        await stage.until(lambda: isinstance(stage.app.screen, ConfirmRemoval))
        await stage.drawn()
        assert snap(stage.app, "remove")


async def test_the_session_in_its_worktree(home: Path, garden: Path, snap: Snap) -> None:
    async with opened_app(home, size=(80, 24)) as stage:
        await begun(stage, "/worktree docs")
        await stage.drawn()
        assert snap(stage.app)
