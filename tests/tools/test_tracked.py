"""What a command changed of the files that git tracks is said, without git and in a few milliseconds or not at all."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.tools.conftest import Bench
from tui.messages import TextDisplay
from tui.tools import tracked
from tui.tools.shell import ShellArgs, shell_tool
from tui.tools.tracked import changed_since


def git(folder: Path, *words: str) -> None:
    me = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *me, "-C", str(folder), *words], check=True, capture_output=True)


def repository(folder: Path) -> Path:
    (folder / "src").mkdir(parents=True)
    for name in ("a.py", "b.py", "src/c.py", "src/日 本.py"):
        (folder / name).write_text(f"{name}\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def age(folder: Path) -> None:
    """Wait until the clock that files are stamped with is past what is there."""
    newest = max(path.stat().st_ctime_ns for path in (folder, *folder.rglob("*")))
    probe = folder.parent / "probe"
    while True:
        probe.write_text("x")
        if probe.stat().st_ctime_ns > newest + tracked.SLACK_NS * 2:
            return


@pytest.mark.parametrize("place", ["checkout", "worktree"])
def test_what_was_written_renamed_or_deleted_since_is_found(tmp_path: Path, place: str) -> None:
    top = repository(tmp_path / "garden")
    if place == "worktree":
        git(top, "worktree", "add", "-q", str(tmp_path / "side"))
        top = tmp_path / "side"
    age(top)
    at = time.time_ns()
    assert changed_since(top / "src", at) == ()
    (top / "a.py").write_text("other\n")
    os.utime(top / "a.py", (1, 1))
    (top / "src" / "c.py").unlink()
    (top / "src" / "日 本.py").rename(top / "src" / "new.py")
    assert [os.path.relpath(path, top) for path in changed_since(top / "src", at)] == [
        "a.py", "src/c.py", "src/日 本.py"
    ]  # fmt: skip


def test_where_there_is_no_repository_or_none_that_can_be_read_nothing_is_said(tmp_path: Path) -> None:
    assert changed_since(tmp_path, 0) == ()
    top = repository(tmp_path / "garden")
    assert len(changed_since(top, 0)) == 4
    git(top, "update-index", "--index-version", "4")
    assert changed_since(top, 0) == ()
    (top / ".git" / "index").write_bytes(b"DIRC\0\0\0\2\0\0\0\4short")
    assert changed_since(top, 0) == ()


def test_a_repository_that_takes_too_long_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = repository(tmp_path / "garden")
    monkeypatch.setattr(tracked, "SECONDS", -1.0)
    assert changed_since(top, 0) == ()


async def test_the_person_is_told_on_the_calls_row_and_the_model_is_not(bench: Bench) -> None:
    folder = Path(bench.ctx.cwd)
    for name in ("a.py", "b.py"):
        (folder / name).write_text(f"{name}\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    age(folder)
    result = await shell_tool(ShellArgs(command="echo more >> a.py; echo new > c.py"), bench.ctx)
    assert result.paths == (str(folder / "a.py"),)
    assert result.text == "(no output)\n[exit code 0]"
    assert result.display == (TextDisplay(text="(no output)\n[exit code 0]\n[changed meanwhile: a.py]"),)
    age(folder)
    quiet = await shell_tool(ShellArgs(command="cat b.py"), bench.ctx)
    assert "changed" not in quiet.display[0].text  # type: ignore[union-attr]
