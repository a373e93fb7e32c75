"""What a repository's worktrees are, how far each has come from its base, and what it changed. Only looks.

Of one repository: the workspace's own checkout is what all others are compared with and merged into.
"""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tui.engine.worktrees.git import Ran, git
from tui.engine.worktrees.overlooked import overlooked
from tui.errors import GitFailed
from tui.value import value

AT_ONCE = 4
"""Worktrees that are looked at together."""
NOT_INTO = "--ignore-submodules=dirty"
"""git looks into no repository inside: that one's settings are an agent's to write, and could run programs."""
_USAGE = 129
"""git's exit code for a switch that it does not know."""
ChangeKind = Literal["created", "changed", "deleted", "untracked"]
_KINDS: dict[str, ChangeKind] = {"A": "created", "D": "deleted"}


@value
class Worktree:
    """One entry of ``git worktree list``. ``branch`` is "" for a detached head, ``locked`` the reason or None.

    ``home``: it is the workspace's own checkout, or the one that the repository itself lies in. ``gone``: its folder
    is not there any more, or does not say that it belongs here. ``gitdir`` is where git keeps what is its alone, ""
    for a home: the file ``.git`` in it, which an agent's command may have written, is never believed.
    """

    path: str
    head: str
    branch: str = ""
    locked: str | None = None
    home: bool = False
    gone: bool = False
    gitdir: str = ""

    @property
    def variables(self) -> Mapping[str, str]:
        """For every git that works in it."""
        return {"GIT_DIR": self.gitdir, "GIT_WORK_TREE": self.path} if self.gitdir else {}


@value
class Standing:
    """``base`` is the last commit that it has in common with the home checkout, whose ``ahead`` and ``behind`` it is.

    ``dirty`` are files with changes that no commit has, ``ignored`` the files, and the folders (with a ``/``), that git
    ignores there.
    """

    base: str
    ahead: int
    behind: int
    dirty: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def merged(self) -> bool:
        return not self.ahead


@value
class Change:
    """One file that differs from the base, by its name in the worktree."""

    name: str
    kind: ChangeKind


async def toplevel(folder: Path) -> Path:
    """Raises GitFailed where there is no repository, or none with a commit in it."""
    try:
        top = Path((await git(folder, "rev-parse", "--show-toplevel")).text)
    except GitFailed as error:
        if "not a git repository" not in error.said:
            raise
        raise GitFailed(f"{folder} is no git repository.", hint="git init makes one; commit once, too.") from error
    if (await git(folder, "rev-parse", "--verify", "-q", "HEAD^{commit}", fine=(0, 1, 128))).code:
        raise GitFailed("The repository has no commit yet.", hint="Commit once: a worktree begins at a commit.")
    return top


async def branch_at(folder: Path | str) -> str:
    """The branch that is checked out, "" for none."""
    return (await git(folder, "symbolic-ref", "--short", "-q", "HEAD", fine=(0, 1))).text


async def worktrees(root: Path) -> list[Worktree]:
    """All of the repository's, in git's order. Raises GitFailed."""
    ran = await git(root, "worktree", "list", "--porcelain", "-z", fine=(0, _USAGE))
    mark = b"\0"
    if ran.code == _USAGE:  # before git 2.36
        ran, mark = await git(root, "worktree", "list", "--porcelain"), b"\n"
    common = (await git(root, "rev-parse", "--git-common-dir")).text
    gitdirs = await asyncio.to_thread(_gitdirs, Path(root, common))
    found: list[Worktree] = []
    for number, record in enumerate(ran.out.split(mark * 2)):
        lines = dict(_pair(os.fsdecode(line)) for line in record.split(mark) if line)
        if "worktree" in lines and "bare" not in lines:
            found.append(_worktree(lines, root, gitdirs, first=not number))
    return found


def _pair(line: str) -> tuple[str, str]:
    word, _, rest = line.partition(" ")
    return word, rest


def _gitdirs(common: Path) -> dict[str, str]:
    """By a worktree's real path: where git keeps what is its alone."""
    found = {}
    for linked in (common / "worktrees").glob("*"):
        with suppress(OSError):
            said = (linked / "gitdir").read_bytes().removesuffix(b"\n")
            found[os.path.realpath(Path(os.fsdecode(said)).parent)] = os.path.realpath(linked)
    return found


def _points_to(path: str, gitdir: str) -> bool:
    """Whether a worktree's file ``.git`` names that folder."""
    try:
        with open(os.path.join(path, ".git"), "rb") as file:
            said = file.read(10_000)
    except OSError:
        return False
    return os.path.realpath(Path(path, os.fsdecode(said.removeprefix(b"gitdir:").strip()))) == gitdir


