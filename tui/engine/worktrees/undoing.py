"""Takes back what a merge had written when it was stopped: by a full disk, a filter that failed, a kill.

git writes files before it moves the branch. Each that it would write was as the last commit has it, or not there, when
it began: whoever merges has looked. So each goes back to that, but only where it holds what the merge would have
written or the beginning of it: anything else is somebody's own, and stays.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tui.engine.worktrees.facts import status
from tui.engine.worktrees.git import LONG_SECONDS, git
from tui.errors import GitFailed

_AT_ONCE = 200
"""Names in one command line."""


async def take_back(root: Path, merged: str, files: Sequence[str]) -> list[str]:
    """Those of ``files`` that are still not as they were. ``merged`` is the tree that would have come of it."""
    mine = set(files)
    written = [name for name in (await status(root))[0] if name in mine]
    if not written or not merged:
        return written
    kept = set((await git(root, "ls-tree", "-r", "-z", "--name-only", "HEAD")).names)
    ours = [name for name in written if await _is_of_merge(root, merged, name)]
    for name in ours:
        if name not in kept:
            await asyncio.to_thread(_remove, root, name)
    back = [name for name in ours if name in kept]
    with suppress(GitFailed):  # what is not back then is told
        for first in range(0, len(back), _AT_ONCE):
            words = ("checkout-index", "-f", "-q", "--", *back[first : first + _AT_ONCE])
            await git(root, *words, seconds=LONG_SECONDS)
    return [name for name in (await status(root))[0] if name in mine]


async def _is_of_merge(root: Path, merged: str, name: str) -> bool:
    """Whether a file that differs from the last commit's is gone, or holds what the merge writes there."""
    there = await asyncio.to_thread(_read, root / name)
    if there is None:
        return True
    for how in ("--filters", "-p"):  # as it is checked out; and as git has it, where the filter fails
        ran = await git(root, "cat-file", how, f"{merged}:{name}", fine=(0, 128))
        if not ran.code and (ran.out.startswith(there) or (ran.cut and there.startswith(ran.out))):
            return True
    return False


def _read(path: Path) -> bytes | None:
    try:
        return os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:  # a folder, or unreadable: nothing that git wrote
        return b"\0not ours\0"


def _remove(root: Path, name: str) -> None:
    """A file, and the folders that were made for it."""
    with suppress(OSError):
        (root / name).unlink()
        for folder in (root / name).parents:
            if folder == root:
                return
            folder.rmdir()
