"""What no commit has yet, as git's own objects: so that it can be copied, and so that it is never lost.

Neither the files nor the index of the worktree that it is read from are touched.
"""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tui.engine.worktrees.facts import Worktree
from tui.engine.worktrees.git import LONG_SECONDS, git
from tui.engine.worktrees.overlooked import copied_index, look_again
from tui.errors import EngineError

MOST_NAMED = 5
_SOMEBODY = {
    "GIT_AUTHOR_NAME": "Penstock", "GIT_AUTHOR_EMAIL": "penstock@localhost",
    "GIT_COMMITTER_NAME": "Penstock", "GIT_COMMITTER_EMAIL": "penstock@localhost",
}  # fmt: skip


async def tree_of(folder: Path | str, variables: Mapping[str, str] | None = None) -> str:
    """All that is in a worktree now (but what is ignored) as a tree of git's. Its own index is left as it is."""
    with tempfile.TemporaryDirectory(prefix="penstock-") as place:
        own = await copied_index(folder, variables, place)
        await look_again(folder, own)
        await git(folder, "add", "-A", "--", ".", seconds=LONG_SECONDS, variables=own)
        listed = (await git(folder, "ls-files", "-s", "-z", variables=own)).names
        if inner := await asyncio.to_thread(_inner, folder, listed):
            raise EngineError(f"There are repositories of their own in it: {some_of(inner)}.", hint="Move them away.")
        return (await git(folder, "write-tree", variables=own)).text


def _inner(folder: Path | str, listed: tuple[str, ...]) -> list[str]:
    """The names of repositories that lie in this one and are there; ``listed`` is what its index has."""
    linked = [line.partition("\t")[2] for line in listed if line.startswith("160000 ")]
    return [name for name in linked if os.path.lexists(Path(folder, name, ".git"))]


async def snapshot(tree: Worktree) -> str:
    """A commit of all that is there, on top of the last one. No branch moves.

    Its second parent has what was staged, where that is neither the last commit's nor on the disk any more.
    """
    made, inside = await tree_of(tree.path, tree.variables), await _staged_tree(tree)
    parents = [tree.head]
    if inside not in ("", made, (await git(tree.path, "rev-parse", "HEAD^{tree}", variables=tree.variables)).text):
        parents.append(await _commit(tree, inside, [tree.head], "What was staged when the worktree was dropped"))
    return await _commit(tree, made, parents, "What was not committed when the worktree was dropped")


async def _staged_tree(tree: Worktree) -> str:
    """What the index has, "" where it has conflicts: their sides are in commits."""
    with tempfile.TemporaryDirectory(prefix="penstock-") as place:
        own = await copied_index(tree.path, tree.variables, place)
        return (await git(tree.path, "write-tree", fine=(0, 128), variables=own)).text


async def _commit(tree: Worktree, made: str, parents: list[str], message: str) -> str:
    words = ("commit-tree", made, *(word for parent in parents for word in ("-p", parent)), "-m", message)
    return (await git(tree.path, *words, variables={**tree.variables, **_SOMEBODY})).text


def some_of(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"
