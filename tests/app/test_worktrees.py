"""Worktrees on the screen: a session gets one, the list shows all, and merging, keeping and removing go by keys."""

import shutil
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList, Static

from tests.app.stage import Stage, opened_app, project
from tests.engine.repositories import commit, git, repository, write
from tests.scripts import Hold, call, text
from tui.app.screens.worktree_asks import CommitMessage, ConfirmRemoval
from tui.app.screens.worktree_diff import WorktreeDiff
from tui.app.screens.worktrees import WorktreesScreen
from tui.app.words import worktree_end
from tui.engine.worktrees.life import branch_of
from tui.events import WorktreeEnded
from tui.state import fold
from widgets.diff_view import DiffView
from widgets.picker import Picker
from widgets.status_line import StatusLine
from widgets.virtual_table import VirtualTable


@pytest.fixture
def root(home: Path) -> Path:
    return repository(project(home))


def said(stage: Stage, which: str = ".said") -> str:
    return stage.app.screen.query_one(which, StatusLine).render().plain  # type: ignore[union-attr]


def cells(stage: Stage, name: str) -> list[str]:
    rows = stage.app.screen.query_one(VirtualTable)._rows
    return [row[name].text if name in row else "" for row in rows]


async def begun(stage: Stage, command: str = "/worktree side") -> Path:
    """A session in a worktree of its own; the worktree."""
    before = stage.session.id
    await stage.send(command)
    await stage.until(lambda: stage.main.session is not None and stage.session.id != before)
    assert stage.session.state.worktree is not None
    return Path(stage.session.state.worktree.path)


async def listed(stage: Stage) -> WorktreesScreen:
    """The list is open, and measured."""
    await stage.send("/worktrees")
    await stage.until(lambda: isinstance(stage.app.screen, WorktreesScreen))
    screen = stage.app.screen
    assert isinstance(screen, WorktreesScreen)
    await stage.until(lambda: screen._rows and all(row.standing for row in screen._rows if not row.tree.gone))
    return screen


async def done(stage: Stage, words: str) -> None:
    """The list says ``words``, and has been read again."""
    await stage.until(lambda: isinstance(stage.app.screen, WorktreesScreen) and words in said(stage))


async def test_a_new_session_works_in_a_worktree_of_its_own(home: Path, root: Path) -> None:
    write_it = call("write", {"path": "new.txt", "content": "from the side\n"})
    async with opened_app(home, [write_it], [text("Written.")]) as stage:
        first = stage.session
        path = await begun(stage, "/worktree Fix the login page")
        session = stage.session
        assert branch_of(session.state) == f"penstock/{session.state.slot}-fix-the-login-page"
        assert (session.state.title, session.state.cwd, session.state.root) == (
            "Fix the login page",
            str(path),
            str(path),
        )
        assert session.state.workspace == first.state.workspace == str(root)
        session.change_mode("accept-edits")
        await stage.send("Write it")
        await stage.rested()
        assert (path / "new.txt").read_text() == "from the side\n"
        assert not (root / "new.txt").exists()
        await stage.workspace._store.settle()  # type: ignore[attr-defined]
        again = fold(session.id, await stage.store.load(session.id))
        assert (again.cwd, again.worktree) == (session.state.cwd, session.state.worktree)
        assert {row.cwd for row in await stage.store.sessions(workspace=str(root))} == {str(root), str(path)}


async def test_what_is_outside_of_the_worktree_is_asked_about_the_main_checkout_too(home: Path, root: Path) -> None:
    write_it = call("write", {"path": str(root / "new.txt"), "content": "x"})
    async with opened_app(home, [write_it], [text("Then not.")]) as stage:
        await begun(stage)
        stage.session.change_mode("accept-edits")
        await stage.send("Write it")
        await stage.asking()
        assert "outside the workspace folder" in stage.session.state.asking()[0].approval.why  # type: ignore[union-attr]


