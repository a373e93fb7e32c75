"""Files whose changes git was told to overlook (assume-unchanged, skip-worktree): no status and no ``add`` sees them.

Whoever set that mark did not mean that what they wrote may be thrown away.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tui.engine.worktrees.git import git

_AT_ONCE = 500
"""Names on one command line."""


async def overlooked(folder: Path | str, variables: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The marked files of a worktree that are there and differ from its index."""
    if not await _marked(folder, variables):
        return ()
    with tempfile.TemporaryDirectory(prefix="penstock-") as place:
        own = await copied_index(folder, variables, place)
        await look_again(folder, own)
        changed = (await git(folder, "diff-files", "--name-only", "-z", "--ignore-submodules", variables=own)).names
    marked = await _marked(folder, variables)
    return tuple(name for name in changed if name in marked)


async def copied_index(folder: Path | str, variables: Mapping[str, str] | None, place: str) -> dict[str, str]:
    """The variables under which git works in ``folder`` with a copy of its index, which is made in ``place``."""
    index = Path(folder, (await git(folder, "rev-parse", "--git-path", "index", variables=variables)).text)
    copy = f"{place}/index"
    await asyncio.to_thread(_copy, index, copy)
    return {**(variables or {}), "GIT_INDEX_FILE": copy}


async def look_again(folder: Path | str, own: Mapping[str, str]) -> None:
    """Take the marks off in a copied index."""
    names = sorted(await _marked(folder, own))
    for start in range(0, len(names), _AT_ONCE):
        for switch in ("--no-assume-unchanged", "--no-skip-worktree"):
            await git(folder, "update-index", switch, "--", *names[start : start + _AT_ONCE], variables=own)


async def _marked(folder: Path | str, variables: Mapping[str, str] | None) -> set[str]:
    """Marked files that are there: one that is not (a sparse checkout) has nothing to lose."""
    listed = (await git(folder, "ls-files", "-v", "-z", variables=variables)).names
    names = [line[2:] for line in listed if line[0] == "S" or line[0].islower()]
    return await asyncio.to_thread(lambda: {name for name in names if os.path.lexists(Path(folder, name))})


def _copy(index: Path, copy: str) -> None:
    if index.exists():
        shutil.copy2(index, copy)
