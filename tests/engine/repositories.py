"""Real git repositories for tests: made, changed and looked at by the ``git`` that is installed."""

import subprocess
from pathlib import Path

from tui.engine.worktrees.life import Worktrees
from tui.events import WorktreeMade

ME = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgSign=false")


def git(folder: Path, *words: str) -> str:
    """What git prints, without the last newline."""
    ran = subprocess.run(["git", *ME, "-C", str(folder), *words], check=True, capture_output=True, text=True)
    return ran.stdout.rstrip("\n")


def commit(folder: Path, message: str = "more", **files: str) -> str:
    """Write files (``a_txt`` is ``a.txt``) and commit all. Returns the commit."""
    write(folder, **files)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)


def repository(folder: Path) -> Path:
    """With one commit of two files on ``main``, and somebody who commits."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Ada")
    git(folder, "config", "user.email", "ada@example.com")
    commit(folder, "first", a_txt="one\ntwo\nthree\n", b_txt="b\n")
    return folder


async def made(trees: Worktrees, branch: str = "side", *, carry: bool = False) -> tuple[WorktreeMade, Path]:
    """A new worktree on a branch of that name, and its folder."""
    event = await trees.make(branch, await trees.outlook(), carry=carry)
    return event, Path(event.path)
