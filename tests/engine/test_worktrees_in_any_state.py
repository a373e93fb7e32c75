"""A worktree in whatever state files, index and settings may be: when it is gone, all that was in it is in a commit."""

import os
import random
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine.repositories import git, made, repository
from tui.engine.worktrees.facts import worktrees
from tui.engine.worktrees.life import Worktrees
from tui.errors import EngineError
from tui.events import WorktreeEnded

LONG = os.environ.get("PENSTOCK_LONG") == "1"
NAMES = (
    b"a.txt", b"b.txt", b"with space", b"new\nline", b"-dash", b"\xff\xfe", b"sub/x", b"sub/deep/y", b":(top)z", b"*",
    b".hidden", b"sub2", b'q"uote', "\u202e.txt".encode(),
)  # fmt: skip
SETTINGS = (
    "core.splitIndex true", "core.untrackedCache true", "index.version 4", "status.showUntrackedFiles no",
    "diff.relative true", "diff.noprefix true", "color.ui always", "core.ignoreStat true", "add.ignoreErrors true",
    "extensions.worktreeConfig true", "feature.manyFiles true", "diff.ignoreSubmodules all", "core.quotePath true",
    "core.logAllRefUpdates false", "gc.worktreePruneExpire now", "status.renames copies",
)  # fmt: skip
DEEDS = (
    "write", "write", "write", "write", "delete", "link", "rename", "execute", "add -f --", "add -N --",
    "rm --cached -q --", "update-index --assume-unchanged --", "update-index --skip-worktree --", "add -A", "commit",
    "switch", "switch --detach",
)  # fmt: skip
Files = dict[bytes, tuple[bytes, bytes]]
"""By name: git's mode, and what the file holds or the link leads to."""


def raw(folder: Path, *words: str | bytes) -> bytes:
    """What git writes, whatever comes of it."""
    me = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "--literal-pathspecs")
    return subprocess.run(["git", *me, "-C", str(folder), *words], capture_output=True, check=False).stdout


def contents(rng: random.Random) -> bytes:
    return rng.choice([b"x\n", b"", b"a\r\nb\r\n", b"\0\1" * rng.randint(1, 300), rng.randbytes(900), b"z" * 100_000])


def do(path: Path, deed: str, name: bytes, rng: random.Random) -> None:
    place = os.path.join(os.fsencode(path), name)
    match deed:
        case "write":
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as file:
                file.write(contents(rng))
        case "delete":
            os.unlink(place)
        case "link":
            os.symlink(rng.choice([b"a.txt", b"/nowhere", b"\xff"]), place)
        case "rename":
            os.rename(place, os.path.join(os.fsencode(path), rng.choice(NAMES)))
        case "execute":
            os.chmod(place, 0o755)
        case "commit":
            raw(path, "commit", "-q", "--allow-empty", "-m", "more")
        case "switch":
            raw(path, "switch", "-q", "-c", f"branch-{rng.randint(0, 99)}")
        case "add -A" | "switch --detach":
            raw(path, *deed.split())
        case _:
            raw(path, *deed.split(), name)


def there(path: Path) -> Files:
    found: Files = {}
    top = os.fsencode(path)
    for folder, folders, files in os.walk(top):
        for name in (*files, *(one for one in folders if os.path.islink(os.path.join(folder, one)))):
            place = os.path.join(folder, name)
            if os.path.islink(place):
                found[os.path.relpath(place, top)] = b"120000", os.readlink(place)
            elif place != os.path.join(top, b".git"):
                with open(place, "rb") as file:
                    mode = b"100755" if os.stat(place).st_mode & 0o111 else b"100644"
                    found[os.path.relpath(place, top)] = mode, file.read()
    return found


def kept(root: Path, commit: str) -> Files:
    found: Files = {}
    for line in filter(None, raw(root, "ls-tree", "-r", "-z", commit).split(b"\0")):
        facts, _, name = line.partition(b"\t")
        mode, _, blob = facts.split()
        found[name] = mode, raw(root, "cat-file", "blob", blob)
    return found


def staged(path: Path) -> set[bytes]:
    """The blobs that the index has; but none for a file that is only meant to be added."""
    lines = filter(None, raw(path, "ls-files", "-s", "-z").split(b"\0"))
    return {line.split()[1] for line in lines} - {raw(path, "hash-object", "/dev/null").strip()}


async def ended(trees: Worktrees, path: str, how: Sequence[str], rng: random.Random) -> WorktreeEnded:
    """Removed in one of the ways; where that is refused nothing has changed, and it goes by force."""
    before = there(Path(path))
    try:
        if "commit" in how:
            (tree,) = [one for one in await worktrees(trees.root) if not one.home]
            await trees.commit(tree, "All of it")
        return await trees.end(path, "kept" if "kept" in how else "dropped", ours=rng.random() < 0.6)
    except EngineError:
        assert there(Path(path)) == before
        return await trees.end(path, "dropped", force=True, ours=rng.random() < 0.6)


@pytest.mark.parametrize("seed", range(400 if LONG else 8))
async def test_whatever_was_in_a_worktree_is_in_the_repository_when_it_is_gone(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    root = repository(tmp_path / "garden")
    for setting in rng.sample(SETTINGS, rng.randint(0, 4)):
        git(root, "config", *setting.split())
    trees = Worktrees(root, tmp_path / "kept")
    event, path = await made(trees)
    for _ in range(rng.randint(1, 20)):
        with suppress(OSError):
            do(path, rng.choice(DEEDS), rng.choice(NAMES), rng)
    how = rng.choice(["dropped", "dropped", "kept", "commit, kept"]).split(", ")
    before, blobs = there(path), staged(path)
    end = await ended(trees, event.path, how, rng)
    assert there(path) == {}
    git(root, "reflog", "expire", "--expire=now", "--all")
    git(root, "gc", "-q", "--prune=now")
    assert before.items() <= kept(root, end.commit).items()
    if "commit" not in how:  # which says that what is there now is what counts
        assert not [blob for blob in blobs if not raw(root, "cat-file", "-t", blob)]