def _worktree(lines: dict[str, str], root: Path, gitdirs: dict[str, str], *, first: bool) -> Worktree:
    path = lines["worktree"]
    home = first or os.path.realpath(path) == os.path.realpath(root)
    gitdir = "" if home else gitdirs.get(os.path.realpath(path), "")
    return Worktree(
        path=path,
        head=lines.get("HEAD", ""),
        branch=lines.get("branch", "").removeprefix("refs/heads/"),
        locked=lines.get("locked"),
        home=home,
        gone="prunable" in lines or not (home or _points_to(path, gitdir)),
        gitdir=gitdir,
    )


async def standings(root: Path, trees: list[Worktree]) -> dict[str, Standing]:
    """By path, a few at a time. One that cannot be looked at is left out."""
    places = asyncio.Semaphore(AT_ONCE)
    found: dict[str, Standing] = {}

    async def look(tree: Worktree) -> None:
        async with places:
            try:
                found[tree.path] = await standing(root, tree)
            except GitFailed:
                return

    async with asyncio.TaskGroup() as group:
        for tree in trees:
            group.create_task(look(tree))
    return found


async def standing(root: Path, tree: Worktree) -> Standing:
    """Where one stands. Raises GitFailed."""
    base = (await git(root, "merge-base", "HEAD", tree.head, fine=(0, 1))).text
    counted = await git(root, "rev-list", "--left-right", "--count", f"HEAD...{tree.head}")
    behind, ahead = map(int, counted.text.split())
    if not base:  # no common history: compared with nothing
        base = (await git(root, "hash-object", "-t", "tree", "/dev/null")).text
    if tree.gone:
        return Standing(base=base, ahead=ahead, behind=behind)
    dirty, ignored = await status(tree.path, tree.variables)
    dirty = tuple(dict.fromkeys((*dirty, *await overlooked(tree.path, tree.variables))))
    return Standing(base=base, ahead=ahead, behind=behind, dirty=dirty, ignored=ignored)


async def status(
    folder: Path | str, variables: Mapping[str, str] | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files with changes that no commit has; and files that git ignores, with the folders of which it ignores all."""
    lines = await _status(folder, variables)
    dirty = tuple(line[3:] for line in lines if not line.startswith("!!"))
    return dirty, tuple(line[3:] for line in lines if line.startswith("!!"))


async def staged(folder: Path | str) -> tuple[str, ...]:
    """Files whose changes are in the index already, also those that a merge left in conflict."""
    return tuple(line[3:] for line in await _status(folder, None) if line[0] not in " ?!")


async def _status(folder: Path | str, variables: Mapping[str, str] | None) -> tuple[str, ...]:
    words = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignored=traditional")
    return (await git(folder, *words, NOT_INTO, variables=variables)).names


async def changes(tree: Worktree, base: str) -> tuple[Change, ...]:
    """Every file that differs from ``base``: by commits, by changes that are not committed, by being new."""
    own = tree.variables
    words = ("diff", "--name-status", "-z", "--no-renames", "--no-ext-diff", NOT_INTO)
    pairs = (await git(tree.path, *words, base, variables=own)).names
    known = [
        Change(name=name, kind=_KINDS.get(letter, "changed"))
        for letter, name in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    others = (await git(tree.path, "ls-files", "--others", "--exclude-standard", "-z", variables=own)).names
    return tuple(sorted((*known, *(Change(name=name, kind="untracked") for name in others)), key=lambda one: one.name))


async def diff(tree: Worktree, base: str, change: Change) -> str:
    """One file's unified diff. Raises GitFailed."""
    words, own = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", NOT_INTO), tree.variables
    if change.kind == "untracked":
        ran = await git(
            tree.path, *words, "--no-index", "--", "/dev/null", f"./{change.name}", fine=(0, 1), variables=own
        )
        return _told(ran).replace("b/./", "b/", 1)  # in its heading: a name that is "-" alone needs the "./"
    ran = await git(tree.path, *words, base, "--", change.name, variables=own)
    return _told(ran)


def _told(ran: Ran) -> str:
    """A diff without git's own heading: what a file was and is begins at ``---``; where nothing does, all of it."""
    text = ran.out.decode("utf-8", "replace")
    head, mark, rest = text.partition("\n--- ")
    return f"--- {rest}" if mark and "\n@@" not in head else text
