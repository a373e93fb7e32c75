"""Worktrees in the states that lose work elsewhere: half a merge, ignored files, two programs at once, a kill."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.engine.repositories import commit, git, made, repository, write
from tests.scripts import eventually
from tui.engine.worktrees.facts import Worktree, worktrees
from tui.engine.worktrees.git import git as own_git
from tui.engine.worktrees.life import Worktrees
from tui.engine.worktrees.uncommitted import snapshot
from tui.engine.worktrees.undoing import take_back
from tui.errors import EngineError, GitFailed, PenstockError, WouldLose


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "garden")


@pytest.fixture
def trees(root: Path, tmp_path: Path) -> Worktrees:
    return Worktrees(root, tmp_path / "kept")


async def tree_at(root: Path, path: str) -> Worktree:
    return next(tree for tree in await worktrees(root) if tree.path == path)


def there(path: str) -> bool:
    return os.path.lexists(path)


def cleaned(root: Path) -> None:
    """git throws away what no name leads to."""
    git(root, "reflog", "expire", "--expire=now", "--all")
    git(root, "gc", "-q", "--prune=now")


def has(root: Path, commit: str) -> bool:
    return commit in git(root, "rev-list", "--all").split()


async def test_a_detached_head_that_is_kept_stays_reachable(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    git(path, "switch", "-q", "--detach")
    last = commit(path, c_txt="c\n")
    ended = await trees.end(event.path, "kept")
    assert ended.commit == last
    cleaned(root)
    assert has(root, last)


async def test_a_branch_merged_into_a_detached_head_alone_stays_reachable(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    last = commit(path, c_txt="c\n")
    git(root, "switch", "-q", "--detach")
    git(root, "merge", "-q", "--no-ff", "-m", "m", "side")
    await trees.end(event.path, "dropped", ours=True)
    git(root, "switch", "-q", "main")
    cleaned(root)
    assert has(root, last)


async def test_a_merge_of_the_persons_own_is_never_aborted(trees: Worktrees, root: Path) -> None:
    git(root, "branch", "theirs")
    event, path = await made(trees)
    commit(path, c_txt="c\n")
    git(root, "switch", "-q", "theirs")
    commit(root, a_txt="theirs\n")
    git(root, "switch", "-q", "main")
    git(root, "merge", "-q", "-s", "ours", "--no-commit", "theirs")
    assert git(root, "status", "--porcelain") == ""
    with pytest.raises(EngineError):
        await trees.merge(event.path)
    assert (root / ".git" / "MERGE_HEAD").exists()


@pytest.mark.parametrize("place", ["secret.env", "out/deep.env"])
async def test_a_merge_never_writes_over_an_ignored_file(trees: Worktrees, root: Path, place: str) -> None:
    commit(root, _gitignore="*.env\nout\n")
    event, path = await made(trees)
    (path / place).parent.mkdir(exist_ok=True)
    (path / place).write_text("the agent's\n")
    git(path, "add", "-f", place)
    git(path, "commit", "-q", "-m", "forced")
    (root / place).parent.mkdir(exist_ok=True)
    (root / place).write_text("the only key\n")
    with pytest.raises(EngineError, match="env"):
        await trees.merge(event.path)
    assert (root / place).read_text() == "the only key\n"


async def test_a_merge_never_removes_an_ignored_folder_for_a_file(trees: Worktrees, root: Path) -> None:
    commit(root, _gitignore="out/\n")
    event, path = await made(trees)
    commit(path, out="a file now\n")
    (root / "out").mkdir()
    (root / "out" / "data").write_text("hours of work\n")
    with pytest.raises(EngineError, match="out"):
        await trees.merge(event.path)
    assert (root / "out" / "data").read_text() == "hours of work\n"


async def test_a_merge_never_removes_an_ignored_file_for_a_folder(trees: Worktrees, root: Path) -> None:
    commit(root, _gitignore="/out\n")
    event, path = await made(trees)
    (path / "out").mkdir()
    (path / "out" / "x").write_text("x")
    git(path, "add", "-f", "out")
    git(path, "commit", "-q", "-m", "forced")
    (root / "out").write_text("hours of work\n")
    with pytest.raises(EngineError, match="out"):
        await trees.merge(event.path)
    assert (root / "out").read_text() == "hours of work\n"


async def test_settings_of_a_branch_do_not_turn_a_merge_into_half_a_one(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    commit(path, c_txt="c\n")
    git(root, "config", "branch.main.mergeOptions", "--no-commit --autostash")
    merged = await trees.merge(event.path)
    assert git(root, "rev-parse", "HEAD^2") == git(path, "rev-parse", "HEAD")
    assert merged.commit == git(root, "rev-parse", "HEAD")


async def test_conflict_markers_are_not_committed(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    commit(path, a_txt="side\n")
    commit(root, a_txt="main\n")
    with pytest.raises(Exception, match="non-zero"):
        git(path, "merge", "main")
    tree = await tree_at(root, event.path)
    with pytest.raises(EngineError, match=r"a\.txt"):
        await trees.commit(tree, "All of it")
    assert git(path, "diff", "--name-only", "--diff-filter=U") == "a.txt"


async def test_a_repository_inside_is_not_committed_as_a_bare_link(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    before = git(path, "rev-parse", "HEAD")
    repository(path / "clone")
    with pytest.raises(EngineError, match="clone"):
        await trees.commit(await tree_at(root, event.path), "All of it")
    assert git(path, "rev-parse", "HEAD") == before


async def test_what_was_staged_and_then_changed_or_deleted_is_kept_too(trees: Worktrees, root: Path) -> None:
    event, path = await made(trees)
    write(path, a_txt="staged\n", new_txt="staged and gone\n")
    git(path, "add", "-A")
    write(path, a_txt="later\n")
    (path / "new.txt").unlink()
    ended = await trees.end(event.path, "dropped", force=True, ours=True)
    cleaned(root)
    assert git(root, "show", f"{ended.commit}:a.txt") == "later"
    assert git(root, "show", f"{ended.commit}^2:a.txt") == "staged"
    assert git(root, "show", f"{ended.commit}^2:new.txt") == "staged and gone"


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
async def test_a_file_that_git_was_told_to_overlook_is_not_lost(trees: Worktrees, root: Path, flag: str) -> None:
    event, path = await made(trees)
    git(path, "update-index", flag, "a.txt")
    write(path, a_txt="edited in secret\n")
    with pytest.raises(WouldLose, match=r"a\.txt"):
        await trees.end(event.path, "dropped", ours=True)
    with pytest.raises(WouldLose, match=r"a\.txt"):
        await trees.end(event.path, "kept", ours=True)
    with pytest.raises(EngineError, match=r"told to overlook a\.txt") as error:
        await trees.commit(await tree_at(root, event.path), "All of it")
    assert "update-index" in error.value.hint
    ended = await trees.end(event.path, "dropped", force=True, ours=True)
    assert git(root, "show", f"{ended.commit}:a.txt") == "edited in secret"


async def test_two_programs_that_take_one_name_leave_each_others_worktree_alone(root: Path, tmp_path: Path) -> None:
    one, two = (Worktrees(root, tmp_path / "kept") for _ in range(2))
    outlook = await one.outlook()
    ended = await asyncio.gather(*(trees.make("side", outlook) for trees in (one, two)), return_exceptions=True)
    made_ones = [event for event in ended if not isinstance(event, BaseException)]
    assert len(made_ones) == 1
    assert all(isinstance(error, PenstockError) for error in ended if isinstance(error, BaseException))
    path = Path(made_ones[0].path)
    assert (path / "a.txt").exists()
    assert git(path, "rev-parse", "HEAD") == outlook.base == git(root, "rev-parse", "side")


async def test_a_branch_and_a_folder_of_others_outlive_a_worktree_that_cannot_be_made(
    trees: Worktrees, root: Path
) -> None:
    outlook = await trees.outlook()
    git(root, "branch", "side")
    with pytest.raises(EngineError):
        await trees.make("side", outlook)
    assert git(root, "rev-parse", "side") == outlook.base
    assert len(await worktrees(root)) == 1
    assert not list(trees.folder.rglob("a.txt"))


async def test_worktrees_of_a_bare_repository_can_go(tmp_path: Path, root: Path) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(root), str(bare))
    git(bare, "worktree", "add", "-q", "-b", "first", str(tmp_path / "first"))
    git(bare, "worktree", "add", "-q", "-b", "second", str(tmp_path / "second"))
    trees = Worktrees(tmp_path / "second", tmp_path / "kept")
    first, second = await worktrees(trees.root)
    assert (first.home, second.home) == (False, True)
    assert first.gitdir
    ended = await trees.end(first.path, "kept")
    assert ended.how == "kept" and not there(first.path)


async def test_a_branch_that_moved_on_is_kept_when_its_folder_is_gone(
    trees: Worktrees, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, _ = await made(trees)
    removed = trees._remove

    async def meanwhile(tree: Worktree, *, clean: bool) -> None:
        await removed(tree, clean=clean)
        git(root, "update-ref", "refs/heads/side", commit(root, z_txt="z\n"))

    monkeypatch.setattr(trees, "_remove", meanwhile)
    ended = await trees.end(event.path, "dropped", ours=True)
    assert ended.path == event.path
    assert git(root, "rev-parse", "side") == git(root, "rev-parse", "main")


async def test_git_that_is_stopped_takes_its_lock_away(trees: Worktrees, root: Path, tmp_path: Path) -> None:
    event, path = await made(trees)
    git(root, "config", "filter.slow.clean", f"sh -c ': > {tmp_path}/began; sleep 100'")
    write(path, _gitattributes="*.slow filter=slow\n", x_slow="x\n")
    committing = asyncio.create_task(trees.commit(await tree_at(root, event.path), "More"))
    await eventually((tmp_path / "began").exists)
    lock = git(path, "rev-parse", "--git-path", "index.lock")
    assert there(lock)
    committing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await committing
    assert not there(lock)


async def test_more_names_than_are_kept_are_no_names(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.worktrees.git.MOST", 10)
    assert (await own_git(root, "ls-files", "-z", "b.txt")).names == ("b.txt",)
    with pytest.raises(GitFailed, match="more to tell"):
        _ = (await own_git(root, "ls-files", "-z")).names


def stopping(root: Path, smudge: str) -> None:
    """git runs ``smudge`` when it writes a file whose name ends so, which comes after all others."""
    commit(root, _gitattributes="*.stop filter=stop\n")
    git(root, "config", "filter.stop.clean", "cat")
    git(root, "config", "filter.stop.smudge", smudge)
    git(root, "config", "filter.stop.required", "true")


async def test_a_merge_that_stops_half_way_is_taken_back(trees: Worktrees, root: Path) -> None:
    stopping(root, "false")
    event, path = await made(trees)
    (path / "new").mkdir()
    write(path / "new", d_txt="d\n")
    commit(path, a_txt="side\n", z_stop="z\n")
    write(root, b_txt="mine\n")
    before, was = git(root, "rev-parse", "HEAD"), (root / "a.txt").read_text()
    with pytest.raises(GitFailed, match="Branch and files are as they were"):
        await trees.merge(event.path)
    assert git(root, "rev-parse", "HEAD") == before and git(root, "status", "--porcelain") == " M b.txt"
    assert (root / "a.txt").read_text() == was and not there(str(root / "new"))
    git(root, "config", "filter.stop.required", "false")
    git(root, "config", "filter.stop.smudge", "cat")
    await trees.merge(event.path)
    assert (root / "z.stop").read_text() == "z\n" and (root / "b.txt").read_text() == "mine\n"


async def test_a_merge_in_whose_middle_the_program_ends_is_taken_back(
    trees: Worktrees, root: Path, tmp_path: Path
) -> None:
    stopping(root, f"sh -c ': > {tmp_path}/began; sleep 100'")
    event, path = await made(trees)
    git(path, "config", "filter.stop.required", "false")
    commit(path, a_txt="side\n", z_stop="z\n")
    merging = asyncio.create_task(trees.merge(event.path))
    await eventually((tmp_path / "began").exists)
    assert (root / "a.txt").read_text() == "side\n", "git is in the middle of it"
    merging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await merging
    assert git(root, "status", "--porcelain") == "" and not there(str(root / ".git" / "index.lock"))


async def test_what_a_merge_has_not_written_is_never_taken_back(trees: Worktrees, root: Path) -> None:
    _, path = await made(trees)
    commit(path, a_txt="side, and long\n", b_txt="side\n", c_txt="new, and long\n", d_txt="new\n")
    whole = git(path, "rev-parse", "HEAD^{tree}")
    was = (root / "a.txt").read_text()
    write(root, a_txt="side, an", b_txt="the person's\n", c_txt="", d_txt="the person's, too\n")
    left = await take_back(root, whole, ["a.txt", "b.txt", "c.txt", "d.txt"])
    assert left == ["b.txt", "d.txt"]
    assert (root / "a.txt").read_text() == was and not there(str(root / "c.txt"))
    assert (root / "b.txt").read_text() == "the person's\n"


async def test_what_cannot_be_taken_back_is_named(
    trees: Worktrees, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping(root, "false")
    event, path = await made(trees)
    commit(path, a_txt="side\n", z_stop="z\n")

    async def meanwhile(place: Path, merged: str, files: Sequence[str]) -> list[str]:
        write(root, a_txt="somebody's\n")
        return await take_back(place, merged, files)

    monkeypatch.setattr("tui.engine.worktrees.life.take_back", meanwhile)
    with pytest.raises(GitFailed, match=r"a\.txt had been written by then, and could not be taken back") as error:
        await trees.merge(event.path)
    assert "git restore" in error.value.hint and (root / "a.txt").read_text() == "somebody's\n"


async def test_a_worktree_within_an_ignored_folder_keeps_the_one_around_it(trees: Worktrees, root: Path) -> None:
    commit(root, _gitignore="trees/\n")
    event, path = await made(trees)
    git(path, "worktree", "add", "-q", "-b", "inner", str(path / "trees" / "inner"))
    write(path / "trees" / "inner", a_txt="hours of work\n")
    with pytest.raises(EngineError, match="Another worktree lies in it"):
        await trees.end(event.path, "dropped", force=True, ours=True)
    assert (path / "trees" / "inner" / "a.txt").read_text() == "hours of work\n"


async def test_what_is_written_while_the_rest_is_kept_is_not_removed(
    trees: Worktrees, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, path = await made(trees)
    write(path, a_txt="edited\n")

    async def meanwhile(tree: Worktree) -> str:
        commit = await snapshot(tree)
        write(path, late_txt="late\n")
        return commit

    monkeypatch.setattr("tui.engine.worktrees.life.snapshot", meanwhile)
    with pytest.raises(EngineError, match="Something is writing in it"):
        await trees.end(event.path, "dropped", force=True, ours=True)
    assert (path / "late.txt").read_text() == "late\n" and git(root, "rev-parse", "side")
