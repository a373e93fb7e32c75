"""``shell``: one command line, its output live, its exit code in the result, or a job that goes on behind it."""

import asyncio
import os
import secrets
import shutil
import time

from pydantic import BaseModel, ConfigDict, Field

from tui.errors import ToolError, ToolTimedOut
from tui.messages import TextDisplay
from tui.tools.base import ToolContext, ToolResult
from tui.tools.child import Child, start_child
from tui.tools.sandbox import confined, unredirected
from tui.tools.tracked import changed_since

MOST_NAMED = 5
NOT_TEXT = "Some of the output is not text: such bytes stand as \ufffd, here and in what is kept."


class ShellArgs(BaseModel):
    """Run a command with bash in the working folder. Nothing can be typed into it. Its exit code is part of the
    result. What it leaves running is ended with it, unless background is true: then it goes on as a job."""

    model_config = ConfigDict(extra="forbid")

    command: str = Field(description="The command line.", min_length=1)
    timeout: int = Field(default=120, description="Seconds until it is ended; not for a job.", ge=1, le=3600)
    network: bool = Field(default=False, description="Whether it needs the network. The person may be asked.")
    unconfined: bool = Field(default=False, description="Whether to run outside the sandbox. Always asked for.")
    background: bool = Field(
        default=False, description="Whether to return at once with a job's id, for job_output and job_kill."
    )


async def shell_tool(args: ShellArgs, ctx: ToolContext) -> ToolResult:
    """Run it. An exit code other than 0 is an error for the model, with all of the output."""
    if "\0" in args.command:
        raise ToolError("A command cannot hold a NUL byte.")
    if args.background:
        ctx.jobs.check()
        job_id = ctx.jobs.start(ctx.call_id, args.command, await _start(args, ctx))
        return ToolResult(text=f"Started as {job_id}. job_output reads its output, job_kill ends it.")
    began = time.time_ns()
    try:
        async with asyncio.timeout(args.timeout):
            child = await _start(args, ctx)
            code = await child.to_the_end(ctx.spool.add)
    except TimeoutError:
        raise ToolTimedOut(f"The command did not end within {args.timeout} s and was stopped.") from None
    await ctx.spool.end()
    how = f"exit code {code}" if code >= 0 else f"ended by signal {-code}"
    output = ctx.spool.text if ctx.spool.text.strip() else "(no output)"
    text = "\n".join((output.rstrip(), *(() if child.is_text else (f"[{NOT_TEXT}]",)), f"[{how}]"))
    paths = await ctx.bridge.run(changed_since, ctx.cwd, began)
    shown = f"{text}\n[{_told(paths, ctx)}]" if paths else text
    return ToolResult(
        text=text, display=(TextDisplay(text=shown),), paths=paths, pieces=ctx.spool.pieces, error=code != 0
    )


def _told(paths: tuple[str, ...], ctx: ToolContext) -> str:
    """For the person: what was changed by it, or by somebody else meanwhile."""
    names = [os.path.relpath(path, ctx.cwd) for path in paths[:MOST_NAMED]]
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return f"changed meanwhile: {', '.join(names)}{more}"


async def _start(args: ShellArgs, ctx: ToolContext) -> Child:
    program = shutil.which("bash") or "/bin/sh"
    argv = await confined([program, "-c", args.command], ctx, network=args.network, unconfined=args.unconfined)
    held = ctx.kit.sandbox is not None and not args.unconfined
    after = await unredirected(ctx) if held else None
    try:
        return await start_child(argv, ctx, mark=secrets.token_hex(8), after=after)
    except OSError as error:
        raise ToolError(f"The command cannot be started in {ctx.cwd}: {error.strerror}.") from error
