"""``glob`` and ``grep``: files by name, and by what is in them.

Both are searches by ``tui.tools.finder``, a program of its own that can be stopped. Ripgrep, where it is installed,
first says which files are worth Python's time; the lines are the same with it and without it. Looked at are all
files but those under ``.git``, and for lines those that hold a NUL byte; ignore files are not honoured, so that
nothing is hidden. Links to folders are not followed: they may lead out of the workspace.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tui.errors import ToolError
from tui.tools import finder
from tui.tools.base import ToolContext, ToolResult
from tui.tools.child import run_child
from tui.tools.ripgrep import candidates, widened
from tui.tools.text import path_of

MAX_LINES = 500
MAX_FILES = 1000
SECONDS = 20.0
"""A search that takes longer is stopped."""
_KEPT = 8_000_000

Found = tuple[list[str], int]
"""Lines, and how many more are known."""


class GlobArgs(BaseModel):
    """Find files by name, newest first. ** stands for any folders: src/**/*.py"""

    model_config = ConfigDict(extra="forbid")

    pattern: str = Field(description="The pattern, relative to path.", min_length=1)
    path: str = Field(default=".", description="The folder, relative to the working folder or absolute.")


class GrepArgs(BaseModel):
    """Search file contents by a regular expression. Gives path:line:text, ordered by path."""

    model_config = ConfigDict(extra="forbid")

    pattern: str = Field(description="The regular expression.", min_length=1)
    path: str = Field(default=".", description="A file or a folder to search in.")
    glob: str = Field(default="", description="Only files whose name or path matches this pattern; empty for all.")
    ignore_case: bool = Field(default=False, description="Whether upper and lower case are the same.")


async def glob_tool(args: GlobArgs, ctx: ToolContext) -> ToolResult:
    """Find them; at most MAX_FILES."""
    folder = path_of(args.path, ctx)
    if Path(args.pattern).is_absolute() or ".." in Path(args.pattern).parts:
        raise ToolError("The pattern is relative to path and holds no '..': name another path instead.")
    if not await asyncio.to_thread(folder.is_dir):
        raise ToolError(f"{folder} is not a folder.")
    query = {"find": "files", "place": str(folder), "glob": args.pattern, "most": MAX_FILES}
    found, more = await _in_time(_ask(query, ctx))
    if not found:
        return ToolResult(text="No file matches.")
    return ToolResult(text="\n".join([*found, *([f"[{more:,} more]"] if more else [])]))


async def grep_tool(args: GrepArgs, ctx: ToolContext) -> ToolResult:
    """Search; at most MAX_LINES lines."""
    place = path_of(args.path, ctx)
    is_folder = await asyncio.to_thread(_is_folder, place)
    found, more = await _in_time(grep(args, place, ctx, is_folder=is_folder, ripgrep=shutil.which("rg")))
    if not found:
        return ToolResult(text="No line matches.")
    told = [f"[cut after {MAX_LINES} lines: narrow the pattern or the path]"] if more else []
    return ToolResult(text="\n".join([*found, *told]))


async def grep(args: GrepArgs, place: Path, ctx: ToolContext, *, is_folder: bool, ripgrep: str | None) -> Found:
    """Lines as ``path:line:text``, paths relative to ``place``."""
    names: list[str] | None = None
    if not is_folder:
        place, names = place.parent, [place.name]
    elif ripgrep and (wide := widened(args.pattern, ignore_case=args.ignore_case)):
        names = await candidates(ripgrep, wide, place, ctx)
    asked = {"pattern": args.pattern, "ignore_case": args.ignore_case, "glob": args.glob, "names": names}
    return await _ask({"find": "lines", "place": str(place), "most": MAX_LINES, **asked}, ctx)


def _is_folder(place: Path) -> bool:
    """Raises ToolError for what cannot be searched: better a refusal than "no line matches"."""
    if place.is_dir():
        return True
    if not place.is_file():
        raise ToolError(f"{place} is {'neither a file nor a folder' if place.exists() else 'not there'}.")
    if place.stat().st_size > finder.MAX_FILE_BYTES:
        raise ToolError(f"{place} has over {finder.MAX_FILE_BYTES:,} bytes, which is the most that is searched.")
    return False


async def _ask(query: dict[str, Any], ctx: ToolContext) -> Found:
    argv = [sys.executable, "-I", "-S", "-W", "ignore", finder.__file__, json.dumps(query)]
    try:
        done = await run_child(argv, ctx, keep=_KEPT)
    except OSError as error:  # the pattern is longer than an argument may be, most likely
        raise ToolError(f"The search cannot be started: {error.strerror}.") from error
    try:
        told = json.loads(done.text)
    except ValueError as error:
        raise ToolError(f"The search failed: {done.text[-500:] or done.code}.") from error
    if "error" in told:
        raise ToolError(f"The pattern cannot be used: {told['error']}.")
    return told["lines"], told["more"]


async def _in_time(search: Awaitable[Found]) -> Found:
    try:
        async with asyncio.timeout(SECONDS):
            return await search
    except TimeoutError:
        raise ToolError(
            f"The search took over {SECONDS:g} s and was stopped: narrow the path, or make the pattern simpler."
        ) from None