async def test_changes_that_no_commit_has_are_told_before_and_can_be_taken_along(home: Path, root: Path) -> None:
    write(root, a_txt="edited\n", loose_txt="new\n")
    async with opened_app(home) as stage:
        first = stage.session
        await stage.send("/worktree side")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        picker = stage.app.screen
        assert isinstance(picker, Picker)
        assert "2 uncommitted files" in picker._items[0].detail
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.session is first and git(root, "branch", "--list", "side") == ""
        await stage.send("/worktree side")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press("down", "enter")
        await stage.until(lambda: stage.session is not first)
        path = Path(stage.session.state.cwd)
        assert ((path / "a.txt").read_text(), (path / "loose.txt").read_text()) == ("edited\n", "new\n")
        assert ((root / "a.txt").read_text(), (root / "loose.txt").read_text()) == ("edited\n", "new\n")


async def test_where_there_is_no_repository_it_says_what_to_do_and_nothing_is_left(home: Path) -> None:
    async with opened_app(home) as stage:
        first = stage.session
        await stage.send("/worktree")
        await stage.until(lambda: stage.app._notifications)
        told = [note.message for note in stage.app._notifications]
        assert any("is no git repository. git init" in one for one in told)
        assert stage.session is first and len(stage.workspace.sessions) == 1


async def test_a_branch_that_is_taken_is_refused_before_there_is_a_session(home: Path, root: Path) -> None:
    async with opened_app(home) as stage:
        await stage.send("/worktree main")
        await stage.until(lambda: stage.app._notifications)
        assert any("branch main already" in note.message for note in stage.app._notifications)
        assert len(stage.workspace.sessions) == 1


async def test_the_list_shows_who_works_where_and_how_far_it_has_come(home: Path, root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "-q", "-b", "by-hand", str(tmp_path / "by-hand"))
    async with opened_app(home) as stage:
        path = await begun(stage)
        stage.session.rename("Side work")
        commit(path, c_txt="c\n")
        commit(root, d_txt="d\n")
        write(path, loose_txt="l")
        slot = stage.session.state.slot
        await listed(stage)
        assert cells(stage, "branch") == ["main", "by-hand", "side"]
        assert cells(stage, "session")[1:] == ["", f"{slot} Side work"]
        assert cells(stage, "ahead") == ["", "0", "+1"]
        assert cells(stage, "behind") == ["", "-1", "-1"]
        assert cells(stage, "dirty") == ["", "", "1 file"]
        assert cells(stage, "state") == ["here", "merged", "unmerged"]


async def test_a_diff_shows_committed_uncommitted_and_new_files(home: Path, root: Path) -> None:
    async with opened_app(home) as stage:
        path = await begun(stage)
        commit(path, a_txt="one\n2\nthree\n")
        write(path, b_txt="changed\n", loose_txt="new\n")
        await listed(stage)
        await stage.press("G", "d")
        await stage.until(lambda: isinstance(stage.app.screen, WorktreeDiff))
        files = stage.app.screen.query_one(OptionList)
        await stage.until(lambda: files.option_count == 3)
        assert [str(files.get_option_at_index(n).prompt) for n in range(3)] == [" ~ a.txt", " ~ b.txt", " ? loose.txt"]
        view = stage.app.screen.query_one(DiffView)
        await stage.until(lambda: "+2" in view.source)
        await stage.press("j", "j")
        await stage.until(lambda: "+new" in view.source)
        assert "+++ b/loose.txt" in view.source
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, WorktreesScreen))


async def test_one_is_committed_merged_back_and_removed_by_keys(home: Path, root: Path) -> None:
    async with opened_app(home) as stage:
        path = await begun(stage)
        session = stage.session
        write(path, c_txt="c\n")
        await listed(stage)
        await stage.press("m")  # the list begins at the worktree of the session that it was opened from
        await stage.until(lambda: isinstance(stage.app.screen, CommitMessage))
        await stage.press("enter")
        box = stage.app.screen
        await stage.until(lambda: "needs a message" in box.query_one(".keys", StatusLine).render().plain)  # type: ignore[union-attr]
        assert "Commit 1 file on side first, then it is merged" in str(box.query_one(".title", Static).content)
        box.query_one(Input).value = "The c file"
        await stage.press("enter")
        await done(stage, "Merged into main (1 file")
        assert (root / "c.txt").read_text() == "c\n"
        await stage.until(lambda: cells(stage, "state") == ["here", "merged"])
        await stage.press("x")
        await done(stage, "Removed: side was merged.")
        assert not path.exists() and git(root, "branch", "--list", "side") == ""
        ended = session.state.worktree_ended
        assert ended is not None and ended.how == "merged"
        assert (session.state.cwd, session.state.root, branch_of(session.state)) == (str(root), str(root), "")
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        await stage.drawn()
        transcript = stage.pane.transcript
        assert "works in the workspace's own folder" in "\n".join(map(transcript.source_of, transcript.blocks))


