"""A git worktree for a session: made, merged back, removed, and nothing lost on the way.

Each lies in a folder of its own, outside of the workspace's, on a new branch. What is taken away stays reachable: a
branch that is not merged, and changes that no commit has, are kept under ``refs/penstock/dropped/`` first. A merge
that would conflict is not begun. The workspace's own files are touched by a merge alone.
"""

import asyncio
import os
import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Literal

from tui.engine.session import Session
from tui.engine.worktrees.facts import (
    NOT_INTO,
    Standing,
    Worktree,
    branch_at,
    staged,
    standing,
    status,
    toplevel,
    worktrees,
)
from tui.engine.worktrees.git import LONG_SECONDS, git
from tui.engine.worktrees.overlooked import overlooked
from tui.engine.worktrees.uncommitted import snapshot, some_of, tree_of
from tui.engine.worktrees.undoing import take_back
from tui.errors import EngineError, GitFailed, PenstockError, WouldLose
from tui.events import WorktreeEnded, WorktreeMade
from tui.state import SessionState
from tui.value import value

DROPPED = "refs/penstock/dropped"
PREFIX = "penstock"
"""Where branches that were not named begin: ``penstock/3-fix-the-login``."""
_WORDS = 5
_UNDOING_SECONDS = 10.0
"""For taking back a merge in whose middle the program ends."""
_MERGE = ("merge", "--no-ff", "--commit", "--no-squash", "--no-edit", "--no-verify", "-q")
_UNMERGED = ("diff", "--name-only", "--diff-filter=U", "-z", NOT_INTO)
_UNDER_WAY = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}


def branch_of(state: SessionState) -> str:
    """The branch of the worktree that a session works in, "" where it has none of its own."""
    made = state.worktree
    return made.branch if made is not None and state.worktree_ended is None else ""


@value
class Outlook:
    """What a new worktree would begin from. ``dirty`` are changes that no commit has, and that it would not have."""

    top: Path
    base: str
    branch: str
    dirty: tuple[str, ...]
    submodules: bool


@value
class Merged:
    """``commit`` is where the home checkout's ``into`` stands now."""

    into: str
    commit: str
    files: int


