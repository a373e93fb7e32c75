"""``write`` and ``edit``: changes to files, shown as a diff before they happen and after.

A change is one rename: a file is the old one or the new one, never half. A file that changed since the
agent read it is not touched: whoever changed it, person or program, would lose something.
"""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tui.errors import ToolError
from tui.messages import Display
from tui.tools.base import ToolContext, ToolResult
from tui.tools.text import TextFile, changed_lines, diff_display, path_of, read_text, write_bytes


class WriteArgs(BaseModel):
    """Write a whole file, new or in place of an old one, which must have been read before. Folders are made."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(description="The file.")
    content: str = Field(description="All of its text.")


class EditArgs(BaseModel):
    """Replace text in a file that was read before. The old text must match exactly, and once unless all is true."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(description="The file.")
    old: str = Field(description="The exact text to replace, with enough around it to be unique.", min_length=1)
    new: str = Field(description="What stands there instead.")
    all: bool = Field(default=False, description="Whether every match is replaced.")


async def preview_write(args: WriteArgs, ctx: ToolContext) -> tuple[Display, ...]:
    """The diff that ``write`` would make. Touches nothing."""
    path, file, text = await asyncio.to_thread(_plan_write, args, ctx)
    return (await asyncio.to_thread(diff_display, path, ctx.cwd, None if file is None else file.text, text),)


async def write_tool(args: WriteArgs, ctx: ToolContext) -> ToolResult:
    """Write it."""
    path, file, text = await asyncio.to_thread(_plan_write, args, ctx)
    return await asyncio.to_thread(_put, path, file, text, ctx)


async def preview_edit(args: EditArgs, ctx: ToolContext) -> tuple[Display, ...]:
    """The diff that ``edit`` would make. Touches nothing."""
    path, file, text = await asyncio.to_thread(_plan_edit, args, ctx)
    return (await asyncio.to_thread(diff_display, path, ctx.cwd, file.text, text),)


async def edit_tool(args: EditArgs, ctx: ToolContext) -> ToolResult:
    """Make the change."""
    path, file, text = await asyncio.to_thread(_plan_edit, args, ctx)
    return await asyncio.to_thread(_put, path, file, text, ctx)


def _plan_write(args: WriteArgs, ctx: ToolContext) -> tuple[Path, TextFile | None, str]:
    path = path_of(args.path, ctx)
    if not os.path.lexists(path):
        return path, None, args.content
    file = read_text(path)
    _must_be_as_read(path, file, ctx)
    text = args.content.replace("\r\n", "\n") if file.crlf else args.content
    if file.encoding == "latin-1" and not text.isascii():
        file = replace(file, encoding="utf-8")  # all of the text is new: it may be written as what it needs
    return path, file, text


def _plan_edit(args: EditArgs, ctx: ToolContext) -> tuple[Path, TextFile, str]:
    path = path_of(args.path, ctx)
    file = read_text(path)
    _must_be_as_read(path, file, ctx)
    old, new = args.old, args.new
    if file.crlf:
        old, new = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    if old == new:
        raise ToolError("The old and the new text are the same: nothing would change.")
    at = file.text.find(old)
    if at < 0:
        raise ToolError(f"The old text is not in {path.name}. {_nearest(file.text, old)}".strip())
    if not args.all and file.text.find(old, at + 1) >= 0:  # matches that overlap are two as well
        raise ToolError(
            f"The old text is in {path.name} more than once, in lines {_places(file.text, old)}. "
            "Give more of what stands around it, or set all."
        )
    return path, file, file.text.replace(old, new)


def _must_be_as_read(path: Path, file: TextFile, ctx: ToolContext) -> None:
    seen = ctx.files.seen(path)
    if seen is None:
        raise ToolError(f"{path.name} exists and was not read in this session: read it first.")
    if seen != file.stamp:
        raise ToolError(f"{path.name} has changed since it was read: read it again.")


def _put(path: Path, file: TextFile | None, text: str, ctx: ToolContext) -> ToolResult:
    form = file or TextFile(text="")
    stamp = write_bytes(path, form.encode(text))
    ctx.files.note(path, stamp)
    display = diff_display(path, ctx.cwd, None if file is None else file.text, text)
    what = "Created" if file is None else "Changed"
    return ToolResult(text=f"{what} {path} ({changed_lines(display)}).", display=(display,), paths=(str(path),))


def _places(text: str, old: str, most: int = 8) -> str:
    lines, at = [], text.find(old)
    while at >= 0 and len(lines) <= most:
        lines.append(str(text.count("\n", 0, at) + 1))
        at = text.find(old, at + 1)
    return ", ".join(lines[:most]) + (" and more" if len(lines) > most else "")


def _nearest(text: str, old: str) -> str:
    """Where the first line of the old text stands when white space does not count."""
    sought = " ".join(next((line for line in old.splitlines() if line.strip()), "").split())
    for number, line in enumerate(text.splitlines(), 1):
        if sought and sought in " ".join(line.split()):
            return f"Line {number} is close: {line.strip()[:200]!r}. White space counts."
    return "Read the file again and copy the text exactly."
