"""``glob`` and ``grep``: files by name, and by what is in them.

``grep`` uses ripgrep where it is installed, for speed, and Python where it is not. Both look at the same files: all
but those under ``.git`` and those that hold a NUL byte; ignore files are not honoured, so that nothing is hidden.
Both give the same lines in the same order, by path. Where a pattern means different things to the two
engines (look-around, say), Python's meaning holds: such patterns go to Python.
"""

import asyncio
import fnmatch
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tui.errors import ToolError
from tui.tools.base import ToolContext, ToolResult
from tui.tools.child import run_child
from tui.tools.text import path_of

MAX_LINES = 500
MAX_COLUMNS = 400
MAX_FILES = 1000
MAX_FILE_BYTES = 5_000_000
_SECONDS = 20.0
_SAME_IN_BOTH = re.compile(r"[\w\s.|^$*+?(){},\-/:;=<>@#%&!~'\"`]*", re.ASCII)


class GlobArgs(BaseModel):
    """Find files by name, newest first. ** stands for any folders: src/**/*.py"""

    model_config = ConfigDict(extra="forbid")

    pattern: str = Field(description="The pattern, relative to path.", min_length=1)
    path: str = Field(".", description="The folder, relative to the working folder or absolute.")


class GrepArgs(BaseModel):
    """Search file contents by a regular expression. Gives path:line:text, ordered by path."""

    model_config = ConfigDict(extra="forbid")

    pattern: str = Field(description="The regular expression.", min_length=1)
    path: str = Field(".", description="A file or a folder to search in.")
    glob: str = Field("", description="Only files whose name or path matches this pattern; empty for all.")
    ignore_case: bool = Field(False, description="Whether upper and lower case are the same.")


async def glob_tool(args: GlobArgs, ctx: ToolContext) -> ToolResult:
    """Find them; at most MAX_FILES."""
    folder = path_of(args.path, ctx)
    if Path(args.pattern).is_absolute() or ".." in Path(args.pattern).parts:
        raise ToolError("The pattern is relative to path and holds no '..': name another path instead.")
    if not await asyncio.to_thread(folder.is_dir):
        raise ToolError(f"{folder} is not a folder.")
    found = await asyncio.to_thread(_glob, folder, args.pattern)
    if not found:
        return ToolResult(text="No file matches.")
    more = [f"[{len(found) - MAX_FILES:,} more]"] if len(found) > MAX_FILES else []
    return ToolResult(text="\n".join([*found[:MAX_FILES], *more]))


async def grep_tool(args: GrepArgs, ctx: ToolContext) -> ToolResult:
    """Search; at most MAX_LINES lines."""
    try:
        pattern = re.compile(args.pattern, re.IGNORECASE if args.ignore_case else 0)
    except re.error as error:
        raise ToolError(f"The pattern is not a regular expression: {error}.") from error
    place = path_of(args.path, ctx)
    if not await asyncio.to_thread(place.exists):
        raise ToolError(f"{place} is not there.")
    program = shutil.which("rg")
    if program and _SAME_IN_BOTH.fullmatch(args.pattern) and args.pattern.isascii():
        lines = await grep_by_ripgrep(program, args, place, ctx)
    else:
        lines = await asyncio.to_thread(grep_by_python, pattern, args.glob, place)
    if not lines:
        return ToolResult(text="No line matches.")
    more = [f"[cut after {MAX_LINES} lines: narrow the pattern or the path]"] if len(lines) > MAX_LINES else []
    return ToolResult(text="\n".join([*lines[:MAX_LINES], *more]))


async def grep_by_ripgrep(program: str, args: GrepArgs, place: Path, ctx: ToolContext) -> list[str]:
    """Lines as ``path:line:text``, paths relative to ``place``."""
    is_folder = await asyncio.to_thread(place.is_dir)
    only = [f"--glob={args.glob}"] if args.glob else []
    argv = [
        program, "--no-config", "--no-ignore", "--hidden", "--no-messages", "--color=never", "--no-heading",
        "--with-filename", "--line-number", "--null", "--sort=path", "--crlf", f"--max-filesize={MAX_FILE_BYTES}",
        "--glob=!.git", *(["--ignore-case"] if args.ignore_case else []), *only,
        "--regexp", args.pattern, "--", "." if is_folder else place.name,
    ]  # fmt: skip
    folder = place if is_folder else place.parent
    done = await run_child(argv, ctx, cwd=folder, keep=4_000_000)
    lines = []
    for line in done.text.split("\n"):
        name, _, rest = line.partition("\0")
        number, colon, text = rest.partition(":")
        if colon:
            lines.append(_line(name.removeprefix("./"), int(number), text))
    return sorted(lines, key=_order)


def grep_by_python(pattern: re.Pattern[str], glob: str, place: Path) -> list[str]:
    """The same lines by Python alone, within a bound of time."""
    lines: list[str] = []
    deadline = time.monotonic() + _SECONDS
    for path, name in _walk(place):
        if glob and not (fnmatch.fnmatch(name, glob) or fnmatch.fnmatch(path.name, glob)):
            continue
        if time.monotonic() > deadline:
            raise ToolError(f"The search took over {_SECONDS:g} s: narrow the path or the glob.")
        for number, text in enumerate(_lines(path), 1):
            if pattern.search(text):
                lines.append(_line(name, number, text))
        if len(lines) > 20 * MAX_LINES:
            break
    return sorted(lines, key=_order)


def _walk(place: Path) -> Iterator[tuple[Path, str]]:
    if place.is_file():
        yield place, place.name
        return
    for parent, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if name != ".git")
        for file in sorted(files):
            path = Path(parent, file)
            if not path.is_symlink() and path.is_file():
                yield path, os.path.relpath(path, place)


def _lines(path: Path) -> list[str]:
    """A text file's lines; none for a binary, a huge or an unreadable one."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return []
        data = path.read_bytes()
    except OSError:
        return []
    if b"\0" in data:
        return []
    lines = data.decode("utf-8", "replace").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _line(name: str, number: int, text: str) -> str:
    text = text.removesuffix("\r")
    cut = text if len(text) <= MAX_COLUMNS else f"{text[:MAX_COLUMNS]} [...]"
    return f"{name}:{number}:{cut}"


def _order(line: str) -> tuple[list[str], int]:
    name, number, _ = line.split(":", 2) if line.count(":") >= 2 else (line, "0", "")
    return name.split("/"), int(number) if number.isdigit() else 0


def _glob(folder: Path, pattern: str) -> list[str]:
    dated: list[tuple[float, str]] = []
    deadline = time.monotonic() + _SECONDS
    for path in folder.glob(pattern):
        if time.monotonic() > deadline:
            raise ToolError(f"The search took over {_SECONDS:g} s: narrow the path or the pattern.")
        name = os.path.relpath(path, folder)
        if ".git" in Path(name).parts or not path.is_file():
            continue
        dated.append((-path.stat().st_mtime, name))
    return [name for _, name in sorted(dated)]
