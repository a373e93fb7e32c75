"""``list`` and ``read``: what is there, and what is in it."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tui.disk_file import IMAGE_NAMES, MAX_BYTES, read_image
from tui.errors import ToolError
from tui.messages import TextDisplay
from tui.tools.base import ToolContext, ToolResult
from tui.tools.finder import SKIPPED
from tui.tools.ranges import read_range, size_of
from tui.tools.text import path_of, read_text

MAX_ENTRIES = 2000
MAX_LINE = 2000
MAX_CHARS = 400_000
"""The most that one call gives the model to read, whatever the number of lines."""
_LANGUAGES = {
    ".py": "python", ".js": "javascript", ".ts": "typescript", ".tsx": "tsx", ".jsx": "jsx", ".rs": "rust",
    ".go": "go", ".c": "c", ".h": "c", ".cpp": "cpp", ".java": "java", ".rb": "ruby", ".sh": "bash", ".sql": "sql",
    ".xml": "xml", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".md": "markdown",
    ".html": "html", ".css": "css",
}  # fmt: skip


class ListArgs(BaseModel):
    """List a folder: names in order, folders with a slash at the end, files with their size."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(default=".", description="The folder, relative to the working folder or absolute.")
    depth: int = Field(default=1, description="How many levels to list.", ge=1, le=5)


class ReadArgs(BaseModel):
    """Read a text file with line numbers, or look at an image (png, jpeg, gif, webp)."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(description="The file.")
    offset: int = Field(default=1, description="The first line to read, from 1.", ge=1, le=10_000_000)
    limit: int = Field(default=2000, description="How many lines to read.", ge=1, le=10_000)


async def list_tool(args: ListArgs, ctx: ToolContext) -> ToolResult:
    """List it; at most MAX_ENTRIES names."""
    folder = path_of(args.path, ctx)
    lines = await ctx.bridge.run(_list, folder, args.depth)
    return ToolResult(text="\n".join(lines) or "(an empty folder)")


async def read_tool(args: ReadArgs, ctx: ToolContext) -> ToolResult:
    """Read it, and remember the file's stamp so that a later edit can tell whether it moved on."""
    path = path_of(args.path, ctx)
    if path.suffix.lower() in IMAGE_NAMES:
        return await ctx.bridge.run(_image, path)
    if await ctx.bridge.run(size_of, path) > MAX_BYTES:
        return await ctx.bridge.run(_part, path, args)
    file = await ctx.bridge.run(read_text, path)
    ctx.files.note(path, file.stamp)
    lines = file.text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if not lines:
        return ToolResult(text="(an empty file)")
    if args.offset > len(lines):
        raise ToolError(f"The file has {len(lines):,} lines; there is no line {args.offset:,}.")
    shown = _fitting(lines[args.offset - 1 : args.offset - 1 + args.limit])
    left = len(lines) - (args.offset + len(shown) - 1)
    return _numbered(path, shown, args.offset, f"{left:,} more lines" if left else "")


def _part(path: Path, args: ReadArgs) -> ToolResult:
    """Some lines of a file that is too large to be read whole, and so also to be edited: it does not count as read."""
    found = read_range(path, args.offset, args.limit, width=MAX_LINE, most=MAX_CHARS)
    more = f"more lines, in a file of {size_of(path):,} bytes" if found.more else ""
    return _numbered(path, found.lines, args.offset, more)


def _numbered(path: Path, shown: list[str], first: int, more: str) -> ToolResult:
    """Both faces of some lines; ``more`` says what follows, or is empty."""
    last = first + len(shown) - 1
    width = len(str(last))
    numbered = [f"{number:>{width}}  {line}" for number, line in enumerate(shown, first)]
    if more:
        numbered.append(f"[{more}: read on with offset={last + 1}]")
    display = TextDisplay(text="\n".join(shown), language=_LANGUAGES.get(path.suffix.lower(), ""), title=str(path))
    return ToolResult(text="\n".join(numbered), display=(display,))


def _list(folder: Path, depth: int) -> list[str]:
    lines: list[str] = []

    def walk(place: Path, prefix: str, left: int) -> None:
        with os.scandir(place) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if len(lines) > MAX_ENTRIES:
                return
            if entry.is_dir(follow_symlinks=False):
                lines.append(f"{prefix}{entry.name}/")
                if left > 1 and entry.name not in SKIPPED:
                    try:
                        walk(Path(entry.path), f"{prefix}{entry.name}/", left - 1)
                    except OSError as error:
                        lines.append(f"{prefix}{entry.name}/ ({error.strerror})")
            else:
                lines.extend(f"{prefix}{entry.name}{fact}" for fact in _facts(entry))

    try:
        walk(folder, "", depth)
    except NotADirectoryError as error:
        raise ToolError(f"{folder} is a file: read it instead.") from error
    except OSError as error:
        raise ToolError(f"{folder} cannot be listed: {error.strerror}.") from error
    if len(lines) > MAX_ENTRIES:
        lines[MAX_ENTRIES:] = [f"[cut after {MAX_ENTRIES:,} names]"]
    return lines


def _facts(entry: os.DirEntry[str]) -> list[str]:
    """What follows a name: where a link leads, or a size. None for what was deleted a moment ago."""
    try:
        if entry.is_symlink():
            return [f" -> {os.readlink(entry.path)}"]
        return [f"  {entry.stat(follow_symlinks=False).st_size:,} B"]
    except FileNotFoundError:
        return []


def _image(path: Path) -> ToolResult:
    image, size = read_image(path)
    return ToolResult(text=f"[image {path.name}, {size:,} bytes]", images=(image,))


def _fitting(lines: list[str]) -> list[str]:
    """The lines from the first on, long ones cut, that fit into MAX_CHARS; one at least."""
    fitting: list[str] = []
    room = MAX_CHARS
    for line in lines:
        cut = line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} [... {len(line) - MAX_LINE:,} more characters]"
        room -= len(cut) + 1
        if room < 0 and fitting:
            break
        fitting.append(cut)
    return fitting