async def test_a_conflict_is_told_and_nothing_has_changed(home: Path, root: Path) -> None:
    async with opened_app(home) as stage:
        path = await begun(stage)
        commit(path, a_txt="side\n")
        last = commit(root, a_txt="main\n")
        await listed(stage)
        await stage.press("G", "m")
        await done(stage, "It conflicts in a.txt. Nothing was changed.")
        assert git(root, "rev-parse", "HEAD") == last and git(root, "status", "--porcelain") == ""
        assert stage.session.state.worktree_ended is None and path.exists()


async def test_what_is_not_merged_goes_only_when_it_was_said_what_it_is(home: Path, root: Path) -> None:
    async with opened_app(home) as stage:
        path = await begun(stage)
        session = stage.session
        last = commit(path, c_txt="c\n")
        await listed(stage)
        await stage.press("G", "x")
        await stage.until(lambda: isinstance(stage.app.screen, ConfirmRemoval))
        dialog = stage.app.screen
        assert isinstance(dialog, ConfirmRemoval) and "1 commit that is not merged" in dialog._what[0]
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, WorktreesScreen))
        assert path.exists()
        await stage.until(lambda: not stage.app.screen._busy)  # type: ignore[attr-defined]
        await stage.press("x")
        await stage.until(lambda: isinstance(stage.app.screen, ConfirmRemoval))
        await stage.press("y")
        await done(stage, "Removed. All of it stays at refs/penstock/dropped/side/")
        assert not path.exists() and session.state.worktree_ended is not None
        assert git(root, "rev-parse", f"refs/penstock/dropped/side/{last[:12]}") == last


async def test_the_folder_goes_and_the_branch_stays(home: Path, root: Path) -> None:
    async with opened_app(home) as stage:
        path = await begun(stage)
        last = commit(path, c_txt="c\n", _gitignore="*.log\n")
        write(path, x_log="x")
        await listed(stage)
        await stage.press("G", "b")
        await stage.until(lambda: isinstance(stage.app.screen, ConfirmRemoval))
        dialog = stage.app.screen
        assert (
            isinstance(dialog, ConfirmRemoval)
            and "git ignores would be deleted with it, and be nowhere else: x.log." in dialog._what[0]
        )
        await stage.press("y")
        await done(stage, f"side stays at {last[:9]}")
        assert not path.exists() and git(root, "rev-parse", "side") == last


async def test_while_a_session_works_there_nothing_is_done(home: Path, root: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("Done.")]) as stage:
        path = await begun(stage)
        commit(path, c_txt="c\n")
        await stage.send("Work")
        await hold.reached()
        await listed(stage)
        for key in ("m", "b", "x"):
            await stage.press("G", key)
            await done(stage, f"Session {stage.session.state.slot} is at work there.")
            await stage.press("r")
            await stage.until(lambda: not said(stage).strip() and not stage.app.screen._busy)  # type: ignore[attr-defined]
        assert path.exists() and not (root / "c.txt").exists()
        hold.release()


async def test_a_worktree_that_vanished_stops_calls_and_is_cleared_away(home: Path, root: Path) -> None:
    write_it = call("write", {"path": "new.txt", "content": "x"})
    async with opened_app(home, [write_it], [text("Gone.")]) as stage:
        path = await begun(stage)
        session = stage.session
        shutil.rmtree(path)
        await stage.send("Write it")
        await stage.rested()
        ended = next(iter(session.state.calls.values())).ended
        assert ended is not None and "worktree is gone" in ended.text and not path.exists()
        await listed(stage)
        assert cells(stage, "state") == ["here", "gone"]
        await stage.press("G", "x")
        await done(stage, "Removed: side was merged.")
        assert cells(stage, "branch") == ["main"]
        assert [type(entry.event) for entry in session.log.since(0)][-1] is WorktreeEnded