class Worktrees:
    """Of the repository around ``root``; new ones in ``folder``. Sessions work in ``cwd``, or where that is there."""

    def __init__(self, root: Path, folder: Path, cwd: Path | None = None) -> None:
        self.root = root
        self.cwd = cwd or root
        self.folder = folder
        self._changing = asyncio.Lock()

    # --- a new one

    async def outlook(self) -> Outlook:
        """Raises GitFailed where none can be made here."""
        top = await toplevel(self.root)
        return Outlook(
            top=top,
            base=(await git(top, "rev-parse", "HEAD")).text,
            branch=await branch_at(top),
            dirty=(await status(top))[0],
            submodules=await asyncio.to_thread((top / ".gitmodules").is_file),
        )

    async def free_branch(self, wanted: str, slot: int, words: str = "") -> str:
        """The branch that was asked for, or one named after the session.

        Raises:
            EngineError: it is no name for a branch, or is taken.
        """
        if not wanted:
            named = f"{PREFIX}/{'-'.join(filter(None, (str(slot), _slug(words))))}"
            number, name = 1, named
            while await self._is_taken(name):
                number += 1
                name = f"{named}-{number}"
            return name
        if (await git(self.root, "check-ref-format", "--branch", wanted, fine=(0, 1, 128))).code:
            raise EngineError(f"{wanted!r} is no name for a branch.", hint="Letters, digits, - and / will do.")
        if await self._is_taken(wanted):
            raise _taken(wanted)
        return wanted

    async def give(
        self,
        session: Session,
        outlook: Outlook | None = None,
        *,
        branch: str = "",
        words: str = "",
        carry: bool = False,
    ) -> WorktreeMade:
        """Make one, and let a session that has done nothing yet work in it. Raises EngineError as the parts do.

        Args:
            branch: its name; else it is named after the session's slot and ``words``.
            carry: see ``make``.
        """
        outlook = outlook or await self.outlook()
        made = await self.make(await self.free_branch(branch, session.state.slot, words), outlook, carry=carry)
        session.log.emit(made)
        return made

    async def make(self, branch: str, outlook: Outlook, *, carry: bool = False) -> WorktreeMade:
        """Make it, on a new branch. ``carry``: with copies of the changes that no commit has, which also stay.

        Raises:
            GitFailed: it cannot be made; then nothing of it is left.
        """
        async with self._changing:
            tree = await tree_of(outlook.top) if carry else ""
            path = await asyncio.to_thread(self._new_folder, branch, outlook.top)
            try:
                await self._new_branch(branch, outlook)
                try:
                    await self._fill(path, branch, outlook.top, tree)
                except BaseException:
                    await git(outlook.top, "worktree", "remove", "--force", "--", str(path), fine=(0, 128))
                    await git(outlook.top, "update-ref", "-d", f"refs/heads/{branch}", outlook.base, fine=(0, 1, 128))
                    raise
            except BaseException:
                with suppress(OSError):
                    path.rmdir()
                raise
        cwd = await asyncio.to_thread(self._within, path, outlook.top)
        return WorktreeMade(path=str(path), cwd=cwd, branch=branch, base=outlook.base, repository=str(outlook.top))

    async def _new_branch(self, branch: str, outlook: Outlook) -> None:
        """One that nobody made before, whoever does so at the same time. Raises EngineError."""
        try:
            await git(outlook.top, "update-ref", f"refs/heads/{branch}", outlook.base, "0" * len(outlook.base))
        except GitFailed as error:
            if await self._is_taken(branch):
                raise _taken(branch) from error
            raise

    async def _fill(self, path: Path, branch: str, top: Path, tree: str) -> None:
        await git(top, "worktree", "add", "--", str(path), branch, seconds=LONG_SECONDS)
        if tree:
            await git(path, "read-tree", "-m", "-u", "HEAD", tree, seconds=LONG_SECONDS)
            await git(path, "reset", "-q", fine=(0, 1))

    async def _is_taken(self, branch: str) -> bool:
        ran = await git(self.root, "show-ref", "--verify", "-q", f"refs/heads/{branch}", fine=(0, 1))
        return not ran.code

    def _within(self, path: Path, top: Path) -> str:
        """The folder in it that the program was started in, as far as it is there."""
        inner = Path(os.path.relpath(self.cwd, top))
        return str(path / inner) if ".." not in inner.parts and (path / inner).is_dir() else str(path)

    def _new_folder(self, branch: str, top: Path) -> Path:
        """An empty one that was not there before, whoever makes one at the same time. Raises EngineError."""
        known = sha256(os.fsencode(top)).hexdigest()[:8]  # two projects may have the same name
        place = self.folder / f"{_safe(top.name)}-{known}"
        name = _safe(branch.removeprefix(f"{PREFIX}/"))
        tries = (name, *(f"{name}-{number}" for number in range(2, 1000)))
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            for one in tries:
                with suppress(FileExistsError):
                    (place / one).mkdir()
                    return Path(os.path.realpath(place / one))
        except OSError as error:
            hint = "[worktrees] folder in config.toml names another place."
            raise EngineError(f"{place} cannot be made: {error.strerror}.", hint=hint) from error
        raise EngineError(f"{place} is full of worktrees.", hint="/worktrees removes some.")

    # --- merged back

    async def commit(self, tree: Worktree, message: str) -> str:
        """Commit all that is there, new files too. Returns the commit.

        Raises:
            EngineError: there are conflicts or repositories of their own in it; or git failed.
        """
        if not message.strip():
            raise EngineError("A commit needs a message.")
        async with self._changing:
            own = tree.variables
            if conflicts := (await git(tree.path, *_UNMERGED, variables=own)).names:
                hint = "Settle them in the worktree first, or let the session do it."
                raise EngineError(f"A merge in it has left conflicts: {some_of(conflicts)}.", hint=hint)
            dirty, _ = await status(tree.path, own)
            if inner := tuple(name for name in dirty if name.endswith("/")):
                told = f"There are repositories of their own in it: {some_of(inner)}."
                raise EngineError(told, hint="A commit would not hold what is in them: move them away.")
            await git(tree.path, "add", "-A", seconds=LONG_SECONDS, variables=own)
            try:
                await git(tree.path, "commit", "-q", "--no-verify", "-m", message, seconds=LONG_SECONDS, variables=own)
            except GitFailed as error:
                if error.said.strip() or not (hidden := await overlooked(tree.path, own)):
                    raise
                told = f"git was told to overlook {some_of(hidden)} and commits nothing of it"
                hint = "git update-index --no-assume-unchanged --no-skip-worktree FILE takes the mark off."
                raise EngineError(f"{told}.", hint=hint) from error
        return (await git(tree.path, "rev-parse", "HEAD", variables=own)).text

    async def merge(self, path: str) -> Merged:
        """Merge a worktree's branch into the one that is checked out in the workspace's own folder.

        Raises:
            EngineError: it is not begun: one of the two has changes in the way, or they conflict.
            GitFailed: it was stopped; branch and files are as before, or the sentence says which are not.
        """
        async with self._changing:
            tree = await self._found(path)
            into, files, whole = await self._must_merge(tree)
            message = f"Merge branch '{tree.branch}'" if tree.branch else f"Merge commit {tree.head[:9]}"
            try:
                await git(self.root, *_MERGE, "-m", message, tree.head, seconds=LONG_SECONDS)
            except GitFailed as error:
                raise await self._undone(tree, error, files, whole) from error
            except BaseException as error:  # the program ends
                with suppress(PenstockError, TimeoutError):
                    async with asyncio.timeout(_UNDOING_SECONDS):
                        await self._undone(tree, GitFailed(str(error)), files, whole)
                raise
            return Merged(into=into, commit=(await git(self.root, "rev-parse", "HEAD")).text, files=len(files))

    async def _must_merge(self, tree: Worktree) -> tuple[str, tuple[str, ...], str]:
        """The branch to merge into, the files that it would change, and what would come of it. Raises EngineError."""
        into = await branch_at(self.root)
        if not into:
            raise EngineError("The workspace's folder is on no branch (a detached head).", hint="git switch BRANCH")
        for name, deed in _UNDER_WAY.items():
            if not (await git(self.root, "rev-parse", "-q", "--verify", name, fine=(0, 1, 128))).code:
                raise EngineError(f"A {deed} is under way in the workspace's folder.", hint="End it first.")
        now = await standing(self.root, tree)
        if now.dirty:
            raise EngineError(f"The worktree has changes that no commit has: {some_of(now.dirty)}.")
        if now.merged:
            raise EngineError(f"There is nothing to merge: {into} has all of it.")
        if inside := await staged(self.root):
            hint = "Commit them, or git restore --staged."
            raise EngineError(f"The workspace's folder has staged changes: {some_of(inside)}.", hint=hint)
        files = (await git(self.root, "diff", "--name-only", "-z", "--no-renames", f"HEAD...{tree.head}")).names
        dirty, _ = await status(self.root)
        if in_the_way := [name for name in dirty if any(_meet(name, file) for file in files)]:
            told = f"{some_of(in_the_way)} has changes in the workspace's folder that no commit has"
            raise EngineError(f"{told}, and the merge would change it.", hint="Commit or put them aside first.")
        if overwritten := await self._overwritten(tree, files):
            told = f"{some_of(overwritten)} is ignored by git in the workspace's folder, and the merge would replace it"
            raise EngineError(f"{told}.", hint="Move it away first.")
        whole, conflicts = await self._foreseen(tree)
        if conflicts:
            raise _conflict(conflicts)
        return into, files, whole

    async def _foreseen(self, tree: Worktree) -> tuple[str, tuple[str, ...]]:
        """The tree that would come of it, and the files that would conflict. Nothing where git is too old to say."""
        words = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", "HEAD", tree.head)
        ran = await git(self.root, *words, fine=(0, 1, 128, 129), seconds=LONG_SECONDS)
        names = ran.names if ran.code in (0, 1) else ()
        return (names[0], tuple(dict.fromkeys(names[1:]))) if names else ("", ())

    async def _overwritten(self, tree: Worktree, files: tuple[str, ...]) -> list[str]:
        """What git ignores at home and would replace without a word, because the branch has it as a file."""
        words = ("diff", "--name-only", "-z", "--no-renames", "--diff-filter=A", "HEAD", tree.head)
        new = sorted(set((await git(self.root, *words)).names) & set(files))
        _, names = await status(self.root) if new else ((), ())
        return await asyncio.to_thread(_replaced, self.root, names, new)

    async def _undone(self, tree: Worktree, error: GitFailed, files: tuple[str, ...], whole: str) -> GitFailed:
        """Everything is to be as it was; what to raise. Raises EngineError where there was a conflict after all."""
        unmerged = (await git(self.root, *_UNMERGED, fine=(0, 1, 128))).names
        began = await git(self.root, "rev-parse", "-q", "--verify", "MERGE_HEAD", fine=(0, 1, 128))
        if began.text == tree.head:
            try:
                await git(self.root, "merge", "--abort", seconds=LONG_SECONDS)
            except GitFailed as other:
                told = f"{error} It could not be taken back either: {other}"
                raise GitFailed(told, hint="git merge --abort does it, once there is room.", said=error.said) from other
        left = await take_back(self.root, whole, files)
        if left:
            told = f"{error} {some_of(left)} had been written by then, and could not be taken back."
            hint = "git restore FILE takes back what was changed; what is new can be deleted. Then merge again."
            return GitFailed(told, hint=hint, said=error.said)
        if unmerged:
            raise _conflict(unmerged) from error
        return GitFailed(f"{error} Branch and files are as they were.", hint=error.hint, said=error.said)

    # --- removed

    async def end(
        self, path: str, how: Literal["kept", "dropped"], *, force: bool = False, ours: bool = False
    ) -> WorktreeEnded:
        """Remove a worktree's folder; its branch is kept, or goes where it is merged or under ``DROPPED``.

        ``ours``: the branch was made for it, and may go. ``force``: the person knows what is lost from sight.

        Raises:
            WouldLose: there are changes or commits that stand nowhere else.
            EngineError: it must not be, or cannot be removed.
        """
        async with self._changing:
            tree = await self._found(path)
            if tree.home:
                raise EngineError("This is the workspace's own folder, or the repository's: it is not removed.")
            if tree.locked is not None:
                why = f" ({tree.locked})" if tree.locked else ""
                raise EngineError(f"It is locked{why}.", hint=f"git worktree unlock {tree.path}")
            if inside := [one.path for one in await worktrees(self.root) if Path(tree.path) in Path(one.path).parents]:
                raise EngineError(f"Another worktree lies in it: {some_of(inside)}.", hint="Remove that one first.")
            now = await standing(self.root, tree)
            goes = f"refs/heads/{tree.branch}" if how == "dropped" and ours and tree.branch else ""
            commit = await self._must_end(tree, now, how, force, goes)
            await self._remove(tree, clean=not now.dirty)
            if goes:  # unless it has moved on meanwhile
                await git(self.root, "update-ref", "-d", goes, tree.head, fine=(0, 1, 128))
            ending = "kept" if how == "kept" else "merged" if now.merged and not now.dirty else "dropped"
            return WorktreeEnded(path=tree.path, branch=tree.branch, how=ending, commit=commit)

    async def vanished(self, path: str, branch: str) -> WorktreeEnded:
        """What is left of a worktree that git does not know any more: its branch, or what was kept of it."""
        words = ("for-each-ref", "--sort=-committerdate", "--count=1", "--format=%(objectname)")
        if branch and (commit := (await git(self.root, *words, f"refs/heads/{branch}")).text):
            return WorktreeEnded(path=path, branch=branch, how="kept", commit=commit)
        dropped = (await git(self.root, *words, f"{DROPPED}/{branch or 'detached'}/")).text
        return WorktreeEnded(path=path, branch=branch, how="dropped", commit=dropped if branch else "")

    async def _must_end(self, tree: Worktree, now: Standing, how: str, force: bool, goes: str) -> str:
        """The commit that has all of it, kept by a name where none but ``goes`` leads to it. Raises WouldLose."""
        if how == "kept" and now.dirty:
            told = f"Changes that no commit has would be lost: {some_of(now.dirty)}."
            raise WouldLose(told, hint="Commit them first.")
        safe = how == "kept" or (now.merged and not now.dirty)
        if not safe and not force:
            raise WouldLose(lost(now))
        commit = tree.head if safe or not now.dirty else await snapshot(tree)
        if commit != tree.head:
            kept = (await git(self.root, "rev-parse", f"{commit}^{{tree}}")).text
            if await tree_of(tree.path, tree.variables) != kept:
                raise EngineError("Something is writing in it.", hint="End that first, and try again.")
        words = ("for-each-ref", "--count=2", "--format=%(refname)", "--contains", commit)
        if not set((await git(self.root, *words, seconds=LONG_SECONDS)).text.split("\n")) - {"", goes}:
            await git(self.root, "update-ref", f"{DROPPED}/{tree.branch or 'detached'}/{commit[:12]}", commit)
        return commit

    async def _remove(self, tree: Worktree, *, clean: bool) -> None:
        if not tree.gone:
            modules = (await git(tree.path, "rev-parse", "--git-path", "modules", variables=tree.variables)).text
            if await asyncio.to_thread(Path(tree.path, modules).is_dir):
                hint = f"git worktree remove --force {tree.path}"
                raise EngineError("It has submodules, whose own commits are in it alone.", hint=hint)
        forced = [] if clean and not tree.gone else ["--force"]
        await git(self.root, "worktree", "remove", *forced, "--", tree.path, seconds=LONG_SECONDS)

    async def _found(self, path: str) -> Worktree:
        for tree in await worktrees(self.root):
            if tree.path == path or await asyncio.to_thread(_same, tree.path, path):
                return tree
        raise EngineError(f"There is no worktree {path} any more.")


