"""``glob`` and ``grep``: files by name, and by what is in them.

Both are searches by ``tui.tools.finder``, a program of its own that can be stopped. Ripgrep, where it is installed,
first says which files are worth Python's time; the lines are the same with it and without it. Looked at are all
files but, for lines, those that hold a NUL byte or are very large; ignore files are not honoured, so that nothing is
hidden. Folders of dependencies and caches are passed by unless they are asked for, and the answer says which.
Links to folders are not followed: they may lead out of the workspace.
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
from tui.value import value

MAX_LINES = 500
MAX_FILES = 1000
SECONDS = 20.0
"""A search that takes longer is stopped."""
MAX_NAMED = 10
"""Large files that are named."""
_KEPT = 8_000_000
_EVERYTHING = "Whether folders of dependencies and caches (node_modules, .venv, .git and such) are searched too."


@value
class Found:
    """Lines, how many more are known, and what was not looked at: folders by their names, and large files."""

    lines: list[str]
    more: int
    folders: list[str]
    large: list[str]

    def notes(self) -> list[str]:
        """What was not looked at, in brackets."""
        notes = []
        if self.folders:
            listed = ", ".join(f"{name}/" for name in self.folders)
            notes.append(f"[not searched: {listed}; everything=true searches them]")
        if self.large:
            rest = f" and {len(self.large) - MAX_NAMED:,} more" if len(self.large) > MAX_NAMED else ""
            named = ", ".join(self.large[:MAX_NAMED])
            notes.append(f"[not searched, over {finder.MAX_FILE_BYTES:,} bytes: {named}{rest}]")
        return notes


class GlobArgs(BaseModel):
    """Find files by name, newest first. ** stands for any folders: src/**/*.py"""

    model_config = ConfigDict(extra="forbid")

    pattern: str = Field(description="The pattern, relative to path.", min_length=1)
    path: str = Field(default=".", description="The folder, relative to the working folder or absolute.")
    everything: bool = Field(default=False, description=_EVERYTHING)


class GrepArgs(BaseModel):
    """Search file contents by a regular expression. Gives path:line:text, ordered by path."""

    model_config = ConfigDict(extra="forbid")

    pattern: str = Field(description="The regular expression.", min_length=1)
    path: str = Field(default=".", description="A file or a folder to search in.")
    glob: str = Field(default="", description="Only files whose name or path matches this pattern; empty for all.")
    ignore_case: bool = Field(default=False, description="Whether upper and lower case are the same.")
    everything: bool = Field(default=False, description=_EVERYTHING)


async def glob_tool(args: GlobArgs, ctx: ToolContext) -> ToolResult:
    """Find them; at most MAX_FILES."""
    folder = path_of(args.path, ctx)
    if Path(args.pattern).is_absolute() or ".." in Path(args.pattern).parts:
        raise ToolError("The pattern is relative to path and holds no '..': name another path instead.")
    if not await ctx.bridge.run(folder.is_dir):
        raise ToolError(f"{folder} is not a folder.")
    query = {"find": "files", "place": str(folder), "glob": args.pattern, "most": MAX_FILES}
    found = await _in_time(_ask({**query, "everything": _everything(args, args.pattern, folder, ctx)}, ctx))
    told = [f"[{found.more:,} more]"] if found.more else []
    return ToolResult(text="\n".join([*(found.lines or ["No file matches."]), *told, *found.notes()]))


async def grep_tool(args: GrepArgs, ctx: ToolContext) -> ToolResult:
    """Search; at most MAX_LINES lines."""
    place = path_of(args.path, ctx)
    is_folder = await ctx.bridge.run(_is_folder, place)
    found = await _in_time(grep(args, place, ctx, is_folder=is_folder, ripgrep=shutil.which("rg")))
    told = [f"[cut after {MAX_LINES} lines: narrow the pattern or the path]"] if found.more else []
    return ToolResult(text="\n".join([*(found.lines or ["No line matches."]), *told, *found.notes()]))


async def grep(args: GrepArgs, place: Path, ctx: ToolContext, *, is_folder: bool, ripgrep: str | None) -> Found:
    """Lines as ``path:line:text``, paths relative to ``place``."""
    names: list[str] | None = None
    everything = _everything(args, args.glob, place, ctx)
    if not is_folder:
        place, names = place.parent, [place.name]
    elif ripgrep and (wide := widened(args.pattern, ignore_case=args.ignore_case)):
        names = await candidates(ripgrep, wide, place, ctx, everything=everything)
    asked = {"pattern": args.pattern, "ignore_case": args.ignore_case, "glob": args.glob, "names": names}
    limits = {"most": MAX_LINES, "everything": everything, "one": not is_folder}
    return await _ask({"find": "lines", "place": str(place), **asked, **limits}, ctx)


def _everything(args: GlobArgs | GrepArgs, glob: str, place: Path, ctx: ToolContext) -> bool:
    """Whether no folder is passed by: also where the path lies in such a folder, or the glob names one."""
    below = place.relative_to(ctx.root) if place.is_relative_to(ctx.root) else place
    return args.everything or not finder.SKIPPED.isdisjoint((*below.parts, *glob.split("/")))


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
    return Found(**told)


async def _in_time(search: Awaitable[Found]) -> Found:
    try:
        async with asyncio.timeout(SECONDS):
            return await search
    except TimeoutError:
        raise ToolError(
            f"The search took over {SECONDS:g} s and was stopped: narrow the path, or make the pattern simpler."
        ) from None