async def test_enter_goes_to_the_session_and_opens_one_where_there_is_none(
    home: Path, root: Path, tmp_path: Path
) -> None:
    git(root, "worktree", "add", "-q", "-b", "by-hand", str(tmp_path / "by-hand"))
    async with opened_app(home) as stage:
        await begun(stage)
        side = stage.session.id
        await listed(stage)
        await stage.press("G", "k", "enter")
        await stage.until(lambda: stage.app.screen is stage.main and stage.session.id != side)
        assert stage.session.state.cwd == str(tmp_path / "by-hand")
        assert branch_of(stage.session.state) == "by-hand"
        await listed(stage)
        await stage.press("G", "enter")
        await stage.until(lambda: stage.app.screen is stage.main)
        await stage.until(lambda: stage.session.id == side)


async def test_escape_does_not_stop_a_merge_half_way(home: Path, root: Path, tmp_path: Path) -> None:
    slow = f"sh -c ': > {tmp_path}/began; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; cat'"
    commit(root, _gitattributes="*.slow filter=slow\n")
    git(root, "config", "filter.slow.smudge", slow)
    async with opened_app(home) as stage:
        path = await begun(stage)
        last = commit(path, c_slow="c\n", d_txt="d\n")
        await listed(stage)
        await stage.press("G", "m")
        await stage.until((tmp_path / "began").exists)
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        (tmp_path / "go").write_text("")
        await stage.until(lambda: git(root, "log", "-1", "--format=%P").endswith(last))
        await stage.until(lambda: not (root / ".git" / "index.lock").exists())
        assert git(root, "status", "--porcelain") == ""
        assert (root / "c.slow").read_text() == "c\n"


async def test_ignored_files_that_came_after_the_list_was_read_are_asked_about(home: Path, root: Path) -> None:
    commit(root, _gitignore="*.log\n")
    async with opened_app(home) as stage:
        path = await begun(stage)
        await listed(stage)
        write(path, x_log="hours\n")
        await stage.press("G", "x")
        await stage.until(lambda: isinstance(stage.app.screen, ConfirmRemoval))
        await stage.press("n")
        await stage.until(lambda: isinstance(stage.app.screen, WorktreesScreen))
        assert (path / "x.log").exists()


async def test_a_fork_keeps_a_worktree_busy_and_is_told_when_it_goes(home: Path, root: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("Done.")]) as stage:
        path = await begun(stage)
        first = stage.session
        fork = await stage.workspace.fork(first.id)
        fork.submit("Work")
        await hold.reached()
        await listed(stage)
        await stage.press("G", "x")
        await done(stage, f"Session {fork.state.slot} is at work there.")
        hold.release()
        await fork.rest()
        await stage.until(lambda: not stage.app.screen._busy)  # type: ignore[attr-defined]
        await stage.press("x")
        await done(stage, "Removed: side was merged.")
        assert not path.exists()
        later = await stage.workspace.fork(first.id, first.state.seq - 1)
        for session in (first, fork, later):
            assert (session.state.cwd, session.state.root, session.state.branch) == (str(root), str(root), "")


@pytest.mark.parametrize("left", ["branch", "dropped", "nothing"])
async def test_a_worktree_that_was_removed_by_hand_leaves_its_session_at_home(
    home: Path, root: Path, left: str
) -> None:
    async with opened_app(home) as stage:
        path = await begun(stage)
        session = stage.session
        last = commit(path, c_txt="c\n")
        if left == "dropped":  # Penstock was killed while it removed it
            git(root, "update-ref", f"refs/penstock/dropped/side/{last[:12]}", last)
        git(root, "worktree", "remove", str(path))
        if left != "branch":
            git(root, "branch", "-D", "side")
        await listed(stage)
        assert cells(stage, "branch") == ["main"]
        ended = session.state.worktree_ended
        assert ended is not None and session.state.cwd == str(root)
        assert (ended.how, ended.commit) == {
            "branch": ("kept", last),
            "dropped": ("dropped", last),
            "nothing": ("dropped", ""),
        }[left]
        told = {"branch": "stays at", "dropped": f"commit {last[:9]} stays", "nothing": "its branch is gone, too"}
        assert told[left] in worktree_end(ended)
