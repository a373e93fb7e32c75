"""``write``, ``edit`` and ``multi_edit``: changes to files, shown as a diff before they happen and after.

A change is one rename: a file is the old one or the new one, never half. A file that changed since the
agent read it is not touched: whoever changed it, person or program, would lose something. What a file was is kept
before it is changed, and from there on the change goes to its end and is recorded, although the call is cancelled.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tui.disk_file import lock_of
from tui.errors import ToolError
from tui.messages import Display
from tui.tools.base import ToolContext, ToolResult
from tui.tools.text import TextFile, changed_lines, diff_display, path_of, read_text, write_bytes
from tui.value import value


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


class OneEdit(BaseModel):
    """One of several replacements in a file; as for edit."""

    model_config = ConfigDict(extra="forbid")

    old: str = Field(description="The exact text to replace, with enough around it to be unique.", min_length=1)
    new: str = Field(description="What stands there instead.")
    all: bool = Field(default=False, description="Whether every match is replaced.")


class MultiEditArgs(BaseModel):
    """Replace several texts in one file that was read before: in order, each in what the one before left, all or none.
    Each old text must match exactly, and once unless its all is true.
    """

    model_config = ConfigDict(extra="forbid")

    path: str = Field(description="The file.")
    edits: list[OneEdit] = Field(description="The replacements.", min_length=1, max_length=500)


Args = WriteArgs | EditArgs | MultiEditArgs

SECONDS = 30.0
"""A write that takes longer is given up: a disk that hangs must not keep the program from closing."""
_log = logging.getLogger(__name__)


@value
class _Plan:
    """A change that could be made now. ``file`` is what it would replace, None for a new file."""

    path: Path
    file: TextFile | None
    text: str

    @property
    def before(self) -> str | None:
        return None if self.file is None else self.file.text


Planner = Callable[[Path, Args, ToolContext], _Plan]


async def preview_write(args: WriteArgs, ctx: ToolContext) -> tuple[Display, ...]:
    """The diff that ``write`` would make. Touches nothing."""
    return await _preview(_plan_write, args, ctx)


async def write_tool(args: WriteArgs, ctx: ToolContext) -> ToolResult:
    """Write it."""
    return await _change(_plan_write, args, ctx)


async def preview_edit(args: EditArgs | MultiEditArgs, ctx: ToolContext) -> tuple[Display, ...]:
    """The diff that ``edit`` or ``multi_edit`` would make. Touches nothing."""
    return await _preview(_plan_edit, args, ctx)


async def edit_tool(args: EditArgs, ctx: ToolContext) -> ToolResult:
    """Make the change."""
    return await _change(_plan_edit, args, ctx)


async def multi_edit_tool(args: MultiEditArgs, ctx: ToolContext) -> ToolResult:
    """Make the changes, all of them or none."""
    return await _change(_plan_edit, args, ctx)


# --- what would be written


def _plan_write(path: Path, args: Args, ctx: ToolContext) -> _Plan:
    assert isinstance(args, WriteArgs)
    if not os.path.lexists(path):
        return _Plan(path=path, file=None, text=args.content)
    file = _as_read(path, ctx)
    text = args.content.replace("\r\n", "\n") if file.crlf else args.content
    if file.encoding == "latin-1" and not text.isascii():
        file = replace(file, encoding="utf-8")  # all of the text is new: it may be written as what it needs
    return _Plan(path=path, file=file, text=text)


def _plan_edit(path: Path, args: Args, ctx: ToolContext) -> _Plan:
    assert not isinstance(args, WriteArgs)
    file = _as_read(path, ctx)
    text = file.text
    edits = [args] if isinstance(args, EditArgs) else args.edits
    for number, edit in enumerate(edits, 1):
        try:
            text = _edited(text, edit, path.name, crlf=file.crlf)
        except ToolError as error:
            if isinstance(args, EditArgs):
                raise
            raise ToolError(f"Edit {number} of {len(edits)}: {error} Nothing was changed.") from error
    if text == file.text:
        raise ToolError("These edits undo each other: nothing would change.")
    return _Plan(path=path, file=file, text=text)


def _edited(text: str, edit: EditArgs | OneEdit, name: str, *, crlf: bool) -> str:
    old, new = edit.old, edit.new
    if crlf:
        old, new = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    if old == new:
        raise ToolError("The old and the new text are the same: nothing would change.")
    at = text.find(old)
    if at < 0:
        raise ToolError(f"The old text is not in {name}. {_nearest(text, old)}".strip())
    if not edit.all and text.find(old, at + 1) >= 0:  # matches that overlap are two as well
        raise ToolError(
            f"The old text is in {name} more than once, in lines {_places(text, old)}. "
            "Give more of what stands around it, or set all."
        )
    return text.replace(old, new)


def _as_read(path: Path, ctx: ToolContext) -> TextFile:
    """The file, which must be what the agent has read."""
    file = read_text(path)
    seen = ctx.files.seen(path)
    if seen is None:
        raise ToolError(f"{path.name} exists and was not read in this session: read it first.")
    if seen != file.stamp:
        raise ToolError(f"{path.name} has changed since it was read: read it again.")
    return file


def _places(text: str, old: str, most: int = 8) -> str:
    lines, line, last = [], 1, 0
    at = text.find(old)
    while at >= 0 and len(lines) <= most:
        line, last = line + text.count("\n", last, at), at
        lines.append(str(line))
        at = text.find(old, at + 1)
    return ", ".join(lines[:most]) + (" and more" if len(lines) > most else "")


def _nearest(text: str, old: str) -> str:
    """Where the first line of the old text stands when white space does not count."""
    sought = " ".join(next((line for line in old.splitlines() if line.strip()), "").split())
    for number, line in enumerate(text.splitlines(), 1):
        if sought and sought in " ".join(line.split()):
            return f"Line {number} is close: {line.strip()[:200]!r}. White space counts."
    return "Read the file again and copy the text exactly."


# --- the change


async def _preview(plan: Planner, args: Args, ctx: ToolContext) -> tuple[Display, ...]:
    planned = await ctx.bridge.run(plan, path_of(args.path, ctx), args, ctx)
    return (await ctx.bridge.run(diff_display, planned.path, ctx.cwd, planned.before, planned.text),)


async def _change(plan: Planner, args: Args, ctx: ToolContext) -> ToolResult:
    """Under the file's lock, so that of two calls at once the second sees what the first has left."""
    path = path_of(args.path, ctx)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(lock_of(path))
        planned = await ctx.bridge.run(plan, path, args, ctx)
        form = planned.file or TextFile(text="")
        data = await ctx.bridge.run(form.encode, planned.text)
        await ctx.before_write(path)
        await _to_the_end(_put(planned, data, ctx, stack.pop_all()), ctx)
    display = await ctx.bridge.run(diff_display, path, ctx.cwd, planned.before, planned.text)
    what = "Created" if planned.file is None else "Changed"
    return ToolResult(text=f"{what} {path} ({changed_lines(display)}).", display=(display,), paths=(str(path),))


async def _put(planned: _Plan, data: bytes, ctx: ToolContext, held: AsyncExitStack) -> None:
    """Write, and say so; then let go of what is ``held``."""
    as_of = None if planned.file is None else planned.file.stamp
    async with held:
        try:
            async with asyncio.timeout(SECONDS):
                stamp = await ctx.bridge.run(_write, planned.path, data, as_of)
                ctx.files.note(planned.path, stamp)
                await ctx.after_write(planned.path, data)
        except TimeoutError:
            told = f"{planned.path} was not written within {SECONDS:g} s, and may be later: read it again."
            raise ToolError(told) from None


def _write(path: Path, data: bytes, as_of: tuple[int, int] | None) -> tuple[int, int]:
    return write_bytes(path, data, as_of=as_of)


async def _to_the_end(work: Awaitable[None], ctx: ToolContext) -> None:
    """Wait for ``work``, which goes on when the wait is cancelled: no file is left changed and unrecorded."""
    ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        try:
            (error,) = await asyncio.gather(work, return_exceptions=True)
            if not ended.done():
                ended.set_result(error)
            elif error is not None:
                _log.error("a change failed after its call was cancelled", exc_info=error)
        finally:
            ended.cancel()

    ctx.background(run())
    if error := await ended:
        raise error