def lost(now: Standing) -> str:
    """What would be out of sight, as a sentence."""
    facts = []
    if now.ahead:
        facts.append(f"{now.ahead} commit{'s'[: now.ahead != 1]} that {'are' if now.ahead > 1 else 'is'} not merged")
    if now.dirty:
        facts.append(f"changes that no commit has ({some_of(now.dirty)})")
    return f"It has {' and '.join(facts)}."


def _same(path: str, other: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


def _conflict(files: tuple[str, ...]) -> EngineError:
    hint = "Let the session merge your branch into its own first."
    return EngineError(f"It conflicts in {some_of(files)}. Nothing was changed.", hint=hint)


def _taken(branch: str) -> EngineError:
    return EngineError(f"There is a branch {branch} already.", hint="Name another one, or none.")


def _replaced(root: Path, names: tuple[str, ...], new: list[str]) -> list[str]:
    """Which of the ignored files, and of those in ignored folders (with a ``/``), new files would replace."""
    found = set[str]()
    for name, file in ((name, file) for file in new for name in names if _meet(name, file)):
        inside = name.endswith("/") and file.startswith(name)
        if not inside:
            found.add(name)
            continue
        there = [str(one) for one in (Path(file), *Path(file).parents) if str(one).startswith(name)]
        found.update(one for one in there if _is_in_the_way(root / one, whole=one == file))
    return sorted(found)


def _is_in_the_way(path: Path, *, whole: bool) -> bool:
    return os.path.lexists(path) and (whole or path.is_symlink() or not path.is_dir())


def _meet(name: str, other: str) -> bool:
    """The same file, or one where the other wants a folder."""
    name = name.rstrip("/")
    return name == other or name.startswith(f"{other}/") or other.startswith(f"{name}/")


def _slug(words: str) -> str:
    found = re.findall(r"[a-z0-9]+", words.casefold())
    return "-".join(found[:_WORDS])[:40].strip("-")


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:60].strip("-.") or "worktree"
