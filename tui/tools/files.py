"""``list`` and ``read``: what is there, and what is in it."""

import asyncio
import base64
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tui.errors import ToolError
from tui.messages import ImagePart, TextDisplay
from tui.tools.base import ToolContext, ToolResult
from tui.tools.text import path_of, read_bytes, read_text

MAX_ENTRIES = 2000
MAX_LINE = 2000
MAX_IMAGE = 5_000_000
_IMAGES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}
_LANGUAGES = {
    ".py": "python", ".js": "javascript", ".ts": "typescript", ".tsx": "tsx", ".jsx": "jsx", ".rs": "rust",
    ".go": "go", ".c": "c", ".h": "c", ".cpp": "cpp", ".java": "java", ".rb": "ruby", ".sh": "bash", ".sql": "sql",
    ".xml": "xml", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".md": "markdown",
    ".html": "html", ".css": "css",
}  # fmt: skip


class ListArgs(BaseModel):
    """List a folder: names in order, folders with a slash at the end, files with their size."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(".", description="The folder, relative to the working folder or absolute.")
    depth: int = Field(1, description="How many levels to list.", ge=1, le=5)


class ReadArgs(BaseModel):
    """Read a text file with line numbers, or look at an image (png, jpeg, gif, webp)."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(description="The file.")
    offset: int = Field(1, description="The first line to read, from 1.", ge=1, le=10_000_000)
    limit: int = Field(2000, description="How many lines to read.", ge=1, le=10_000)


async def list_tool(args: ListArgs, ctx: ToolContext) -> ToolResult:
    """List it; at most MAX_ENTRIES names."""
    folder = path_of(args.path, ctx)
    lines = await asyncio.to_thread(_list, folder, args.depth)
    return ToolResult(text="\n".join(lines) or "(an empty folder)")


async def read_tool(args: ReadArgs, ctx: ToolContext) -> ToolResult:
    """Read it, and remember the file's stamp so that a later edit can tell whether it moved on."""
    path = path_of(args.path, ctx)
    if path.suffix.lower() in _IMAGES:
        return await asyncio.to_thread(_image, path)
    file = await asyncio.to_thread(read_text, path)
    ctx.files.note(path, file.stamp)
    lines = file.text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if not lines:
        return ToolResult(text="(an empty file)")
    if args.offset > len(lines):
        raise ToolError(f"The file has {len(lines):,} lines; there is no line {args.offset:,}.")
    shown = lines[args.offset - 1 : args.offset - 1 + args.limit]
    last = args.offset + len(shown) - 1
    width = len(str(last))
    numbered = [f"{number:>{width}}  {_cut(line)}" for number, line in enumerate(shown, args.offset)]
    if last < len(lines):
        numbered.append(f"[{len(lines) - last:,} more lines: read on with offset={last + 1}]")
    display = TextDisplay(text="\n".join(shown), language=_LANGUAGES.get(path.suffix.lower(), ""), title=str(path))
    return ToolResult(text="\n".join(numbered), display=(display,))


def _list(folder: Path, depth: int) -> list[str]:
    lines: list[str] = []

    def walk(place: Path, prefix: str, left: int) -> None:
        with os.scandir(place) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if len(lines) >= MAX_ENTRIES:
                return
            if entry.is_dir(follow_symlinks=False):
                lines.append(f"{prefix}{entry.name}/")
                if left > 1 and entry.name != ".git":
                    try:
                        walk(Path(entry.path), f"{prefix}{entry.name}/", left - 1)
                    except OSError as error:
                        lines.append(f"{prefix}{entry.name}/ ({error.strerror})")
            elif entry.is_symlink():
                lines.append(f"{prefix}{entry.name} -> {os.readlink(entry.path)}")
            else:
                lines.append(f"{prefix}{entry.name}  {entry.stat(follow_symlinks=False).st_size:,} B")

    try:
        walk(folder, "", depth)
    except NotADirectoryError as error:
        raise ToolError(f"{folder} is a file: read it instead.") from error
    except OSError as error:
        raise ToolError(f"{folder} cannot be listed: {error.strerror}.") from error
    if len(lines) >= MAX_ENTRIES:
        lines.append(f"[cut after {MAX_ENTRIES:,} names]")
    return lines


def _image(path: Path) -> ToolResult:
    data, _ = read_bytes(path, MAX_IMAGE)
    image = ImagePart(media_type=_IMAGES[path.suffix.lower()], data=base64.b64encode(data).decode("ascii"))
    return ToolResult(text=f"[image {path.name}, {len(data):,} bytes]", images=(image,))


def _cut(line: str) -> str:
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} [... {len(line) - MAX_LINE:,} more characters]"
