"""Worktrees of real repositories: made, listed, compared, merged back and removed, and nothing is ever lost."""

import asyncio
import contextlib
import os
import shutil
from pathlib import Path

import pytest

from tests.engine.repositories import commit, git, made, repository, write
from tui.engine.worktrees.facts import Change, Worktree, changes, diff, standing, standings, worktrees
from tui.engine.worktrees.life import Worktrees
from tui.errors import EngineError, GitFailed, WouldLose

NAMES = ("with space", "new\nline", "grüße", "-dash", "quo'te\"", "a:(top)b", "*")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "garden")


@pytest.fixture
def trees(root: Path, tmp_path: Path) -> Worktrees:
    return Worktrees(root, tmp_path / "kept")


async def tree_at(root: Path, path: str) -> Worktree:
    return next(tree for tree in await worktrees(root) if tree.path == path)


# --- a new one


async def test_a_worktree_begins_at_the_last_commit_on_a_branch_of_its_own(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    assert (event.branch, event.base) == ("side", git(root, "rev-parse", "HEAD"))
    assert (path / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert git(path, "symbolic-ref", "--short", "HEAD") == "side"
    assert path.is_relative_to(trees.folder) and not path.is_relative_to(root)


async def test_changes_that_no_commit_has_are_counted_and_not_taken_along(trees: Worktrees, root: Path) -> None:
    write(root, a_txt="changed\n", new_txt="new\n")
    outlook = await trees.outlook()
    assert sorted(outlook.dirty) == ["a.txt", "new.txt"]
    _, path = await made(trees)
    assert (path / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert not (path / "new.txt").exists()


async def test_changes_that_are_carried_over_arrive_whole_and_stay_where_they_were(
    trees: Worktrees, root: Path
) -> None:
    commit(root, a_bin="\0\1")
    for name in NAMES:
        (root / name).write_text(name)
    git(root, "add", "--", "./with space")
    (root / "b.txt").unlink()
    (root / "a.bin").write_bytes(b"\0\xff\0")
    (root / "a.txt").chmod(0o755)
    (root / "link").symlink_to("a.txt")
    before = git(root, "status", "--porcelain", "-uall")
    _, path = await made(trees, carry=True)
    assert git(root, "status", "--porcelain", "-uall") == before
    assert {name: (path / name).read_text() for name in NAMES} == {name: name for name in NAMES}
    assert not (path / "b.txt").exists()
    assert (path / "a.bin").read_bytes() == b"\0\xff\0"
    assert os.access(path / "a.txt", os.X_OK) and os.readlink(path / "link") == "a.txt"
    assert git(path, "rev-parse", "HEAD") == git(root, "rev-parse", "HEAD")
    assert git(path, "diff", "--cached", "--name-only") == ""


async def test_a_repository_within_the_changes_is_not_carried_and_nothing_is_made(trees: Worktrees, root: Path) -> None:
    repository(root / "inner")
    with pytest.raises(EngineError, match="repositories of their own in it: inner"):
        await made(trees, carry=True)
    assert len(await worktrees(root)) == 1
    assert git(root, "branch", "--list", "side") == ""


async def test_branches_are_named_after_slot_and_title_and_never_twice(trees: Worktrees, root: Path) -> None:
    assert (
        await trees.free_branch("", 3, "Fix the login, please: ünïcode & more words!")
        == "penstock/3-fix-the-login-please-n"
    )
    git(root, "branch", "penstock/4")
    git(root, "branch", "penstock/4-2")
    assert await trees.free_branch("", 4) == "penstock/4-3"
    assert await trees.free_branch("my/own", 4) == "my/own"


@pytest.mark.parametrize("name", ["main", "a..b", "-x", "two words", "a\nb", "/a", "x.lock", "@{-1}"])
async def test_a_name_that_is_taken_or_is_none_is_refused(trees: Worktrees, name: str) -> None:
    with pytest.raises(EngineError, match=r"already|is no name"):
        await trees.free_branch(name, 1)


async def test_two_branches_whose_names_look_alike_get_folders_of_their_own(trees: Worktrees) -> None:
    (_, one), (_, two) = await made(trees, "a/b"), await made(trees, "a-b")
    assert one != two and one.name == "a-b" and two.name == "a-b-2"


async def test_where_none_can_be_made_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(GitFailed, match="no git repository") as error:
        await Worktrees(tmp_path / "plain", tmp_path / "kept").outlook()
    assert "git init" in error.value.hint
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "-q")
    with pytest.raises(GitFailed, match="no commit yet"):
        await Worktrees(tmp_path / "empty", tmp_path / "kept").outlook()


async def test_without_git_it_says_so(trees: Worktrees, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitFailed, match="git is not installed") as error:
        await trees.outlook()
    assert "install git" in error.value.hint


async def test_a_folder_that_cannot_be_made_leaves_no_branch(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    trees = Worktrees(root, tmp_path / "file" / "in")
    with pytest.raises(EngineError, match="cannot be made") as error:
        await made(trees)
    assert "[worktrees] folder" in error.value.hint
    assert git(root, "branch", "--list", "side") == ""


async def test_no_hook_of_the_repository_runs(trees: Worktrees, root: Path, tmp_path: Path) -> None:
    for name in (
        "post-checkout",
        "pre-commit",
        "commit-msg",
        "pre-merge-commit",
        "post-merge",
        "reference-transaction",
    ):
        hook = root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n: > {tmp_path}/ran\nexit 1\n")
        hook.chmod(0o755)
    event, path = await made(trees)
    write(path, c_txt="c\n")
    await trees.commit(await tree_at(root, event.path), "More")
    await trees.merge(event.path)
    await trees.end(event.path, "dropped", ours=True)
    assert not (tmp_path / "ran").exists()
    assert (root / "c.txt").exists()


# --- looked at


async def test_the_list_says_how_far_each_has_come(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    commit(path, a_txt="one\n2\nthree\n")
    commit(root, d_txt="d\n")
    commit(root, e_txt="e\n")
    write(path, x_txt="x", _gitignore="*.log\n", y_log="y")
    home, side = await worktrees(root)
    assert (home.home, home.branch, side.home, side.branch) == (True, "main", False, "side")
    found = (await standings(root, [side]))[side.path]
    assert (found.base, found.ahead, found.behind) == (event.base, 1, 2)
    assert (set(found.dirty), found.ignored, found.merged) == ({"x.txt", ".gitignore"}, ("y.log",), False)


async def test_a_detached_a_locked_and_a_vanished_one_are_told_as_such(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "-q", "--detach", str(tmp_path / "loose"))
    git(root, "worktree", "lock", "--reason", "on a stick\nof mine", str(tmp_path / "loose"))
    git(root, "worktree", "add", "-q", "-b", "away", str(tmp_path / "new\nline"))
    shutil.rmtree(tmp_path / "new\nline")
    _, loose, away = await worktrees(root)
    assert (loose.branch, loose.locked, loose.gone) == ("", "on a stick\nof mine", False)
    assert (away.path, away.branch, away.locked, away.gone) == (str(tmp_path / "new\nline"), "away", None, True)


async def test_what_a_worktree_changed_is_all_that_differs_from_its_base(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    commit(path, a_txt="one\n2\nthree\n")
    (path / "b.txt").unlink()
    for name in NAMES:
        (path / name).write_text("here\n")
    tree = await tree_at(root, event.path)
    found = {change.name: change.kind for change in await changes(tree, event.base)}
    assert found == {"a.txt": "changed", "b.txt": "deleted", **dict.fromkeys(NAMES, "untracked")}
    told = await diff(tree, event.base, Change(name="a.txt", kind="changed"))
    assert told.startswith("--- a/a.txt\n+++ b/a.txt\n@@") and "-two\n+2\n" in told
    for name in NAMES:
        assert "+here" in await diff(tree, event.base, Change(name=name, kind="untracked"))


async def test_what_the_home_checkout_did_meanwhile_is_no_change_of_the_worktree(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    commit(path, c_txt="c\n")
    commit(root, d_txt="d\n")
    tree = await tree_at(root, event.path)
    now = await standing(root, tree)
    assert [change.name for change in await changes(tree, now.base)] == ["c.txt"]


# --- merged back


async def test_a_merge_brings_all_commits_and_leaves_other_changes_alone(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    commit(path, a_txt="one\n2\nthree\n")
    commit(path, c_txt="c\n")
    write(root, b_txt="mine\n", loose_txt="mine too\n")
    merged = await trees.merge(event.path)
    assert (merged.into, merged.files, merged.commit) == ("main", 2, git(root, "rev-parse", "main"))
    assert (root / "a.txt").read_text() == "one\n2\nthree\n"
    assert ((root / "b.txt").read_text(), (root / "loose.txt").read_text()) == ("mine\n", "mine too\n")
    with pytest.raises(EngineError, match="nothing to merge"):
        await trees.merge(event.path)


def everything(root: Path) -> tuple[str, ...]:
    """All that a merge could change."""
    files = "".join(f"{path.name}:{path.read_text()}" for path in sorted(root.glob("*.txt")))
    return (
        git(root, "rev-parse", "HEAD"),
        git(root, "status", "--porcelain", "-uall"),
        git(root, "stash", "list"),
        files,
    )


async def test_a_conflict_is_told_by_file_and_everything_is_as_before(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    commit(path, a_txt="side\n", c_txt="c\n")
    commit(root, a_txt="main\n")
    write(root, b_txt="mine\n")
    before = everything(root)
    with pytest.raises(EngineError, match=r"conflicts in a\.txt\. Nothing was changed") as error:
        await trees.merge(event.path)
    assert "merge your branch" in error.value.hint
    assert everything(root) == before
    assert not (root / ".git" / "MERGE_HEAD").exists()


async def test_a_conflict_that_git_cannot_foresee_is_undone(
    trees: Worktrees, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, path = await made(trees)
    commit(path, a_txt="side\n", c_txt="c\n")
    commit(root, a_txt="main\n")
    write(root, b_txt="mine\n", loose_txt="l")
    before = everything(root)

    async def unforeseen(tree: Worktree) -> tuple[str, tuple[str, ...]]:  # as by a git before 2.38
        return "", ()

    monkeypatch.setattr(trees, "_foreseen", unforeseen)
    with pytest.raises(EngineError, match=r"conflicts in a\.txt"):
        await trees.merge(event.path)
    assert everything(root) == before
    assert not (root / ".git" / "MERGE_HEAD").exists()


@pytest.mark.parametrize(
    ("dirty", "words"),
    [
        ("a.txt", "a.txt has changes in the workspace's folder"),
        ("new.txt", "new.txt has changes in the workspace's folder"),
    ],
)
async def test_a_merge_that_would_meet_uncommitted_changes_is_refused(
    trees: Worktrees, root: Path, dirty: str, words: str
) -> None:
    event, path = await made(trees)
    commit(path, a_txt="side\n", new_txt="n\n")
    (root / dirty).write_text("mine\n")
    before = everything(root)
    with pytest.raises(EngineError, match=words):
        await trees.merge(event.path)
    assert everything(root) == before


async def test_a_merge_is_refused_into_staged_changes_from_a_dirty_worktree_and_without_a_branch(
    trees: Worktrees, root: Path
) -> None:
    event, path = await made(trees)
    commit(path, c_txt="c\n")
    write(path, loose_txt="l")
    with pytest.raises(EngineError, match=r"The worktree has changes that no commit has: loose\.txt"):
        await trees.merge(event.path)
    await trees.commit(await tree_at(root, event.path), "The rest")
    write(root, b_txt="mine\n")
    git(root, "add", "b.txt")
    with pytest.raises(EngineError, match=r"staged changes: b\.txt"):
        await trees.merge(event.path)
    git(root, "switch", "-q", "--detach")
    with pytest.raises(EngineError, match="on no branch"):
        await trees.merge(event.path)


async def test_a_commit_takes_new_files_along_and_needs_a_message_and_a_name(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    write(path, new_txt="n", a_txt="changed\n")
    tree = await tree_at(root, event.path)
    with pytest.raises(EngineError, match="needs a message"):
        await trees.commit(tree, "  ")
    git(root, "config", "user.useConfigOnly", "true")
    git(root, "config", "--unset", "user.email")
    with pytest.raises(GitFailed, match="does not know who you are") as error:
        await trees.commit(tree, "More")
    assert "user.email" in error.value.hint
    git(root, "config", "user.email", "ada@example.com")
    made_commit = await trees.commit(tree, "-m is no switch")
    assert git(path, "log", "-1", "--format=%H %s") == f"{made_commit} -m is no switch"
    assert git(path, "status", "--porcelain") == ""


# --- removed


async def test_one_that_is_merged_goes_with_its_branch(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    commit(path, c_txt="c\n")
    await trees.merge(event.path)
    ended = await trees.end(event.path, "dropped", ours=True)
    assert (ended.how, ended.branch) == ("merged", "side")
    assert not path.exists() and git(root, "branch", "--list", "side") == ""
    assert (root / "c.txt").exists()


async def test_one_that_is_kept_leaves_its_branch(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    last = commit(path, c_txt="c\n")
    write(path, loose_txt="l")
    with pytest.raises(WouldLose, match=r"loose\.txt"):
        await trees.end(event.path, "kept", ours=True)
    (path / "loose.txt").unlink()
    ended = await trees.end(event.path, "kept", ours=True)
    assert (ended.how, ended.commit) == ("kept", last)
    assert not path.exists() and git(root, "rev-parse", "side") == last


async def test_what_is_dropped_stays_reachable_to_the_last_new_file(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    last = commit(path, c_txt="c\n")
    write(path, a_txt="edited\n", new_txt="new\n")
    with pytest.raises(
        WouldLose, match=r"1 commit that is not merged and changes that no commit has \(a\.txt, new\.txt\)"
    ):
        await trees.end(event.path, "dropped", ours=True)
    assert path.exists()
    ended = await trees.end(event.path, "dropped", force=True, ours=True)
    assert ended.how == "dropped" and not path.exists()
    assert git(root, "branch", "--list", "side") == ""
    git(root, "reflog", "expire", "--expire=now", "--all")
    git(root, "gc", "-q", "--prune=now")
    assert git(root, "for-each-ref", "--format=%(refname)", "refs/penstock") == (
        f"refs/penstock/dropped/side/{ended.commit[:12]}"
    )
    assert git(root, "rev-parse", f"{ended.commit}^") == last
    assert git(root, "show", f"{ended.commit}:new.txt") == "new"
    assert git(root, "show", f"{ended.commit}:a.txt") == "edited"


async def test_a_worktree_that_the_person_made_loses_its_folder_and_not_its_branch(
    trees: Worktrees, root: Path, tmp_path: Path
) -> None:
    git(root, "worktree", "add", "-q", "-b", "theirs", str(tmp_path / "theirs"))
    await trees.end(str(tmp_path / "theirs"), "dropped")
    assert not (tmp_path / "theirs").exists()
    assert "theirs" in git(root, "branch", "--list", "theirs")


async def test_one_that_was_removed_behind_our_back_is_cleared_away(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    last = commit(path, c_txt="c\n")
    shutil.rmtree(path)
    with pytest.raises(WouldLose, match="1 commit"):
        await trees.end(event.path, "dropped", ours=True)
    await trees.end(event.path, "dropped", ours=True, force=True)
    assert len(await worktrees(root)) == 1
    assert git(root, "rev-parse", f"refs/penstock/dropped/side/{last[:12]}") == last
    with pytest.raises(EngineError, match="no worktree"):
        await trees.end(event.path, "dropped")


async def test_the_home_checkout_and_a_locked_one_are_never_removed(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    git(root, "worktree", "lock", "--reason", "mine", event.path)
    with pytest.raises(EngineError, match=r"locked \(mine\)") as error:
        await trees.end(event.path, "dropped", force=True)
    assert "git worktree unlock" in error.value.hint
    with pytest.raises(EngineError, match="not removed"):
        await trees.end(str(root), "dropped", force=True)
    from_within = Worktrees(path, trees.folder)
    with pytest.raises(EngineError, match="not removed"):
        await from_within.end(str(root), "dropped", force=True)
    assert path.exists() and (root / "a.txt").exists()


async def test_submodules_and_repositories_inside_keep_a_worktree_from_being_removed(
    trees: Worktrees, root: Path, tmp_path: Path
) -> None:
    other = repository(tmp_path / "other")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "sub")
    commit(root, "with a submodule")
    assert (await trees.outlook()).submodules
    event, path = await made(trees)
    git(path, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init")
    with pytest.raises(EngineError, match="submodules"):
        await trees.end(event.path, "dropped", force=True)
    inner, folder = await made(trees, "inner")
    repository(folder / "clone")
    with pytest.raises(EngineError, match="repositories of their own in it: clone"):
        await trees.end(inner.path, "dropped", force=True)
    assert path.exists() and (folder / "clone" / "a.txt").exists()


# --- what an agent's commands may have left


def program(folder: Path) -> Path:
    """A program that says that it ran."""
    script = folder / "evil"
    script.write_text(f"#!/bin/sh\n: > {folder}/ran\ncat\n")
    script.chmod(0o755)
    return script


def armed(repository: Path, script: Path) -> None:
    """Settings by which git would run it at a mere look."""
    for name in ("core.fsmonitor", "filter.x.clean", "filter.x.smudge", "diff.external", "diff.x.textconv"):
        git(repository, "config", name, str(script))


async def test_a_worktree_that_was_turned_to_other_settings_is_not_believed(
    trees: Worktrees, root: Path, tmp_path: Path
) -> None:
    event, path = await made(trees)
    evil, script = repository(tmp_path / "evil-one"), program(tmp_path)
    armed(evil, script)
    write(path, _gitattributes="* filter=x diff=x\n", a_txt="edited\n")
    (path / ".git").write_text(f"gitdir: {evil}/.git\n")
    (tree,) = [one for one in await worktrees(root) if not one.home]
    assert tree.gone
    await standings(root, [tree])
    for doing in (trees.merge(event.path), trees.end(event.path, "dropped", force=True), trees.commit(tree, "x")):
        with contextlib.suppress(EngineError):
            await doing
    assert not (tmp_path / "ran").exists()
    assert (path / "a.txt").read_text() == "edited\n"
    git(path, "status")
    assert (tmp_path / "ran").exists()  # the trap was a good one


async def test_a_repository_inside_is_not_looked_into(trees: Worktrees, root: Path, tmp_path: Path) -> None:
    event, path = await made(trees)
    inner = repository(path / "inner")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "With a repository")
    armed(inner, program(tmp_path))
    write(inner, _gitattributes="* filter=x diff=x\n", a_txt="edited\n")
    tree = await tree_at(root, event.path)
    now = await standing(root, tree)
    for change in await changes(tree, now.base):
        await diff(tree, now.base, change)
    await trees.merge(event.path)
    with pytest.raises(EngineError):
        await trees.end(event.path, "dropped", ours=True)
    assert not (tmp_path / "ran").exists()
    assert (inner / "a.txt").read_text() == "edited\n"
    git(path, "status")
    assert (tmp_path / "ran").exists()  # the trap was a good one


async def test_several_at_once_do_not_meet(trees: Worktrees, root: Path) -> None:
    async with asyncio.TaskGroup() as group:
        making = [group.create_task(made(trees, f"side/{number}")) for number in range(4)]
    events = [task.result()[0] for task in making]
    assert len({event.path for event in events}) == 4
    async with asyncio.TaskGroup() as group:
        for event in events:
            group.create_task(trees.end(event.path, "dropped", ours=True))
    assert len(await worktrees(root)) == 1
    assert git(root, "branch", "--format=%(refname:short)") == "main"
